//! What a rule, a term or a code list is, in words: `facteur explain BR-CO-10`.

use std::fmt::Write as _;

use crate::formats;
use crate::invoice::{Kind, Syntax, Term};
use crate::text::Lang;

use super::check::{CodeList, codes, distance};
use super::engine::fill;
use super::finding::Severity;
use super::registry::{Rule, packs, rule};
use super::{client, own};

/// The explanation of an id: a rule, a term (`BT-13`, `BG-25`) or a code list (`iso-4217`). `None` where nothing is called so.
pub fn explain(id: &str, lang: Lang) -> Option<String> {
    let id = id.trim();
    if let Some(rule) = rule(id) {
        return Some(of_rule(rule, lang));
    }
    if let Some(term) = Term::parse(&id.to_ascii_uppercase()) {
        return Some(of_term(term, lang));
    }
    if let Some(list) = codes::ALL.iter().find(|l| l.id.eq_ignore_ascii_case(id)) {
        return Some(of_list(list, lang));
    }
    own::explain(id, lang).or_else(|| client::explain(id, lang))
}

/// Ids that look like one that does not exist, nearest first, three at most.
pub fn near(id: &str) -> Vec<&'static str> {
    let wanted = id.trim().to_ascii_uppercase();
    let rules = packs().iter().flat_map(|p| p.rules).map(|r| r.id);
    let lists = codes::ALL.iter().map(|l| l.id);
    let mut all: Vec<(usize, &'static str)> = rules
        .chain(Term::all().map(Term::id))
        .chain(lists)
        .chain(own::explained())
        .chain(client::explained())
        .map(|known| (distance(&wanted, &known.to_ascii_uppercase()), known))
        .filter(|(d, known)| *d <= 2 && *d < known.len())
        .collect();
    all.sort_unstable();
    all.into_iter().take(3).map(|(_, known)| known).collect()
}

fn of_rule(rule: &Rule, lang: Lang) -> String {
    let doc = rule.doc(lang);
    let say = |fr: &'static str, en: &'static str| if lang == Lang::Fr { fr } else { en };
    let mut out = format!("{}: {}\n", rule.id, doc.title);
    let severity = |s: Severity| match s {
        Severity::Fatal => say("fatale", "fatal"),
        Severity::Warning => say("avertissement", "warning"),
        Severity::Information => "information",
    };
    let mut section = |title: &str, body: &str| {
        if !body.trim().is_empty() {
            _ = write!(out, "\n## {title}\n{}\n", body.trim());
        }
    };
    let terms: Vec<String> = rule.terms.iter().map(|t| format!("{t} {}", t.name(lang))).collect();
    section(say("Termes", "Terms"), &terms.join("\n"));
    let mut checks = format!("{}\n", doc.title);
    let never = say(
        "la référence officielle porte cette règle sous une forme qui ne se déclenche jamais",
        "the official artefact carries this rule in a form that never fires",
    );
    if rule.ubl.is_empty() && rule.cii.is_empty() {
        _ = writeln!(checks, "UBL, CII{}{never}", say(" : ", ": "));
    }
    let colon = say(" : ", ": ");
    let mut exact = String::new();
    for (syntax, row, level, never_here) in [
        ("UBL", rule.ubl, rule.severity_ubl, rule.never_in(Syntax::UblInvoice)),
        ("CII", rule.cii, rule.severity_cii, rule.never_in(Syntax::Cii)),
    ] {
        if row.is_empty() {
            continue;
        }
        _ = writeln!(checks, "{syntax}{colon}{}", if never_here { never } else { severity(level) });
        // What is computed is said by the title; a row that reads as paths and conditions is its own exact form.
        if !row.contains("item ") && row.split(';').all(|one| !one.trim().ends_with(": true")) {
            _ = writeln!(exact, "{syntax}{colon}{row}");
        }
    }
    section(say("Ce qui est vérifié", "What it checks"), &checks);
    section(say("Pourquoi", "Why"), doc.why);
    section(say("Exemple refusé", "Wrong"), rule.wrong);
    section(say("Exemple accepté", "Right"), rule.right);
    section(say("Correction", "Fix"), &general(doc.fix));
    section(say("Particularité de la référence officielle", "Oddity of the official artefact"), doc.odd);
    section(say("Forme exacte", "Exact form"), &exact);
    let source = packs().iter().find(|p| p.rules.iter().any(|r| r.id == rule.id));
    section("Source", &source.map_or(String::new(), |p| format!("EN 16931-1, {} ({} {})", rule.id, p.id, p.version)));
    out
}

/// A fix without the values of one finding.
fn general(fix: &str) -> String {
    fill(fix, &[])
}

fn of_term(term: Term, lang: Lang) -> String {
    let say = |fr: &'static str, en: &'static str| if lang == Lang::Fr { fr } else { en };
    let mut out = format!("{term}: {}\n", term.name(lang));
    let kind = match term.kind() {
        Kind::Group => say("groupe de termes", "group of terms"),
        Kind::Part => say("partie du terme qui le précède", "part of the term before it"),
        Kind::Amount => say("montant, deux décimales au plus", "amount, two decimals at most"),
        Kind::UnitPrice => say("prix unitaire", "unit price"),
        Kind::Quantity => say("quantité", "quantity"),
        Kind::Percentage => say("pourcentage", "percentage"),
        Kind::Date => "date",
        Kind::Code => "code",
        Kind::Identifier => say("identifiant", "identifier"),
        Kind::DocumentReference => say("référence de document", "document reference"),
        Kind::Binary => say("pièce jointe", "attachment"),
        Kind::Text => say("texte", "text"),
    };
    let least = if term.is_required() { "1" } else { "0" };
    let most = if term.is_repeatable() { "n" } else { "1" };
    _ = writeln!(out, "\n{kind}, {least}..{most}");
    if let Some(parent) = term.parent() {
        _ = writeln!(out, "{} {parent} {}", say("dans", "in"), parent.name(lang));
    }
    for (syntax, path) in ["UBL Invoice", "UBL CreditNote", "CII"].into_iter().zip(formats::paths(term)) {
        if !path.is_empty() {
            _ = writeln!(out, "{syntax}: {path}");
        }
    }
    let rules: Vec<&Rule> = packs().iter().flat_map(|p| p.rules).filter(|r| r.terms.contains(&term)).collect();
    if !rules.is_empty() {
        _ = writeln!(out, "\n## {}", say("Règles", "Rules"));
    }
    for rule in rules {
        _ = writeln!(out, "{}: {}", rule.id, rule.doc(lang).title);
    }
    out
}

fn of_list(list: &CodeList, lang: Lang) -> String {
    let title = if lang == Lang::Fr { list.title_fr } else { list.title_en };
    format!("{}: {title}\n\n{}\n", list.id, list.codes.join(" "))
}
