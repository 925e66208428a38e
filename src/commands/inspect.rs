//! `facteur inspect`: the invoice term by term, in the order of EN 16931 whatever the syntax; of a life-cycle message, its own terms; of a CONTRL or
//! APERAK, what it says.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::files::{self, Source};
use super::judging::PartnerArgs;
use super::{out, show};
use crate::edifact::{self, contrl::Contrl};
use crate::formats::edifact::Partner;
use crate::formats::edifact::aperak::Aperak;
use crate::formats::{self, Envelope};
use crate::guard;
use crate::invoice::{Listed, Term, bt};
use crate::limits;
use crate::text::{Lang, one_line, visible};

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// `text` names each term; `json` is `facteur-invoice/1`.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    partners: PartnerArgs,
    /// Invoice to read; `-` for standard input.
    #[arg(required = true)]
    file: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Serialize)]
struct Document<'d> {
    schema: &'static str,
    syntax: &'d str,
    profile: Option<&'d str>,
    /// The file in the PDF, where it came out of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment: Option<&'d str>,
    /// The trailer that never came, where the message or the interchange around it was cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<&'d str>,
    terms: &'d [Listed],
}

/// 0 where the invoice was read, 2 where it was not.
pub fn run(args: &InspectArgs, lang: Lang) -> ExitCode {
    let partners = match args.partners.read(lang) {
        Ok(partners) => partners,
        Err(said) => return show::fail(&said),
    };
    let bytes = match files::read(&Source::of(&args.file)) {
        Ok(bytes) => bytes,
        Err(why) => return refuse(&args.file, &why, lang),
    };
    if let Some((text, unread)) = answers(&bytes, args, lang) {
        let code = out::document(&text);
        return if unread && code == ExitCode::SUCCESS { ExitCode::from(2) } else { code };
    }
    let envelope = match Envelope::open(&bytes, &guard::pdf(&bytes)) {
        Ok(envelope) => envelope,
        Err(why) => return refuse(&args.file, &why, lang),
    };
    if let Some(text) = several(&bytes, args, &partners, lang) {
        return out::document(&text);
    }
    let read = match envelope.read_any_by(&partners) {
        Ok(read) => read,
        Err(why) => return refuse(&args.file, &why, lang),
    };
    show::tell_cut(&args.file.to_string_lossy(), &read, lang);
    out::document(&told(&read, &envelope, args, lang))
}

/// The CONTRL and APERAK of an EDIFACT file that holds no invoice, and whether one of them could not be read.
fn answers(bytes: &[u8], args: &InspectArgs, lang: Lang) -> Option<(String, bool)> {
    if !formats::edifact::is_edifact(bytes) {
        return None;
    }
    let (wholes, _) = edifact::read(bytes, &edifact::Options::default());
    let messages = || wholes.iter().flat_map(|whole| &whole.messages);
    if messages().any(|message| message.kind.name.trim().eq_ignore_ascii_case("INVOIC")) {
        return None;
    }
    let (mut text, mut unread) = (String::new(), false);
    for message in messages() {
        // One that answers several says something of each.
        let mut said: Vec<_> = Contrl::read_all(message).iter().map(|one| (one.json(), one.told())).collect();
        if let Some(aperak) = Aperak::read(message) {
            let (each, more) = aperak.each(limits::APERAK_SUBJECTS);
            said.extend(each.iter().map(|one| (one.json(), one.told())));
            unread |= more;
        }
        if said.is_empty() && is_answer(message) {
            show::tell(&unsaid(message, lang));
            unread = true;
        }
        for (json, told) in said {
            match args.format {
                Format::Json => text.push_str(&(one_line(json.to_string()) + "\n")),
                Format::Text => {
                    text.push_str(&format!("{} {}\n", visible(message.kind.name.trim()), visible(&message.reference)));
                    told.iter().for_each(|line| text.push_str(&format!("  {}\n", line.get(lang))));
                }
            }
        }
    }
    (unread || !text.is_empty()).then_some((text, unread))
}

fn is_answer(message: &edifact::Message) -> bool {
    ["CONTRL", "APERAK"].iter().any(|kind| message.kind.name.trim().eq_ignore_ascii_case(kind))
}

/// That an answer has not even the segment by which it says what it answers.
fn unsaid(message: &edifact::Message, lang: Lang) -> String {
    let (kind, reference) = (visible(message.kind.name.trim()), visible(&message.reference));
    let lacks = if kind.eq_ignore_ascii_case("CONTRL") { "UCI" } else { "BGM" };
    lang.pick(
        format!("{kind} {reference} est une réponse EDIFACT qui ne dit rien de lisible : {lacks} manque ; demander à son émetteur de la renvoyer entière"),
        format!("{kind} {reference} is an answer in EDIFACT that says nothing readable: {lacks} is missing; ask its sender for the whole of it"),
    )
}

/// The invoices of an interchange that holds several, one after the other.
fn several(bytes: &[u8], args: &InspectArgs, partners: &[Partner], lang: Lang) -> Option<String> {
    if !formats::is_edi(bytes) {
        return None;
    }
    let documents = formats::received(bytes, partners).ok().filter(|documents| documents.len() > 1)?;
    let envelope = Envelope { bytes: bytes.into(), pdf: None };
    let mut text = String::new();
    for document in documents {
        if args.format == Format::Text {
            text.push_str(&format!("{}#{} ({})\n", args.file.display(), document.position(), document.reference()));
        }
        let name = format!("{}#{}", args.file.display(), document.position());
        let read = formats::of_received(document).ok()?;
        show::tell_cut(&name, &read, lang);
        text.push_str(&told(&read, &envelope, args, lang));
    }
    Some(text)
}

fn told(read: &formats::Read<'_>, envelope: &Envelope<'_>, args: &InspectArgs, lang: Lang) -> String {
    let terms = read.invoice.listing();
    match args.format {
        Format::Json => {
            let of_invoice = read.invoice.syntax().is_invoice();
            let profile = read.invoice.text(if of_invoice { bt::BT_24 } else { bt::MDT_3 });
            let schema = if of_invoice { "facteur-invoice/1" } else { "facteur-message/1" };
            let syntax = envelope.syntax(read);
            let attachment = envelope.pdf.as_ref().map(|inside| &*inside.name);
            let cut = read.received.as_deref().and_then(formats::Received::cut).map(|(cut, _)| cut.trailer);
            let document = Document { schema, syntax, profile, attachment, cut, terms: &terms };
            one_line(serde_json::to_string(&document).unwrap_or_default()) + "\n"
        }
        Format::Text => table(&terms, lang),
    }
}

fn table(terms: &[Listed], lang: Lang) -> String {
    const SHOWN: usize = 200;
    let width = terms.iter().map(|t| t.term.len()).max().unwrap_or(0);
    let mut out = String::new();
    for Listed { term, value } in terms {
        let id: String = term
            .rsplit('/')
            .next()
            .unwrap_or(term)
            .split_inclusive(']')
            .map(|p| p.split('[').next().unwrap_or(p))
            .collect();
        let name = Term::parse(&id).map(|t| t.name(lang)).unwrap_or_default();
        let mut shown: String = value.chars().take(SHOWN).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        let shown = visible(&shown);
        out.push_str(&format!("{term:width$}  {shown}  ({name})\n"));
    }
    out
}

fn refuse(file: &std::path::Path, why: &formats::Unreadable, lang: Lang) -> ExitCode {
    let judged = crate::validate::unread(why, &file.to_string_lossy(), String::new(), crate::clock::today());
    let _ = std::io::stderr().write_all(crate::report::text(&judged.report, lang).as_bytes());
    ExitCode::from(2)
}
