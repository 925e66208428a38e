//! `facteur extract`: the invoice out of a PDF, byte for byte, or a list of all that is embedded.

mod list;
mod save;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use clap::{Args, ValueEnum};

use super::files::{self, Source};
use super::{out, show, words};
use crate::clock;
use crate::formats::facturx::{Inside, is_envelope};
use crate::formats::{Envelope, Unreadable, is_edi};
use crate::guard;
use crate::pdf::{self, Unpack as _};
use crate::report;
use crate::text::Lang;
use crate::validate;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 extracted or listed; 1 a PDF has no invoice in it; 2 one could not be read or written, or misuse."
)]
pub struct ExtractArgs {
    /// All embedded files, not the invoice alone; into the folder that --output names
    #[arg(long)]
    all: bool,
    /// File or folder to write to; `-` is standard output [default: - for one PDF]
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
    /// List what is embedded instead: name, size, SHA-256, relationship, where it was found, level
    #[arg(long, conflicts_with_all = ["all", "output", "force"])]
    list: bool,
    /// `text` for people; `json` one object a line (`facteur-attachments/1`); with --list
    #[arg(long, value_enum, default_value = "text", requires = "list")]
    format: Format,
    /// PDFs, folders (recursive), or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// A PDF that was opened: the invoice in it and its bytes, or the reason why there is none, and all attachments.
struct Opened {
    invoice: Result<(Inside, Vec<u8>), Unreadable>,
    attachments: Vec<pdf::Attachment>,
    sha256: String,
}

/// 0 done, 1 a PDF has no invoice, 2 not done; the worst counts.
pub fn run(args: &ExtractArgs, lang: Lang) -> ExitCode {
    let sources = files::all(&args.files).sources;
    if sources.is_empty() {
        return show::fail(words::pick(
            lang,
            "aucun fichier : les dossiers donnés sont vides",
            "no file: the folders given are empty",
        ));
    }
    let several = sources.len() > 1 || args.all;
    let to_stdout = args.output.as_deref().is_none_or(|path| path == Path::new("-"));
    if several && to_stdout && !args.list {
        return show::fail(words::pick(
            lang,
            "plusieurs fichiers à écrire : donnez --output DOSSIER",
            "several files to write: give --output FOLDER",
        ));
    }
    let mut worst = 0u8;
    for source in &sources {
        let done = match files::read(source) {
            Ok(bytes) => one(source, bytes, args, several, lang),
            Err(why) => Err(refuse(source, &why, args, lang)),
        };
        match done {
            Ok(()) => {}
            Err(out::CLOSED_PIPE) => return ExitCode::from(out::CLOSED_PIPE),
            Err(code) => worst = worst.max(code),
        }
    }
    ExitCode::from(worst)
}

fn one(source: &Source, bytes: Bytes, args: &ExtractArgs, several: bool, lang: Lang) -> Result<(), u8> {
    if is_edi(&bytes) && !(args.list && args.format == Format::Json) {
        return Err(nothing_inside(source, lang));
    }
    let opened = open(&bytes).map_err(|why| refuse(source, &why, args, lang))?;
    if args.list {
        let text = match args.format {
            Format::Text => list::text(source, &opened, lang),
            Format::Json => list::json(source, &opened, lang),
        };
        out::piece(&text).map_err(|_| out::CLOSED_PIPE)?;
        return match &opened.invoice {
            Ok(_) => Ok(()),
            Err(why) => Err(status(why)),
        };
    }
    if args.all {
        save::all(source, &opened, args, lang)?;
        return opened.invoice.map(|_| ()).map_err(|why| refuse(source, &why, args, lang));
    }
    let (inside, xml) = opened.invoice.map_err(|why| refuse(source, &why, args, lang))?;
    save::invoice(source, &inside, &xml, args, several, lang)
}

fn open(bytes: &Bytes) -> Result<Opened, Unreadable> {
    use sha2::Digest as _;
    if !is_envelope(bytes) {
        let why = if pdf::is_pdf(bytes) { "it begins as XML does" } else { "no %PDF- in the first kilobyte" };
        return Err(Unreadable::Pdf(pdf::Refusal::new(pdf::RefusalKind::NotPdf, why)));
    }
    let sha256 = validate::hex(&sha2::Sha256::digest(bytes));
    // Opened once: the same container serves the list and the choice.
    let container = guard::pdf(bytes).unpack(bytes).map_err(Unreadable::Pdf)?;
    let attachments = container.attachments.clone();
    let invoice = Envelope::within(container);
    Ok(Opened { invoice, attachments, sha256 })
}

/// An interchange holds messages, no file to take out.
fn nothing_inside(source: &Source, lang: Lang) -> u8 {
    let name = source.name();
    show::tell(&match lang {
        Lang::Fr => format!(
            "{name} : un échange EDI, et extract ne prend que des PDF ; « facteur inspect » montre la facture, « facteur convert --to cii » l'écrit en XML"
        ),
        Lang::En => format!(
            "{name}: an EDI interchange, and extract takes PDFs alone; \"facteur inspect\" shows the invoice, \"facteur convert --to cii\" writes it as XML"
        ),
    });
    2
}

/// Says on standard error why nothing comes of a file; in a list of JSON, a line says it as well.
fn refuse(source: &Source, why: &Unreadable, args: &ExtractArgs, lang: Lang) -> u8 {
    let judged = validate::unread(why, &source.name(), String::new(), clock::today());
    if args.list && args.format == Format::Json {
        if out::piece(&list::refused(source, why, &judged.report, lang)).is_err() {
            return out::CLOSED_PIPE;
        }
    } else {
        let _ = std::io::stderr().write_all(report::text(&judged.report, lang).as_bytes());
    }
    status(why)
}

fn status(why: &Unreadable) -> u8 {
    if matches!(why, Unreadable::NoInvoice { .. }) { 1 } else { 2 }
}
