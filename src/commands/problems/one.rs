//! One problem: what, how much, whose, what next, and its history.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::super::remote::Problem;
use super::super::{show, words};
use super::list::{amount, label};
use crate::problems::said_once;
use crate::text::Lang;

/// Two lines: the problem, and who has to do what. For the story of an invoice.
pub fn summary(problem: &Problem, zone: &TimeZone, lang: Lang) -> String {
    let own = problem.message.as_ref().map_or("", |message| message.get(lang));
    let code = said_once(&[&problem.code, problem.text.as_deref().unwrap_or_default(), own], " ");
    let line = format!("{}  {} {}, {}  {code}", problem.id, problem.cause, label(problem, lang), amount(problem));
    let mut out = show::plain(&line);
    let _ = write!(out, "\n  {}", stands(problem, zone, lang));
    if let Some(what) = next_action(problem, lang).filter(|_| problem.closed_at.is_none()) {
        let _ = write!(out, "\n  → {what}");
    }
    out + "\n"
}

/// All that is known of a problem.
pub fn text(problem: &Problem, zone: &TimeZone, lang: Lang) -> String {
    let pick = |fr, en| words::pick(lang, fr, en);
    let said = words::said(words::said_id(problem.said), lang).to_owned() + words::colon(lang) + &problem.code;
    let customer = if problem.customer == problem.customer_name {
        problem.customer.clone()
    } else {
        format!("{} ({})", problem.customer_name, problem.customer)
    };
    let reusable = if problem.number_reusable { pick("oui", "yes") } else { pick("non", "no") };
    let own = problem.message.as_ref().map(|message| message.get(lang).to_owned());
    let rows: [(&str, Option<String>); 14] = [
        (pick("cause", "cause"), Some(format!("{} {}", problem.cause, label(problem, lang)))),
        (pick("montant", "amount"), Some(amount(problem))),
        (pick("client", "customer"), Some(customer)),
        (
            pick("facture", "invoice"),
            Some(format!("{} {}", problem.invoice_number.as_deref().unwrap_or("?"), problem.invoice_id)),
        ),
        (pick("dit par", "said by"), Some(said)),
        (pick("constat", "finding"), own),
        (pick("texte", "text"), problem.text.clone()),
        (pick("état", "state"), Some(stands(problem, zone, lang))),
        (pick("que faire", "what to do"), next_action(problem, lang)),
        (pick("échéance", "due"), problem.next_action_on.map(|day| day.to_string())),
        (pick("responsable", "owner"), problem.owner.clone()),
        (pick("numéro réutilisable", "number reusable"), Some(reusable.to_owned())),
        (pick("règle qui l'aurait vu", "rule that would have seen it"), problem.rule.clone()),
        (pick("correction", "correction"), problem.correction.clone()),
    ];
    let rows: Vec<Vec<String>> =
        rows.into_iter().filter_map(|(name, value)| Some(vec![format!("  {name}"), value?])).collect();
    let mut out = format!("{} {}\n{}", pick("Problème", "Problem"), problem.id, show::table(&rows));
    if !problem.changes.is_empty() {
        out.push_str(&format!("\n{}\n", pick("Historique", "History")));
        let lines: Vec<Vec<String>> = problem
            .changes
            .iter()
            .map(|change| {
                let confirmed = change.what == "cause" && change.from == change.to;
                let what =
                    if confirmed { pick("cause confirmée", "cause confirmed") } else { changed(&change.what, lang) };
                let values = match (&change.from, &change.to) {
                    (_, Some(to)) if confirmed => to.clone(),
                    (Some(from), Some(to)) => format!("{from} → {to}"),
                    (Some(from), None) => format!("{from} → –"),
                    (None, to) => to.clone().unwrap_or_default(),
                };
                vec![
                    format!("  {}", change.at.as_deref().map_or_else(|| "?".to_owned(), |at| show::local(at, zone))),
                    change.author.clone(),
                    what.to_owned(),
                    values,
                ]
            })
            .collect();
        out.push_str(&show::table(&lines));
    }
    out
}

/// Since when it is open or closed and why, and who has to act.
fn stands(problem: &Problem, zone: &TimeZone, lang: Lang) -> String {
    match &problem.closed_at {
        Some(at) => {
            let why = problem.closed_why.as_deref().map(|why| words::closed_why(why, lang)).unwrap_or("?");
            format!("{} {}{}{why}", words::pick(lang, "clos le", "closed"), show::local(at, zone), words::colon(lang))
        }
        None => {
            let (since, acts) =
                (words::pick(lang, "ouvert depuis le", "open since"), words::pick(lang, "à faire par", "up to"));
            let (at, who) = (
                problem.opened_at.as_deref().map_or_else(|| "?".to_owned(), |at| show::local(at, zone)),
                words::acts(&problem.acts, lang),
            );
            format!("{since} {at}, {acts}{}{who}", words::colon(lang))
        }
    }
}

/// What is to be done: a person's own words; else facteur's suggestion, or the general advice for the cause.
///
/// Older records keep a suggestion in French where people write theirs; no change says that a person did.
pub fn next_action(problem: &Problem, lang: Lang) -> Option<String> {
    let by_person = problem.changes.iter().any(|change| change.what == "next-action");
    let ours = || problem.suggestion.as_ref().or(problem.advice.as_ref()).map(|text| text.get(lang).to_owned());
    let kept = problem.next_action.clone();
    let said = match (by_person, lang) {
        (true, _) => kept,
        (false, Lang::Fr) => kept.or_else(ours),
        (false, Lang::En) => ours().or(kept),
    };
    said.map(|what| show::plain(&what))
}

fn changed(what: &str, lang: Lang) -> &str {
    match what {
        "comment" => words::pick(lang, "commentaire", what),
        "cause" => words::pick(lang, "cause", what),
        "owner" => words::pick(lang, "responsable", what),
        "next-action" => words::pick(lang, "suite", "next action"),
        "due" => words::pick(lang, "échéance", what),
        "closed" => words::pick(lang, "clos", what),
        "reopened" => words::pick(lang, "rouvert", what),
        "said-again" => words::pick(lang, "redit", "said again"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::remote::tests_problem;
    use super::super::read;
    use super::*;

    #[test]
    fn a_persons_words_are_not_translated_and_a_suggestion_is_not_shown_in_another_language() {
        let suggested = Problem { next_action: Some("Corriger BT-13.".into()), ..read(&tests_problem()).unwrap() };
        assert_eq!(next_action(&suggested, Lang::Fr).as_deref(), Some("Corriger BT-13."));
        assert_eq!(next_action(&suggested, Lang::En).as_deref(), Some("Add the reference."));
        let mut decided = suggested;
        decided.changes[0].what = "next-action".into();
        assert_eq!(next_action(&decided, Lang::En).as_deref(), Some("Corriger BT-13."));
        decided.next_action = None;
        assert_eq!(next_action(&decided, Lang::Fr), None);
    }

    #[test]
    fn a_problem_in_both_languages() {
        let problem = read(&tests_problem()).unwrap();
        insta::assert_snapshot!([Lang::Fr, Lang::En].map(|lang| text(&problem, &TimeZone::UTC, lang)).join("\n"));
    }
}
