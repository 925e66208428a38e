//! `facteur diff`: two documents compared as invoices, by term, in any two syntaxes.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use clap::{Args, ValueEnum};
use sha2::{Digest as _, Sha256};

use super::files::{self, Source};
use super::judging::PartnerArgs;
use super::{out, show};
use crate::diff::{self, Heading, Options};
use crate::formats::edifact::Partner;
use crate::formats::{Envelope, Read, Unreadable};
use crate::guard;
use crate::invoice::Term;
use crate::text::Lang;

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// `text` for people; `json` is `facteur-diff/1`; `csv` has a row for each difference.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Values that are written otherwise (100.0 and 100.00) and lines that moved are differences too.
    #[arg(long)]
    as_written: bool,
    /// Compare this term or group alone: BT-131, BG-25; may be given several times, or with commas.
    #[arg(long, value_name = "TERM", value_delimiter = ',', value_parser = term)]
    only: Vec<Term>,
    /// Leave this term or group out, or `other`: what is no term of EN 16931.
    #[arg(long, value_name = "TERM", value_delimiter = ',', value_parser = ignored)]
    ignore: Vec<Ignored>,
    #[command(flatten)]
    partners: PartnerArgs,
    /// The first invoice: XML, PDF or EDIFACT; `-` for standard input.
    a: PathBuf,
    /// The second invoice; one of both may be `-`.
    b: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Csv,
}

#[derive(Debug, Clone, Copy)]
enum Ignored {
    Term(Term),
    Other,
}

/// As diff(1): 0 where they are the same, 1 where they differ, 2 where one could not be read.
pub fn run(args: &DiffArgs, lang: Lang) -> ExitCode {
    if [&args.a, &args.b].iter().all(|path| path.as_os_str() == "-") {
        return misuse(match lang {
            Lang::Fr => "l'entrée standard ne peut être qu'un des deux documents",
            Lang::En => "standard input can be one of the two documents only",
        });
    }
    let partners = match args.partners.read(lang) {
        Ok(partners) => partners,
        Err(said) => return misuse(&said),
    };
    // Both are read before anything is said, so that whoever gave two bad documents hears of both.
    let (a, b) = (bytes(&args.a), bytes(&args.b));
    let opened = |bytes: &'_ Result<Bytes, Unreadable>| -> Result<Sha, Unreadable> {
        bytes.as_ref().map(|bytes| Sha::of(bytes)).map_err(Clone::clone)
    };
    let (sha_a, sha_b) = (opened(&a), opened(&b));
    let (envelope_a, envelope_b) = (envelope(&a), envelope(&b));
    let (read_a, read_b) = (read(&envelope_a, &partners), read(&envelope_b, &partners));
    for (path, read) in [(&args.a, &read_a), (&args.b, &read_b)] {
        if let Err(why) = read {
            refuse(path, why, lang);
        }
    }
    let (Ok((read_a, envelope_a)), Ok((read_b, envelope_b)), Ok(sha_a), Ok(sha_b)) = (read_a, read_b, sha_a, sha_b)
    else {
        return ExitCode::from(2);
    };
    for (path, read) in [(&args.a, &read_a), (&args.b, &read_b)] {
        show::tell_cut(&path.to_string_lossy(), read, lang);
    }
    let options = args.options();
    let mut found = diff::compare(&read_a.invoice, &read_b.invoice, &options);
    let (syntax_a, syntax_b) = (envelope_a.syntax(&read_a), envelope_b.syntax(&read_b));
    found.beside(
        diff::Whole { read: &read_a, bytes: &envelope_a.bytes, syntax: syntax_a },
        diff::Whole { read: &read_b, bytes: &envelope_b.bytes, syntax: syntax_b },
        &options,
    );
    for (in_a, envelope) in [(true, envelope_a), (false, envelope_b)] {
        if let Some(inside) = &envelope.pdf {
            found.name_attachment(in_a, &inside.name);
        }
    }
    let a = heading(&args.a, sha_a, envelope_a, &read_a);
    let b = heading(&args.b, sha_b, envelope_b, &read_b);
    let text = match args.format {
        Format::Text => diff::text(&found, &a, &b, &options, lang),
        Format::Json => diff::json(&found, &a, &b, &options, lang) + "\n",
        Format::Csv => diff::csv(&found, lang),
    };
    match out::piece(&text) {
        Ok(()) => ExitCode::from(u8::from(!found.is_same())),
        Err(code) => code,
    }
}

impl DiffArgs {
    fn options(&self) -> Options {
        let ignore = self.ignore.iter().filter_map(|ignored| match ignored {
            Ignored::Term(term) => Some(*term),
            Ignored::Other => None,
        });
        Options {
            as_written: self.as_written,
            only: self.only.clone(),
            ignore: ignore.collect(),
            terms_only: self.ignore.iter().any(|ignored| matches!(ignored, Ignored::Other)),
        }
    }
}

/// The digest of what was received, in hexadecimal.
struct Sha(String);

impl Sha {
    fn of(bytes: &[u8]) -> Sha {
        Sha(Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect())
    }
}

fn bytes(path: &Path) -> Result<Bytes, Unreadable> {
    files::read(&Source::of(path))
}

fn envelope(bytes: &Result<Bytes, Unreadable>) -> Result<Envelope<'_>, Unreadable> {
    let bytes = bytes.as_ref().map_err(Clone::clone)?;
    Envelope::open(bytes, &guard::pdf(bytes))
}

fn read<'e>(
    envelope: &'e Result<Envelope<'_>, Unreadable>,
    partners: &[Partner],
) -> Result<(Read<'e>, &'e Envelope<'e>), Unreadable> {
    let envelope = envelope.as_ref().map_err(Clone::clone)?;
    Ok((envelope.read_by(partners)?, envelope))
}

fn heading(path: &Path, sha: Sha, envelope: &Envelope<'_>, read: &Read<'_>) -> Heading {
    let attachment = envelope.pdf.as_ref().map(|inside| inside.name.clone());
    Heading::of(&read.invoice, path.to_string_lossy().into_owned(), sha.0, envelope.syntax(read), attachment)
}

fn refuse(path: &Path, why: &Unreadable, lang: Lang) {
    let judged = crate::validate::unread(why, &path.to_string_lossy(), String::new(), crate::clock::today());
    let _ = std::io::stderr().write_all(crate::report::text(&judged.report, lang).as_bytes());
}

fn misuse(what: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "facteur: {what}");
    ExitCode::from(2)
}

fn term(text: &str) -> Result<Term, String> {
    let id = text.trim().to_ascii_uppercase();
    Term::parse(&id).ok_or_else(|| "no term of EN 16931: BT-131 or BG-25 is expected".to_owned())
}

fn ignored(text: &str) -> Result<Ignored, String> {
    match text.trim() {
        "other" => Ok(Ignored::Other),
        id => term(id).map(Ignored::Term).map_err(|e| format!("{e}, or other")),
    }
}
