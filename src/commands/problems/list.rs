//! The list of problems: one line each, and a CSV that is safe to open in a spreadsheet.

use jiff::tz::TimeZone;

use super::super::remote::Problem;
use super::super::{show, words};
use super::one::next_action;
use crate::problems::{cause, name_cell, text_cell};
use crate::text::Lang;

const COLUMNS: [&str; 22] = [
    "id",
    "invoice_id",
    "invoice_number",
    "customer",
    "customer_name",
    "cause",
    "cause_fr",
    "cause_en",
    "said",
    "code",
    "text",
    "message",
    "amount",
    "currency",
    "opened_at",
    "closed_at",
    "closed_why",
    "owner",
    "next_action",
    "next_action_on",
    "acts",
    "rule",
];

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
    let day = show::local(&problem.opened_at, zone);
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

/// CSV (RFC 4180, UTF-8, comma, header row, point as decimal mark). Texts come from invoices and platforms: what a
/// spreadsheet would run is disarmed as in the report. facteur's own sentences are in `lang`.
pub fn csv<'p>(problems: impl Iterator<Item = &'p Problem>, lang: Lang) -> String {
    let mut out = COLUMNS.join(",") + "\r\n";
    for problem in problems {
        let or = |value: &Option<String>| value.clone().unwrap_or_default();
        let cells = [
            problem.id.clone(),
            problem.invoice_id.clone(),
            or(&problem.invoice_number),
            problem.customer.clone(),
            problem.customer_name.clone(),
            problem.cause.clone(),
            label_of(problem, Lang::Fr),
            label_of(problem, Lang::En),
            words::said_id(problem.said).to_owned(),
            problem.code.clone(),
            or(&problem.text),
            problem.message.as_ref().map_or_else(String::new, |message| message.get(lang).to_owned()),
            or(&problem.amount),
            or(&problem.currency),
            problem.opened_at.clone(),
            or(&problem.closed_at),
            or(&problem.closed_why),
            or(&problem.owner),
            next_action(problem, lang).unwrap_or_default(),
            problem.next_action_on.map_or_else(String::new, |day| day.to_string()),
            problem.acts.clone(),
            or(&problem.rule),
        ];
        let cells = cells.iter().zip(COLUMNS).map(|(cell, name)| match name {
            // A number of the invoice is a number; anything else in its place is a text.
            "amount" if is_amount(cell) => cell.clone(),
            "invoice_number" | "customer" | "customer_name" => name_cell(cell),
            _ => text_cell(cell),
        });
        out.push_str(&cells.collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
    }
    out
}

fn label_of(problem: &Problem, lang: Lang) -> String {
    problem.cause_label.as_ref().map_or_else(String::new, |label| label.get(lang).to_owned())
}

fn is_amount(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
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
