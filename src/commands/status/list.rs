//! The list of invoices, one line each.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::super::remote::Invoice;
use super::super::{show, words};
use crate::story::sentences;
use crate::text::Lang;

pub fn text(invoices: &[Invoice], zone: &TimeZone, lang: Lang) -> String {
    if invoices.is_empty() {
        return words::pick(lang, "Aucune facture.\n", "No invoice.\n").to_owned();
    }
    let head = match lang {
        Lang::Fr => ["ID", "ÉTAT", "NUMÉRO", "CLIENT", "MONTANT", "PLATEFORME", "DERNIER CHANGEMENT"],
        Lang::En => ["ID", "STATE", "NUMBER", "CUSTOMER", "AMOUNT", "PLATFORM", "LAST CHANGE"],
    };
    let lines: Vec<Vec<String>> =
        std::iter::once(head.map(str::to_owned).to_vec()).chain(invoices.iter().map(|i| line(i, zone, lang))).collect();
    show::table(&lines)
}

/// Answers in EDIFACT that speak of no invoice known here, and what to do about them; nothing where there are none.
pub fn unmatched(answers: &[Value], lang: Lang) -> String {
    const SHOWN: usize = 5;
    if answers.is_empty() {
        return String::new();
    }
    let of = |answer: &Value, key: &str| show::plain(answer[key].as_str().unwrap_or("?"));
    let named: Vec<String> =
        answers.iter().take(SHOWN).map(|answer| format!("{} ({})", of(answer, "id"), of(answer, "kind"))).collect();
    let (count, named) = (answers.len(), named.join(", "));
    let more = if count > SHOWN { ", …" } else { "" };
    match lang {
        Lang::Fr => format!(
            "\nRéponses EDIFACT qui ne parlent d'aucune facture connue : {count} : {named}{more}\n\
             → « facteur inspect » dit de quel échange elles parlent (GET /v1/answers/ID/document) ; si la facture a été envoyée d'ailleurs, l'y chercher ;\n  \
             sinon demander à l'émetteur de la réponse quelle référence il a reçue. Une facture qui arrive encore est rapprochée d'elle-même.\n"
        ),
        Lang::En => format!(
            "\nAnswers in EDIFACT that speak of no invoice known here: {count}: {named}{more}\n\
             → \"facteur inspect\" tells which interchange they are about (GET /v1/answers/ID/document); if the invoice was sent from elsewhere, look for it there;\n  \
             else ask who sent the answer which reference it received. An invoice that still arrives is matched by itself.\n"
        ),
    }
}

/// Messages of platforms that could not be read or matched; nothing where there are none.
pub fn parked(messages: &[Value], lang: Lang) -> String {
    const SHOWN: usize = 5;
    if messages.is_empty() {
        return String::new();
    }
    let of = |message: &Value, key: &str| show::plain(message[key].as_str().unwrap_or("?"));
    let one = |message: &Value| {
        let why = sentences::said(message["why"].as_str().unwrap_or("?"), lang);
        let from = if message["platform"] == "" { "http".to_owned() } else { of(message, "platform") };
        let (id, at) = (of(message, "id"), of(message, "at"));
        let state = match message["state"] == "waiting" {
            true => words::pick(lang, "attend", "waiting"),
            false => words::pick(lang, "mis de côté", "parked"),
        };
        format!("  {id} ({from}, {at}, {state}): {}\n", show::plain(&why))
    };
    let named: String = messages.iter().take(SHOWN).map(one).collect();
    let count = messages.len();
    let more = if count > SHOWN { "  …\n" } else { "" };
    match lang {
        Lang::Fr => format!(
            "\nMessages de plateformes qui ne sont dans aucune chronologie : {count}\n{named}{more}\
             → GET /v1/messages/ID/document les rend tels qu'ils sont venus ; POST /v1/messages/ID/retry les fait relire. Une version plus récente de facteur les\n  \
             relit d'elle-même.\n"
        ),
        Lang::En => format!(
            "\nMessages of platforms that are in no timeline: {count}\n{named}{more}\
             → GET /v1/messages/ID/document gives them back as they came; POST /v1/messages/ID/retry has them read again. A newer facteur reads them\n  \
             again by itself.\n"
        ),
    }
}

/// Platforms whose messages do not come; nothing where there are none.
pub fn silent(inboxes: &[Value], lang: Lang) -> String {
    let one = |inbox: &Value| {
        let of = |key: &str| show::plain(inbox[key].as_str().unwrap_or("?"));
        let why = inbox["why"][if lang == Lang::Fr { "fr" } else { "en" }].as_str().unwrap_or("?");
        format!("  {} ({}): {}\n", of("platform"), of("since"), show::plain(why))
    };
    let named: String = inboxes.iter().map(one).collect();
    match (named.is_empty(), lang) {
        (true, _) => named,
        (false, Lang::Fr) => format!(
            "\nPlateformes dont les messages ne viennent pas :\n{named}\
             → les statuts de leurs factures manquent d'autant ; « facteur doctor » essaie la connexion.\n"
        ),
        (false, Lang::En) => format!(
            "\nPlatforms whose messages do not come:\n{named}\
             → statuses of their invoices are missing for as long; \"facteur doctor\" tries the connection.\n"
        ),
    }
}

/// Statements of ours that did not get through; nothing where there are none.
pub fn stuck(statements: &[Value], lang: Lang) -> String {
    const SHOWN: usize = 5;
    if statements.is_empty() {
        return String::new();
    }
    let of = |one: &Value, key: &str| show::plain(one[key].as_str().unwrap_or("?"));
    let line = |one: &Value| {
        let why = sentences::said(one["why"].as_str().unwrap_or_default(), lang);
        format!(
            "  {} ({}, {}, {}): {}\n",
            of(one, "id"),
            one["status"],
            of(one, "platform"),
            of(one, "state"),
            show::plain(&why)
        )
    };
    let named: String = statements.iter().take(SHOWN).map(line).collect();
    let count = statements.len();
    let more = if count > SHOWN { "  …\n" } else { "" };
    match lang {
        Lang::Fr => format!(
            "\nMessages de facteur refusés ou mis de côté : {count}\n{named}{more}\
             → facteur statements retry|release|withdraw ID ; /v1/statements/ID/document les montre.\n"
        ),
        Lang::En => format!(
            "\nStatements of facteur's that were refused or set aside: {count}\n{named}{more}\
             → facteur statements retry|release|withdraw ID; /v1/statements/ID/document shows them.\n"
        ),
    }
}

fn line(invoice: &Invoice, zone: &TimeZone, lang: Lang) -> Vec<String> {
    let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    let customer = invoice.customer_name.clone().or_else(|| invoice.customer.clone());
    vec![
        invoice.id.clone(),
        state(invoice, lang),
        or(&invoice.number),
        or(&customer),
        amount(invoice).unwrap_or_else(|| "–".to_owned()),
        or(&invoice.platform),
        invoice.updated_at.as_deref().map_or_else(|| "–".to_owned(), |at| show::local(at, zone)),
    ]
}

/// Where it stands; of one that is valid by somebody's word alone, that too.
fn state(invoice: &Invoice, lang: Lang) -> String {
    let state = invoice.state.as_deref().map_or("–", |state| words::state(state, lang));
    let verdict = invoice.verdict.as_deref().filter(|_| invoice.waived || invoice.lowered);
    verdict.map_or_else(
        || state.to_owned(),
        |name| format!("{state} ({})", words::verdict_by(name, invoice.waived, invoice.lowered, lang)),
    )
}

/// The amount due with its currency: below zero for a credit note. What is no amount is shown as the invoice writes it.
pub fn amount(invoice: &Invoice) -> Option<String> {
    let payable = invoice.amount.as_deref().or(invoice.payable.as_deref())?;
    Some(format!("{payable} {}", invoice.currency.as_deref().unwrap_or("?")))
}
