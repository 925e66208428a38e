//! The list of problems: one line each, and a CSV that is safe to open in a spreadsheet.

use jiff::tz::TimeZone;

use super::super::remote::Problem;
use super::super::{show, words};
use super::one::next_action;
use crate::api::sheet;
use crate::problems::cause;
use crate::text::Lang;

pub fn text<'p>(problems: impl Iterator<Item = &'p Problem>, zone: &TimeZone, lang: Lang) -> String {
    let head = match lang {
        Lang::Fr => ["ID", "", "CAUSE", "", "CLIENT", "FACTURE", "MONTANT", "OUVERT LE", "RESPONSABLE", "SUITE"],
        Lang::En => ["ID", "", "CAUSE", "", "CUSTOMER", "INVOICE", "AMOUNT", "OPENED", "OWNER", "NEXT"],
    };
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    lines.extend(problems.map(|problem| line(problem, zone, lang)));
    if lines.len() == 1 {
        return words::pick(lang, "Aucun problème.\n", "No problem.\n").to_owned();
    }
    show::table(&lines)
}

fn line(problem: &Problem, zone: &TimeZone, lang: Lang) -> Vec<String> {
    let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    let open = if problem.closed_at.is_none() {
        words::pick(lang, "ouvert", "open")
    } else {
        words::pick(lang, "clos", "closed")
    };
    let day = problem.opened_at.as_deref().map_or_else(|| "?".to_owned(), |at| show::local(at, zone));
    vec![
        problem.id.clone(),
        open.to_owned(),
        problem.cause.clone(),
        label(problem, lang),
        if problem.customer_name.is_empty() { problem.customer.clone() } else { problem.customer_name.clone() },
        or(&problem.invoice_number),
        amount(problem),
        day.get(..10).unwrap_or(&day).to_owned(),
        or(&problem.owner),
        next(problem, lang),
    ]
}

/// What the cause is called; `(inferred)` where no code told it.
pub fn label(problem: &Problem, lang: Lang) -> String {
    let here = || cause(&problem.cause).map(|cause| cause.label.clone());
    let label = problem.cause_label.clone().or_else(here).map_or_else(String::new, |label| label.get(lang).to_owned());
    if problem.inferred { format!("{label} ({})", words::pick(lang, "déduit", "inferred")) } else { label }
}

pub fn amount(problem: &Problem) -> String {
    match &problem.amount {
        Some(amount) => format!("{amount} {}", problem.currency.as_deref().unwrap_or("?")),
        None => "–".to_owned(),
    }
}

fn next(problem: &Problem, lang: Lang) -> String {
    let on = problem.next_action_on.map(|day| day.to_string());
    let action = next_action(problem, lang).filter(|_| problem.closed_at.is_none());
    let said: Vec<String> = [on, action].into_iter().flatten().collect();
    if said.is_empty() { "–".to_owned() } else { said.join(" ") }
}

/// CSV, as the API gives it, with the headings that programs read. facteur's own sentences are in `lang`.
pub fn csv<'p>(problems: impl IntoIterator<Item = &'p Problem>, lang: Lang) -> String {
    sheet::problems(problems, Lang::En, lang)
}

#[cfg(test)]
mod tests {
    use super::super::super::remote::tests_problem;
    use super::super::read;
    use super::*;

    #[test]
    fn the_list_in_both_languages() {
        let open = read(&tests_problem()).unwrap();
        let closed = Problem {
            closed_at: Some("2026-11-22T00:00:00.000Z".into()),
            amount: None,
            inferred: true,
            owner: None,
            next_action_on: None,
            ..open.clone()
        };
        let both = [open, closed];
        let shown = [Lang::Fr, Lang::En].map(|lang| text(both.iter(), &TimeZone::UTC, lang));
        insta::assert_snapshot!(shown.join("\n"));
        assert_eq!(text([].iter(), &TimeZone::UTC, Lang::Fr), "Aucun problème.\n");
    }

    #[test]
    fn a_spreadsheet_runs_nothing_and_counts_amounts() {
        let hostile = Problem {
            customer_name: "=HYPERLINK(\"x\")".into(),
            text: Some("a, \"b\"\nc".into()),
            amount: Some("-12.50".into()),
            ..read(&tests_problem()).unwrap()
        };
        let odd = Problem { amount: Some("-1+cmd".into()), ..hostile.clone() };
        let shown = csv([hostile, odd].iter(), Lang::En);
        assert!(shown.starts_with("id,invoice_id,") && shown.lines().count() == 5, "{shown}");
        assert!(
            shown.contains(",\"'=HYPERLINK(\"\"x\"\")\",") && shown.contains(",\"a, \"\"b\"\"\nc\",,-12.50,EUR,"),
            "{shown}"
        );
        assert!(shown.contains(",'-1+cmd,EUR,"), "{shown}");
    }
}
