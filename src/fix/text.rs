//! The corrections of a document as a person reads them on a terminal, and the list of all that there are.

use std::fmt::Write as _;

use super::json::Outcome;
use super::run::{Applied, Left};
use super::table::corrections;
use crate::invoice::{Place, called, owed};
use crate::limits;
use crate::rules::Severity;
use crate::text::{Lang, visible};

/// What is proposed or written, what is left, and a sentence that sums it up; ends with a line end.
pub fn text(outcome: &Outcome<'_>, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(&mut out, outcome, lang);
    out
}

/// Every correction: what it changes, and why that cannot change what is owed.
pub fn list(lang: Lang) -> String {
    let mut out = String::new();
    for correction in corrections() {
        let words = correction.words(lang);
        let asked = correction.asked.as_deref().map_or(String::new(), |option| format!("  [{option}]"));
        let _ = writeln!(out, "{}  {}{asked}", correction.id, words.title);
        let _ = writeln!(out, "  {}", words.changes);
        let _ = writeln!(out, "  {}", words.why);
        let _ = writeln!(out, "  {} {}\n", lang.pick("Répond à :", "Answers:"), correction.rules.join(", "));
    }
    out.pop();
    out
}

fn write_all(out: &mut String, outcome: &Outcome<'_>, lang: Lang) -> std::fmt::Result {
    heading(out, outcome, lang)?;
    for applied in &outcome.fixed.applied {
        writeln!(out)?;
        correction(out, applied, lang)?;
    }
    if !outcome.fixed.left.is_empty() {
        writeln!(out, "\n{}", lang.pick("Laissé tel quel :", "Left as it is:"))?;
        for left in &outcome.fixed.left {
            leave(out, left, lang)?;
        }
    }
    writeln!(out, "\n{}", summary(outcome, lang))
}

fn heading(out: &mut String, outcome: &Outcome<'_>, lang: Lang) -> std::fmt::Result {
    let of = &outcome.heading;
    let or = |value: &Option<String>| value.as_deref().map_or("?".to_owned(), |v| visible(v).into_owned());
    write!(out, "{}  {}", visible(&of.file), of.syntax)?;
    if let Some(name) = &of.attachment {
        write!(out, " ({})", visible(name))?;
    }
    let due = of.payable.as_deref().map(|payable| owed(payable, of.credit).into_owned());
    let currency = if of.payable_currency.is_some() { &of.payable_currency } else { &of.currency };
    let (invoice, number, issued) = (called(of.credit, lang), or(&of.number), or(&of.issued));
    writeln!(
        out,
        "  {invoice} {number}, {issued}, {} → {}, {} {}",
        or(&of.seller),
        or(&of.buyer),
        or(&due),
        or(currency)
    )
}

fn correction(out: &mut String, applied: &Applied, lang: Lang) -> std::fmt::Result {
    let words = applied.correction.words(lang);
    writeln!(out, "{}  {}", applied.correction.id, words.title)?;
    for (change, at) in applied.changes.iter().take(limits::TEXT_FINDINGS_PER_RULE) {
        let name = change.term.map_or(String::new(), |term| format!("  {}", term.name_in_full(lang)));
        let (before, after) = (quoted(change.before.as_deref(), lang), quoted(change.after.as_deref(), lang));
        writeln!(out, "  {}{name}\n      {before} → {after}  {}", visible(&change.address), place(at, lang))?;
    }
    let more = applied.changes.len().saturating_sub(limits::TEXT_FINDINGS_PER_RULE);
    if more > 0 {
        writeln!(out, "  … {more} {}", lang.pick("de plus (tous dans le JSON)", "more (all of them in the JSON)"))?;
    }
    if !applied.gone.is_empty() {
        let gone = applied.gone.iter().map(|(rule, n)| if *n > 1 { format!("{rule} ×{n}") } else { rule.clone() });
        let gone = gone.collect::<Vec<_>>().join(", ");
        writeln!(out, "  {} {gone}", lang.pick("Plus enfreintes :", "No longer broken:"))?;
    }
    Ok(())
}

fn leave(out: &mut String, left: &Left, lang: Lang) -> std::fmt::Result {
    let at = left.place.as_ref().map(|at| place(at, lang)).filter(|at| !at.is_empty());
    let at = at.map_or(String::new(), |at| format!(", {at}"));
    writeln!(out, "  {}  {}{at}{} {}", left.correction.id, left.term, lang.pick("\u{a0}:", ":"), left.why.get(lang))
}

/// What the whole comes to.
fn summary(outcome: &Outcome<'_>, lang: Lang) -> String {
    let fixed = outcome.fixed;
    let terms: usize = fixed.applied.iter().map(|a| a.changes.len()).sum();
    let gone: usize = fixed.applied.iter().flat_map(|a| a.gone.values()).sum();
    let left = fixed.after.findings.len();
    let fatal = fixed.after.findings.iter().filter(|f| f.severity == Severity::Fatal).count();
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    let count = fixed.applied.len();
    let of = |word: &str| if terms == count { String::new() } else { format!(" ({terms} {word}{})", plural(terms)) };
    let mut out = match (count, lang) {
        (0, Lang::Fr) => "Rien à corriger mécaniquement.".to_owned(),
        (0, Lang::En) => "Nothing to correct mechanically.".to_owned(),
        (_, Lang::Fr) => {
            format!("{count} correction{0}{2}, {gone} constat{1} en moins.", plural(count), plural(gone), of("terme"))
        }
        (_, Lang::En) => {
            format!("{count} correction{0}{2}, {gone} finding{1} less.", plural(count), plural(gone), of("term"))
        }
    };
    if left > 0 {
        out += &match lang {
            Lang::Fr => format!(
                " {left} constat{} rest{} ({fatal} bloquant{}) : facteur validate l{} montre.",
                plural(left),
                if left == 1 { "e" } else { "ent" },
                plural(fatal),
                if left == 1 { "e" } else { "es" }
            ),
            Lang::En => {
                format!(
                    " {left} finding{} left ({fatal} fatal): facteur validate shows {}.",
                    plural(left),
                    if left == 1 { "it" } else { "them" }
                )
            }
        };
    }
    if let Some(why) = &outcome.refused {
        let not = lang.pick("Rien n'est écrit : ", "Nothing is written: ");
        out += &format!(" {not}{}", why.get(lang));
    } else if let Some(file) = &outcome.written {
        let file = visible(file);
        out += &match lang {
            Lang::Fr => format!(" Écrit dans {file}."),
            Lang::En => format!(" Written to {file}."),
        };
    } else if count > 0 {
        out += lang.pick(" Rien n'est écrit : --write le fait.", " Nothing is written: --write does it.");
    }
    out
}

fn place(place: &Place, lang: Lang) -> String {
    match place {
        Place::Xml { line, column, .. } => format!("{} {line}:{column}", lang.pick("ligne", "line")),
        _ => String::new(),
    }
}

/// A value as it stands, its blanks seen; what is not there by a word.
fn quoted(value: Option<&str>, lang: Lang) -> String {
    let Some(value) = value else { return lang.pick("(absent)", "(none)").to_owned() };
    let mut kept: String = value.chars().take(limits::QUOTED_CHARS).collect();
    if value.chars().nth(limits::QUOTED_CHARS).is_some() {
        kept.push('…');
    }
    let shown = visible(&kept);
    lang.pick(format!("«\u{a0}{shown}\u{a0}»"), format!("\"{shown}\""))
}
