//! What customer rules say when their author wrote no sentence, and how to mend what they found.

use crate::invoice::{Address, Term};
use crate::rules::Severity;
use crate::text::{Lang, Text};

use super::file::{Allowed, Ask, Origin, Placed, Rule};
use super::inherit::ClientRules;
use super::mention::Mention;
use super::reader::quote;

/// What a rule asks, in a sentence.
pub fn asks(rule: &Rule) -> Text {
    let (fr, en) = match &rule.ask {
        Ask::Require { address, pattern: None } => (format!("{address} exigé"), format!("{address} required")),
        Ask::Require { address, pattern: Some(p) } => (
            format!("{address} exigé, de forme {}", p.source()),
            format!("{address} required, of the form {}", p.source()),
        ),
        Ask::Mention(m) => (format!("mention exigée : {}", m.name.fr), format!("mention required: {}", m.name.en)),
        Ask::Wording { written, .. } => (format!("texte exigé : {written}"), format!("wording required: {written}")),
        Ask::Allow { address, values } => {
            let values = list(values.iter());
            (format!("{address} : seules valeurs admises {values}"), format!("{address}: only values allowed {values}"))
        }
        Ask::Forbid { address } => (format!("{address} interdit"), format!("{address} forbidden")),
    };
    under(rule, Text { fr, en })
}

/// What several `[[allow]]` rules of one term ask together.
pub fn allows(rules: &[&Rule]) -> Text {
    let each: Vec<Text> = rules.iter().map(|rule| asks(rule)).collect();
    let joined = |lang| each.iter().map(|t| t.get(lang)).collect::<Vec<_>>();
    Text::new(joined(Lang::Fr).join(" ; ou "), joined(Lang::En).join("; or "))
}

pub fn limit(attachments: bool, most: u64) -> Text {
    if attachments {
        Text::new(format!("pièces jointes : {most} au plus"), format!("attachments: {most} at most"))
    } else {
        Text::new(
            format!("octets par pièce jointe : {most} au plus"),
            format!("bytes in each attachment: {most} at most"),
        )
    }
}

pub fn absent(client: &ClientRules, address: &Address) -> Text {
    let (name, term) = (&client.name, named(address.term));
    Text::new(
        format!("{name} exige {} : {address} manque", term.fr),
        format!("{name} requires {}: {address} is missing", term.en),
    )
}

pub fn fill_in(term: Term, rule: &Rule) -> Text {
    let term = named(term);
    written_in(&rule.origin, format!("Renseigner {}.", term.fr), format!("Fill in {}.", term.en))
}

pub fn mismatch(client: &ClientRules, address: &Address, rule: &Rule) -> (Text, Text) {
    let (name, term) = (&client.name, named(address.term));
    let form = match &rule.ask {
        Ask::Require { pattern: Some(pattern), .. } => pattern.source(),
        _ => "",
    };
    let message = Text::new(
        format!("{} n'a pas la forme que {name} attend", capital(&term.fr)),
        format!("{} is not of the form that {name} expects", capital(&term.en)),
    );
    let fix = written_in(
        &rule.origin,
        format!("Corriger {} : la forme attendue est {form}.", term.fr),
        format!("Correct {}: the form expected is {form}.", term.en),
    );
    (message, fix)
}

pub fn forbidden(client: &ClientRules, address: &Address, rule: &Rule) -> (Text, Text) {
    let (name, term) = (&client.name, named(address.term));
    let message = Text::new(format!("{name} n'accepte pas {}", term.fr), format!("{name} does not accept {}", term.en));
    let fix = written_in(&rule.origin, format!("Retirer {}.", term.fr), format!("Remove {}.", term.en));
    (message, fix)
}

pub fn unmentioned(client: &ClientRules, mention: &Mention, rule: &Rule) -> (Text, Text) {
    let name = &client.name;
    let message = Text::new(
        format!("{name} exige cette mention : {} ({})", mention.name.fr, mention.law),
        format!("{name} requires this mention: {} ({})", mention.name.en, mention.law),
    );
    let Text { fr, en } = add_mention(mention);
    (message, written_in(&rule.origin, fr, en))
}

/// What to do where a mention is missing: the sentence, and in which of the terms it may stand; the codes that say the same.
pub fn add_mention(mention: &Mention) -> Text {
    let places = where_said(mention, &mention.texts());
    let coded = mention.coded();
    let codes = |lang| coded.iter().map(|code| code.get(lang)).collect::<Vec<_>>().join(", ");
    let (or_fr, or_en) = match coded.is_empty() {
        true => (String::new(), String::new()),
        false => (format!(" ; ou le code : {}", codes(Lang::Fr)), format!("; or the code: {}", codes(Lang::En))),
    };
    let (in_fr, in_en) = match places.len() {
        0 => {
            let all = where_proven(mention);
            return match &mention.wording {
                Some(wording) => wording.clone(),
                None => Text::new(format!("Renseigner {all}{or_fr}."), format!("Fill in {all}{or_en}.")),
            };
        }
        1 => (format!("en {}", places.concat()), places.concat()),
        _ => {
            let all = places.join(", ");
            (format!("dans l'un de ces termes : {all}"), format!("one of these terms: {all}"))
        }
    };
    match &mention.wording {
        Some(wording) if is_sentence(&wording.fr) => Text::new(
            format!("Écrire « {} » {in_fr}{or_fr}.", wording.fr.trim_end_matches('.')),
            format!("Write \"{}\" in {in_en}{or_en}.", wording.en.trim_end_matches('.')),
        ),
        Some(wording) => wording.clone(),
        None => {
            Text::new(format!("Écrire la mention {in_fr}{or_fr}."), format!("Write the mention in {in_en}{or_en}."))
        }
    }
}

/// A wording to be written as it is, rather than an instruction.
fn is_sentence(wording: &str) -> bool {
    !wording.starts_with("Indiquer") && !wording.contains(": indiquer") && !wording.contains("(B")
}

pub fn unworded(client: &ClientRules, rule: &Rule) -> (Text, Text) {
    let name = &client.name;
    let written = match &rule.ask {
        Ask::Wording { written, .. } => quote(written),
        _ => String::new(),
    };
    let message = Text::new(
        format!("{name} exige un texte que la facture ne porte pas : {written}"),
        format!("{name} requires a wording that the invoice does not bear: {written}"),
    );
    let fix = written_in(
        &rule.origin,
        "Ajouter ce texte dans une note (BT-22) ou dans les conditions de paiement (BT-20).".to_owned(),
        "Add this wording to a note (BT-22) or to the payment terms (BT-20).".to_owned(),
    );
    (message, fix)
}

pub fn disallowed(client: &ClientRules, term: Term, rule: &Rule) -> (Text, Text) {
    let (name, term) = (&client.name, named(term));
    let message = Text::new(
        format!("{name} n'accepte pas cette valeur pour {}", term.fr),
        format!("{name} does not accept this value for {}", term.en),
    );
    let fix = written_in(
        &rule.origin,
        format!("Donner à {} l'une des valeurs attendues, telle qu'elle est écrite.", term.fr),
        format!("Give {} one of the values expected, as it is written.", term.en),
    );
    (message, fix)
}

pub fn too_many(client: &ClientRules, most: &Placed<u64>) -> (Text, Text) {
    let (name, n) = (&client.name, most.value);
    let message = Text::new(
        format!("Trop de pièces jointes pour {name} : {n} au plus"),
        format!("Too many attachments for {name}: {n} at most"),
    );
    let fix = written_in(
        &most.origin,
        "Retirer des pièces jointes, ou les réunir.".to_owned(),
        "Remove attachments, or merge them.".to_owned(),
    );
    (message, fix)
}

pub fn too_large(client: &ClientRules, most: &Placed<u64>) -> (Text, Text) {
    let (name, n) = (&client.name, most.value);
    let message = Text::new(
        format!("Pièce jointe trop grosse pour {name} : {n} octets au plus"),
        format!("Attachment too large for {name}: {n} bytes at most"),
    );
    let fix = written_in(
        &most.origin,
        "Réduire la pièce jointe, ou la donner par un lien (BT-124).".to_owned(),
        "Make the attachment smaller, or give a link to it (BT-124).".to_owned(),
    );
    (message, fix)
}

/// Where a mention is proven, in the norm's signs: `BT-22 (BT-21 = PMD), BT-20`.
pub fn where_proven(mention: &Mention) -> String {
    where_said(mention, &mention.places()).join(", ")
}

fn where_said(mention: &Mention, terms: &[Term]) -> Vec<String> {
    let subjects = mention.subjects().join(" | ");
    let place = |term: &Term| match term.id() {
        "BT-22" if !subjects.is_empty() => format!("BT-22 (BT-21 = {subjects})"),
        id => id.to_owned(),
    };
    terms.iter().map(place).collect()
}

pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal => "fatal",
        Severity::Warning => "warning",
        Severity::Information => "information",
    }
}

/// A severity as people read it.
pub fn severity_word(severity: Severity) -> Text {
    match severity {
        Severity::Fatal => Text::new("bloquante", "fatal"),
        Severity::Warning => Text::new("avertissement", "warning"),
        Severity::Information => Text::new("information", "information"),
    }
}

/// `BT-13 (Purchase order reference)`.
fn named(term: Term) -> Text {
    Text::new(format!("{term} ({})", term.name(Lang::Fr)), format!("{term} ({})", term.name(Lang::En)))
}

fn list<'a>(values: impl Iterator<Item = &'a Allowed>) -> String {
    quote(&values.map(|v| v.written.as_str()).collect::<Vec<_>>().join(" | "))
}

fn under(rule: &Rule, text: Text) -> Text {
    match &rule.when {
        None => text,
        Some(when) => {
            Text::new(format!("{}, si {}", text.fr, when.source()), format!("{}, if {}", text.en, when.source()))
        }
    }
}

/// The fix, then where the rule is written: with inheritance, it may not be in the customer's own file.
fn written_in(origin: &Origin, fr: String, en: String) -> Text {
    Text::new(format!("{fr} Règle : {origin}."), format!("{en} Rule: {origin}."))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
