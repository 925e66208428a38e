//! A life-cycle message in words: who says what of the invoice, and who handed it in.

use serde_json::Value;

use super::timeline::text;
use crate::lifecycle::{cdar_status, peppol_status};
use crate::text::{Lang, Text, visible};

/// Event `message`.
pub(super) fn message(event: &Value) -> Text {
    let data = |pointer: &str| visible(text(event, pointer)).into_owned();
    let code = data("/data/status");
    let cdar = code.parse().ok().and_then(cdar_status).map(|status| &status.label);
    let known = cdar.or_else(|| peppol_status(&code).map(|status| &status.label));
    let label = |lang: Lang| known.map_or(String::new(), |label| format!(" ({})", label.get(lang)));
    let who = match (data("/data/author/name"), data("/data/author/id")) {
        (name, id) if name.is_empty() => id,
        (name, _) => name,
    };
    let role = data("/data/author/role");
    let [fr, en] = [Lang::Fr, Lang::En].map(|lang| {
        let own = match (&*role, lang) {
            ("BY" | "IV", Lang::Fr) => "l'acheteur",
            ("BY" | "IV", Lang::En) => "the buyer",
            ("SE" | "II", Lang::Fr) => "le vendeur",
            ("SE" | "II", Lang::En) => "the seller",
            ("WK", Lang::Fr) => "une plateforme",
            ("WK", Lang::En) => "a platform",
            (role, _) => role,
        };
        [own, &who].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    });
    let by = |who: &str, word: &str| if who.is_empty() { String::new() } else { format!(", {word} {who}") };
    let (came, handed) = (super::cashed::cashed(event), data("/data/handed_by"));
    Text::new(
        format!("message : {code}{}{}{}{}", label(Lang::Fr), by(&fr, "par"), by(&handed, "remis par"), came.fr),
        format!("message: {code}{}{}{}{}", label(Lang::En), by(&en, "by"), by(&handed, "handed in by"), came.en),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_says_it_and_who_brought_it_are_told_apart() {
        let data = json!({ "status": "212", "author": { "role": "SE", "name": "Atelier" }, "handed_by": "erp" });
        let said = message(&json!({ "data": data }));
        assert_eq!(said.en, "message: 212 (Cashed), by the seller Atelier, handed in by erp");
        assert_eq!(said.fr, "message : 212 (Encaissée), par le vendeur Atelier, remis par erp");
    }
}
