//! A statement of ours in a timeline: what it says, and how far it is.

use serde_json::Value;

use super::sentences::both;
use crate::lifecycle::cdar_status;
use crate::text::{Lang, Text, visible};

/// Event `statement`.
pub(super) fn statement(event: &Value) -> Text {
    let data = |name: &str| &event["data"][name];
    let word = |name: &str| data(name).as_str().unwrap_or_default();
    let code = data("status").as_u64().and_then(|code| u16::try_from(code).ok());
    let name = |lang: Lang| match code {
        Some(code) => {
            let label = cdar_status(code).map(|status| format!(" ({})", status.label.get(lang)));
            format!("{code}{}", label.unwrap_or_default())
        }
        None => "?".to_owned(),
    };
    let said = visible(word("text")).into_owned();
    let refusal = [visible(word("code")).into_owned(), said].into_iter().filter(|part| !part.is_empty());
    let refusal = refusal.collect::<Vec<_>>().join(" — ");
    let why = both(word("why"));
    let released = visible(word("released")).into_owned();
    let (fr, en) = match word("state") {
        "ready" | "unknown" if !released.is_empty() => {
            (format!("débloqué : {released}"), format!("released: {released}"))
        }
        "ready" if word("why").is_empty() => ("à partir".to_owned(), "to leave".to_owned()),
        "ready" | "unknown" => (format!("attend : {}", why.fr), format!("waits: {}", why.en)),
        "delivered" => ("déposé".to_owned(), "deposited".to_owned()),
        "taken" => ("pris en compte par la plateforme".to_owned(), "taken up by the platform".to_owned()),
        "refused" => (format!("refusé : {refusal}"), format!("refused: {refusal}")),
        "withdrawn" => (format!("retiré : {}", visible(&why.fr)), format!("withdrawn: {}", visible(&why.en))),
        "parked" => (format!("mis de côté : {}", why.fr), format!("set aside: {}", why.en)),
        state => (visible(state).into_owned(), visible(state).into_owned()),
    };
    let (fr, en) = match data("again") == &Value::Bool(true) {
        true => (format!("repris ; {fr}"), format!("taken up again; {en}")),
        false => (fr, en),
    };
    let came = super::cashed::cashed(event);
    Text::new(
        format!("notre statut {}, {fr}{}", name(Lang::Fr), came.fr),
        format!("our status {}, {en}{}", name(Lang::En), came.en),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_step_is_a_sentence() {
        let of = |state: &str, more: Value| {
            let mut event = json!({ "data": { "status": 212, "state": state } });
            more.as_object().unwrap().iter().for_each(|(name, value)| event["data"][name] = value.clone());
            statement(&event)
        };
        let made = of("ready", json!({}));
        assert_eq!(
            (made.fr.as_str(), made.en.as_str()),
            ("notre statut 212 (Encaissée), à partir", "our status 212 (Cashed), to leave")
        );
        let refused = of("refused", json!({ "code": "InvalidSchema", "text": "no\u{1b}[31m" }));
        assert!(refused.en.ends_with("refused: InvalidSchema — no\\u{1b}[31m"), "{}", refused.en);
        let waits = of("unknown", json!({ "why": "the call lasted too long" }));
        assert!(
            waits.en.ends_with("waits: the call lasted too long") && !waits.fr.contains("too long"),
            "{}",
            waits.fr
        );
        assert!(of("ready", json!({ "again": true })).en.ends_with("taken up again; to leave"));
        let withdrawn = of("withdrawn", json!({ "why": "paid twice\u{1b}" }));
        assert!(
            withdrawn.en.ends_with("withdrawn: paid twice\\u{1b}") && withdrawn.fr.contains("retiré"),
            "{}",
            withdrawn.en
        );
        let released = of("unknown", json!({ "released": "looked there: nothing" }));
        assert!(released.en.ends_with("released: looked there: nothing"), "{}", released.en);
        assert_eq!(statement(&json!({})).en, "our status ?, ");
    }
}
