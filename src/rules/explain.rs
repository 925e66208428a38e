//! What a rule is, in words: those of the packs, our own (`FCT-…`), and the mentions that a customer file may require.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::invoice::Syntax;
use crate::text::Lang;

use super::engine::fill;
use super::finding::Severity;
use super::registry::{Pack, Rule, packs, rule, rules};
use super::{client, mentions, own};

/// How many places of a rule are named.
const PLACES_SHOWN: usize = 8;

/// The explanation of a rule or mention: a line `id: title`, then sections under `## `. `None` where none is called so.
pub fn explain(id: &str, lang: Lang) -> Option<String> {
    let id = id.trim();
    let rule = rule(id).map(|first| {
        let mut page = of_rule(first, lang);
        rules().filter(|other| other.id == first.id).skip(1).for_each(|other| page.push_str(&variant(other, lang)));
        page
    });
    rule.or_else(|| own::explain(id, lang))
        .or_else(|| mentions::explain(id, lang))
        .or_else(|| client::explain(id, lang))
}

/// All ids that can be explained: the rules of every pack, our own, the mentions.
pub fn explained() -> impl Iterator<Item = &'static str> {
    let mut seen = HashSet::new();
    let all = rules().map(|rule| rule.id).filter(move |id| seen.insert(*id));
    all.chain(own::explained()).chain(mentions::explained()).chain(client::explained())
}

fn of_rule(rule: &Rule, lang: Lang) -> String {
    let doc = rule.doc(lang);
    let say = |fr: &'static str, en: &'static str| if lang == Lang::Fr { fr } else { en };
    let mut out = format!("{}: {}\n", rule.id, doc.title);
    let mut section = |title: &str, body: &str| {
        if !body.trim().is_empty() {
            _ = write!(out, "\n## {title}\n{}\n", body.trim());
        }
    };
    let terms: Vec<String> = rule.terms.iter().map(|t| format!("{t} {}", t.name(lang))).collect();
    section(say("Termes", "Terms"), &terms.join("\n"));
    let (checks, exact) = asked(rule, lang);
    section(say("Ce qui est vérifié", "What it checks"), &format!("{}\n{checks}", doc.title));
    section(say("Calendrier", "Calendar"), &calendar(rule, lang));
    section(say("Pourquoi", "Why"), doc.why);
    section(say("Exemple refusé", "Wrong"), rule.wrong);
    section(say("Exemple accepté", "Right"), rule.right);
    section(say("Correction", "Fix"), &general(doc.fix));
    let oddity = match having(rule).all(|pack| pack.unpublished) {
        // Nobody but us writes such a rule down: there is no artefact to be odd.
        true => say("À noter", "Note"),
        false => say("Particularité de la référence officielle", "Oddity of the official artefact"),
    };
    section(oddity, doc.odd);
    let judged = having(rule).map(|p| p.how_judged(lang));
    section(say("Comment elle a été vérifiée", "How it was verified"), &judged.collect::<Vec<_>>().join("\n"));
    section(say("Forme exacte", "Exact form"), &exact);
    section("Source", &sources(rule, lang));
    out
}

/// The same id in another pack, where its assertions or its words are others.
fn variant(rule: &Rule, lang: Lang) -> String {
    let (checks, exact) = asked(rule, lang);
    let title = match lang {
        Lang::Fr => "La même règle ailleurs",
        Lang::En => "The same rule elsewhere",
    };
    format!("\n## {title}\n{}\n{}\n{checks}{exact}", sources(rule, lang), rule.doc(lang).title)
}

/// The packs that have it.
fn having(rule: &Rule) -> impl Iterator<Item = &'static Pack> {
    packs().iter().filter(move |pack| pack.rules.iter().any(|one| std::ptr::eq(*one, rule)))
}

/// From when it is fatal, by the calendar of its pack; empty where it has none, or only warns.
fn calendar(rule: &Rule, lang: Lang) -> String {
    if !is_dated(rule) {
        return String::new();
    }
    let lines = having(rule).flat_map(|pack| pack.calendar).map(|phase| phase.said(lang));
    lines.collect::<Vec<_>>().join("\n")
}

/// Does its severity depend on the day?
fn is_dated(rule: &Rule) -> bool {
    let fatal = [Syntax::UblInvoice, Syntax::Cii, Syntax::Cdar].map(|syntax| rule.severity(syntax));
    !rule.steady && fatal.contains(&Some(Severity::Fatal)) && having(rule).any(|pack| !pack.calendar.is_empty())
}

/// Which packs have it, and where their rules come from.
fn sources(rule: &Rule, lang: Lang) -> String {
    let lines: Vec<String> =
        having(rule).map(|p| format!("{}, {} ({} {})", p.source(lang), rule.id, p.id, p.version)).collect();
    lines.join("\n")
}

/// For each syntax that has it: severity and elements judged; and the rows whose own form says more than the title.
fn asked(rule: &Rule, lang: Lang) -> (String, String) {
    let say = |fr: &'static str, en: &'static str| lang.pick(fr, en);
    let severity = |s: Severity| match s {
        Severity::Fatal => say("bloquante", "fatal"),
        Severity::Warning => say("avertissement", "warning"),
        Severity::Information => "information",
    };
    let mut checks = String::new();
    let never = say(
        "la référence officielle porte cette règle sous une forme qui ne se déclenche jamais",
        "the official artefact carries this rule in a form that never fires",
    );
    if [rule.ubl, rule.cii, rule.cdar].iter().all(|row| row.is_empty()) {
        _ = writeln!(checks, "UBL, CII{}{never}", say(" : ", ": "));
    }
    let colon = say(" : ", ": ");
    let mut exact = String::new();
    for (syntax, of) in [("UBL", Syntax::UblInvoice), ("CII", Syntax::Cii), ("CDAR", Syntax::Cdar)] {
        let (row, never_here, asked) = (rule.row(of), rule.never_in(of), rule.assertions(of));
        let Some(level) = rule.severity(of).filter(|_| !row.is_empty()) else { continue };
        let mut places: Vec<&str> = asked.iter().map(|(place, _)| *place).collect();
        places.dedup();
        let many = match asked.len() {
            1 => say("1 assertion, posée sur", "1 assertion, asked of").to_owned(),
            n => format!("{n} {}", say("assertions, posées sur", "assertions, asked of")),
        };
        let level = match level {
            _ if never_here => never,
            Severity::Fatal if is_dated(rule) => {
                say("avertissement, puis bloquante (voir le calendrier)", "warning, then fatal (see the calendar)")
            }
            Severity::Fatal if rule.steady && having(rule).any(|pack| !pack.calendar.is_empty()) => say(
                "bloquante dès le premier jour, sans égard au calendrier",
                "fatal from the first day, whatever the calendar",
            ),
            level => severity(level),
        };
        // The structure of a profile is hundreds of places: the first show what is meant.
        let rest = places.len().saturating_sub(PLACES_SHOWN);
        places.truncate(PLACES_SHOWN);
        if rest > 0 {
            let more = match lang {
                Lang::Fr => format!("et {rest} autre{}", lang.s(rest)),
                Lang::En => format!("and {rest} more"),
            };
            _ = writeln!(checks, "{syntax}{colon}{level}{}{many} {}, {more}", say(" ; ", "; "), places.join(" | "));
            continue;
        }
        _ = writeln!(checks, "{syntax}{colon}{level}{}{many} {}", say(" ; ", "; "), places.join(" | "));
        // What is computed is said by the title; a row that reads as paths and conditions is its own exact form.
        if !row.contains("item ") && row.split(';').all(|one| !one.trim().ends_with(": true")) {
            _ = writeln!(exact, "{syntax}{colon}{row}");
        }
    }
    let beside = rule.beside_of_edi();
    if let (Some(level), [_, ..]) = (rule.severity(Syntax::Cii), beside) {
        let mut places: Vec<&str> = beside.iter().map(|(place, _)| *place).collect();
        places.dedup();
        let many = say("posée aussi sur", "also asked of");
        _ = writeln!(checks, "EDIFACT, X12{colon}{}{}{many} {}", severity(level), say(" ; ", "; "), places.join(" | "));
    }
    (checks, exact)
}

/// A fix without the values of one finding.
fn general(fix: &str) -> String {
    fill(fix, &[])
}
