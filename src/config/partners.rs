//! Partner files (`partners/*.toml`): what is agreed with those who send EDIFACT and no message says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::edifact::Strictness;
use crate::formats::edifact::{Directory, Partner};
use crate::invoice::Term;

use super::partner_out::Out;

/// A file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    /// What the partner calls itself in UNB.
    identifiers: Vec<String>,
    directory: Option<String>,
    /// All of it; `[strictness]` says it concern by concern.
    #[serde(default)]
    strict: bool,
    strictness: Option<Strictness>,
    #[serde(default = "yes")]
    repetition: bool,
    #[serde(default)]
    negative_credit_notes: bool,
    /// Terms that its messages never state.
    #[serde(default)]
    constants: BTreeMap<String, String>,
    /// How interchanges for it are written.
    #[serde(default)]
    out: Out,
}

fn yes() -> bool {
    true
}

/// The partners of a folder, in the order of their files' names.
///
/// # Errors
/// What is wrong, with the file and, where TOML tells, the line: a file that cannot be read, an unknown key, term or directory, an identifier that
/// two files claim.
pub fn partners(folder: &Path) -> Result<Vec<Partner>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let mut partners: Vec<Partner> = Vec::new();
    for path in files {
        let partner = partner_file(&path)?;
        if let Some(id) = partner.identifiers.iter().find(|id| partners.iter().any(|p| p.identifiers.contains(id))) {
            return Err(format!("{}: identifier {id} is in another partner file too", path.display()));
        }
        partners.push(partner);
    }
    Ok(partners)
}

/// The partner of one file.
///
/// # Errors
/// As [`partners`].
pub fn partner_file(path: &Path) -> Result<Partner, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    partner(&text).map_err(|what| format!("{}: {what}", path.display()))
}

fn partner(text: &str) -> Result<Partner, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    let directory = file.directory.map(|name| {
        let known = Directory::ALL.into_iter().find(|directory| directory.as_str().eq_ignore_ascii_case(&name));
        known.ok_or_else(|| format!("directory {name}: D96A, D01B or D16B is expected"))
    });
    let constant = |(id, text): (String, String)| {
        let term = Term::parse(&id).filter(|term| !term.is_group()).ok_or_else(|| format!("{id} is no term"))?;
        let mut around = std::iter::successors(term.group(), |group| group.group());
        match around.any(|group| group.is_repeatable()) {
            true => Err(format!("{id} stands in a group that repeats: no constant can say which")),
            false => Ok((term, text)),
        }
    };
    let mut constants = file.constants.into_iter().map(constant).collect::<Result<Vec<_>, String>>()?;
    // Parts come behind what they belong to.
    constants.sort_by_key(|(term, _)| term.kind() == crate::invoice::Kind::Part);
    let preset = if file.strict { Strictness::STRICT } else { Strictness::LENIENT };
    Ok(Partner {
        name: file.name,
        identifiers: file.identifiers,
        directory: directory.transpose()?,
        strictness: file.strictness.unwrap_or(preset),
        repetition: file.repetition,
        constants,
        negative_credit_notes: file.negative_credit_notes,
        out: file.out.agreement()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::bt;

    #[test]
    fn a_file_is_read_and_a_wrong_one_refused() {
        let text = "name = \"Lavande\"\nidentifiers = [\"LAVANDE\"]\ndirectory = \"d96a\"\nstrict = true\n[constants]\nBT-34-1 = \"0225\"\nBT-34 = \"1\"\n";
        let read = partner(text).unwrap();
        assert_eq!((read.directory, read.strictness), (Some(Directory::D96A), Strictness::STRICT));
        assert_eq!(read.constants, [(bt::BT_34, "1".to_owned()), (bt::BT_34_1, "0225".to_owned())]);
        for wrong in [
            "name = \"a\"",
            "name = \"a\"\nidentifiers = []\ncolour = 1",
            "name = \"a\"\nidentifiers = []\ndirectory = \"D99Z\"",
            "name = \"a\"\nidentifiers = []\n[constants]\nBT-999 = \"1\"",
            "name = \"a\"\nidentifiers = []\n[constants]\nBT-131 = \"1\"",
        ] {
            assert!(partner(wrong).is_err(), "{wrong}");
        }
    }
}
