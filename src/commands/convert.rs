//! `facteur convert`: an invoice in another syntax, and a report of what was lost.

mod told;

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::files::{self, Source};
use super::validate::misuse;
use super::validate::output::{Unfinished, Watch, below, is_folder};
use super::{out, show};
use crate::clock;
use crate::formats::write::{self, Loss, Reason};
use crate::formats::{Envelope, Unreadable};
use crate::guard;
use crate::invoice::Draft;
use crate::limits;
use crate::text::{Lang, Text, visible};
use crate::validate;
use told::Told;

#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Syntax to write; UBL is Invoice or CreditNote by BT-3, Factur-X XML is `cii`
    #[arg(long, value_enum)]
    to: To,
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
    /// Invoices, folders (recursive), or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    Ubl,
    Cii,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// 0 written, 1 not written as something would be lost, 2 not read, not written or misuse; the worst counts.
pub fn run(args: &ConvertArgs, lang: Lang) -> ExitCode {
    let files::Found { sources, hidden, .. } = files::all(&args.files);
    if hidden > 0 {
        show::tell(&match lang {
            Lang::Fr => format!("entrées cachées (nom en « . ») laissées de côté : {hidden}"),
            Lang::En => format!("hidden entries (names with a leading dot) left out: {hidden}"),
        });
    }
    if sources.is_empty() {
        return misuse(
            lang.pick("aucun fichier : les dossiers donnés sont vides", "no file: the folders given are empty"),
        );
    }
    let targets = match targets(args, &sources) {
        Ok(targets) => targets,
        Err(said) => return misuse(said.get(lang)),
    };
    let door = Door { args, lang, watch: Watch::begin() };
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

/// Where each document goes; none for standard output.
fn targets(args: &ConvertArgs, sources: &[Source]) -> Result<Vec<Option<PathBuf>>, Text> {
    let output = args.output.as_deref().filter(|path| *path != Path::new("-"));
    let many = sources.len();
    match output {
        Some(folder) if is_folder(folder) => {
            let mut paths: Vec<PathBuf> = Vec::with_capacity(many);
            for source in sources {
                let path = renamed(&folder.join(below(source, &args.files)), args.to);
                if paths.contains(&path) {
                    let path = files::shown(&path);
                    return Err(Text::new(
                        format!("deux documents auraient le même fichier {path} : convertissez-les séparément"),
                        format!("two documents would have the same file {path}: convert them apart"),
                    ));
                }
                paths.push(path);
            }
            Ok(paths.into_iter().map(Some).collect())
        }
        _ if many > 1 => Err(Text::new(
            format!("il y a {many} documents : donnez un dossier avec --output DOSSIER/"),
            format!("there are {many} documents: name a folder with --output FOLDER/"),
        )),
        output => Ok(vec![output.map(Path::to_owned)]),
    }
}

/// With the ending of what is written: a PDF becomes an XML file.
fn renamed(path: &Path, to: To) -> PathBuf {
    path.with_extension(if to == To::Json { "json" } else { "xml" })
}

/// What a document states, and what in it no term carries.
struct Stated {
    draft: Draft,
    syntax: String,
    outside: Vec<Loss>,
}

struct Door<'d> {
    args: &'d ConvertArgs,
    lang: Lang,
    watch: Watch,
}

impl Door<'_> {
    fn one(&self, source: &Source, target: Option<&Path>) -> Result<(), u8> {
        let stated = self.stated(source)?;
        let target_syntax = match self.args.to {
            To::Cii => write::Target::Cii,
            To::Ubl => write::Target::Ubl,
            To::Json => write::Target::Json,
        };
        let mut written = write::write(&stated.draft, target_syntax);
        if self.args.to == To::Json {
            written.text = write::json_of(&stated.draft, &stated.syntax);
        }
        let unread = written.losses.iter().any(|loss| matches!(loss.reason, Reason::Unread(_)));
        let mut losses = written.losses;
        losses.extend(stated.outside);
        let refused = self.args.strict && !losses.is_empty() || unread;
        let done = if refused { Ok(None) } else { self.put(target, &written.text) };
        let told = Told {
            file: source.name(),
            from: stated.syntax,
            to: if self.args.to == To::Json { "json".to_owned() } else { syntax_of(&written.text).to_owned() },
            written: done.clone().ok().flatten(),
            terms: stated.draft.count(),
            losses: &losses,
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

    fn stated(&self, source: &Source) -> Result<Stated, u8> {
        let refuse = |why: &Unreadable| self.refuse(source, why);
        let bytes = files::read(source).map_err(|why| refuse(&why))?;
        if let Some(json) = json(&bytes) {
            let draft = write::draft_of_json(json).map_err(|why| {
                let (name, why) = (source.name(), visible(&why.to_string()).into_owned());
                show::tell(&match self.lang {
                    Lang::Fr => format!("{name} : JSON qui n'est pas un facteur-invoice/1 : {why}"),
                    Lang::En => format!("{name}: JSON that is no facteur-invoice/1: {why}"),
                });
                2
            })?;
            return Ok(Stated { draft, syntax: "json".to_owned(), outside: Vec::new() });
        }
        let envelope = Envelope::open(&bytes, &guard::pdf(&bytes)).map_err(|why| refuse(&why))?;
        let read = envelope.read().map_err(|why| refuse(&why))?;
        Ok(Stated {
            draft: Draft::of(&read.invoice),
            syntax: envelope.syntax(&read).to_owned(),
            outside: write::outside(&read.invoice),
        })
    }

    /// Where it went.
    fn put(&self, target: Option<&Path>, text: &str) -> Result<Option<String>, u8> {
        let Some(path) = target else {
            return match io::stdout().lock().write_all(text.as_bytes()) {
                Ok(()) => Ok(Some("-".to_owned())),
                Err(e) if e.kind() == ErrorKind::BrokenPipe => Err(out::CLOSED_PIPE),
                Err(e) => Err(self.cannot("-", &e)),
            };
        };
        let name = files::shown(path);
        let is_there = fs::symlink_metadata(path).is_ok_and(|there| there.is_file() || there.is_symlink());
        if is_there && !self.args.force {
            let name = visible(&name);
            show::tell(&match self.lang {
                Lang::Fr => format!("{name} existe déjà ; --force l'écrase"),
                Lang::En => format!("{name} is there already; --force writes over it"),
            });
            return Err(2);
        }
        let whole = || -> io::Result<()> {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                fs::create_dir_all(folder)?;
            }
            let mut file = Unfinished::create(path, &self.watch)?;
            file.write_whole(text.as_bytes())?;
            file.finish()
        };
        whole().map(|()| Some(name.clone())).map_err(|e| self.cannot(&name, &e))
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
