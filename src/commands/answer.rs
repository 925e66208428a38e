//! `facteur answer`: the CONTRL and the APERAK for EDIFACT that was received.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::files::{self, Source};
use super::judging::JudgeArgs;
use super::validate::misuse;
use super::validate::output::{Watch, below, is_folder, put_document};
use super::{out, show};
use crate::answers::{Answered, Ask, NoAperak, answers};
use crate::clock::{self, Clock as _, Millis, RealClock};
use crate::edifact::contrl::{How, NoAnswer, When};
use crate::edifact::{Dress, Refusal, Stamp};
use crate::formats;
use crate::formats::edifact::aperak::Aperak;
use crate::guard;
use crate::report::Report;
use crate::text::{Lang, Text, visible};
use crate::validate::{self, Options};

#[derive(Debug, Args)]
pub struct AnswerArgs {
    /// CONTRL alone: the syntax
    #[arg(long)]
    contrl: bool,
    /// APERAK alone: what the rules say of each invoice
    #[arg(long)]
    aperak: bool,
    /// When a CONTRL is written: `asked` where the sender asks for it (0031) or something is refused
    #[arg(long, value_enum, default_value = "always")]
    when: Moment,
    /// Tell warnings too: in CONTRL with action 7, in APERAK as errors of an accepted invoice
    #[arg(long)]
    warnings: bool,
    /// `edi` writes the answers; `text` says what they say; `json` does both, one object an interchange (`facteur-answer/1`)
    #[arg(long, value_enum, default_value = "edi")]
    format: Format,
    /// File, folder (there, or with a `/` at the end: NAME.contrl.edi and NAME.aperak.edi) or `-` for standard output
    #[arg(long, short, value_name = "FILE|FOLDER/|-")]
    output: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
    /// Reference (0020) of the answers, to which a number is added; from the clock, unless said
    #[arg(long, value_name = "REF", value_parser = reference)]
    reference: Option<String>,
    #[command(flatten)]
    judging: JudgeArgs,
    /// EDIFACT interchanges received, folders (recursive), or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Moment {
    Always,
    Asked,
    OnErrors,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Edi,
    Text,
    Json,
}

/// Characters of a reference, four being left for the number.
const REFERENCE: usize = 10;

fn reference(text: &str) -> Result<String, String> {
    let fits =
        (1..=REFERENCE).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err(format!("one to {REFERENCE} capitals and digits are expected")) }
}

/// 0 answered, and nothing refused; 1 something is refused by the answers; 2 something could not be read, answered or written, or misuse.
pub fn run(args: &AnswerArgs, lang: Lang) -> ExitCode {
    let named = match args.judging.named(lang) {
        Ok(found) => found,
        Err(said) => return misuse(&said),
    };
    let partners = match args.judging.partners(&named, lang) {
        Ok(found) => found,
        Err(said) => return misuse(&said),
    };
    let sources = files::all(&args.files).sources;
    let folder = args.output.as_deref().filter(|path| *path != Path::new("-")).is_some_and(is_folder);
    if sources.is_empty() {
        return misuse(
            lang.pick("aucun fichier : les dossiers donnés sont vides", "no file: the folders given are empty"),
        );
    }
    if sources.len() > 1 && !folder && args.format == Format::Edi {
        let many = sources.len();
        let fr = format!("il y a {many} fichiers : donnez un dossier avec --output DOSSIER/");
        return misuse(&lang.pick(fr, format!("there are {many} files: name a folder with --output FOLDER/")));
    }
    let options = Options { partners: &partners, ..args.judging.options(&named) };
    let now = RealClock::default().now();
    let mut door = Door {
        args,
        lang,
        folder,
        options,
        watch: Watch::begin(),
        now,
        base: base(args, now),
        written: 0,
        names: Vec::new(),
    };
    let mut worst = 0;
    for source in &sources {
        match door.one(source) {
            out::CLOSED_PIPE => return ExitCode::from(out::CLOSED_PIPE),
            code => worst = worst.max(code),
        }
    }
    ExitCode::from(worst)
}

/// The beginning of the answers' references: what was asked for, else the moment in base 36, which is not used again for 100 years.
fn base(args: &AnswerArgs, now: Millis) -> String {
    if let Some(reference) = &args.reference {
        return reference.clone();
    }
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let (mut rest, mut digits) = (u64::try_from(now).unwrap_or(0), Vec::new());
    while rest > 0 && digits.len() < REFERENCE {
        digits.push(DIGITS[(rest % 36) as usize]);
        rest /= 36;
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

struct Door<'d> {
    args: &'d AnswerArgs,
    lang: Lang,
    folder: bool,
    options: Options<'d>,
    watch: Watch,
    now: Millis,
    base: String,
    /// How many answers have a reference.
    written: u32,
    /// Files that were written in this run.
    names: Vec<PathBuf>,
}

/// The answers of a file as bytes.
#[derive(Default)]
struct Files {
    contrl: Vec<u8>,
    aperak: Vec<u8>,
}

impl Door<'_> {
    fn one(&mut self, source: &Source) -> u8 {
        let name = source.name();
        let bytes = match files::read(source) {
            Ok(bytes) => bytes,
            Err(why) => return self.refuse(&validate::unread(&why, &name, String::new(), self.options.as_of).report),
        };
        if !formats::edifact::is_edifact(&bytes) {
            let name = visible(&name);
            let fr = format!("{name} n’est pas un échange EDIFACT : il n’y est répondu ni par CONTRL ni par APERAK");
            show::tell(
                &self.lang.pick(fr, format!("{name} is no EDIFACT interchange: neither CONTRL nor APERAK answers it")),
            );
            return 2;
        }
        let options = Options { unpack: &guard::pdf(&bytes), ..self.options.clone() };
        // Syntax alone needs no judgement.
        let judged = if self.asked().1 { validate::validate_all(&bytes, &name, &options) } else { Vec::new() };
        let reports: Vec<_> = judged.iter().map(|judged| Some(&judged.report)).collect();
        let when = match self.args.when {
            Moment::Always => When::Always,
            Moment::Asked => When::Asked,
            Moment::OnErrors => When::OnErrors,
        };
        let warnings = self.args.warnings;
        let ask = Ask { contrl: How { when, warnings }, warnings, lang: self.lang };
        let (answered, refusal) = answers(&bytes, options.partners, &reports, ask);
        let mut code = 0;
        let (mut files, mut text) = (Files::default(), String::new());
        for one in &answered {
            code = code.max(self.interchange(&name, one, &mut files, &mut text));
        }
        if answered.is_empty() || refusal.is_some() {
            self.unread(&name, refusal.as_ref(), answered.is_empty());
            code = 2;
        }
        let put = match self.args.format {
            Format::Edi => self.put(source, &files),
            Format::Text | Format::Json => match &self.args.output {
                Some(path) if path != Path::new("-") && !self.folder => self.file(&path.clone(), text.as_bytes()),
                _ => print(text.as_bytes()),
            },
        };
        put.err().map_or(code, |failed| failed.max(code))
    }

    /// CONTRL, APERAK: those asked for; both where neither is named.
    fn asked(&self) -> (bool, bool) {
        let both = self.args.contrl == self.args.aperak;
        (both || self.args.contrl, both || self.args.aperak)
    }

    /// Answers one interchange.
    fn interchange(&mut self, name: &str, one: &Answered, files: &mut Files, text: &mut String) -> u8 {
        let (contrl, aperak) = self.asked();
        let dress = Dress::of(&one.subject.envelope);
        let contrl_bytes = if contrl { one.contrl_bytes(&dress, &self.stamp()) } else { None };
        let aperak_bytes = if aperak { one.aperak_bytes(&dress, &self.stamp()) } else { None };
        let silent = self.silent(one, contrl, aperak);
        match self.args.format {
            Format::Edi => {
                for said in &silent {
                    let reference = visible(&one.subject.envelope.reference);
                    show::tell(&format!("{}: {reference}: {}", visible(name), said.get(self.lang)));
                }
            }
            Format::Text => text.push_str(&self.told(name, one, &silent, contrl, aperak)),
            Format::Json => {
                let line = self.json(name, one, contrl, aperak, contrl_bytes.as_deref(), aperak_bytes.as_deref());
                text.push_str(&(crate::text::one_line(line.to_string()) + "\n"));
            }
        }
        files.contrl.extend(contrl_bytes.unwrap_or_default());
        files.aperak.extend(aperak_bytes.unwrap_or_default());
        let unanswered =
            one.invoices.iter().any(|invoice| matches!(invoice.aperak, Err(NoAperak::NotJudged | NoAperak::Address)));
        let lost = contrl && matches!(one.contrl, Err(NoAnswer::Address | NoAnswer::Reference));
        match (lost || (unanswered && aperak), one.is_negative(contrl, aperak)) {
            (true, _) => 2,
            (false, negative) => u8::from(negative),
        }
    }

    /// The moment, and the next reference.
    fn stamp(&mut self) -> Stamp {
        self.written += 1;
        let of_day = self.now.rem_euclid(86_400_000) / 60_000;
        Stamp {
            day: clock::day_of(self.now),
            hour: u8::try_from(of_day / 60).unwrap_or(0),
            minute: u8::try_from(of_day % 60).unwrap_or(0),
            reference: format!("{}{}", self.base, self.written),
        }
    }

    /// What is not answered, and why.
    fn silent(&self, one: &Answered, contrl: bool, aperak: bool) -> Vec<Text> {
        let mut silent = Vec::new();
        if let Err(why) = &one.contrl
            && contrl
        {
            let words = why.words();
            silent.push(Text::new(format!("pas de CONTRL : {}", words.fr), format!("no CONTRL: {}", words.en)));
        }
        for invoice in one.invoices.iter().filter(|_| aperak) {
            if let Err(why) = invoice.aperak {
                let (words, message) = (why.words(), visible(&invoice.message));
                silent.push(Text::new(
                    format!("message {message} : pas d’APERAK : {}", words.fr),
                    format!("message {message}: no APERAK: {}", words.en),
                ));
            }
        }
        silent
    }

    fn told(&self, name: &str, one: &Answered, silent: &[Text], contrl: bool, aperak: bool) -> String {
        let mut text = format!("{}\n", visible(name));
        let mut add = |line: &str| text.push_str(&format!("  {line}\n"));
        if let Ok(said) = &one.contrl
            && contrl
        {
            add("CONTRL");
            said.told().iter().for_each(|line| add(&format!("  {}", line.get(self.lang))));
        }
        for said in one.invoices.iter().filter(|_| aperak).filter_map(|invoice| invoice.aperak.as_ref().ok()) {
            add("APERAK");
            said.told().iter().for_each(|line| add(&format!("  {}", line.get(self.lang))));
        }
        silent.iter().for_each(|line| add(line.get(self.lang)));
        text
    }

    fn json(
        &self,
        name: &str,
        one: &Answered,
        contrl: bool,
        aperak: bool,
        contrl_edi: Option<&[u8]>,
        aperak_edi: Option<&[u8]>,
    ) -> Value {
        let both = |text: Text| json!({ "fr": text.fr, "en": text.en });
        let decoded = |bytes: Option<&[u8]>| {
            let dress = Dress::of(&one.subject.envelope);
            bytes.map(|bytes| crate::edifact::Charset::of(&dress.syntax).decode(bytes).into_owned())
        };
        let invoices = one.invoices.iter().filter(|_| aperak).map(|invoice| {
            json!({
                "message": invoice.message,
                "document": invoice.document,
                "aperak": invoice.aperak.as_ref().ok().map(Aperak::json),
                "reason": invoice.aperak.as_ref().err().map(|why| both(why.words())),
            })
        });
        json!({
            "schema": "facteur-answer/1",
            "file": name,
            "interchange": one.subject.envelope.reference,
            "contrl": one.contrl.as_ref().ok().filter(|_| contrl).map(|said| said.json()),
            "reason": one.contrl.as_ref().err().filter(|_| contrl).map(|why| both(why.words())),
            "invoices": invoices.collect::<Vec<_>>(),
            "contrl_edi": decoded(contrl_edi),
            "aperak_edi": decoded(aperak_edi),
        })
    }

    /// That a file, or its rest, is not read: nothing was begun that could be answered, or its answer says so.
    fn unread(&self, name: &str, refusal: Option<&Refusal>, nothing: bool) {
        let name = visible(name);
        let why = refusal.map(|refusal| refusal.what.get(self.lang)).unwrap_or_default();
        let fr = if nothing { "pas lu, sans réponse possible" } else { "lu en partie, ce que dit CONTRL" };
        let en = if nothing { "not read, and cannot be answered" } else { "read in part, as CONTRL says" };
        show::tell(&format!("{name}: {}{}{why}", self.lang.pick(fr, en), self.lang.pick(" : ", ": ")));
    }

    /// Writes the answers: to a folder apart, else one after the other.
    fn put(&mut self, source: &Source, files: &Files) -> Result<(), u8> {
        let output = self.args.output.clone();
        match output.filter(|path| path != Path::new("-")) {
            Some(folder) if self.folder => {
                let path = folder.join(below(source, &self.args.files));
                for (bytes, ending) in [(&files.contrl, "contrl.edi"), (&files.aperak, "aperak.edi")] {
                    if !bytes.is_empty() {
                        self.file(&path.with_extension(ending), bytes)?;
                    }
                }
                Ok(())
            }
            Some(path) => self.file(&path, &[&files.contrl[..], &files.aperak[..]].concat()),
            None => print(&[&files.contrl[..], &files.aperak[..]].concat()),
        }
    }

    fn file(&mut self, path: &Path, bytes: &[u8]) -> Result<(), u8> {
        let name = files::shown(path);
        let ours = self.names.iter().any(|known| known == path);
        let is_there = fs::symlink_metadata(path).is_ok_and(|there| there.is_file() || there.is_symlink());
        if ours || (is_there && !self.args.force) {
            let name = visible(&name);
            show::tell(&match (ours, self.lang) {
                (true, Lang::Fr) => format!("{name} : deux fichiers auraient la même réponse ; répondez-y séparément"),
                (true, Lang::En) => format!("{name}: two files would have the same answer; answer them apart"),
                (false, Lang::Fr) => format!("{name} existe déjà ; --force l'écrase"),
                (false, Lang::En) => format!("{name} is there already; --force writes over it"),
            });
            return Err(2);
        }
        self.names.push(path.to_owned());
        put_document(path, bytes, &self.watch).map_err(|e| {
            let name = visible(&name);
            show::tell(
                &self
                    .lang
                    .pick(format!("{name} ne peut pas être écrit : {e}"), format!("{name} cannot be written: {e}")),
            );
            2
        })
    }

    fn refuse(&self, report: &Report) -> u8 {
        let _ = io::stderr().write_all(crate::report::text(report, self.lang).as_bytes());
        2
    }
}

fn print(bytes: &[u8]) -> Result<(), u8> {
    let mut stdout = io::stdout().lock();
    // An interchange ends in no newline: unless it is flushed here, nobody hears that it could not be written.
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Err(out::CLOSED_PIPE),
        Err(e) => {
            show::tell(&format!("-: {e}"));
            Err(2)
        }
    }
}
