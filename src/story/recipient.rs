//! What a directory said of a recipient, in words.

use serde_json::Value;

use super::sentences;
use super::timeline::text;
use crate::text::Text;

/// What the directory said of its recipient.
pub(super) fn recipient(event: &Value) -> Text {
    let findings = event.pointer("/data/findings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let of = |lang: &str| {
        let message = |finding| format!("{} ({})", text(finding, &format!("/message/{lang}")), text(finding, "/rule"));
        findings.iter().map(message).collect::<Vec<_>>().join(" ")
    };
    match text(event, "/data/answer") {
        "can" => Text::new(
            "annuaire interrogé : le destinataire peut recevoir",
            "directory asked: the recipient can receive",
        ),
        "cannot" if event.pointer("/data/released") == Some(&Value::Bool(true)) => Text::new(
            format!("annuaire interrogé, elle part malgré lui, par la parole de qui l'a libérée : {}", of("fr")),
            format!("directory asked, it leaves all the same by the word of whoever released it: {}", of("en")),
        ),
        "cannot" => Text::new(
            format!("annuaire interrogé, rien n'est parti : {}", of("fr")),
            format!("directory asked, nothing has left: {}", of("en")),
        ),
        _ if event.pointer("/data/held") == Some(&Value::Bool(true)) => {
            let why = sentences::both(text(event, "/data/why"));
            Text::new(
                format!("l'annuaire, qui avait dit non, n'a rien dit cette fois : elle ne part pas : {}", why.fr),
                format!("the directory, which had said no, said nothing this time: it does not leave: {}", why.en),
            )
        }
        _ => {
            let why = sentences::both(text(event, "/data/why"));
            Text::new(
                format!("l'annuaire n'a rien dit du destinataire, elle part sans son avis : {}", why.fr),
                format!("the directory said nothing of the recipient, it leaves without: {}", why.en),
            )
        }
    }
}
