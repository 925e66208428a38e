//! The body of a deposit, `multipart/form-data`: what stands before the document and behind it.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::platforms::Intent;

/// Longest `name`, in characters.
const NAME_CHARS: usize = 255;

/// What a deposit says of its file. [`Intent::syntax`] is `flowSyntax`, and after a blank each `flowProfile` and `processingRule`, where
/// they are known: `CII Extended-CTC-FR B2B`, or `UBL - B2B`.
pub(super) fn flow_info(intent: &Intent, tracking: &str) -> Value {
    let mut words = intent.syntax.split(' ').map(|word| Some(word).filter(|word| !word.is_empty() && *word != "-"));
    let mut info = Map::new();
    let mut say = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            info.insert(key.to_owned(), value.into());
        }
    };
    say("flowSyntax", words.next().flatten());
    say("flowProfile", words.next().flatten());
    say("processingRule", words.next().flatten());
    let name: String = intent.file_name.chars().take(NAME_CHARS).collect();
    say("name", Some(&name));
    say("trackingId", Some(tracking));
    // In lower case, whatever wrote it.
    let sha256 = intent.sha256.to_ascii_lowercase();
    say("sha256", Some(&*sha256).filter(|sha256| sha256.len() == 64));
    Value::Object(info)
}

/// The two ends of the body, for a boundary that nobody could foresee.
pub(super) fn ends(intent: &Intent, tracking: &str, boundary: &str) -> (Bytes, Bytes) {
    let info = flow_info(intent, tracking);
    let name: String = intent.file_name.chars().take(NAME_CHARS).collect();
    let kind = if name.to_ascii_lowercase().ends_with(".pdf") { "application/pdf" } else { "application/xml" };
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"flowInfo\"\r\nContent-Type: application/json\r\n\r\n{info}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\nContent-Type: {kind}\r\n\r\n",
        quoted(&name)
    );
    (head.into(), format!("\r\n--{boundary}--\r\n").into())
}

/// As browsers write a file name between quotes (WHATWG, multipart/form-data).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn intent(syntax: &str, name: &str) -> Intent {
        Intent {
            invoice_id: "i".into(),
            sha256: "AB".repeat(32),
            file_name: name.into(),
            syntax: syntax.into(),
            number: "F-1".into(),
            seller: None,
            issued: None,
        }
    }

    #[test]
    fn what_is_known_of_the_file_is_said_and_nothing_else() {
        let info = flow_info(&intent("CII Extended-CTC-FR B2B", "f.xml"), "t");
        let sha256 = "ab".repeat(32);
        assert_eq!(
            info,
            json!({ "flowSyntax": "CII", "flowProfile": "Extended-CTC-FR", "processingRule": "B2B", "name": "f.xml",
                "trackingId": "t", "sha256": sha256 })
        );
        let bare = flow_info(&Intent { sha256: String::new(), ..intent("UBL", "f.xml") }, "t");
        assert_eq!(bare, json!({ "flowSyntax": "UBL", "name": "f.xml", "trackingId": "t" }));
        assert_eq!(flow_info(&intent("UBL - B2B", &"é".repeat(300)), "t")["processingRule"], "B2B");
    }

    #[test]
    fn no_file_name_opens_a_part_of_its_own() {
        let (head, tail) = ends(&intent("Factur-X", "a\"\r\n--b\r\n.PDF"), "t", "b");
        let head = String::from_utf8(head.to_vec()).unwrap();
        assert_eq!(head.matches("\r\n--b\r\n").count(), 1, "{head}");
        assert!(head.contains("application/pdf") && head.ends_with("\r\n\r\n"));
        assert_eq!(&tail[..], b"\r\n--b--\r\n");
    }
}
