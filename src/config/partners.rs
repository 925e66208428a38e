//! Partner files (`partners/*.toml`): what is agreed with those who send EDIFACT or X12 and no message says.

#![allow(clippy::result_large_err, reason = "files are read one by one, at a reload")]

mod constant;
mod every;
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
                let twice = |(id, line, column): &(String, u32, u32)| {
                    claimed.get(id).map(|other| in_two_files(name, id, other, *line, *column))
                };
                let twice: Vec<FileError> = places.iter().filter_map(twice).collect();
                if twice.is_empty() { Ok((entry, remarks)) } else { Err(twice) }
            });
            let entry = match read {
                Ok((entry, remarks)) => {
                    let own = &entry.partner.name;
                    let other = named.get(own).map(|other| of_one_name(name, own, other));
                    next.remarks.extend(other.into_iter().chain(remarks));
                    Some(entry)
                }
                Err(faults) => {
                    let free = |entry: &&Entry| entry.partner.identifiers.iter().all(|id| !claimed.contains_key(id));
                    let kept = old.in_force.get(name).filter(free).cloned();
                    let last_good_kept = kept.is_some();
                    next.faults.extend(faults.into_iter().map(|fault| FileError { last_good_kept, ..fault }));
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

    /// All that was wrong at the last load, file by file.
    pub fn faults(&self) -> &[FileError] {
        &self.faults
    }

    /// How many files that is of.
    pub fn wrong(&self) -> usize {
        self.faults.chunk_by(|one, next| one.file == next.file).count()
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
    let (entry, _, remarks) = read.map_err(|faults| lines(Path::new(""), &faults))?;
    Ok((Arc::unwrap_or_clone(entry.partner), lines(Path::new(""), &remarks)))
}

/// Identifiers with line and column.
type Places = Vec<(String, u32, u32)>;

/// What a file says, where its identifiers stand, and the remarks on it.
type Read<T> = Result<(T, Places, Vec<FileError>), Vec<FileError>>;

fn read(name: &str, bytes: Result<&[u8], &str>) -> Read<Entry> {
    let bytes = bytes.map_err(|why| vec![FileError::unreadable(name, why)])?;
    let text = text(name, bytes).map_err(|fault| vec![*fault])?;
    let (partner, places, remarks) = partner(name, text)?;
    Ok((Entry { partner: Arc::new(partner), sha256: Sha256::digest(bytes).into() }, places, remarks))
}

fn partner(name: &str, text: &str) -> Read<Partner> {
    let wrong = |at: Range<usize>, kind, fr: String, en: String| {
        FileError::within(name, text, at.start, kind, Text::new(fr, en))
    };
    let (file, mut faults) = every::file(name, text);
    let Some(mut file) = file else { return Err(faults) };
    let mut remarks: Vec<Remark> =
        file.identifiers.iter().filter_map(|id| remarks::of_identifier(id.get_ref(), id.span())).collect();
    let out = file.out.iter().flat_map(|out| out.get_ref().qualifiers_of_addresses().map(|said| (said, out.span())));
    remarks.extend(out.filter_map(|((key, qualifier), at)| remarks::of_qualifier(key, qualifier, at)));
    let constants_said = [Some(&file.constants), file.out.as_ref().map(|out| &out.get_ref().constants)];
    for (id, value) in constants_said.into_iter().flatten().flatten() {
        let term = Term::parse(id.get_ref());
        remarks.extend(term.and_then(|term| remarks::of_code(term, value, id.span())));
        remarks.extend(term.and_then(|term| remarks::of_profile(term, value, id.span())));
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
    let directory = directory.and_then(|said| kept(said, &mut faults));
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
    let mut constants = |table: BTreeMap<Spanned<String>, String>| {
        let mut constants: Vec<_> = table.into_iter().map(constant).filter_map(|one| kept(one, &mut faults)).collect();
        // Parts come behind what they belong to.
        constants.sort_by_key(|(term, _)| term.kind() == crate::invoice::Kind::Part);
        constants
    };
    let own = file.out.as_mut().map(|out| std::mem::take(&mut out.get_mut().constants)).unwrap_or_default();
    let mut known = constants(own);
    let constants = constants(file.constants);
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
    let x12 = x12.and_then(|said| kept(said, &mut faults)).unwrap_or_default();
    let out = file.out.map(|table| {
        let at = table.span();
        table
            .into_inner()
            .agreement()
            .map_err(|said| FileError::within(name, text, at.start, FaultKind::BadValue, said))
    });
    let mut out = out.and_then(|said| kept(said, &mut faults)).unwrap_or_default();
    out.constants = known;
    let nobody = file.identifiers.iter().find(|id| id.get_ref().trim().is_empty()).map(Spanned::span);
    if nobody.is_some() || file.identifiers.is_empty() {
        let key = text.find("identifiers").unwrap_or(0);
        faults.push(wrong(
            nobody.unwrap_or(key..key),
            FaultKind::BadValue,
            "identifiers est vide : aucun message ne serait de ce partenaire ; donner ce qu'il écrit en UNB (ou ISA06)"
                .to_owned(),
            "identifiers is empty: no message would be this partner's; give what it writes in UNB (or ISA06)"
                .to_owned(),
        ));
    }
    if !faults.is_empty() {
        return Err(every::in_order(faults));
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

/// What is right; what is wrong is told with the rest.
fn kept<T>(said: Result<T, FileError>, faults: &mut Vec<FileError>) -> Option<T> {
    said.map_err(|fault| faults.push(fault)).ok()
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
mod tests;
