//! `facteur validate`: judges documents and says what is wrong and how to put it right.

pub(super) mod output;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sha2::{Digest as _, Sha256};

use super::files::{self, Source};
use super::judging::JudgeArgs;
use crate::day::Day;
use crate::formats::Unreadable;
use crate::guard;
use crate::report::{Document, Form, Format, Manner, Piece, Roll, Verdict, whole};
use crate::rules::Severity;
use crate::text::Lang;
use crate::validate::{self, Judged, Options};
use output::{Sink, Target};

#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// `text` for people; `json` (one object a line, `facteur-report/1`) and `csv` for programs; `svrl`, `sarif` and `junit` for tools.
    #[arg(long, default_value = "text", value_parser = format())]
    format: Format,
    #[command(flatten)]
    judging: JudgeArgs,
    /// What makes the exit status 1. Documents that could not be judged give 2 all the same.
    #[arg(long, value_enum, default_value = "fatal")]
    fail_on: FailOn,
    /// Only documents that are not valid.
    #[arg(long, short)]
    quiet: bool,
    /// Every finding in text, also those that it would only count.
    #[arg(long, short)]
    verbose: bool,
    /// Write to a file, or into a folder (there, or with a `/` at the end) one file for each document, valid ones too.
    #[arg(long, short, value_name = "FILE|FOLDER/")]
    output: Option<PathBuf>,
    /// Colours in text: on a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` asks for them anywhere.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    color: Color,
    /// Files, folders (recursive), or `-` for standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Fatal,
    Warning,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// <https://no-color.org> and <https://bixense.com/clicolors>: what was said on the command line goes first, then `NO_COLOR`.
    fn wanted(self, terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let is = |name: &str, value: &str| variable(name).as_deref() == Some(value);
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if set("NO_COLOR") => false,
            Color::Auto if set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") => true,
            Color::Auto => terminal && !is("CLICOLOR", "0") && !is("TERM", "dumb"),
        }
    }
}

fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str)).map(|name| Format::parse(&name).unwrap_or(Format::Text))
}

/// 0 all valid, 1 at least one invalid, 2 at least one not judged, or misuse; 2 wins.
pub fn run(args: &ValidateArgs, lang: Lang) -> ExitCode {
    let named = match args.judging.named(lang) {
        Ok(found) => found,
        Err(said) => return misuse(&said),
    };
    let partners = match args.judging.partners(&named, lang) {
        Ok(found) => found,
        Err(said) => return misuse(&said),
    };
    let files::Found { sources, hidden, .. } = files::all(&args.paths);
    files::tell_hidden(hidden, lang);
    if sources.is_empty() {
        return misuse(files::nothing_there(lang));
    }
    let options = Options { partners: &partners, ..args.judging.options(&named) };
    let target = match Target::of(args.output.as_deref(), args.format, &args.paths, &sources) {
        Ok(target) => target,
        Err(said) => return misuse(said.get(lang)),
    };
    let terminal = target == Target::Stdout && std::io::stdout().is_terminal();
    let colour = args.color.wanted(terminal, |name| std::env::var(name).ok());
    match Sink::open(target) {
        Ok(sink) => judge_all(&sources, &options, args, Manner { lang, colour, all: args.verbose }, sink),
        Err(code) => code,
    }
}

/// What the shower needs of a document: its piece, none where it is not to be shown.
struct Done {
    verdict: Verdict,
    warned: bool,
    piece: Option<Piece>,
}

/// Judges on all cores and shows in the order given.
fn judge_all(
    sources: &[Source],
    options: &Options<'_>,
    args: &ValidateArgs,
    manner: Manner,
    mut sink: Sink,
) -> ExitCode {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(sources.len());
    let stop = AtomicBool::new(false);
    let form = args.format.form(manner);
    let how = How { form: form.as_ref(), alone: sink.is_one_each(), quiet: args.quiet };
    // A bounded channel a worker: documents lie ready only a few ahead of the one being shown.
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..workers).map(|_| sync_channel::<Vec<Done>>(4)).unzip();
    let mut tally = Tally::default();
    let mut roll = Roll::new(how.form);
    let progress = progress(sources.len());
    let ended = std::thread::scope(|scope| {
        for (worker, sender) in senders.into_iter().enumerate() {
            let (stop, how) = (&stop, &how);
            scope.spawn(move || {
                // Each worker takes every n-th document, so that the shower knows whom to ask next.
                for source in sources.iter().skip(worker).step_by(workers) {
                    if stop.load(Ordering::Relaxed) || sender.send(judge(source, options, how)).is_err() {
                        return;
                    }
                }
            });
        }
        for (n, source) in sources.iter().enumerate() {
            let written = match receivers[n % workers].recv() {
                Ok(done) => {
                    progress.inc(1);
                    let mut text = String::new();
                    let mut shown = false;
                    let mut apart = Vec::new();
                    for one in done {
                        tally.count(&one);
                        let Some(piece) = one.piece else { continue };
                        shown = true;
                        match how.alone {
                            true => apart.push(piece.text),
                            false => text.push_str(&roll.add(piece)),
                        }
                    }
                    if !shown {
                        continue;
                    }
                    // Each invoice of an interchange is a file of its own, with head and tail.
                    progress.suspend(|| match how.alone {
                        true => apart.iter().enumerate().try_for_each(|(part, text)| sink.write_part(n, part, text)),
                        false => sink.write(n, &text),
                    })
                }
                Err(_) => Err(misuse(&format!("{}: judging it broke off, a fault of facteur", source.name()))),
            };
            if let Err(code) = written {
                stop.store(true, Ordering::Relaxed);
                drop(receivers);
                return Some(code);
            }
        }
        None
    });
    let rest = || {
        if !how.alone {
            sink.write(sources.len(), &roll.end())?;
        }
        sink.finish()
    };
    let broken = ended.is_some();
    let ended = match ended {
        Some(code) => Err(code),
        None => rest(),
    };
    progress.finish_and_clear();
    // Whatever could not be written: all that was judged is counted.
    if !broken && sources.len() > 1 && (matches!(args.format, Format::Text) || args.output.is_some()) {
        let _ = writeln!(std::io::stderr(), "{}", tally.sentence(manner.lang));
    }
    ended.map_or_else(|code| code, |()| tally.exit(args.fail_on))
}

/// How pieces are made.
struct How<'f> {
    form: &'f dyn Form,
    /// Each document is a file of its own, with head and tail.
    alone: bool,
    quiet: bool,
}

/// Judges one file and makes its pieces, on the same core, while its bytes are at hand: one, but for an interchange (EDIFACT, X12) of several invoices.
fn judge(source: &Source, options: &Options<'_>, how: &How<'_>) -> Vec<Done> {
    let name = source.name();
    match files::read(source) {
        Ok(bytes) => {
            let options = Options { unpack: &guard::pdf(&bytes), ..options.clone() };
            let mut done = Vec::new();
            let mut show = |judged| done.push(shown(judged, Some(&bytes), how));
            validate::validate_each(&bytes, &name, &options, &mut show);
            done
        }
        Err(why) => vec![shown(unread(source, &why, options.as_of), None, how)],
    }
}

fn shown(judged: Judged, bytes: Option<&[u8]>, how: &How<'_>) -> Done {
    let Judged { report, inside, .. } = judged;
    let document = Document { bytes, inside: inside.as_deref() };
    // In a folder each document has its file, so that no report of an earlier run outlives its document's mending.
    let shown = how.alone || !(how.quiet && report.verdict == Verdict::Valid);
    let piece = || match how.alone {
        true => whole(how.form, &report, &document).into(),
        false => how.form.one(&report, &document),
    };
    Done { verdict: report.verdict, warned: report.count(Severity::Warning) > 0, piece: shown.then(piece) }
}

/// The judgement of a document whose bytes could not be had, or are too many.
pub(super) fn unread(source: &Source, why: &Unreadable, as_of: Day) -> Judged {
    let sha256 = if let Source::File(path) = source { digest(path).unwrap_or_default() } else { String::new() };
    validate::unread(why, &source.name(), sha256, as_of)
}

/// The SHA-256 of a file too large to be read, in one pass and little memory.
fn digest(path: &Path) -> Option<String> {
    // Looked at before it is opened: to open a pipe is to wait for its writer.
    let mut file = std::fs::metadata(path).ok().filter(|m| m.is_file()).and_then(|_| std::fs::File::open(path).ok())?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        match std::io::Read::read(&mut file, &mut buffer).ok()? {
            0 => return Some(validate::hex(&sha.finalize())),
            n => sha.update(&buffer[..n]),
        }
    }
}

#[derive(Default)]
struct Tally {
    valid: usize,
    invalid: usize,
    not_judged: usize,
    warned: usize,
}

impl Tally {
    fn count(&mut self, done: &Done) {
        match done.verdict {
            Verdict::Valid => self.valid += 1,
            Verdict::Invalid => self.invalid += 1,
            Verdict::NotJudged => self.not_judged += 1,
        }
        self.warned += usize::from(done.warned);
    }

    fn exit(&self, fail_on: FailOn) -> ExitCode {
        let fails = match fail_on {
            FailOn::Never => false,
            FailOn::Fatal => self.invalid > 0,
            FailOn::Warning => self.invalid > 0 || self.warned > 0,
        };
        ExitCode::from(if self.not_judged > 0 { 2 } else { u8::from(fails) })
    }

    fn sentence(&self, lang: Lang) -> String {
        let Tally { valid, invalid, not_judged, .. } = self;
        match lang {
            Lang::Fr => {
                let [v, i, n] = [valid, invalid, not_judged].map(|n| lang.s(*n));
                format!("{valid} valide{v}, {invalid} non valide{i}, {not_judged} non jugée{n}")
            }
            Lang::En => format!("{valid} valid, {invalid} invalid, {not_judged} not judged"),
        }
    }
}

/// A bar on a terminal when there is something to wait for.
fn progress(count: usize) -> ProgressBar {
    const WORTH_A_BAR: usize = 20;
    let bar = ProgressBar::new(count as u64);
    if count < WORTH_A_BAR || !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

pub(super) fn misuse(said: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "facteur: {said}");
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_and_who_asks() {
        let with = |color: Color, terminal: bool, set: &[(&str, &str)]| {
            color.wanted(terminal, |name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(with(Color::Auto, true, &[]) && !with(Color::Auto, false, &[]));
        assert!(!with(Color::Auto, true, &[("NO_COLOR", "1")]) && with(Color::Auto, true, &[("NO_COLOR", "")]));
        assert!(
            with(Color::Auto, false, &[("CLICOLOR_FORCE", "1")])
                && !with(Color::Auto, false, &[("CLICOLOR_FORCE", "0")])
        );
        assert!(!with(Color::Auto, false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
        assert!(!with(Color::Auto, true, &[("CLICOLOR", "0")]) && !with(Color::Auto, true, &[("TERM", "dumb")]));
        assert!(
            with(Color::Always, false, &[("NO_COLOR", "1")]) && !with(Color::Never, true, &[("CLICOLOR_FORCE", "1")])
        );
    }
}
