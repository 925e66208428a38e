//! A term of EN 16931 or of a life-cycle message, a group of them, or a part of one.

use super::codes::lists;
use super::page::Explanation;
use crate::formats;
use crate::formats::edifact::{Directory, home};
use crate::invoice::{Kind, Term};
use crate::rules::{self, Rule};
use crate::story::words::{colon, pick};
use crate::text::Lang;

pub fn explained(term: Term, lang: Lang) -> Explanation {
    let mut page = Explanation::new(term.id(), term.name(lang), what(term, lang));
    let named = |term: Term| format!("{term} {}", term.name(lang));
    if let Some(parent) = term.parent() {
        page.section(lang, ("Dans", "In"), vec![named(parent)]);
    }
    let paths = ["UBL Invoice", "UBL CreditNote", "CII", "CDAR"].into_iter().zip(formats::paths(term));
    let paths = paths.filter(|(_, path)| !path.is_empty());
    let paths = paths.map(|(syntax, path)| format!("{syntax}{}{path}", colon(lang)));
    page.section(lang, ("Place", "Place"), paths.chain(in_invoic(term, lang)).collect());
    let inside = Term::all().chain(Term::of_messages()).filter(|t| t.parent() == Some(term));
    let heading = if term.is_group() { ("Termes du groupe", "Terms of the group") } else { ("Parties", "Parts") };
    page.section(lang, heading, inside.map(named).collect());
    let codes = lists().iter().filter(|list| list.terms().contains(&term));
    page.section(
        lang,
        ("Codes", "Codes"),
        codes.map(|list| format!("{}{}{}", list.id, colon(lang), list.title.get(lang))).collect(),
    );
    let rules = rules_of(term).map(|rule| format!("{}{}{}", rule.id, colon(lang), rule.doc(lang).title));
    page.section(lang, ("Règles", "Rules"), rules.collect());
    page
}

/// The rules that are about a term.
pub fn rules_of(term: Term) -> impl Iterator<Item = &'static Rule> {
    rules::rules().filter(move |rule| rule.terms.contains(&term))
}

/// Where it stands in the INVOIC of each directory that is read: those that say the same together.
fn in_invoic(term: Term, lang: Lang) -> Vec<String> {
    let mut homes: Vec<(String, Vec<&str>)> = Vec::new();
    for directory in Directory::ALL {
        let Some(home) = home(directory, term) else { continue };
        match homes.iter_mut().find(|(known, _)| *known == home) {
            Some((_, names)) => names.push(directory.as_str()),
            None => homes.push((home, vec![directory.as_str()])),
        }
    }
    homes.into_iter().map(|(home, names)| format!("INVOIC {}{}{home}", names.join(", "), colon(lang))).collect()
}

/// What kind of term it is, and how often it stands in its group.
fn what(term: Term, lang: Lang) -> String {
    let kind = match term.kind() {
        Kind::Group => pick(lang, "groupe", "group"),
        Kind::Part => pick(lang, "partie d'un terme", "part of a term"),
        Kind::Amount => pick(lang, "montant, deux décimales au plus", "amount, two decimals at most"),
        Kind::UnitPrice => pick(lang, "prix unitaire", "unit price"),
        Kind::Quantity => pick(lang, "quantité", "quantity"),
        Kind::Percentage => pick(lang, "pourcentage", "percentage"),
        Kind::Date => "date",
        Kind::Code => "code",
        Kind::Identifier => pick(lang, "identifiant", "identifier"),
        Kind::DocumentReference => pick(lang, "référence de document", "document reference"),
        Kind::Binary => pick(lang, "pièce jointe", "attachment"),
        Kind::Text => pick(lang, "texte", "text"),
    };
    let norm = if term.is_of_messages() {
        pick(lang, "Terme du message de cycle de vie (CDAR)", "Term of the life-cycle message (CDAR)")
    } else if term.is_extension() {
        pick(lang, "Terme de l'extension française", "Term of the French extension")
    } else {
        pick(lang, "Terme de l'EN 16931", "Term of EN 16931")
    };
    let (least, most) = (u8::from(term.is_required()), if term.is_repeatable() { "n" } else { "1" });
    let often = match (least, most) {
        (1, "1") => pick(lang, "une fois", "once"),
        (1, _) => pick(lang, "une fois ou plus", "once or more"),
        (_, "1") => pick(lang, "facultatif, une fois au plus", "optional, once at most"),
        _ => pick(lang, "facultatif, autant qu'il faut", "optional, as often as needed"),
    };
    format!("{norm}{}{kind} ; {often} ({least}..{most})", colon(lang)).replace(" ;", pick(lang, " ;", ";"))
}
