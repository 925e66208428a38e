//! One invoice: what it is, what is next, its timeline, its problems.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::super::remote::{Invoice, Outgoing, PartOf, Problem, Seal};
use super::super::{directory, problems, show, words};
use super::{chain, list, timeline};
use crate::story::sentences;
use crate::text::Lang;

pub fn text(
    invoice: &Invoice,
    events: &[Value],
    problems: &[Problem],
    chain: &Value,
    zone: &TimeZone,
    lang: Lang,
) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = head(&mut out, invoice, zone, lang);
    let _ = writeln!(out, "\n{}", words::pick(lang, "Chronologie", "Timeline"));
    out.push_str(&indented(&timeline::text(events, zone, lang)));
    let tied = chain::text(chain, &invoice.id, lang);
    if !tied.is_empty() {
        let _ = writeln!(out, "\n{}", words::pick(lang, "Corrections", "Corrections"));
        out.push_str(&indented(&tied));
    }
    if !problems.is_empty() {
        let _ = writeln!(out, "\n{}", words::pick(lang, "Problèmes", "Problems"));
        for problem in problems {
            out.push_str(&indented(&problems::summary(problem, zone, lang)));
        }
    }
    out
}

fn head(out: &mut String, invoice: &Invoice, zone: &TimeZone, lang: Lang) -> std::fmt::Result {
    let pick = |fr, en| words::pick(lang, fr, en);
    let number = invoice.number.as_deref().unwrap_or("?");
    let state = invoice.state.as_deref().unwrap_or("?");
    writeln!(out, "{} {}  {}", pick("Facture", "Invoice"), show::plain(number), words::state(state, lang))?;
    let customer = match (&invoice.customer_name, &invoice.customer) {
        (Some(name), Some(id)) if name != id => Some(format!("{name} ({id})")),
        (name, id) => name.clone().or_else(|| id.clone()),
    };
    let released = invoice.released.as_ref().map(|r| format!("{}{}{}", r.author, words::colon(lang), r.reason));
    let rows: [(&str, Option<String>); 17] = [
        ("id", Some(invoice.id.clone())),
        (pick("reçue le", "received"), invoice.received_at.as_deref().map(|at| show::local(at, zone))),
        (pick("format", "format"), invoice.syntax.clone()),
        (pick("échange", "interchange"), invoice.part_of.as_ref().map(|part| part_of(part, lang))),
        (pick("verdict", "verdict"), verdict(invoice, lang)),
        (pick("date de facture", "issued"), invoice.issued.clone()),
        (pick("vendeur", "seller"), invoice.seller.clone()),
        (pick("client", "customer"), customer),
        (pick("montant à payer", "amount due"), list::amount(invoice)),
        (pick("plateforme", "platform"), invoice.platform.clone()),
        (pick("dépôt", "deposit"), invoice.reference.clone()),
        (pick("facture chez elle", "its invoice id"), invoice.platform_invoice.clone()),
        (pick("part en", "leaves as"), invoice.outgoing.as_ref().map(|outgoing| leaves(outgoing, lang))),
        (pick("cachet", "seal"), invoice.seal.as_ref().map(|seal| sealed(seal, zone, lang))),
        (pick("remplace", "replaces"), invoice.replaces.clone()),
        (pick("remplacée par", "replaced by"), invoice.replaced_by.clone()),
        (pick("libérée par", "released by"), released),
    ];
    let rows: Vec<Vec<String>> =
        rows.into_iter().filter_map(|(name, value)| Some(vec![format!("  {name}"), value?])).collect();
    out.push_str(&show::table(&rows));
    for (line, mark) in next(invoice, zone, lang).iter().zip(std::iter::once('→').chain(std::iter::repeat(' '))) {
        writeln!(out, "  {mark} {}", show::plain(line))?;
    }
    Ok(())
}

/// The document that leaves in the place of the one that came.
fn leaves(outgoing: &Outgoing, lang: Lang) -> String {
    let Outgoing { sha256, bytes, syntax, not_carried } = outgoing;
    let (short, syntax) = (sha256.get(..16).unwrap_or(sha256), show::plain(&syntax.to_uppercase()));
    let (size, lost) = match lang {
        Lang::Fr => (format!("{bytes} octets"), format!("ce que dit le message et qui n'y est pas : {not_carried}")),
        Lang::En => (format!("{bytes} bytes"), format!("said by the message and not in it: {not_carried}")),
    };
    let lost = if *not_carried > 0 { format!(", {lost}") } else { String::new() };
    format!("{syntax} ({size}, SHA-256 {short}…{lost})")
}

fn part_of(part: &PartOf, lang: Lang) -> String {
    let PartOf { sha256, position, message, reference, offset } = part;
    let told = match lang {
        Lang::Fr => format!("{reference}, facture n° {position}, message {message}, octet {offset} ; fichier {sha256}"),
        Lang::En => format!("{reference}, invoice no. {position}, message {message}, byte {offset}; file {sha256}"),
    };
    show::plain(&told)
}

fn sealed(seal: &Seal, zone: &TimeZone, lang: Lang) -> String {
    let signed_at = seal.signed_at.as_deref().map(|at| show::local(at, zone));
    let told = [seal.subject.clone(), seal.algorithm.clone(), signed_at];
    let told: Vec<String> = told.into_iter().flatten().collect();
    let words = seal.words.get(lang);
    if told.is_empty() { words.to_owned() } else { format!("{words} ({})", told.join(", ")) }
}

/// What happens next, as the daemon judges it, why and when: a line each.
fn next(invoice: &Invoice, zone: &TimeZone, lang: Lang) -> Vec<String> {
    let pick = |fr: &'static str, en: &'static str| words::pick(lang, fr, en);
    let told = invoice.next.as_ref();
    let mut said = vec![told.map_or_else(|| "?".to_owned(), |next| next.words.get(lang).to_owned())];
    let mut add = |label: &str, what: &str| said.push(format!("{label}{}{what}", words::colon(lang)));
    if let Some(other) = told.and_then(|next| next.number_held_by.as_deref()) {
        add(pick("l'autre facture", "the other invoice"), other);
    }
    if let Some(why) = invoice.parked_why.as_deref() {
        add(pick("pourquoi", "why"), &sentences::said(why, lang));
    }
    if let Some(told) = invoice.recipient.as_ref().filter(|told| told.answer != "can") {
        add(pick("annuaire", "directory"), &directory::answer(told, lang));
        directory::findings(told, lang).iter().for_each(|line| add(pick("constat", "finding"), line));
    }
    if let Some(at) = invoice.due_at.as_deref() {
        // A question for news that brings none is no attempt of anything.
        let tries = matches!(invoice.state.as_deref(), Some("received" | "ready" | "unknown")) && invoice.attempt > 0;
        let nth = if tries { format!(", {} {}", pick("essai", "attempt"), invoice.attempt + 1) } else { String::new() };
        add(pick("prochain essai", "next attempt"), &format!("{}{nth}", show::local(at, zone)));
    }
    if let Some(error) = invoice.last_error.as_deref() {
        add(pick("dernière erreur", "last error"), &sentences::said(error, lang));
    }
    said
}

/// The verdict, and what made it valid where the invoice alone did not.
fn verdict(invoice: &Invoice, lang: Lang) -> Option<String> {
    let name = invoice.verdict.as_deref()?;
    Some(words::verdict_by(name, invoice.waived, invoice.lowered, lang).to_owned())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::remote::{Next, tests_problem};
    use super::*;
    use crate::text::Text;

    fn invoice() -> serde_json::Value {
        json!({
            "id": "0123456789abcdef0123456789abcdef", "sha256": "00", "state": "refused",
            "received_at": "2026-11-21T08:59:59.000Z", "updated_at": "2026-11-21T09:30:00.500Z", "source": "http",
            "verdict": "valid", "syntax": "ubl-invoice", "number": "F-2026-7", "issued": "2026-11-20",
            "seller": "Papeterie Dupin", "customer": "21690123100011", "customer_name": "Ville de Lyon",
            "payable": "1200.00", "currency": "EUR", "platform": "chorus-pro", "reference": "CPP00012",
            "platform_invoice": null, "replaces": "ffffffffffffffffffffffffffffffff", "replaced_by": null,
            "released": { "author": "Marie (erp)", "reason": "urgent", "at": "2026-11-21T09:00:00.000Z" },
            "parked_why": null, "due_at": null, "attempt": 0, "last_error": null,
            "next": { "what": "refused", "who": "seller", "acts": [], "number_held_by": null,
                "words": { "fr": "Envoyez une facture corrigée.", "en": "Send a corrected invoice." } },
        })
    }

    fn events() -> Vec<Value> {
        let event = |at: &str, kind: &str, actor: &str, data: serde_json::Value| json!({ "cursor": 1, "invoice_id": "0", "at": at, "kind": kind, "actor": actor, "data": data });
        vec![
            event("2026-11-21T08:59:59.000Z", "received", "facteur", json!({ "source": "http" })),
            event(
                "2026-11-21T09:00:00.000Z",
                "judged",
                "facteur",
                json!({ "verdict": "valid", "fatal": 0, "rules": [], "platform": "chorus-pro" }),
            ),
            event(
                "2026-11-21T09:00:01.000Z",
                "intent",
                "facteur",
                json!({ "platform": "chorus-pro", "deposit": 1, "intent": {} }),
            ),
            event(
                "2026-11-21T09:00:02.000Z",
                "answer",
                "chorus-pro",
                json!({ "about": "deposit", "raw": [{ "call": "POST /cpro/factures/v1/deposer/flux", "http": 200, "body": "{\u{1b}}" }] }),
            ),
            event("2026-11-21T09:00:02.000Z", "delivered", "chorus-pro", json!({ "reference": "CPP00012" })),
            event(
                "2026-11-21T09:30:00.500Z",
                "status",
                "chorus-pro",
                json!({
                    "code": "REJETEE", "reason": "M01", "text": "Engagement\ninconnu", "at": "2026-11-21T10:29:00", "voice": "buyer",
                    "known": true, "state": "refused", "cdar": 210, "label": { "fr": "Rejetée", "en": "Rejected" }, "about_resend": false,
                }),
            ),
            event(
                "2026-11-21T09:30:00.500Z",
                "refused",
                "chorus-pro",
                json!({ "from": "delivered", "existed": true, "status": { "code": "REJETEE", "reason": "M01", "at": null, "voice": "buyer" } }),
            ),
            event(
                "2026-11-21T09:30:00.500Z",
                "problem-opened",
                "chorus-pro",
                json!({ "problem": "p01", "cause": "A2", "code": "M01", "text": "Engagement inconnu" }),
            ),
            event("2026-11-21T09:31:00.000Z", "of-tomorrow", "léa", json!({ "why": "une nouveauté" })),
        ]
    }

    #[test]
    fn what_made_it_valid_is_said() {
        for (waived, lowered, fr, en) in [
            (true, false, "valide par dérogation", "valid by waiver"),
            (true, true, "valide par dérogation, règle officielle abaissée", "valid by waiver, official rule lowered"),
            (false, true, "valide, règle officielle abaissée", "valid, official rule lowered"),
        ] {
            let mut row = invoice();
            (row["waived"], row["lowered"]) = (json!(waived), json!(lowered));
            let row: Invoice = serde_json::from_value(row).unwrap();
            for (lang, said) in [(Lang::Fr, fr), (Lang::En, en)] {
                let shown = text(&row, &[], &[], &json!({}), &TimeZone::UTC, lang);
                let line = shown.lines().find(|line| line.trim_start().starts_with("verdict")).unwrap();
                assert!(line.ends_with(said), "{line}");
            }
        }
    }

    fn shown(lang: Lang) -> String {
        let invoice: Invoice = serde_json::from_value(invoice()).unwrap();
        let problem: Problem = serde_json::from_value(tests_problem()).unwrap();
        text(&invoice, &events(), &[problem], &json!({}), &TimeZone::fixed(jiff::tz::offset(1)), lang)
    }

    #[test]
    fn an_invoice_in_french() {
        insta::assert_snapshot!(shown(Lang::Fr));
    }

    #[test]
    fn an_invoice_in_english() {
        insta::assert_snapshot!(shown(Lang::En));
    }

    #[test]
    fn the_list_in_both_languages() {
        let one: Invoice = serde_json::from_value(invoice()).unwrap();
        let unread = Invoice { id: "f".repeat(32), state: Some("blocked".into()), ..Invoice::default() };
        let both = [one, unread];
        let zone = TimeZone::UTC;
        insta::assert_snapshot!([Lang::Fr, Lang::En].map(|lang| list::text(&both, &zone, lang)).join("\n"));
        assert_eq!(list::text(&[], &zone, Lang::En), "No invoice.\n");
    }

    #[test]
    fn what_waits_says_when_and_why() {
        let waits = Invoice {
            state: Some("ready".into()),
            due_at: Some("2026-11-21T09:00:00Z".into()),
            attempt: 2,
            last_error: Some("connection refused".into()),
            next: Some(Next { words: Text::new("attend", "It waits."), number_held_by: Some("f00".into()) }),
            ..Invoice::default()
        };
        let said = next(&waits, &TimeZone::UTC, Lang::En);
        let wanted = [
            "It waits.",
            "the other invoice: f00",
            "next attempt: 2026-11-21 09:00:00, attempt 3",
            "last error: connection refused",
        ];
        assert_eq!(said, wanted);
        assert_eq!(next(&Invoice::default(), &TimeZone::UTC, Lang::En), ["?"], "of a daemon that does not tell");
    }
}
