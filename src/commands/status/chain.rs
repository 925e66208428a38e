//! Which invoices correct, replace or settle each other: a line each.

use serde_json::Value;

use super::super::{show, words};
use crate::text::Lang;

/// The chain of an invoice; nothing where it stands alone.
pub fn text(chain: &Value, id: &str, lang: Lang) -> String {
    let list = |key: &str| chain[key].as_array().cloned().unwrap_or_default();
    let (invoices, missing) = (list("invoices"), list("missing"));
    if invoices.len() < 2 && missing.is_empty() {
        return String::new();
    }
    let word = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let number = |id: &str| {
        let found = invoices.iter().find(|one| one["id"] == *id);
        found.map(|one| word(one, "number")).filter(|number| !number.is_empty()).unwrap_or_else(|| id.to_owned())
    };
    let mut lines: Vec<Vec<String>> = Vec::new();
    for one in &invoices {
        let mark = if word(one, "id") == id { "*" } else { " " };
        let mut told: Vec<String> = Vec::new();
        for tie in one["ties"].as_array().into_iter().flatten() {
            told.push(format!("{} {}", how(&word(tie, "how"), lang), number(&word(tie, "to"))));
        }
        for named in missing.iter().filter(|named| named["by"] == one["id"]) {
            let absent = words::pick(lang, "qui n'est pas ici", "which is not here");
            told.push(format!("{} {} ({absent})", how("cites", lang), word(named, "number")));
        }
        let amount = one["amount"].as_str().map(|amount| format!("{amount} {}", word(one, "currency")));
        let kind = one["kind"].as_str().map(|kind| format!("{} {kind}", words::pick(lang, "type", "type")));
        lines.push(vec![
            format!("{mark} {}", show::plain(&number(&word(one, "id")))),
            show::plain(&kind.unwrap_or_default()),
            show::plain(&word(one, "issued")),
            words::state(&word(one, "state"), lang).to_owned(),
            show::plain(&amount.unwrap_or_default()),
            show::plain(&told.join(words::pick(lang, " ; ", "; "))),
        ]);
    }
    let mut out = show::table(&lines);
    if chain["more"] == true {
        out.push_str(words::pick(lang, "…et d'autres\n", "…and more\n"));
    }
    out
}

fn how(id: &str, lang: Lang) -> &str {
    match id {
        "replaces" => words::pick(lang, "remplace", "replaces"),
        "cites" => words::pick(lang, "se réfère à", "refers to"),
        "contract" => words::pick(lang, "avoir global sur", "global credit note on"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_chain_says_which_is_asked_for_and_what_each_is_to_the_others() {
        let one = |id: &str, number: &str, ties: Value| {
            json!({ "id": id, "number": number, "issued": "2026-11-20", "kind": "384", "state": "refused", "amount": "12.00",
                "currency": "EUR", "ties": ties })
        };
        let chain = json!({ "more": true, "missing": [{ "number": "F-0", "issued": null, "by": "b" }], "invoices": [
            one("a", "F-1", json!([])), one("b", "F-2", json!([{ "how": "cites", "to": "a" }])),
        ] });
        let told = text(&chain, "b", Lang::En);
        assert!(told.contains("  F-1"), "{told}");
        assert!(told.contains("* F-2") && told.contains("refers to F-1; refers to F-0 (which is not here)"), "{told}");
        assert!(text(&chain, "b", Lang::Fr).contains("se réfère à F-1"));
        assert!(told.ends_with("…and more\n"));
        let alone = json!({ "more": false, "missing": [], "invoices": [one("a", "F-1", json!([]))] });
        assert_eq!(text(&alone, "a", Lang::En), "");
    }
}
