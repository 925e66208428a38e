//! Partner files (`partners/*.toml`): what is agreed with those who send EDIFACT or X12 and no message says.

#![allow(clippy::result_large_err, reason = "files are read one by one, at a reload")]

mod constant;
mod remarks;
mod said;
mod x12;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use toml::Spanned;

use crate::edifact::Strictness;
use crate::edifact::contrl::When;
use crate::formats::edifact::{Answering, AperakWhen, Directory, Partner};
use crate::invoice::Term;
use crate::limits;
use crate::rules::client::{FaultKind, FileError, Folder, place, text};
use crate::text::{Lang, Text};

use super::nearest;
use remarks::Remark;

/// The partner files in force. Never changed in place: [`Partners::reload`] makes the next one.
#[derive(Debug, Clone, Default)]
pub struct Partners {
    /// In the order of their files' names.
    list: Vec<Partner>,
    in_force: BTreeMap<String, Entry>,
    faults: Vec<FileError>,
    remarks: Vec<FileError>,
    digest: String,
}

/// A partner and the SHA-256 of the file that says so.
#[derive(Debug, Clone)]
struct Entry {
    partner: Arc<Partner>,
    sha256: [u8; 32],
}

use super::partner_out::Out;

/// A file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    /// What the partner calls itself in UNB, or in ISA06 and GS02.
    identifiers: Vec<Spanned<String>>,
    directory: Option<Spanned<String>>,
    /// All of it; `[strictness]` says it concern by concern.
    #[serde(default)]
    strict: bool,
    strictness: Option<Strictness>,
    #[serde(default = "yes")]
    repetition: bool,
    #[serde(default)]
    negative_credit_notes: bool,
    /// When facteur writes a CONTRL for what it receives.
    #[serde(default)]
    contrl: ContrlSaid,
    /// Of which invoices it writes an APERAK.
    #[serde(default)]
    aperak: AperakSaid,
    /// The language of texts in APERAK.
    #[serde(default)]
    lang: LangSaid,
    /// Terms that its messages never state.
    #[serde(default)]
    constants: BTreeMap<Spanned<String>, String>,
    #[serde(default)]
    x12: Option<Spanned<x12::Table>>,
    /// How interchanges for it are written.
    #[serde(default)]
    out: Option<Spanned<Out>>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ContrlSaid {
    Always,
    /// Where the sender asks for it (0031), or something is refused.
    #[default]
    Asked,
    OnErrors,
    Never,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AperakSaid {
    Always,
    OnErrors,
    #[default]
    Never,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LangSaid {
    #[default]
    Fr,
    En,
}

fn answering(contrl: ContrlSaid, aperak: AperakSaid, lang: LangSaid) -> Answering {
    Answering {
        contrl: match contrl {
            ContrlSaid::Always => Some(When::Always),
            ContrlSaid::Asked => Some(When::Asked),
            ContrlSaid::OnErrors => Some(When::OnErrors),
            ContrlSaid::Never => None,
        },
        aperak: match aperak {
            AperakSaid::Always => Some(AperakWhen::Always),
            AperakSaid::OnErrors => Some(AperakWhen::OnErrors),
            AperakSaid::Never => None,
        },
        lang: match lang {
            LangSaid::Fr => Lang::Fr,
            LangSaid::En => Lang::En,
        },
    }
}

fn yes() -> bool {
    true
}

impl Partners {
    /// The folder as it is now. A file that is wrong keeps its last good version in force and says so
    /// ([`FileError::last_good_kept`]); a file that is gone is gone. Of two files that claim one identifier the second is refused, by the order of
    /// their names.
    pub fn reload(old: &Partners, folder: &Folder) -> Partners {
        let mut next = Partners::default();
        let mut claimed: HashMap<String, String> = HashMap::new();
        let mut named: HashMap<String, String> = HashMap::new();
        for (name, bytes) in folder.iter() {
            let read = read(name, bytes).and_then(|(entry, places, remarks)| {
                let twice = places.iter().find_map(|(id, line, column)| Some((id, claimed.get(id)?, *line, *column)));
                match twice {
                    Some((id, other, line, column)) => Err(in_two_files(name, id, other, line, column)),
                    None => Ok((entry, remarks)),
                }
            });
            let entry = match read {
                Ok((entry, remarks)) => {
                    let own = &entry.partner.name;
                    let other = named.get(own).map(|other| of_one_name(name, own, other));
                    next.remarks.extend(other.into_iter().chain(remarks));
                    Some(entry)
                }
                Err(fault) => {
                    let free = |entry: &&Entry| entry.partner.identifiers.iter().all(|id| !claimed.contains_key(id));
                    let kept = old.in_force.get(name).filter(free).cloned();
                    next.faults.push(FileError { last_good_kept: kept.is_some(), ..fault });
                    kept
                }
            };
            let Some(entry) = entry else { continue };
            named.entry(entry.partner.name.clone()).or_insert_with(|| name.to_owned());
            claimed.extend(entry.partner.identifiers.iter().map(|id| (id.clone(), name.to_owned())));
            next.list.push((*entry.partner).clone());
            next.in_force.insert(name.to_owned(), entry);
        }
        next.digest = next.worked_out();
        next
    }

    /// Is it a partner file, or else a customer's, as far as its keys tell? None where they do not.
    pub fn is_one(bytes: &[u8]) -> Option<bool> {
        let text = String::from_utf8_lossy(bytes.get(..limits::CONFIG_BYTES).unwrap_or(bytes));
        let (table, _) = toml::de::DeTable::parse_recoverable(&text);
        let has = |key: &str| table.get_ref().keys().any(|known| known.get_ref() == key);
        match has("match") || has("extends") {
            true => Some(false),
            false => has("identifiers").then_some(true),
        }
    }

    /// Those in force, in the order of their files' names.
    pub fn list(&self) -> &[Partner] {
        &self.list
    }

    /// What was wrong at the last load.
    pub fn faults(&self) -> &[FileError] {
        &self.faults
    }

    /// What is probably not meant as it stands, in files that are in force.
    pub fn remarks(&self) -> &[FileError] {
        &self.remarks
    }

    /// A file that is refused while no good version of it is in force: whose messages it speaks of, nobody can say.
    pub fn refused(&self) -> Option<&FileError> {
        self.faults.iter().find(|fault| !fault.last_good_kept)
    }

    /// SHA-256 of all that is in force here, hexadecimal: two folders with one digest read alike. Empty before anything was loaded.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    fn worked_out(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |name: &str, digest: &[u8]| {
            hash.update((name.len() as u64).to_be_bytes());
            hash.update(name);
            hash.update(digest);
        };
        self.in_force.iter().for_each(|(name, entry)| add(name, &entry.sha256));
        if let Some(fault) = self.refused() {
            add(&fault.file, b"refused");
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The partners of a folder, in the order of their files' names.
///
/// # Errors
/// What is wrong, a line a fault, with file, line and column: a file that cannot be read, an unknown key, term or directory, an identifier that
/// two files claim.
pub fn partners(folder: &Path) -> Result<Partners, Text> {
    let shown = |e: std::io::Error| {
        let folder = folder.display();
        Text::new(format!("{folder} : {e}"), format!("{folder}: {e}"))
    };
    let mut found = Folder::default();
    for entry in fs::read_dir(folder).map_err(shown)? {
        let entry = entry.map_err(shown)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        let opened = fs::File::open(entry.path());
        match opened.and_then(|file| file.take(limits::CONFIG_BYTES as u64 + 1).read_to_end(&mut bytes)) {
            Ok(_) => found.add(name, bytes),
            Err(e) => found.unreadable(name, e.to_string()),
        }
    }
    let read = Partners::reload(&Partners::default(), &found);
    if read.faults.is_empty() {
        return Ok(read);
    }
    Err(lines(folder, &read.faults))
}

/// Faults or remarks, a line each, with the file as it is found from here.
pub fn lines(folder: &Path, told: &[FileError]) -> Text {
    let of = |lang: Lang| {
        let lines = told.iter().map(|fault| folder.join(fault.line(lang)).display().to_string());
        lines.collect::<Vec<_>>().join("\n")
    };
    Text::new(of(Lang::Fr), of(Lang::En))
}

/// The partner of one file.
///
/// # Errors
/// As [`partners`].
pub fn partner_file(path: &Path) -> Result<(Partner, Text), Text> {
    let mut bytes = Vec::new();
    let opened = fs::File::open(path);
    let got = opened.and_then(|file| file.take(limits::CONFIG_BYTES as u64 + 1).read_to_end(&mut bytes));
    let why = got.err().map(|e| e.to_string());
    let name = path.display().to_string();
    let read = read(&name, why.as_deref().map_or(Ok(&*bytes), Err));
    let (entry, _, remarks) = read.map_err(|fault| lines(Path::new(""), &[fault]))?;
    Ok((Arc::unwrap_or_clone(entry.partner), lines(Path::new(""), &remarks)))
}

/// Identifiers with line and column.
type Places = Vec<(String, u32, u32)>;

fn read(name: &str, bytes: Result<&[u8], &str>) -> Result<(Entry, Places, Vec<FileError>), FileError> {
    let bytes = bytes.map_err(|why| FileError::unreadable(name, why))?;
    let text = text(name, bytes).map_err(|fault| *fault)?;
    let (partner, places, remarks) = partner(name, text)?;
    Ok((Entry { partner: Arc::new(partner), sha256: Sha256::digest(bytes).into() }, places, remarks))
}

fn partner(name: &str, text: &str) -> Result<(Partner, Places, Vec<FileError>), FileError> {
    let wrong = |at: Range<usize>, kind, fr: String, en: String| {
        FileError::within(name, text, at.start, kind, Text::new(fr, en))
    };
    let mut file: File = toml::from_str(text).map_err(|e| said::fault(name, text, &e))?;
    let mut remarks: Vec<Remark> =
        file.identifiers.iter().filter_map(|id| remarks::of_identifier(id.get_ref(), id.span())).collect();
    let out = file.out.iter().flat_map(|out| out.get_ref().qualifiers_of_addresses().map(|said| (said, out.span())));
    remarks.extend(out.filter_map(|((key, qualifier), at)| remarks::of_qualifier(key, qualifier, at)));
    let constants_said = [Some(&file.constants), file.out.as_ref().map(|out| &out.get_ref().constants)];
    for (id, value) in constants_said.into_iter().flatten().flatten() {
        let term = Term::parse(id.get_ref());
        remarks.extend(term.and_then(|term| remarks::of_scheme(term, value, id.span())));
    }
    let remarks = remarks.into_iter().map(|Remark { at, what, meant }| FileError {
        did_you_mean: meant,
        ..FileError::within(name, text, at.start, FaultKind::Doubtful, what)
    });
    let remarks: Vec<FileError> = remarks.collect();
    let directory = file.directory.map(|said| {
        let known = Directory::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(said.get_ref()));
        known.ok_or_else(|| {
            let (shown, ours) = (said.get_ref(), "D96A, D01B, D16B");
            let (fr, en) = (
                format!("répertoire {shown} : l'un de {ours} est attendu"),
                format!("directory {shown}: one of {ours} is expected"),
            );
            let did_you_mean = nearest(shown, Directory::ALL.map(Directory::as_str)).map(str::to_owned);
            FileError { did_you_mean, ..wrong(said.span(), FaultKind::BadValue, fr, en) }
        })
    });
    let constant = |(id, value): (Spanned<String>, String)| {
        let (at, id) = (id.span(), id.into_inner());
        let term = Term::parse(&id).filter(|term| !term.is_group()).ok_or_else(|| {
            let (fr, en) = (format!("{id} n'est pas un terme"), format!("{id} is no term"));
            FileError { did_you_mean: term_meant(&id), ..wrong(at.clone(), FaultKind::UnknownTerm, fr, en) }
        })?;
        if let Some(Text { fr, en }) = constant::refused(term, &value) {
            return Err(wrong(at, FaultKind::BadValue, fr, en));
        }
        let mut around = std::iter::successors(term.group(), |group| group.group());
        match around.any(|group| group.is_repeatable()) {
            true => Err(wrong(
                at,
                FaultKind::BadValue,
                format!("{id} est dans un groupe qui se répète : une constante ne dit pas lequel"),
                format!("{id} stands in a group that repeats: no constant can say which"),
            )),
            false => Ok((term, value)),
        }
    };
    let constants = |table: BTreeMap<Spanned<String>, String>| {
        let mut constants = table.into_iter().map(constant).collect::<Result<Vec<_>, FileError>>()?;
        // Parts come behind what they belong to.
        constants.sort_by_key(|(term, _)| term.kind() == crate::invoice::Kind::Part);
        Ok::<_, FileError>(constants)
    };
    let own = file.out.as_mut().map(|out| std::mem::take(&mut out.get_mut().constants)).unwrap_or_default();
    let mut known = constants(own)?;
    let constants = constants(file.constants)?;
    // What is agreed of one direction holds for the other, where nothing else is said of that.
    let others =
        constants.iter().filter(|(term, _)| known.iter().all(|(own, _)| own != term && term.parent() != Some(*own)));
    let others: Vec<_> = others.cloned().collect();
    known.extend(others);
    known.sort_by_key(|(term, _)| term.kind() == crate::invoice::Kind::Part);
    let preset = if file.strict { Strictness::STRICT } else { Strictness::LENIENT };
    let places = file.identifiers.iter().map(|id| {
        let (line, column) = place(text, id.span().start);
        (id.get_ref().clone(), line, column)
    });
    let places: Places = places.collect();
    let x12 = file.x12.map(|table| {
        let at = table.span();
        table
            .into_inner()
            .settings(file.strict)
            .map_err(|(own, said)| FileError::within(name, text, own.unwrap_or(at.start), FaultKind::BadValue, said))
    });
    let x12 = x12.transpose()?.unwrap_or_default();
    let out = file.out.map(|table| {
        let at = table.span();
        table
            .into_inner()
            .agreement()
            .map_err(|said| FileError::within(name, text, at.start, FaultKind::BadValue, said))
    });
    let mut out = out.transpose()?.unwrap_or_default();
    out.constants = known;
    let directory = directory.transpose()?;
    // Last, so that what is wrong with the rest is told first.
    let nobody = file.identifiers.iter().find(|id| id.get_ref().trim().is_empty()).map(Spanned::span);
    if nobody.is_some() || file.identifiers.is_empty() {
        let key = text.find("identifiers").unwrap_or(0);
        return Err(wrong(
            nobody.unwrap_or(key..key),
            FaultKind::BadValue,
            "identifiers est vide : aucun message ne serait de ce partenaire ; donner ce qu'il écrit en UNB (ou ISA06)"
                .to_owned(),
            "identifiers is empty: no message would be this partner's; give what it writes in UNB (or ISA06)"
                .to_owned(),
        ));
    }
    let partner = Partner {
        name: file.name,
        identifiers: file.identifiers.into_iter().map(Spanned::into_inner).collect(),
        directory,
        strictness: file.strictness.unwrap_or(preset),
        repetition: file.repetition,
        constants,
        negative_credit_notes: file.negative_credit_notes,
        answers: answering(file.contrl, file.aperak, file.lang),
        out,
        x12,
    };
    Ok((partner, places, remarks))
}

/// The term that was probably meant.
fn term_meant(id: &str) -> Option<String> {
    nearest(id, Term::all().filter(|term| !term.is_group()).map(Term::id)).map(str::to_owned)
}

/// Two partners of one name are told apart by nobody who is given the name.
fn of_one_name(file: &str, name: &str, other: &str) -> FileError {
    let what = Text::new(
        format!(
            "le nom « {name} » est déjà celui de {other} : --partner ne peut nommer ni l'un ni l'autre, les rapports ne les distinguent pas"
        ),
        format!(
            "the name \"{name}\" is that of {other} already: --partner can name neither, and reports do not tell them apart"
        ),
    );
    FileError::within(file, "", 0, FaultKind::Doubtful, what)
}

fn in_two_files(name: &str, id: &str, other: &str, line: u32, column: u32) -> FileError {
    let what = Text::new(
        format!("l'identifiant {id} est déjà dans {other}"),
        format!("identifier {id} is in {other} already"),
    );
    FileError { line, column, ..FileError::within(name, "", 0, FaultKind::DuplicateMatch, what) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::bt;

    #[test]
    fn a_file_is_read_and_a_wrong_one_refused() {
        let text = "name = \"Lavande\"\nidentifiers = [\"LAVANDE\"]\ndirectory = \"d96a\"\nstrict = true\n[constants]\nBT-34-1 = \"0225\"\nBT-34 = \"1\"\n";
        let (read, ..) = partner("a.toml", text).unwrap();
        assert_eq!((read.directory, read.strictness), (Some(Directory::D96A), Strictness::STRICT));
        assert_eq!(read.constants, [(bt::BT_34, "1".to_owned()), (bt::BT_34_1, "0225".to_owned())]);
        for (wrong, line, column) in [
            ("name = \"a\"", 1, 1),
            ("name = \"a\"\nidentifiers = []\ncolour = 1", 3, 1),
            ("name = \"a\"\nidentifiers = []\ndirectory = \"D99Z\"", 3, 13),
            ("name = \"a\"\nidentifiers = []\n[constants]\nBT-999 = \"1\"", 4, 1),
            ("name = \"é\"\nidentifiers = []\nconstants = { BT-131 = \"1\" }", 3, 15),
            ("name = \"a\"\nidentifiers = []", 2, 1),
            ("name = \"a\"\nidentifiers = [\"A\", \" \"]", 2, 21),
            ("name = \"a\"\nidentifiers = [\"A\"]\n[constants]\nBT-24 = \"1\"\nBT-1 = \"HACK\"", 5, 1),
            ("name = \"a\"\nidentifiers = [\"A\"]\n[constants]\nBT-9 = \"2026-12-31\"", 4, 1),
            ("name = \"a\"\nidentifiers = [\"A\"]\n[constants]\nBT-115 = \"1.00\"", 4, 1),
            ("name = \"a\"\nidentifiers = [\"A\"]\n[constants]\nBT-23 = \"\"", 4, 1),
            ("name = \"a\"\nidentifiers = [\"A\"]\n[out]\nconstants = { BT-2 = \"2026-12-31\" }", 4, 15),
            (
                "name = \"a\"\nidentifiers = [\"A\"]\n[x12]\nstrict = true\n[x12.constants]\nBT-151 = \"S\"\nBT-146 = \"1\"",
                7,
                1,
            ),
            ("name = \"a\"\nidentifiers = [\"A\"]\n[x12.constants]\nBT-118 = \"\"", 4, 1),
        ] {
            let fault = partner("a.toml", wrong).unwrap_err();
            assert_eq!((fault.line, fault.column), (line, column), "{wrong}: {fault}");
        }
    }

    /// Each fault says what was found, what is expected and what was probably meant, in both languages.
    #[test]
    fn faults_say_what_was_meant_and_speak_french() {
        let head = "name = \"a\"\nidentifiers = [\"A\"]\n";
        for (body, kind, meant, fr, en) in [
            (
                "directry = \"D96A\"",
                FaultKind::UnknownKey,
                Some("directory"),
                "clé inconnue ; trouvé : directry ; attendu : name, ",
                "unknown key; found: directry; expected: name, ",
            ),
            (
                "[out]\nasociation = \"EAN008\"",
                FaultKind::UnknownKey,
                Some("association"),
                "clé inconnue ; trouvé : asociation",
                "unknown key; found: asociation",
            ),
            (
                "[x12]\nimplied_decimals = true",
                FaultKind::UnknownKey,
                Some("implied-decimals"),
                "clé inconnue",
                "unknown key",
            ),
            (
                "[strictness]\ncompletness = \"warn\"",
                FaultKind::UnknownKey,
                Some("completeness"),
                "clé inconnue",
                "unknown key",
            ),
            (
                "contrl = \"allways\"",
                FaultKind::BadValue,
                Some("always"),
                "valeur inconnue ; trouvé : allways",
                "unknown value; found: allways",
            ),
            ("directory = \"D96B\"", FaultKind::BadValue, Some("D96A"), "répertoire D96B", "directory D96B"),
            (
                "[constants]\nBT24 = \"x\"",
                FaultKind::UnknownTerm,
                Some("BT-24"),
                "BT24 n'est pas un terme",
                "BT24 is no term",
            ),
            (
                "strict = \"yes\"",
                FaultKind::WrongType,
                None,
                "valeur d'un autre type ; trouvé : \"yes\" ; attendu : true ou false",
                "value of another type; found: \"yes\"; expected: true or false",
            ),
            ("[out]\nassociation = 8", FaultKind::WrongType, None, "un par répertoire", "one for each directory"),
            ("strict = oui", FaultKind::Syntax, None, "texte sans guillemets", "text without quotes"),
        ] {
            let fault = partner("a.toml", &format!("{head}{body}")).unwrap_err();
            assert_eq!((fault.kind, fault.did_you_mean.as_deref()), (kind, meant), "{body}: {fault}");
            assert!(fault.line >= 3, "{body}: {fault}");
            assert!(fault.said(Lang::Fr).contains(fr), "{}", fault.said(Lang::Fr));
            assert!(fault.said(Lang::En).contains(en), "{}", fault.said(Lang::En));
            let english = ["unknown", "expected", "invalid", "field", "missing"];
            assert!(english.iter().all(|word| !fault.said(Lang::Fr).contains(word)), "{}", fault.said(Lang::Fr));
        }
        let none = partner("a.toml", "identifiers = [\"A\"]").unwrap_err();
        assert_eq!((none.kind, none.expected.unwrap().fr.as_str()), (FaultKind::MissingKey, "name"));
    }

    /// What is in force and probably does not mean what it says is told, with its line.
    #[test]
    fn what_nobody_can_mean_is_remarked() {
        let remarks = |text: &str| partner("a.toml", text).unwrap().2;
        let head = "name = \"a\"\n";
        for (body, line, meant) in [
            ("identifiers = [\"A\", \"3012345678902:14\"]", 2, Some("3012345678902")),
            ("identifiers = [\"0088:3012345678902\"]", 2, Some("3012345678902")),
            ("identifiers = [\"A\"]\n[out]\nsender = { id = \"1\", qualifier = \"0088\" }", 3, Some("14")),
            ("identifiers = [\"A\"]\n[out]\nrecipient = { id = \"1\", qualifier = \"77\" }", 3, None),
            ("identifiers = [\"A\"]\n[constants]\nBT-29-1 = \"9\"", 4, Some("0088")),
            ("identifiers = [\"A\"]\n[out.constants]\nBT-34-1 = \"02255\"", 4, Some("0225")),
        ] {
            let told = remarks(&format!("{head}{body}"));
            let [one] = &told[..] else { panic!("{body}: {told:?}") };
            assert_eq!((one.line, one.did_you_mean.as_deref(), one.is_fatal()), (line, meant, false), "{one}");
            assert!(!one.message.fr.is_empty() && one.message.fr != one.message.en);
        }
        for quiet in [
            "identifiers = [\"A\", \"0225\", \"urn:a:b-c-d-e\"]\n[out]\nsender = { id = \"1\", qualifier = \"14\" }",
            "identifiers = [\"A\"]\n[constants]\nBT-34-1 = \"0225\"\nBT-29-1 = \"0088\"",
        ] {
            assert!(remarks(&format!("{head}{quiet}")).is_empty(), "{quiet}");
        }
        let file = |name: &str, id: &str| format!("name = \"{name}\"\nidentifiers = [\"{id}\"]\n");
        let twins: Folder = [("a.toml", file("N", "A")), ("b.toml", file("N", "B"))].into_iter().collect();
        let read = Partners::reload(&Partners::default(), &twins);
        assert_eq!((read.list().len(), read.faults().len(), read.remarks().len()), (2, 0, 1));
        assert!(read.remarks()[0].line(Lang::Fr).starts_with("b.toml:1:1: le nom « N » est déjà celui de a.toml"));
    }

    #[test]
    fn a_wrong_file_keeps_its_last_good_version_and_no_identifier_is_anybody_else_s() {
        let file = |id: &str| format!("name = \"{id}\"\nidentifiers = [\"{id}\"]\n");
        let good: Folder = [("a.toml", file("A")), ("b.toml", file("B"))].into_iter().collect();
        let first = Partners::reload(&Partners::default(), &good);
        assert_eq!((first.list().len(), first.faults().len()), (2, 0));

        let bad: Folder = [("a.toml", "name = 1".to_owned()), ("b.toml", file("B"))].into_iter().collect();
        let second = Partners::reload(&first, &bad);
        assert_eq!((second.list().len(), second.digest()), (2, first.digest()));
        assert!(second.faults()[0].last_good_kept && second.refused().is_none());
        let fresh = Partners::reload(&Partners::default(), &bad);
        assert!(fresh.refused().is_some() && fresh.digest() != first.digest());

        let twice: Folder = [("a.toml", file("A")), ("b.toml", file("A"))].into_iter().collect();
        let third = Partners::reload(&Partners::default(), &twice);
        assert_eq!((third.list().len(), third.faults()[0].kind), (1, FaultKind::DuplicateMatch));
        assert_eq!((third.faults()[0].line, third.faults()[0].column), (2, 16));
        assert!(third.faults()[0].line(Lang::En).starts_with("b.toml:2:16: identifier A is in a.toml already"));
    }
}
