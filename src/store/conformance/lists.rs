//! Lists: every filter finds what the plainest question would.

use super::*;

/// Each filter against the same question asked of every row, one by one.
pub(super) fn lists_find_what_is_asked_and_nothing_else(store: &dyn Store) {
    let states = [State::Delivered, State::Blocked, State::Refused, State::Received];
    let rows: Vec<InvoiceRow> = (0..48u32)
        .map(|n| {
            let id = put(store, &format!("list {n}"));
            let mut row = row(store, &id);
            row.state = Some(states[n as usize % 4]);
            row.verdict = [None, Some("valid"), Some("invalid")][n as usize % 3].map(Into::into);
            (row.waived, row.lowered) = (n % 3 == 1 && n % 5 == 0, n % 3 == 1 && n % 4 == 0);
            row.platform = [Some("chorus-pro"), None, Some("pa")][n as usize / 16].map(Into::into);
            row.reference = Some(format!("CPP{n:05}"));
            row.received_at = 1_000 + i64::from(n) * 10;
            row.facts = Facts {
                number: Some(format!("FA-2026-{n:04}")),
                issued: (n % 7 != 0).then(|| format!("2026-11-{:02}", n % 28 + 1)).or(Some("2026-11-1".into())),
                seller: Some("Papeterie Dorée".into()),
                customer: Some(format!("2169012310{:04}", n % 5)),
                customer_name: Some(format!("Mairie d'Été n{}", n % 5)),
                payable: Some("10.10".into()),
                currency: Some(if n % 2 == 0 { "EUR" } else { "USD" }.into()),
                ..Facts::default()
            };
            record(store, step(row, None)).unwrap();
            super::row(store, &id)
        })
        .collect();
    let day = |text: &str| crate::day::Day::parse_iso(text);
    let filters = [
        InvoiceFilter::default(),
        InvoiceFilter { states: vec![State::Blocked], ..Default::default() },
        InvoiceFilter {
            states: vec![State::Blocked, State::Refused],
            verdict: Some("valid".into()),
            ..Default::default()
        },
        InvoiceFilter { platform: Some("pa".into()), ..Default::default() },
        InvoiceFilter { excused: Some(Excused::Waived), ..Default::default() },
        InvoiceFilter { excused: Some(Excused::Lowered), states: vec![State::Delivered], ..Default::default() },
        InvoiceFilter { excused: Some(Excused::Either), received: (Some(1_050), None), ..Default::default() },
        InvoiceFilter { excused: Some(Excused::Either), words: Some("FA-2026-001".into()), ..Default::default() },
        InvoiceFilter { platform: Some("none".into()), ..Default::default() },
        InvoiceFilter { customer: Some("21690123100003".into()), ..Default::default() },
        InvoiceFilter { customer: Some("21690123100003".into()), states: vec![State::Refused], ..Default::default() },
        InvoiceFilter { issued: (day("2026-11-05"), day("2026-11-12")), ..Default::default() },
        InvoiceFilter { issued: (None, day("2026-11-12")), states: vec![State::Delivered], ..Default::default() },
        InvoiceFilter { received: (Some(1_100), Some(1_200)), ..Default::default() },
        InvoiceFilter { received: (Some(1_100), None), verdict: Some("invalid".into()), ..Default::default() },
        InvoiceFilter { words: Some("mairie ete n3".into()), ..Default::default() },
        InvoiceFilter { words: Some("FA-2026-000".into()), states: vec![State::Blocked], ..Default::default() },
        InvoiceFilter { words: Some("cpp00017".into()), ..Default::default() },
        InvoiceFilter { words: Some("2169 0123 1000 04".into()), ..Default::default() },
        InvoiceFilter { words: Some("DOREE \"; DROP * AND".into()), ..Default::default() },
        InvoiceFilter { words: Some("---".into()), ..Default::default() },
        InvoiceFilter { words: Some(rows[9].id[..8].into()), ..Default::default() },
        InvoiceFilter { number: Some("FA-2026-0007".into()), states: vec![State::Received], ..Default::default() },
    ];
    let mut found_some = 0;
    for filter in filters {
        let mut wanted: Vec<&str> =
            rows.iter().rev().filter(|row| holds(row, &filter)).map(|row| row.id.as_str()).collect();
        found_some += usize::from(!wanted.is_empty());
        let matched = store.matched(&filter, 40).unwrap();
        assert_eq!((matched.invoices, matched.more), (wanted.len().min(40), wanted.len() > 40), "{filter:?}");
        for order in [Order::NewestFirst, Order::OldestFirst] {
            let mut found = Vec::new();
            let mut page = InvoiceFilter { limit: 5, order, ..filter.clone() };
            loop {
                let rows = store.invoices(&page).unwrap();
                page.after = rows.last().map(|row| row.id.clone());
                found.extend(rows.into_iter().map(|row| row.id));
                if page.after.is_none() {
                    break;
                }
            }
            assert_eq!(found, wanted, "{filter:?}");
            wanted.reverse();
        }
    }
    assert_eq!(found_some, 20, "a filter that finds nothing proves little");
    let matched = store.matched(&InvoiceFilter::default(), 100).unwrap();
    let sum = |currency: &str| (currency.to_owned(), crate::problems::Money::parse("242.40").unwrap());
    assert_eq!(matched.amounts, [sum("EUR"), sum("USD")]);
    assert_eq!((matched.credits, matched.void), (0, 0));
    // Two credit notes, by syntax and by type, and two that count no more.
    let first = store.invoices(&InvoiceFilter::default()).unwrap();
    for (n, id) in first.iter().map(|row| &row.id).take(4).enumerate() {
        let mut row = row(store, id);
        row.facts.currency = Some("EUR".into());
        match n {
            0 => row.facts.syntax = Some("ubl-creditnote".into()),
            1 => row.facts.kind = Some("381".into()),
            2 => row.state = Some(State::Cancelled),
            _ => row.replaced_by = Some("another".into()),
        }
        record(store, step(row, None)).unwrap();
    }
    let all: Vec<_> = store.invoices(&InvoiceFilter::default()).unwrap();
    let counts = |currency: &str| {
        let of = |row: &&InvoiceRow| row.facts.currency.as_deref() == Some(currency);
        let live = |row: &&InvoiceRow| row.state != Some(State::Cancelled) && row.replaced_by.is_none();
        all.iter().filter(of).filter(live).map(|row| if row.facts.is_credit() { -1 } else { 1 }).sum::<i64>()
    };
    let matched = store.matched(&InvoiceFilter::default(), 100).unwrap();
    let sum = |currency: &str| {
        let tenths = counts(currency) * 101;
        let text = format!("{}.{}", tenths / 10, tenths % 10);
        (currency.to_owned(), crate::problems::Money::parse(&text).unwrap())
    };
    assert_eq!(matched.amounts, [sum("EUR"), sum("USD")]);
    assert_eq!((matched.credits, matched.void, matched.unread), (2, 2, 0));
    // What is in no sum is counted.
    let mut unread = row(store, &first[4].id);
    unread.facts.payable = Some("1O1,0".into());
    record(store, step(unread, None)).unwrap();
    let mut unread = row(store, &first[5].id);
    unread.facts.currency = None;
    record(store, step(unread, None)).unwrap();
    let fewer = store.matched(&InvoiceFilter::default(), 100).unwrap();
    assert_eq!((fewer.invoices, fewer.unread), (matched.invoices, 2));
    assert_ne!(fewer.amounts, matched.amounts);
}

/// The question asked of one row, in the plainest way.
fn holds(row: &InvoiceRow, filter: &InvoiceFilter) -> bool {
    let fold = |text: &str| text.to_lowercase().replace(['é', 'è'], "e");
    let facts = &row.facts;
    let issued = facts.issued.as_deref().and_then(crate::day::Day::parse_iso);
    let all = [&facts.number, &facts.customer, &facts.customer_name, &facts.seller, &row.reference];
    let all = fold(&all.map(|text| text.clone().unwrap_or_default()).join(" ")).replace(['-', '\''], " ");
    let begins = |word: &str| all.starts_with(word) || all.contains(&format!(" {word}"));
    let words = filter.words.as_ref().is_none_or(|words| {
        let digits = words.replace(' ', "");
        let plain = fold(words).replace('-', " ");
        let mut each = plain.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric));
        let told = plain.trim().len() > 2 && each.clone().next().is_some();
        row.id.starts_with(words.as_str())
            || (digits.len() >= 9 && digits.bytes().all(|b| b.is_ascii_digit()) && begins(&digits))
            || (told && each.all(begins))
    });
    words
        && (filter.states.is_empty() || filter.states.contains(&row.state.unwrap()))
        && filter.verdict.as_ref().is_none_or(|v| row.verdict.as_ref() == Some(v))
        && match filter.excused {
            None => true,
            Some(Excused::Waived) => row.waived,
            Some(Excused::Lowered) => row.lowered,
            Some(Excused::Either) => row.waived || row.lowered,
        }
        && filter.platform.as_ref().is_none_or(|p| row.platform.as_ref() == Some(p))
        && filter.customer.as_ref().is_none_or(|c| facts.customer.as_ref() == Some(c))
        && filter.number.as_ref().is_none_or(|n| facts.number.as_ref() == Some(n))
        && filter.issued.0.is_none_or(|from| issued.is_some_and(|day| day >= from))
        && filter.issued.1.is_none_or(|to| issued.is_some_and(|day| day <= to))
        && filter.received.0.is_none_or(|from| row.received_at >= from)
        && filter.received.1.is_none_or(|to| row.received_at <= to)
}
