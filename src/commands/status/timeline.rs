//! The timeline: one line an event, with local time, kind, who, and what in words.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::super::remote::Event;
use super::super::{show, words};
use super::detail::verdict;
use crate::problems::cause;
use crate::text::Lang;

/// Longest sentence of a line, in characters. The whole is in `--format json`.
const SAID_CHARS: usize = 160;

pub fn text(events: &[Event], zone: &TimeZone, lang: Lang) -> String {
    let lines: Vec<Vec<String>> = events
        .iter()
        .map(|event| {
            let at = event.at.as_deref().map_or_else(|| "?".to_owned(), |at| show::local(at, zone));
            let said = show::cut(&show::plain(&said(event, lang)), SAID_CHARS);
            vec![at, event.kind.clone(), event.actor.clone(), said]
        })
        .collect();
    show::table(&lines)
}

/// What an event tells, in a sentence. A kind that this program does not know shows its reason, where it has one.
fn said(event: &Event, lang: Lang) -> String {
    let data = Data(&event.data);
    let pick = |fr: &'static str, en: &'static str| words::pick(lang, fr, en).to_owned();
    match event.kind.as_str() {
        "received" => with(pick("document reçu", "document received"), data.text("source")),
        "judged" => {
            let judged = verdict(data.text("verdict").unwrap_or("?"), lang).to_owned();
            match data.list("rules") {
                rules if rules.is_empty() => judged,
                rules => format!("{judged} : {}", rules.join(", ")),
            }
        }
        "blocked" => match data.text("number_held_by") {
            Some(id) => with(pick("ne partira pas : numéro déjà pris par", "will not leave: number taken by"), Some(id)),
            None => pick("ne partira pas en l'état", "will not leave as it is"),
        },
        "ready" => with(pick("peut partir vers", "may leave for"), data.text("platform")),
        "intent" => {
            let nth = data.number("deposit").unwrap_or(1);
            format!("{} {nth} {} {}", pick("dépôt", "deposit"), pick("va être tenté chez", "is about to be tried at"), data.text("platform").unwrap_or("?"))
        }
        "answer" => {
            let call = event.data["raw"].as_array().and_then(|raw| raw.last()).unwrap_or(&Value::Null);
            let http = match call["http"].as_u64() {
                Some(0) | None => pick("connexion rompue", "connection broken"),
                Some(status) => format!("HTTP {status}"),
            };
            format!("{} : {} → {http}", pick("réponse brute conservée", "raw answer kept"), call["call"].as_str().unwrap_or("?"))
        }
        "delivered" if data.text("from").is_none() => with(pick("la plateforme l'a, dépôt", "the platform has it, deposit"), data.text("reference")),
        "status" => status(&event.data, lang),
        "refused" if data.text("code").is_some() => {
            with(format!("{} {}", pick("rejetée :", "refused:"), data.text("code").unwrap_or("")), data.text("text"))
        }
        "delivered" | "refused" | "accepted" | "suspended" | "disputed" | "paid" if data.text("from").is_some() => {
            format!("{} → {}", words::state(data.text("from").unwrap_or("?"), lang), words::state(&event.kind, lang))
        }
        "unknown" => with(pick("réponse perdue :", "answer lost:"), data.text("why")),
        "settled" if data.text("how") == Some("found") => pick("retrouvée chez la plateforme", "found at the platform"),
        "settled" => pick(
            "absence prouvée chez la plateforme : peut être envoyée",
            "proven absent from the platform: it may be sent",
        ),
        "unanswered" => with(pick("la plateforme ne répond pas :", "the platform does not answer:"), data.text("why")),
        "postponed" => with(pick("rien n'est parti :", "nothing left:"), data.text("why")),
        "resend" => pick("la plateforme n'a pas traité le dépôt : à refaire", "the platform did not process the deposit: to be repeated"),
        "failed" => with(pick("échec de facteur :", "facteur failed:"), data.text("why")),
        "parked" => with(pick("mise de côté :", "set aside:"), data.text("why")),
        "released" => with(pick("envoyée malgré les constats :", "let go in spite of its findings:"), data.text("reason")),
        "retried" => format!(
            "{} → {}",
            words::state(data.text("from").unwrap_or("?"), lang),
            words::state(data.text("to").unwrap_or("?"), lang)
        ),
        "cancelled" => with(pick("annulée :", "cancelled:"), data.text("reason")),
        "replaced" => with(pick("remplacée par", "replaced by"), data.text("by")),
        "problem-opened" => {
            let said = [data.text("code"), data.text("text")].into_iter().flatten().collect::<Vec<_>>().join(" ");
            format!("{} : {said}", caused(&data, lang))
        }
        "problem-changed" => with(caused(&data, lang), Some(&data.list("what").join(", "))),
        "problem-closed" => format!("{} : {}", caused(&data, lang), words::closed_why(data.text("why").unwrap_or("?"), lang)),
        _ => ["why", "reason", "text", "note"].iter().find_map(|key| data.text(key)).unwrap_or_default().to_owned(),
    }
}

/// A status of the platform: its code and label, the motive, its words, and its own time.
fn status(data: &Value, lang: Lang) -> String {
    let data = Data(data);
    let mut out = data.text("code").unwrap_or("?").to_owned();
    if let Some(label) = data.0["label"][words::pick(lang, "fr", "en")].as_str().filter(|label| !label.is_empty()) {
        out.push_str(&format!(" ({label})"));
    }
    if data.0["known"] == Value::Bool(false) {
        out.push_str(words::pick(lang, " (code inconnu, conservé)", " (unknown code, kept)"));
    }
    let words: Vec<&str> = [data.text("reason"), data.text("text")].into_iter().flatten().collect();
    if !words.is_empty() {
        out.push_str(&format!(" : {}", words.join(" ")));
    }
    out
}

/// The problem and its cause in words.
fn caused(data: &Data<'_>, lang: Lang) -> String {
    let id = data.text("cause").unwrap_or("?");
    let problem = data.text("problem").unwrap_or("?");
    match cause(id) {
        Some(cause) => format!("{problem} {id} {}", cause.label.get(lang)),
        None => format!("{problem} {id}"),
    }
}

fn with(said: String, detail: Option<&str>) -> String {
    match detail.filter(|detail| !detail.is_empty()) {
        Some(detail) => format!("{said} {detail}"),
        None => said.trim_end_matches([':', ' ']).to_owned(),
    }
}

struct Data<'d>(&'d Value);

impl<'d> Data<'d> {
    fn text(&self, key: &str) -> Option<&'d str> {
        self.0.get(key)?.as_str()
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.0.get(key)?.as_u64()
    }

    fn list(&self, key: &str) -> Vec<&'d str> {
        self.0.get(key).and_then(Value::as_array).map(|all| all.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }
}
