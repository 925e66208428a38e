//! `facteur convert`: an invoice in another syntax, and a report of what was lost.

mod edifact;
mod told;

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use clap::{Args, ValueEnum};

use super::files::{self, Source};
use super::validate::misuse;
use super::validate::output::{Watch, is_folder, put_document};
use super::{out, show};
use crate::clock;
use crate::crypto::sha256;
use crate::formats::edifact::Directory;
use crate::formats::facturx::Level;
use crate::formats::write::{self, Loss, Reason, Target, Written};
use crate::formats::{self, Envelope, Read, Unreadable};
use crate::guard;
use crate::invoice::{Draft, Places, Said};
use crate::limits;
use crate::rules;
use crate::text::{Lang, visible};
use crate::validate::{self, Options};
use edifact::{Agreed, Around, EdifactArgs};
use told::Told;

#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Syntax to write; UBL is Invoice or CreditNote by BT-3, `facturx` is CII within a profile of Factur-X, `edifact-…` an INVOIC
    #[arg(long, value_enum)]
    to: To,
    /// Profile of Factur-X to keep within, what it does not know being lost [default: the one that BT-24 names, else en16931]
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// File, folder (there, or with a `/` at the end) or `-` for standard output [default: - for one document]
    #[arg(long, short, value_name = "FILE|FOLDER/|-")]
    output: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
    /// Write nothing of a document of which anything would be lost
    #[arg(long)]
    strict: bool,
    /// Form of the loss report on standard error; `json` is `facteur-convert/1`, one object a line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    edifact: EdifactArgs,
    /// Invoices, folders (recursive), or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    Ubl,
    Cii,
    #[value(alias = "factur-x")]
    Facturx,
    Json,
    #[value(name = "edifact-d96a")]
    EdifactD96a,
    #[value(name = "edifact-d01b")]
    EdifactD01b,
}

impl To {
    /// The directory of an INVOIC.
    fn directory(self) -> Option<Directory> {
        match self {
            To::EdifactD96a => Some(Directory::D96A),
            To::EdifactD01b => Some(Directory::D01B),
            _ => None,
        }
    }
}

/// As [`Level`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Profile {
    Minimum,
    #[value(alias = "basicwl")]
    BasicWl,
    Basic,
    En16931,
    Extended,
}

impl Profile {
    fn level(self) -> Level {
        match self {
            Profile::Minimum => Level::Minimum,
            Profile::BasicWl => Level::BasicWl,
            Profile::Basic => Level::Basic,
            Profile::En16931 => Level::En16931,
            Profile::Extended => Level::Extended,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// 0 written, 1 not written as something would be lost, 2 not read, not written or misuse; the worst counts.
pub fn run(args: &ConvertArgs, lang: Lang) -> ExitCode {
    let files::Found { sources, hidden, .. } = files::all(&args.files);
    files::tell_hidden(hidden, lang);
    if sources.is_empty() {
        return misuse(files::nothing_there(lang));
    }
    if args.profile.is_some() && args.to != To::Facturx {
        return misuse(lang.pick(
            "--profile est un profil de Factur-X : avec --to facturx",
            "--profile is a profile of Factur-X: with --to facturx",
        ));
    }
    if args.edifact.is_for_writing() && args.to.directory().is_none() {
        return misuse(lang.pick(
            "--partner et --reference valent pour un INVOIC : avec --to edifact-d96a ou edifact-d01b",
            "--partner and --reference are for an INVOIC: with --to edifact-d96a or edifact-d01b",
        ));
    }
    let agreed = match args.edifact.agreed(sources.len(), lang) {
        Ok(agreed) => agreed,
        Err(said) => return misuse(said.get(lang)),
    };
    let named = |path: PathBuf| renamed(&path, args.to);
    let targets = match files::outputs(args.output.as_deref(), &sources, &args.files, named) {
        Ok(targets) => targets,
        Err(said) => return misuse(said.get(lang)),
    };
    let door = Door { args, lang, watch: Watch::begin(), agreed, put: RefCell::default() };
    let mut worst = 0;
    for (source, target) in sources.iter().zip(&targets) {
        match door.one(source, target.as_deref()) {
            Ok(()) => {}
            Err(out::CLOSED_PIPE) => return ExitCode::from(out::CLOSED_PIPE),
            Err(code) => worst = worst.max(code),
        }
    }
    ExitCode::from(worst)
}

/// With the ending of what is written: a PDF becomes an XML file.
fn renamed(path: &Path, to: To) -> PathBuf {
    path.with_extension(match to {
        To::Json => "json",
        To::EdifactD96a | To::EdifactD01b => "edi",
        _ => "xml",
    })
}

/// The file of one of several documents: `a.2.xml`.
fn numbered(path: &Path, position: usize) -> PathBuf {
    let ending = path.extension().unwrap_or_default().to_os_string();
    let mut number = std::ffi::OsString::from(position.to_string());
    number.push(".");
    number.push(ending);
    path.with_extension(number)
}

/// What a document states, and what in it no term carries.
struct Stated {
    draft: Draft,
    syntax: String,
    outside: Vec<Loss>,
    /// Of the document, hexadecimal: the id that it has, or would have, in the service.
    id: String,
    /// The rules by which the source is invalid, where it is: what is written of it says the same.
    invalid: Vec<String>,
}

impl Stated {
    fn of(read: &Read<'_>, bytes: &[u8], syntax: String, id: String) -> Stated {
        let mut draft = Draft::of(&read.invoice);
        if read.received.is_some() {
            received(&mut draft, &mut Places::of(&read.invoice));
        }
        let mut outside = write::outside(&read.invoice);
        outside.extend(write::taken_otherwise(&draft, read.invoice.syntax()));
        outside.extend(edifact::not_carried(read, bytes));
        Stated { draft, syntax, outside, id, invalid: Vec::new() }
    }
}

/// Places in what came, which was no XML.
fn received(draft: &mut Draft, places: &mut Places<'_, '_>) {
    let whole = draft.said.iter_mut().flat_map(|said| {
        let Said { place, parts, .. } = said;
        std::iter::once(place).chain(parts.iter_mut().map(|part| &mut part.place))
    });
    whole.flatten().for_each(|place| *place = places.place(place));
    draft.groups.iter_mut().for_each(|group| received(group, places));
}

fn id_of(document: &[u8]) -> String {
    sha256(document).iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Door<'d> {
    args: &'d ConvertArgs,
    lang: Lang,
    watch: Watch,
    agreed: Agreed,
    /// What was written so far.
    put: RefCell<HashSet<PathBuf>>,
}

/// What was made of a document.
struct Made {
    bytes: Vec<u8>,
    losses: Vec<Loss>,
    /// The name of what it is.
    to: String,
    /// Of an interchange: whom it is from and to.
    around: Option<Around>,
}

impl Door<'_> {
    /// A file: one document, but for EDIFACT and X12 that hold several.
    fn one(&self, source: &Source, target: Option<&Path>) -> Result<(), u8> {
        let bytes = files::read(source).map_err(|why| self.refuse(source, &why))?;
        let several = formats::is_edi(&bytes).then(|| formats::received(&bytes, &self.agreed.partners).ok()).flatten();
        let Some(documents) = several.filter(|documents| documents.len() > 1) else {
            let mut stated = self.stated(source, &bytes)?;
            stated.invalid = self.invalid(source, &bytes).into_iter().next().unwrap_or_default();
            return self.document(source, None, target, stated);
        };
        if let Some(said) = self.agreed.refuses(documents.len()) {
            show::tell(said.get(self.lang));
            return Err(2);
        }
        let Some(target) = target.filter(|_| self.args.output.as_deref().is_some_and(is_folder)) else {
            let (name, many) = (source.name(), documents.len());
            let name = visible(&name);
            show::tell(&match self.lang {
                Lang::Fr => format!("{name} contient {many} factures : donnez un dossier avec --output DOSSIER/"),
                Lang::En => format!("{name} holds {many} invoices: name a folder with --output FOLDER/"),
            });
            return Err(2);
        };
        // Each has the id that the doors of the service give it when they take the file apart.
        let split = formats::several(&bytes).ok().flatten();
        let id = |position: usize| {
            let part = split.as_ref().filter(|split| split.parts().len() >= position);
            part.map_or_else(
                || id_of(format!("{}#{position}", id_of(&bytes)).as_bytes()),
                |split| id_of(&split.bytes(position - 1, &bytes)),
            )
        };
        let mut worst = 0;
        let invalid = self.invalid(source, &bytes);
        // What is wrong with one is told, and the others are written.
        for document in documents {
            let position = document.position();
            let read = formats::of_received(document).map_err(|why| self.refuse(source, &why));
            let done = read.and_then(|read| {
                let syntax = Envelope { bytes: (&*bytes).into(), pdf: None }.syntax(&read).to_owned();
                let part = numbered(target, position);
                let mut stated = Stated::of(&read, &bytes, syntax, id(position));
                stated.invalid = position.checked_sub(1).and_then(|n| invalid.get(n)).cloned().unwrap_or_default();
                self.document(source, Some(position), Some(&part), stated)
            });
            match done {
                Err(out::CLOSED_PIPE) => return Err(out::CLOSED_PIPE),
                done => worst = worst.max(done.err().unwrap_or(0)),
            }
        }
        if worst == 0 { Ok(()) } else { Err(worst) }
    }

    /// The rules that make each document of a file invalid, as `facteur validate` judges it; a JSON is judged as what is made of it.
    fn invalid(&self, source: &Source, bytes: &Bytes) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        if json(bytes).is_some() {
            return all;
        }
        let unpack = guard::pdf(bytes);
        let partners = &self.agreed.partners;
        let options = Options { partners, unpack: &unpack, linked: false, ..Options::new(clock::today()) };
        validate::validate_each(bytes, &source.name(), &options, &mut |judged| {
            let mut rules: Vec<String> = Vec::new();
            for finding in judged.report.findings.iter().filter(|finding| finding.blocks()) {
                if !rules.contains(&finding.rule) {
                    rules.push(finding.rule.clone());
                }
            }
            all.push(rules);
        });
        all
    }

    /// A document, written and told; `position` is which of several it is.
    fn document(
        &self,
        source: &Source,
        position: Option<usize>,
        target: Option<&Path>,
        stated: Stated,
    ) -> Result<(), u8> {
        let made = self.made(source, &stated)?;
        let unread = made.losses.iter().any(|loss| matches!(loss.reason, Reason::Unread(_)));
        let mut losses = made.losses;
        losses.extend(stated.outside);
        let refused = self.args.strict && losses.iter().any(|loss| loss.reason.is_loss()) || unread;
        let done = if refused { Ok(None) } else { self.put(target, &made.bytes) };
        let told = Told {
            file: source.name() + &position.map(|n| format!("#{n}")).unwrap_or_default(),
            from: stated.syntax,
            to: made.to,
            around: made.around.as_ref(),
            written: done.clone().ok().flatten(),
            terms: stated.draft.count(),
            losses: &losses,
            invalid: &stated.invalid,
        };
        let report = match self.args.format {
            Format::Text => told.text(self.args.strict, self.lang),
            Format::Json => told.json(),
        };
        // Nobody is left to be told that standard error is closed.
        let _ = io::stderr().lock().write_all(report.as_bytes());
        done?;
        match refused {
            true if unread => Err(2),
            true => Err(1),
            false => Ok(()),
        }
    }

    fn made(&self, source: &Source, stated: &Stated) -> Result<Made, u8> {
        let Some(directory) = self.args.to.directory() else {
            let (Written { text, losses, .. }, to) = self.written(stated);
            return Ok(Made { bytes: text.into_bytes(), losses, to, around: None });
        };
        let (written, around) = self.agreed.interchange(&stated.draft, directory, &stated.id);
        if let Some(wrong) = edifact::wrong(&written, self.lang) {
            show::tell(&format!("{}: {}", visible(&source.name()), visible(&wrong)));
            return Err(2);
        }
        let to = directory.syntax().to_owned();
        Ok(Made { bytes: written.bytes, losses: written.losses, to, around: Some(around) })
    }

    /// As asked for, and the name of what it is.
    fn written(&self, stated: &Stated) -> (Written, String) {
        let draft = &stated.draft;
        match self.args.to {
            To::Cii => (write::write(draft, Target::Cii), "cii".to_owned()),
            To::Ubl => {
                let written = write::write(draft, Target::Ubl);
                let syntax = syntax_of(&written.text).to_owned();
                (written, syntax)
            }
            To::Facturx => {
                let made = write::facturx(draft, self.args.profile.map(Profile::level), &rules::unused);
                (made.written, format!("facturx-{}", made.level.as_str()))
            }
            To::Json => (write::json_written(draft, &stated.syntax), "json".to_owned()),
            // An interchange is no text (`made`).
            To::EdifactD96a | To::EdifactD01b => (Written::default(), String::new()),
        }
    }

    fn stated(&self, source: &Source, bytes: &Bytes) -> Result<Stated, u8> {
        let refuse = |why: &Unreadable| self.refuse(source, why);
        if let Some(json) = json(bytes) {
            let draft = write::draft_of_json(json).map_err(|why| {
                let (name, why) = (source.name(), visible(&why.to_string()).into_owned());
                show::tell(&match self.lang {
                    Lang::Fr => format!("{name} : JSON qui n'est pas un facteur-invoice/1 : {why}"),
                    Lang::En => format!("{name}: JSON that is no facteur-invoice/1: {why}"),
                });
                2
            })?;
            let (syntax, id) = ("json".to_owned(), id_of(bytes));
            return Ok(Stated { draft, syntax, outside: Vec::new(), id, invalid: Vec::new() });
        }
        let envelope = Envelope::open(bytes, &guard::pdf(bytes)).map_err(|why| refuse(&why))?;
        let read = envelope.read_by(&self.agreed.partners).map_err(|why| refuse(&why))?;
        Ok(Stated::of(&read, bytes, envelope.syntax(&read).to_owned(), id_of(bytes)))
    }

    /// Where it went.
    fn put(&self, target: Option<&Path>, bytes: &[u8]) -> Result<Option<String>, u8> {
        let Some(path) = target else {
            return match io::stdout().lock().write_all(bytes) {
                Ok(()) => Ok(Some("-".to_owned())),
                Err(e) if e.kind() == ErrorKind::BrokenPipe => Err(out::CLOSED_PIPE),
                Err(e) => Err(self.cannot("-", &e)),
            };
        };
        let name = files::shown(path);
        let is_there = fs::symlink_metadata(path).is_ok_and(|there| there.is_file() || there.is_symlink());
        // What this run wrote it does not write over: `a.2.edi` beside the second of `a.edi`.
        let is_own = !self.put.borrow_mut().insert(path.to_owned());
        if is_there && (is_own || !self.args.force) {
            let name = visible(&name);
            show::tell(&match self.lang {
                Lang::Fr => format!("{name} existe déjà ; --force l'écrase"),
                Lang::En => format!("{name} is there already; --force writes over it"),
            });
            return Err(2);
        }
        put_document(path, bytes, &self.watch).map(|()| Some(name.clone())).map_err(|e| self.cannot(&name, &e))
    }

    fn cannot(&self, name: &str, error: &io::Error) -> u8 {
        let name = visible(name);
        show::tell(&match self.lang {
            Lang::Fr => format!("{name} ne peut pas être écrit : {error}"),
            Lang::En => format!("{name} cannot be written: {error}"),
        });
        2
    }

    fn refuse(&self, source: &Source, why: &Unreadable) -> u8 {
        let judged = validate::unread(why, &source.name(), String::new(), clock::today());
        let _ = io::stderr().write_all(crate::report::text(&judged.report, self.lang).as_bytes());
        2
    }
}

/// A JSON object, as text.
fn json(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}').trim_start();
    (text.starts_with('{') && bytes.len() <= limits::DOCUMENT_BYTES).then_some(text)
}

/// As reports name it.
fn syntax_of(text: &str) -> &'static str {
    let head: String = text.chars().take(200).collect();
    match () {
        () if head.contains("<Invoice ") => "ubl-invoice",
        () if head.contains("<CreditNote ") => "ubl-creditnote",
        () => "cii",
    }
}
