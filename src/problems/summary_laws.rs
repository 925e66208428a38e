//! The laws of the report: it adds up, whatever it is given, in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::sample::{problem, problems};
use super::{By, Money, Problem, ReportRow, Summary, as_at, summarise};
use crate::table::Table;
use crate::text::Lang;

fn both(all: &[Problem]) -> [Summary; 2] {
    [summarise(all, By::Cause), summarise(all, By::Client)]
}

fn adds_up(rows: &[ReportRow], total: &ReportRow) -> Result<(), TestCaseError> {
    let sum = |of: fn(&ReportRow) -> usize| rows.iter().map(of).sum::<usize>();
    prop_assert_eq!(sum(|row| row.invoices), total.invoices);
    prop_assert_eq!(sum(|row| row.amount_unknown), total.amount_unknown);
    prop_assert_eq!(sum(|row| row.open), total.open);
    prop_assert_eq!(sum(|row| row.closed), total.closed);
    prop_assert_eq!(sum(|row| row.inferred), total.inferred);
    prop_assert_eq!(total.open + total.closed, total.invoices);
    let amounts: Vec<_> = rows.iter().filter_map(|row| row.amount).collect();
    prop_assert_eq!(amounts.is_empty(), total.amount.is_none());
    prop_assert_eq!(amounts.into_iter().sum::<Money>(), total.amount.unwrap_or_default());
    prop_assert!(rows.iter().all(|row| row.amount.is_none() == (row.amount_unknown == row.invoices)));
    prop_assert!(sum(|row| row.customers) >= total.customers);
    prop_assert!(rows.iter().all(|row| row.customers <= total.customers && row.customers <= row.invoices));
    prop_assert!(rows.windows(2).all(|two| two[0].amount >= two[1].amount));
    Ok(())
}

proptest! {
    #[test]
    fn rows_add_up_to_their_total_and_totals_to_the_whole(all in problems()) {
        for summary in both(&all) {
            for section in &summary.sections {
                adds_up(&section.rows, &section.total)?;
                for row in section.rows.iter().filter(|_| summary.by == By::Cause) {
                    adds_up(&row.parts, row)?;
                }
            }
            prop_assert_eq!(summary.sections.iter().map(|s| s.total.invoices).sum::<usize>(), summary.invoices);
            prop_assert!(summary.sections.iter().map(|s| s.total.customers).sum::<usize>() >= summary.customers);
            // Every invoice is either in a row or left out, and every problem of category X is told.
            let invoices: BTreeSet<_> = all.iter().map(|p| &p.invoice_id).collect();
            prop_assert_eq!(summary.invoices + summary.left_out.invoices, invoices.len());
            prop_assert_eq!(summary.left_out.problems, all.iter().filter(|p| p.cause.starts_with('X')).count());
        }
    }

    #[test]
    fn customers_are_counted_distinct(all in problems()) {
        // Counted another way: by the customers of the report by client, which has a row for each.
        let by_client = summarise(&all, By::Client);
        let ids: BTreeSet<_> = by_client.sections.iter().flat_map(|s| &s.rows).map(|row| &row.id).collect();
        let known = ids.iter().filter(|id| !id.is_empty()).count();
        prop_assert_eq!(by_client.customers, known);
        prop_assert_eq!(summarise(&all, By::Cause).customers, known);
    }

    #[test]
    fn the_order_of_the_problems_does_not_matter(
        (all, shuffled) in problems().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        prop_assert_eq!(both(&all), both(&shuffled));
    }

    #[test]
    fn the_past_is_what_a_report_of_then_would_have_said(all in problems(), at in 0i64..70) {
        let then = as_at(&all, at);
        prop_assert!(then.iter().all(|p| p.opened_at <= at && p.closed_at.is_none_or(|closed| closed <= at)));
        prop_assert!(then.iter().all(|p| p.changes.iter().all(|change| change.at <= at)));
        prop_assert_eq!(then.len(), all.iter().filter(|p| p.opened_at <= at).count());
        // Looking back from later on changes nothing about the instant: history only grows.
        for later in [at, at + 7, i64::MAX] {
            prop_assert_eq!(&as_at(&as_at(&all, later), at), &then);
        }
        prop_assert_eq!(as_at(&all, i64::MAX), all);
    }

    #[test]
    fn csv_comes_back_as_it_went(all in problems()) {
        for summary in both(&all) {
            let csv = summary.csv();
            let table = Table::parse(&csv).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let column = |name| table.column(name).unwrap();
            let [level, currency, invoices, amount] = ["level", "currency", "invoices", "amount"].map(column);
            let (mut rows, mut totals) = (BTreeMap::new(), BTreeMap::new());
            for row in &table.rows {
                let into = match row.get(level) {
                    "category" | "customer" => &mut rows,
                    "total" => &mut totals,
                    _ => continue,
                };
                let (count, sum) = into.entry(row.get(currency).to_owned()).or_insert((0, Money::ZERO));
                *count += row.get(invoices).parse::<usize>().unwrap();
                *sum = *sum + Some(row.get(amount)).filter(|cell| !cell.is_empty()).map_or(Money::ZERO, |cell| Money::parse(cell).unwrap());
            }
            prop_assert_eq!(&rows, &totals);
            let expected: BTreeMap<_, _> = summary.sections.iter().map(|s| {
                (s.currency.clone().unwrap_or_default(), (s.total.invoices, s.total.amount.unwrap_or_default()))
            }).collect();
            prop_assert_eq!(totals, expected);
            let lines: usize = summary.sections.iter().map(|s| {
                1 + s.rows.iter().map(|row| 1 + row.parts.len()).sum::<usize>()
            }).sum();
            prop_assert_eq!(table.rows.len(), lines + 2);
        }
    }

    #[test]
    fn text_is_aligned_in_both_languages(all in problems()) {
        for summary in both(&all) {
            for lang in [Lang::Fr, Lang::En] {
                let text = summary.text(lang);
                prop_assert!(text.ends_with('\n'));
                let totals = text.lines().filter(|line| line.trim_start().starts_with("Total ")).count();
                prop_assert_eq!(totals, summary.sections.len());
            }
            prop_assert!(serde_json::from_str::<serde_json::Value>(&summary.json().unwrap()).is_ok());
        }
    }
}

#[test]
fn an_invoice_counts_once_under_its_first_open_cause_else_its_last_closed() {
    let first = problem("p1", "i1", "A2", 100);
    let second = problem("p2", "i1", "A7", 200);
    let causes = |all: &[Problem]| {
        let summary = summarise(all, By::Cause);
        assert_eq!((summary.invoices, summary.sections[0].total.amount), (1, Money::parse("100")));
        summary.sections[0].rows[0].parts.iter().map(|row| row.id.clone()).collect::<Vec<_>>()
    };
    let closed = |p: &Problem, at| Problem { closed_at: Some(at), ..p.clone() };
    assert_eq!(causes(&[second.clone(), first.clone()]), ["A2"]);
    assert_eq!(causes(&[closed(&first, 150), second.clone()]), ["A7"]);
    assert_eq!(causes(&[closed(&first, 900), closed(&second, 300)]), ["A2"]);
    assert_eq!(causes(&[closed(&first, 300), closed(&second, 900)]), ["A7"]);
    // Category X never hides a billing cause.
    assert_eq!(causes(&[problem("p0", "i1", "X0", 1), first]), ["A2"]);
}

#[test]
fn what_cannot_be_read_is_counted_and_said() {
    let mut unreadable = problem("p1", "i1", "A8", 1);
    (unreadable.amount, unreadable.customer, unreadable.customer_name) = (None, String::new(), String::new());
    let mut comma = problem("p2", "i2", "A8", 1);
    comma.amount = Some("12,50".into());
    let mut homeless = problem("p3", "i3", "A8", 1);
    homeless.currency = None;
    let summary = summarise(&[unreadable, comma, homeless, problem("p4", "i4", "A8", 1)], By::Cause);
    let totals: Vec<_> = summary.sections.iter().map(|s| (s.currency.as_deref(), &s.total)).collect();
    assert_eq!(totals.len(), 2);
    assert_eq!((totals[0].0, totals[0].1.invoices, totals[0].1.amount_unknown), (Some("EUR"), 3, 2));
    assert_eq!((totals[1].0, totals[1].1.invoices, totals[1].1.amount_unknown), (None, 1, 1));
    assert_eq!((totals[0].1.amount, totals[0].1.customers), (Money::parse("100"), 1));
    assert_eq!(totals[1].1.amount, None, "unknown is not zero");
    let text = summary.text(Lang::Fr);
    assert!(text.contains("devise inconnue") && text.contains("factures 3, comptées"), "{text}");
}

#[test]
fn time_to_resolve_is_that_of_the_closed() {
    let closed = |id: &str, after: i64| Problem { closed_at: Some(100 + after), ..problem(id, id, "A2", 100) };
    // The clock went back on the last one.
    let all = [closed("i1", 10), closed("i2", 20), closed("i3", 90), closed("i4", -50), problem("i5", "i5", "A2", 1)];
    let total = &summarise(&all, By::Cause).sections[0].total;
    assert_eq!((total.open, total.closed, total.mean_ms, total.median_ms), (1, 4, Some(30), Some(15)));
    assert_eq!(summarise(&all[4..], By::Cause).sections[0].total.mean_ms, None);
    let longest = Problem { opened_at: i64::MIN, closed_at: Some(i64::MAX), ..all[0].clone() };
    let twice = [longest.clone(), Problem { invoice_id: "i9".into(), ..longest }];
    assert_eq!(summarise(&twice, By::Cause).sections[0].total.mean_ms, Some(i64::MAX));
}

#[test]
fn the_table_a_credit_manager_reads() {
    let mut all = vec![problem("p1", "i1", "A2", 0), problem("p2", "i2", "A2", 0), problem("p3", "i3", "C4", 0)];
    all[0].closed_at = Some(216_000_000);
    (all[1].customer, all[1].amount) = ("c2".into(), Some("11900.5".into()));
    let lines: Vec<String> = summarise(&all, By::Cause).text(Lang::Fr).lines().map(str::to_owned).collect();
    let squeezed: Vec<_> = lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(squeezed[0], "Cause Factures Clients Montant Part Cumul Ouvertes Closes Délai moyen Médian");
    assert_eq!(squeezed[2], "A Facturation 2 2 12 000,50 99,2 % 99,2 % 1 1 2,5 j 2,5 j");
    assert_eq!(squeezed[3], "A2 Référence manquante (commande, contrat) 2 2 12 000,50 99,2 % 1 1 2,5 j 2,5 j");
    assert_eq!(squeezed[4], "C Processus du client 1 1 100,00 0,8 % 100,0 % 1 0");
    assert_eq!(squeezed[6], "Total EUR 3 2 12 100,50 100,0 % 2 1 2,5 j 2,5 j");
    assert_eq!(summarise(&[], By::Cause).text(Lang::En), "No billing problem.\n");
    let names = summarise(&all, By::Client).sections[0].rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
    assert_eq!(names, ["c2", "c1"]);
}

#[test]
fn one_invoice_does_not_rename_a_customer() {
    let named = |n: i64, name: &str| {
        let mut one = problem(&format!("p{n}"), &format!("i{n}"), "A2", n);
        one.customer_name = name.into();
        one
    };
    let label = |all: &[Problem]| summarise(all, By::Client).sections[0].rows[0].label.en.clone();
    let all = [named(1, "Ville de Lyon"), named(2, "Ville de Lyon"), named(3, "LYON \u{202e}!"), named(4, "")];
    assert_eq!(label(&all), "Ville de Lyon");
    assert_eq!(label(&[named(5, "B"), named(4, "A"), named(3, "C")]), "C", "of equals the first");
}
