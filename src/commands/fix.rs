//! `facteur fix`: corrections that cannot change what is owed, proposed or written.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use sha2::{Digest as _, Sha256};

use super::files::{self, Source};
use super::judging::JudgeArgs;
use super::out;
use super::validate::misuse;
use super::validate::output::{Unfinished, Watch};
use crate::diff::Heading;
use crate::fix::{self, Asked, Fixed, Frame, Outcome, Standing, Trouble};
use crate::formats::{Envelope, Unreadable, edi_name};
use crate::guard;
use crate::rules::codes::{BILLING_FRAMES, FR_TREATMENT};
use crate::text::{Lang, Text, visible};
use crate::validate::{self, Options, hex};

#[derive(Debug, Args)]
pub struct FixArgs {
    /// Say what would be corrected and write nothing, as without any option.
    #[arg(long, conflicts_with_all = ["write", "output"])]
    dry_run: bool,
    /// Write the corrections into the files themselves.
    #[arg(long, conflicts_with = "output")]
    write: bool,
    /// Write the corrected document to another file, into a folder (there, or with a `/` at the end), or to standard output (`-`).
    #[arg(long, short, value_name = "FILE|FOLDER/|-")]
    output: Option<PathBuf>,
    /// These corrections alone, separated by commas.
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = correction())]
    only: Vec<String>,
    /// Not these corrections.
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = correction())]
    except: Vec<String>,
    /// The treatment that a BAR note is to say, where the invoice has none: B2B, B2BINT, B2C, B2CINT, OUTOFSCOPE, ARCHIVEONLY.
    #[arg(long, value_name = "CODE", value_parser = PossibleValuesParser::new(FR_TREATMENT.codes), ignore_case = true, hide_possible_values = true)]
    treatment: Option<String>,
    /// The billing frame (BT-23) that is to be written where the invoice has no valid one: B1, S1…, or `from-lines`.
    #[arg(long, value_name = "CODE|from-lines", value_parser = frame)]
    frame: Option<Frame>,
    /// List every correction: what it changes, and why that cannot change what is owed.
    #[arg(long)]
    list: bool,
    /// `text` for people; `json` is `facteur-fix/1`, one object a line.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    judging: JudgeArgs,
    /// Files, folders (recursive), or `-` for standard input.
    #[arg(required_unless_present = "list", value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

fn correction() -> impl TypedValueParser<Value = String> {
    PossibleValuesParser::new(fix::corrections().iter().map(|c| c.id.as_str()))
}

fn frame(text: &str) -> Result<Frame, String> {
    if text == "from-lines" {
        return Ok(Frame::FromLines);
    }
    let code = text.to_ascii_uppercase();
    match BILLING_FRAMES.codes.contains(&code.as_str()) {
        true => Ok(Frame::Named(code)),
        false => Err(format!("{}, or from-lines", BILLING_FRAMES.codes.join(", "))),
    }
}

/// 0 nothing to correct or all of it written, 1 corrections proposed, 2 unreadable, refused or misuse; 2 wins.
pub fn run(args: &FixArgs, lang: Lang) -> ExitCode {
    if args.list {
        return out::document(&match args.format {
            Format::Text => fix::list(lang),
            Format::Json => fix::list_json(lang),
        });
    }
    for correction in fix::corrections().iter().filter(|c| args.only.contains(&c.id)) {
        // There is one that has to be asked for.
        if let Some(option) = correction.asked.as_deref().filter(|_| args.frame.is_none()) {
            return misuse(&match lang {
                Lang::Fr => format!("{} ne se fait que demandé : {option} dit comment", correction.id),
                Lang::En => format!("{} is made only where asked for: {option} says how", correction.id),
            });
        }
    }
    let named = match args.judging.named(lang) {
        Ok(found) => found,
        Err(said) => return misuse(&said),
    };
    // What a link leads to may lie outside of the folder: neither written nor copied unless it is named.
    let files::Found { sources, hidden, links } = files::all_within(&args.paths);
    files::tell_hidden(hidden, lang);
    for link in &links {
        let link = files::shown(link);
        let link = visible(&link);
        let _ = match lang {
            Lang::Fr => writeln!(
                io::stderr(),
                "facteur : {link} est un lien, laissé de côté : le nommer pour corriger ce qu'il désigne"
            ),
            Lang::En => {
                writeln!(io::stderr(), "facteur: {link} is a link, left out: name it to correct what it leads to")
            }
        };
    }
    if sources.is_empty() {
        return misuse(files::nothing_there(lang));
    }
    let targets = match targets(args, &sources) {
        Ok(targets) => targets,
        Err(said) => return misuse(said.get(lang)),
    };
    let options = Options { linked: false, ..args.judging.options(&named) };
    let door = Door { args, options, lang, watch: Watch::begin() };
    let mut status = 0;
    for (source, target) in sources.iter().zip(&targets) {
        match door.one(source, target) {
            Ok(one) => status = one.max(status),
            Err(code) => return code,
        }
    }
    ExitCode::from(status)
}

/// Where a corrected document goes.
enum Target {
    Nowhere,
    Itself,
    Stdout,
    File(PathBuf),
}

/// What is asked for, for each document.
fn targets(args: &FixArgs, sources: &[Source]) -> Result<Vec<Target>, Text> {
    let Some(output) = &args.output else {
        if args.write && sources.contains(&Source::Stdin) {
            return Err(Text::new(
                "l'entrée standard n'est pas un fichier où écrire : --output dit où",
                "standard input is no file to write to: --output says where",
            ));
        }
        return Ok(sources.iter().map(|_| if args.write { Target::Itself } else { Target::Nowhere }).collect());
    };
    let paths = files::outputs(Some(output), sources, &args.paths, |path| path)?;
    Ok(paths.into_iter().map(|path| path.map_or(Target::Stdout, Target::File)).collect())
}

struct Door<'d> {
    args: &'d FixArgs,
    options: Options<'d>,
    lang: Lang,
    watch: Watch,
}

impl Door<'_> {
    /// One document, from its bytes to what is said of it: its exit status.
    fn one(&self, source: &Source, target: &Target) -> Result<u8, ExitCode> {
        let bytes = match files::read(source) {
            Ok(bytes) => bytes,
            Err(why) => return Ok(self.unreadable(source, &why)),
        };
        let envelope = match Envelope::open(&bytes, &guard::pdf(&bytes)) {
            Ok(envelope) => envelope,
            Err(why) => return Ok(self.unreadable(source, &why)),
        };
        if let Some(looks_like) = edi_name(&envelope.bytes) {
            return Ok(self.unreadable(source, &Unreadable::NotXml { looks_like }));
        }
        let read = match envelope.read() {
            Ok(read) => read,
            Err(why) => return Ok(self.unreadable(source, &why)),
        };
        let attachment = envelope.pdf.as_ref().map(|inside| inside.name.clone());
        let sha = hex(&Sha256::digest(&bytes));
        let heading = Heading::of(&read.invoice, source.name(), sha, envelope.syntax(&read), attachment);
        drop(read);
        let asked = Asked {
            only: self.args.only.clone(),
            except: self.args.except.clone(),
            treatment: self.args.treatment.as_ref().map(|code| code.to_ascii_uppercase()),
            frame: self.args.frame.clone(),
        };
        let fixed = match fix::fix(&envelope.bytes, &asked, &|bytes| self.judge(bytes)) {
            Ok(fixed) => fixed,
            Err(Trouble::Unreadable(why)) => return Ok(self.unreadable(source, &why)),
            Err(Trouble::Fault(what)) => return Ok(self.fault(source, &what)),
        };
        let pdf = envelope.pdf.is_some();
        let may = match fixed.applied.is_empty() {
            true => free(target),
            false => {
                may_change(&fixed, &bytes, pdf).and_then(|()| free(target)).and_then(|()| replaceable(source, target))
            }
        };
        // A PDF that is only looked at is in order; there is nothing that may be written of it all the same.
        let only_looked_at = pdf && !fix::is_sealed_pdf(&bytes) && matches!(target, Target::Nowhere);
        let (written, refused, status) = match may {
            Err(why) => (None, Some(why), if only_looked_at { 1 } else { 2 }),
            Ok(()) => match self.put(
                source,
                target,
                &bytes,
                if pdf { &bytes } else { &fixed.bytes },
                fixed.applied.is_empty(),
            ) {
                Ok(written) => {
                    let proposed = matches!(target, Target::Nowhere) && !fixed.applied.is_empty();
                    (written, None, u8::from(proposed))
                }
                Err(why) => (None, Some(why), 2),
            },
        };
        let outcome = Outcome { heading, fixed: &fixed, written, refused };
        self.say(&outcome, target)?;
        Ok(status)
    }

    fn say(&self, outcome: &Outcome<'_>, target: &Target) -> Result<(), ExitCode> {
        let as_of = self.options.as_of.to_string();
        let text = match self.args.format {
            Format::Text if self.args.paths.len() > 1 || self.args.paths.iter().any(|path| path.is_dir()) => {
                fix::text(outcome, self.lang) + "\n"
            }
            Format::Text => fix::text(outcome, self.lang),
            Format::Json => fix::json(outcome, &as_of, self.lang) + "\n",
        };
        // Standard output is the document's, where it goes there.
        if matches!(target, Target::Stdout) {
            let _ = io::stderr().write_all(text.as_bytes());
            return Ok(());
        }
        out::piece(&text)
    }

    fn judge(&self, bytes: &[u8]) -> Standing {
        let report = validate::validate(bytes, "", &self.options).report;
        Standing {
            packs: report.packs.into_iter().map(|run| run.id).collect(),
            not_run: report.not_run.into_iter().map(|not| not.pack).collect(),
            findings: report.findings,
        }
    }

    /// Writes where it is to go; tells where it went, and why it did not.
    fn put(
        &self,
        source: &Source,
        target: &Target,
        old: &Bytes,
        new: &[u8],
        same: bool,
    ) -> Result<Option<String>, Text> {
        let real: PathBuf;
        let path = match (target, source) {
            (Target::Nowhere, _) => return Ok(None),
            (Target::Stdout, _) => {
                let written = io::stdout().lock().write_all(new);
                return match written {
                    Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(unwritten("-", &e)),
                    _ => Ok(Some("-".to_owned())),
                };
            }
            (Target::Itself, _) if same => return Ok(None),
            // What a link leads to is replaced, and named.
            (Target::Itself, Source::File(path)) => {
                real = fs::canonicalize(path).map_err(|e| unwritten(&files::shown(path), &e))?;
                if path.is_symlink() { &real } else { path }
            }
            (Target::Itself, _) => return Ok(None),
            (Target::File(path), _) => path,
        };
        let name = files::shown(path);
        let whole = || -> io::Result<bool> {
            let itself = matches!(target, Target::Itself);
            if !itself && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                fs::create_dir_all(folder)?;
            }
            let mut file = Unfinished::create(path, &self.watch)?;
            if itself {
                file.keep_owner()?;
            }
            file.write_whole(new)?;
            // Somebody may have written to it since it was read.
            if itself && fs::read(path)? != old[..] {
                return Ok(false);
            }
            file.finish()?;
            Ok(true)
        };
        match whole() {
            Ok(true) => Ok(Some(name)),
            Ok(false) => Err(Text::new(
                "le fichier a changé pendant ce temps : recommencer",
                "the file was changed meanwhile: do it again",
            )),
            Err(e) => Err(unwritten(&name, &e)),
        }
    }

    fn unreadable(&self, source: &Source, why: &Unreadable) -> u8 {
        let judged = validate::unread(why, &source.name(), String::new(), self.options.as_of);
        let _ = io::stderr().write_all(crate::report::text(&judged.report, self.lang).as_bytes());
        2
    }

    fn fault(&self, source: &Source, what: &str) -> u8 {
        let (name, what) = (source.name(), visible(what));
        let _ = match self.lang {
            Lang::Fr => writeln!(
                io::stderr(),
                "facteur : {}: une correction changerait ce qu'elle ne doit pas ({what}) : une faute de facteur, à lui signaler ; rien n'est écrit",
                visible(&name)
            ),
            Lang::En => writeln!(
                io::stderr(),
                "facteur: {}: a correction would change what it must not ({what}): a fault of facteur, please report it; nothing is written",
                visible(&name)
            ),
        };
        2
    }
}

/// May this document be changed at all?
fn may_change(fixed: &Fixed, bytes: &[u8], pdf: bool) -> Result<(), Text> {
    if fixed.sealed || pdf && fix::is_sealed_pdf(bytes) {
        return Err(Text::new(
            "le document est signé, et tout changement casserait la signature : corriger dans l'outil qui l'a fait, puis signer",
            "the document is signed, and any change would break the signature: correct it in the tool that made it, then sign",
        ));
    }
    if pdf {
        return Err(Text::new(
            "le PDF et sa facture sont faits ensemble par l'outil de l'émetteur : corriger là et refaire le PDF (facteur extract en donne la facture seule)",
            "the PDF and its invoice are made together by the issuer's tool: correct it there and make the PDF anew (facteur extract gives the invoice alone)",
        ));
    }
    Ok(())
}

/// Would another document be lost?
fn free(target: &Target) -> Result<(), Text> {
    match target {
        // A device or a pipe has nothing to lose.
        Target::File(path)
            if fs::symlink_metadata(path)
                .is_ok_and(|there| there.is_file() || there.is_symlink() || there.is_dir()) =>
        {
            let path = files::shown(path);
            Err(Text::new(
                format!("{path} existe déjà : donnez un autre nom"),
                format!("{path} is there already: give another name"),
            ))
        }
        _ => Ok(()),
    }
}

/// May the file be replaced: would a seal that lies beside it be void, or is it not to be written to?
fn replaceable(source: &Source, target: &Target) -> Result<(), Text> {
    let (Target::Itself, Source::File(path)) = (target, source) else { return Ok(()) };
    let real = fs::canonicalize(path).map_err(|e| unwritten(&files::shown(path), &e))?;
    // Beside the name given, and beside what it leads to.
    if let Some(seal) = seal_of(path).or_else(|| seal_of(&real)) {
        let seal = files::shown(&seal);
        return Err(Text::new(
            format!("{seal} est un sceau de ce fichier, qui ne vaudrait plus : --output écrit ailleurs"),
            format!("{seal} is a seal of this file, and would be void: --output writes elsewhere"),
        ));
    }
    if let Some(names @ 2..) = names_of(&real) {
        let name = files::shown(&real);
        return Err(Text::new(
            format!(
                "{name} est un fichier qui a {names} noms (liens physiques) : le remplacer laisserait les autres sans la correction ; --output écrit ailleurs"
            ),
            format!(
                "{name} is a file that has {names} names (hard links): to replace it would leave the others without the correction; --output writes elsewhere"
            ),
        ));
    }
    if fs::metadata(&real).is_ok_and(|there| there.permissions().readonly()) {
        let name = files::shown(&real);
        return Err(Text::new(
            format!("{name} est en lecture seule : --output écrit ailleurs"),
            format!("{name} is read-only: --output writes elsewhere"),
        ));
    }
    Ok(())
}

/// How many names a file has.
#[cfg(unix)]
fn names_of(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;

    fs::metadata(path).ok().map(|there| there.nlink())
}

#[cfg(not(unix))]
fn names_of(_: &Path) -> Option<u64> {
    None
}

/// A detached signature that stands beside a file: `facture.xml.p7s`, in whatever case.
fn seal_of(path: &Path) -> Option<PathBuf> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".p7s");
    let wanted = [PathBuf::from(beside), path.with_extension("p7s")];
    if let Some(seal) = wanted.iter().find(|seal| seal.is_file()) {
        return Some(seal.clone());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_wanted = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        wanted.iter().filter_map(|seal| seal.file_name()).any(|seal| seal.eq_ignore_ascii_case(&name))
    };
    fs::read_dir(folder).ok()?.flatten().find(is_wanted).map(|entry| entry.path()).filter(|seal| seal.is_file())
}

fn unwritten(name: &str, error: &io::Error) -> Text {
    let name = visible(name);
    Text::new(format!("{name} ne peut pas être écrit ({error})"), format!("{name} cannot be written ({error})"))
}
