//! `facteur render`: an invoice as one readable HTML page, its findings at the fields they speak of.

use std::fmt::{self, Write};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::files::{self, Source};
use super::judging::JudgeArgs;
use super::validate::output::{Sink, Target};
use super::validate::{misuse, unread};
use crate::guard;
use crate::render::{self, How, Rendered};
use crate::report::Format;
use crate::text::Lang;
use crate::validate::{self, Options};

/// Text that is gathered before it is handed on, in bytes.
const PIECE: usize = 64 * 1024;

#[derive(Debug, Args)]
pub struct RenderArgs {
    #[command(flatten)]
    judging: JudgeArgs,
    /// The invoice alone, without what is wrong with it; the page says so.
    #[arg(long)]
    no_findings: bool,
    /// File to write, or a folder (for several documents: one page each). Standard output where none is named.
    #[arg(long, short, value_name = "FILE|FOLDER")]
    output: Option<PathBuf>,
    /// Files, folders (recursive), or `-` for standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// 0 all rendered, whatever their verdict; 2 one cannot be read as an invoice (its page says why), or misuse.
pub fn run(args: &RenderArgs, lang: Lang) -> ExitCode {
    let named = match args.judging.named(lang) {
        Ok(found) => found,
        Err(said) => return misuse(&said),
    };
    let files::Found { sources, .. } = files::all(&args.paths);
    if sources.is_empty() {
        return misuse(files::nothing_there(lang));
    }
    let target = match Target::of(args.output.as_deref(), Format::Html, &args.paths, &sources) {
        Ok(target) => target,
        Err(said) => return misuse(said.get(lang)),
    };
    if sources.len() > 1 && !matches!(target, Target::Files(_)) {
        let (fr, en) = (
            format!("une page par facture, et il y en a {} : donnez un dossier avec -o DOSSIER/", sources.len()),
            format!("one page an invoice, and there are {}: name a folder with -o FOLDER/", sources.len()),
        );
        return misuse(lang.pick(&fr, &en));
    }
    let partners = match args.judging.partners(&named, lang) {
        Ok(found) => found,
        Err(said) => return misuse(&said),
    };
    let options = Options { partners: &partners, ..args.judging.options(&named) };
    let mut sink = match Sink::open(target) {
        Ok(sink) => sink,
        Err(code) => return code,
    };
    let how = How { lang, findings: !args.no_findings, verdict: true, source: None };
    let mut all = true;
    for (number, source) in sources.iter().enumerate() {
        let whole = sink.is_one_each();
        let mut pieces = Pieces { sink: &mut sink, number, text: String::new(), whole, failed: None };
        let done = one(&mut pieces, source, &options, how);
        if let Err(code) = pieces.flush() {
            return code;
        }
        match done {
            Ok(Rendered::Invoice) => {}
            Ok(Rendered::Unreadable) => all = false,
            Err(fmt::Error) => return ExitCode::from(2),
        }
    }
    match sink.finish() {
        Ok(()) => ExitCode::from(if all { 0 } else { 2 }),
        Err(code) => code,
    }
}

fn one(out: &mut dyn Write, source: &Source, options: &Options<'_>, how: How<'_>) -> Result<Rendered, fmt::Error> {
    match files::read(source) {
        Ok(bytes) => {
            let guard = guard::pdf(&bytes);
            let judged = validate::validate(
                &bytes,
                &source.name(),
                &Options { invoices_only: true, unpack: &guard, ..options.clone() },
            );
            let done = render::page_agreed(out, &bytes, &judged.report, how, &guard, options.partners)?;
            if done == Rendered::Unreadable {
                tell(&judged.report, how.lang);
            }
            Ok(done)
        }
        Err(why) => {
            let judged = unread(source, &why, options.as_of);
            tell(&judged.report, how.lang);
            render::unread(out, &judged.report, how)?;
            Ok(Rendered::Unreadable)
        }
    }
}

/// Why there is no invoice is said here as well: the page may lie in a folder nobody opens.
fn tell(report: &crate::report::Report, lang: Lang) {
    let _ = std::io::stderr().write_all(crate::report::text(report, lang).as_bytes());
}

/// Text on its way to a sink: in pieces, or whole where every document has a file of its own.
struct Pieces<'s> {
    sink: &'s mut Sink,
    number: usize,
    text: String,
    whole: bool,
    failed: Option<ExitCode>,
}

impl Write for Pieces<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        if self.whole || self.text.len() < PIECE {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.text);
        self.sink.write(self.number, &piece).map_err(|code| {
            self.failed = Some(code);
            fmt::Error
        })
    }
}

impl Pieces<'_> {
    /// The rest; or why writing ended before.
    fn flush(self) -> Result<(), ExitCode> {
        match self.failed {
            Some(code) => Err(code),
            None => self.sink.write(self.number, &self.text),
        }
    }
}
