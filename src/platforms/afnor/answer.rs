//! What an answer of the Flow Service or the Directory Service proves, and what it does not.

use serde_json::Value;

use crate::platforms::line::{Reply, Trouble, quote, text_of};

/// The word by which a platform says that it holds a flow already (spelled so as a reason and as an error).
const ALREADY: &str = "AlreadyExistingFlow";

/// What a whole answer proves that should be a JSON object.
pub(super) fn understand(reply: Reply) -> Result<Value, Trouble> {
    if !(200..300).contains(&reply.http) {
        return Err(refusal(reply.http, &reply.body, reply.retry_after_ms));
    }
    let Reply { http, body, .. } = reply;
    let lost = || Trouble::Lost { why: format!("HTTP {http}, but the answer is not JSON: {}", quote(&body)) };
    serde_json::from_str::<Value>(&body).ok().filter(Value::is_object).ok_or_else(lost)
}

/// What an answer that is no success proves. Of an error whose meaning is left open, nothing.
pub(super) fn refusal(http: u16, body: &str, retry_after_ms: Option<u64>) -> Trouble {
    let not_sent = |why: &str| Trouble::NotSent { why: format!("HTTP {http}: {why}"), retry_after_ms };
    let error = serde_json::from_str::<Value>(body).ok().filter(|v| v.is_object() && text_of(v, "errorCode").is_some());
    match (http, error) {
        (401, _) => not_sent("the platform turns away even a new token"),
        (403, _) => not_sent(&format!("not allowed: {}", quote(body))),
        (429, _) => not_sent("too many calls for now"),
        (503, _) => {
            Trouble::Away { why: format!("HTTP {http}: the platform is not available for now"), retry_after_ms }
        }
        // Whoever gave up waiting for the request may have acted upon it.
        (408, _) => Trouble::Lost { why: "HTTP 408: the platform lost the request on its way".into() },
        (400..=499, Some(answer)) => {
            let code = text_of(&answer, "errorCode").unwrap_or_default();
            Trouble::Refused { code: quote(&code), text: words(&answer, body), answer }
        }
        (404 | 405 | 407, None) => not_sent("there is no such service at this address: check base_url and proxy"),
        (400 | 413 | 422, None) => {
            Trouble::Refused { code: format!("HTTP_{http}"), text: quote(body), answer: Value::Null }
        }
        (400..=499, None) if !body.trim().is_empty() => {
            Trouble::Refused { code: format!("HTTP_{http}"), text: quote(body), answer: Value::Null }
        }
        _ => Trouble::Lost { why: format!("HTTP {http}: {}", quote(body)) },
    }
}

/// Does an error say that the flow is there already? Only a search proves it: so any mention counts, and a conflict too.
pub(super) fn is_already_there(http: u16, body: &str) -> bool {
    (400..500).contains(&http) && (http == 409 || body.contains(ALREADY))
}

/// Is this reason that of a repeated deposit?
pub(super) fn is_repetition(reason: &str) -> bool {
    reason == ALREADY
}

/// The error in words: its message, and whatever its details say.
fn words(answer: &Value, body: &str) -> String {
    let mut said: Vec<String> = Vec::new();
    said.extend(text_of(answer, "errorMessage").or_else(|| text_of(answer, "title")));
    match answer.get("details") {
        Some(Value::String(text)) => said.push(text.clone()),
        Some(Value::Array(details)) => {
            let keys = ["reasonMessage", "message", "errorMessage", "reasonCode"];
            said.extend(details.iter().filter_map(|one| keys.iter().find_map(|key| text_of(one, key))));
        }
        _ => {}
    }
    if said.is_empty() { quote(body) } else { quote(&said.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(http: u16, body: &str) -> Result<Value, Trouble> {
        understand(Reply { http, body: body.into(), retry_after_ms: Some(7) })
    }

    fn kind(http: u16, body: &str) -> &'static str {
        match told(http, body) {
            Ok(_) => "ok",
            Err(Trouble::NotSent { .. }) => "not-sent",
            Err(Trouble::Away { .. }) => "away",
            Err(Trouble::Refused { .. }) => "refused",
            Err(Trouble::Beside { .. }) => "beside",
            Err(Trouble::Lost { .. } | Trouble::TooLong { .. }) => "lost",
        }
    }

    const ERROR: &str = r#"{"errorCode":"X","errorMessage":"no"}"#;

    #[test]
    fn an_answer_proves_no_more_than_it_says() {
        for (http, body, expected) in [
            (202, r#"{"flowId":"f"}"#, "ok"),
            (200, "{}", "ok"),
            (200, "[]", "lost"),
            (200, "", "lost"),
            (202, "<html>maintenance</html>", "lost"),
            (202, r#"{"flowId":"f""#, "lost"),
            (204, "", "lost"),
            (302, ERROR, "lost"),
            (400, ERROR, "refused"),
            (400, "", "refused"),
            (413, "<html>too large</html>", "refused"),
            (422, "{}", "refused"),
            (401, ERROR, "not-sent"),
            (403, "", "not-sent"),
            (404, "<html>", "not-sent"),
            (404, ERROR, "refused"),
            (408, ERROR, "lost"),
            (418, "", "lost"),
            (429, ERROR, "not-sent"),
            (500, ERROR, "lost"),
            (502, "bad gateway", "lost"),
            (503, ERROR, "away"),
            (504, "", "lost"),
        ] {
            assert_eq!(kind(http, body), expected, "{http} {body}");
        }
    }

    #[test]
    fn the_platform_s_words_are_kept() {
        let body = r#"{"errorCode":"PARAMS","details":[{"reasonCode":"EmptyFlow"},{"reasonMessage":"vide"},3]}"#;
        let Err(Trouble::Refused { code, text, .. }) = told(400, body) else { panic!() };
        assert_eq!((code.as_str(), text.as_str()), ("PARAMS", "EmptyFlow; vide"));
        assert!(matches!(told(429, ""), Err(Trouble::NotSent { retry_after_ms: Some(7), .. })));
        assert!(
            is_already_there(409, "") && is_already_there(400, r#"{"details":[{"reasonCode":"AlreadyExistingFlow"}]}"#)
        );
        assert!(!is_already_there(500, "AlreadyExistingFlow") && !is_already_there(400, "no"));
    }

    proptest::proptest! {
        #[test]
        fn no_answer_breaks_it_and_success_is_never_read_into_one(http in 100u16..=599, body in "\\PC{0,80}") {
            if told(http, &body).is_ok() {
                let object = body.trim_start().starts_with('{');
                proptest::prop_assert!(object && (200..300).contains(&http));
            }
        }
    }
}
