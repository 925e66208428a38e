//! Which invoice took the place of which, or corrects it, in a timeline.

use serde_json::Value;

use crate::text::Text;

/// Events `replaced`, `replaces`, `corrects`, `corrected`.
pub(super) fn words(event: &Value) -> Text {
    let data = |name: &str| event["data"][name].as_str().unwrap_or_default();
    let whole = event["data"]["whole"] == true;
    let (fr, en) = match event["kind"].as_str().unwrap_or_default() {
        "replaced" => (format!("remplacée par {}", data("by")), format!("replaced by {}", data("by"))),
        "replaces" => (format!("remplace {}", data("of")), format!("replaces {}", data("of"))),
        "corrects" => {
            let of = data("number");
            (
                format!("corrige la facture refusée {of}, qu'elle nomme (BT-25)"),
                format!("corrects the refused invoice {of}, which it names (BT-25)"),
            )
        }
        _ => {
            let by = data("number");
            match whole {
                true => (format!("corrigée par {by}, qui la nomme"), format!("corrected by {by}, which names it")),
                false => (
                    format!("corrigée en partie par l'avoir {by}, qui la nomme"),
                    format!("corrected in part by the credit note {by}, which names it"),
                ),
            }
        }
    };
    Text::new(fr, en)
}
