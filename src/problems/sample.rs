//! Problems for the tests of this room.

use proptest::prelude::*;

use super::record::{Change, Problem, Said};

/// An open problem of 100.00 EUR at customer `c1`.
pub fn problem(id: &str, invoice: &str, cause: &str, opened_at: i64) -> Problem {
    Problem {
        id: id.into(),
        invoice_id: invoice.into(),
        invoice_number: Some(format!("F-{invoice}")),
        customer: "c1".into(),
        customer_name: "Client Un".into(),
        cause: cause.into(),
        code: "REJETEE".into(),
        text: None,
        message: None,
        said: Said::Buyer,
        amount: Some("100.00".into()),
        currency: Some("EUR".into()),
        opened_at,
        closed_at: None,
        closed_why: None,
        owner: None,
        suggestion: None,
        next_action: None,
        next_action_on: None,
        rule: None,
        acts: "seller".into(),
        number_reusable: false,
        inferred: false,
        correction: None,
        changes: Vec::new(),
    }
}

/// Problems over few invoices, customers and instants, so that they meet; amounts of all sorts.
pub fn problems() -> impl Strategy<Value = Vec<Problem>> {
    let cause = prop::sample::select(vec!["A2", "A7", "A1", "B2", "C1", "E1", "X0", "X2", "Z9", ""]);
    let amount = prop_oneof![
        4 => (-1_000_000i64..1_000_000).prop_map(|cents| Some(format!("{}.{:02}", cents / 100, (cents % 100).abs()))),
        1 => prop::sample::select(vec![None, Some(String::new()), Some("12,50".into()), Some("beaucoup".into())]),
    ];
    let currency = prop::sample::select(vec![Some("EUR"), Some("EUR"), Some("USD"), Some(" "), None]);
    let customer = prop::sample::select(vec!["c1", "c2", "=c3", ""]);
    let closed = prop::option::of(0i64..40);
    let requalified = prop::option::of((0i64..40, prop::sample::select(vec!["A2", "C1", "X0"])));
    let one = (0usize..8, cause, amount, currency, customer, 0i64..20, closed, requalified, any::<bool>());
    let one = one.prop_map(|(invoice, cause, amount, currency, customer, opened, after, requalified, inferred)| {
        let mut one = problem("", &format!("i{invoice}"), cause, opened);
        one.closed_at = after.map(|after| opened + after);
        (one.amount, one.currency) = (amount, currency.map(str::to_owned));
        (one.customer, one.customer_name) = (customer.into(), format!("{customer};+\"Nom\""));
        if customer.is_empty() {
            one.customer_name.clear();
        }
        one.inferred = inferred;
        if let Some((at, from)) = requalified {
            let (from, to) = (Some(from.to_owned()), Some(cause.to_owned()));
            one.changes.push(Change {
                at: opened + at,
                author: "lea".into(),
                what: "cause".into(),
                from,
                to,
                was_inferred: None,
            });
        }
        one
    });
    prop::collection::vec(one, 0..24).prop_map(|mut all| {
        for (index, one) in all.iter_mut().enumerate() {
            one.id = format!("p{index}");
        }
        all
    })
}
