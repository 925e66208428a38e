//! What came in of an invoice (212), in words: whether that is all of it.

use serde_json::Value;

use super::timeline::text;
use crate::text::{Text, visible};

/// Behind a sentence; nothing where the event tells no amount.
pub(super) fn cashed(event: &Value) -> Text {
    let data = |key: &str| visible(text(event, &format!("/data/cashed/{key}"))).into_owned();
    let (now, sum, due, currency) = (data("now"), data("sum"), data("due"), data("currency"));
    if now.is_empty() {
        return Text::default();
    }
    let amount = |of: &str| if currency.is_empty() { of.to_owned() } else { format!("{of} {currency}") };
    let (now, due) = (amount(&now), amount(&due));
    let (fr, en) = match data("paid").as_str() {
        "whole" if sum == data("now") => ("payée en entier".to_owned(), "paid in whole".to_owned()),
        "whole" => (format!("{sum} en tout, payée en entier"), format!("{sum} in all, paid in whole")),
        "part" => (format!("{sum} en tout sur {due}, payée en partie"), format!("{sum} in all of {due}, paid in part")),
        "more" => (
            format!("{sum} en tout, plus que les {due} dus"),
            format!("{sum} in all, more than the {due} that are due"),
        ),
        "nothing" => {
            (format!("{sum} en tout sur {due}, rien n'est payé"), format!("{sum} in all of {due}, nothing is paid"))
        }
        _ => return Text::new(format!(" : {now} encaissés"), format!(": {now} came in")),
    };
    Text::new(format!(" : {now} encaissés ; {fr}"), format!(": {now} came in; {en}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn in_whole_and_in_part_are_told_apart() {
        let of = |now: &str, sum: &str, paid: Option<&str>| {
            let data =
                json!({ "cashed": { "now": now, "sum": sum, "due": "120.00", "currency": "EUR", "paid": paid } });
            cashed(&json!({ "data": data }))
        };
        let whole = of("120.00", "120.00", Some("whole"));
        assert_eq!(
            (whole.en.as_str(), whole.fr.as_str()),
            (": 120.00 EUR came in; paid in whole", " : 120.00 EUR encaissés ; payée en entier")
        );
        assert_eq!(
            of("20.00", "50.00", Some("part")).en,
            ": 20.00 EUR came in; 50.00 in all of 120.00 EUR, paid in part"
        );
        assert!(of("70.00", "120.00", Some("whole")).en.ends_with("120.00 in all, paid in whole"));
        assert!(of("90.00", "140.00", Some("more")).en.contains("more than the 120.00 EUR that are due"));
        assert_eq!(of("90.00", "90.00", None).en, ": 90.00 EUR came in");
        assert_eq!(cashed(&json!({})), Text::default());
    }
}
