//! What an answer of Chorus Pro proves, and what it does not.

use serde_json::Value;

use crate::platforms::line::{Reply, Trouble, quote, text_of};

/// What a whole answer proves.
pub(super) fn understand(reply: Reply) -> Result<Value, Trouble> {
    let Reply { http, body, retry_after_ms } = reply;
    let not_sent = |why: &str| Trouble::NotSent { why: format!("HTTP {http}: {why}"), retry_after_ms };
    let answer = serde_json::from_str::<Value>(&body).ok().filter(Value::is_object);
    match (http, answer) {
        (200..=299, Some(answer)) => match code(&answer) {
            None | Some(Code::Fine) => Ok(answer),
            Some(Code::Error(code)) => Err(refused(code, answer)),
            Some(Code::Senseless) => Err(Trouble::Lost { why: "the answer has a codeRetour that is no number".into() }),
        },
        (200..=299, None) => {
            Err(Trouble::Lost { why: format!("HTTP {http}, but the answer is not JSON: {}", quote(&body)) })
        }
        (401, _) => Err(not_sent("PISTE turns away even a new token: check the application and its rights")),
        (403, _) if body.trim().is_empty() => Err(not_sent(
            "the PISTE application is not subscribed to this API, or the technical account is not attached to a structure",
        )),
        (403, _) => Err(not_sent(&format!("not allowed: {}", quote(&body)))),
        (429, _) => Err(not_sent("too many calls for now")),
        (503, _) => {
            Err(Trouble::Away { why: format!("HTTP {http}: Chorus Pro is not available for now"), retry_after_ms })
        }
        (400..=499, Some(answer)) if matches!(code(&answer), Some(Code::Error(_))) => match code(&answer) {
            Some(Code::Error(code)) => Err(refused(code, answer)),
            _ => Err(Trouble::Lost { why: format!("HTTP {http}") }),
        },
        (404 | 405 | 407, _) => Err(not_sent("there is no such service at this address: check base_url and proxy")),
        // The server gave up waiting for the request, or says nothing: no proof that it was not acted upon.
        (408, _) => Err(Trouble::Lost { why: "HTTP 408: the platform lost the request on its way".into() }),
        (400..=499, _) if !body.trim().is_empty() => {
            Err(Trouble::Refused { code: format!("HTTP_{http}"), text: quote(&body), answer: Value::Null })
        }
        _ => Err(Trouble::Lost { why: format!("HTTP {http}: {}", quote(&body)) }),
    }
}

fn refused(code: String, answer: Value) -> Trouble {
    let text = text_of(&answer, "libelle").unwrap_or_else(|| "(no libelle)".to_owned());
    Trouble::Refused { code, text, answer }
}

#[derive(Debug, PartialEq)]
pub(super) enum Code {
    Fine,
    Error(String),
    Senseless,
}

/// `codeRetour`: zero is fine whatever `libelle` says (`TRA_MSG_00.000` is its usual text).
pub(super) fn code(answer: &Value) -> Option<Code> {
    Some(match answer.get("codeRetour")? {
        Value::Null => return None,
        Value::Number(n) if n.as_f64() == Some(0.0) => Code::Fine,
        Value::Number(n) => Code::Error(n.to_string()),
        Value::String(s) => match s.trim().parse::<i64>() {
            Ok(0) => Code::Fine,
            Ok(n) => Code::Error(n.to_string()),
            Err(_) => Code::Senseless,
        },
        _ => Code::Senseless,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platforms::line::QUOTED;

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

    #[test]
    fn an_answer_proves_no_more_than_it_says() {
        for (http, body, expected) in [
            (200, r#"{"codeRetour":0,"libelle":"TRA_MSG_00.000"}"#, "ok"),
            (200, r#"{"codeRetour":"0"}"#, "ok"),
            (200, r#"{"codeRetour":20001,"libelle":"GDP_MSG_11.022"}"#, "refused"),
            (200, r#"{"codeRetour":-1}"#, "refused"),
            (200, r#"{"codeRetour":0.5}"#, "refused"),
            (200, r#"{"codeRetour":"?"}"#, "lost"),
            (200, r#"{"codeRetour":[]}"#, "lost"),
            (200, "", "lost"),
            (200, "[]", "lost"),
            (200, "<html>maintenance</html>", "lost"),
            (200, r#"{"codeRetour":0"#, "lost"),
            (204, "", "lost"),
            (302, "", "lost"),
            (400, r#"{"codeRetour":1,"libelle":"no"}"#, "refused"),
            (400, "bad", "refused"),
            (400, "", "lost"),
            (401, "", "not-sent"),
            (403, "", "not-sent"),
            (403, r#"{"x":1}"#, "not-sent"),
            (404, "<html>", "not-sent"),
            (404, r#"{"codeRetour":1,"libelle":"no"}"#, "refused"),
            (408, "late", "lost"),
            (413, "too large", "refused"),
            (429, "", "not-sent"),
            (500, r#"{"codeRetour":1}"#, "lost"),
            (502, "bad gateway", "lost"),
            (503, "", "away"),
            (504, "", "lost"),
        ] {
            assert_eq!(kind(http, body), expected, "{http} {body}");
        }
    }

    #[test]
    fn the_platform_s_words_and_waits_are_kept() {
        let Err(Trouble::Refused { code, text, .. }) = told(200, r#"{"codeRetour":20001,"libelle":"GDP_MSG_11.022"}"#)
        else {
            panic!()
        };
        assert_eq!((code.as_str(), text.as_str()), ("20001", "GDP_MSG_11.022"));
        assert!(matches!(told(503, ""), Err(Trouble::Away { retry_after_ms: Some(7), .. })));
        assert!(quote(&"é".repeat(1000)).chars().count() == QUOTED + 1);
    }

    proptest::proptest! {
        #[test]
        fn success_is_never_read_into_an_answer(http in 100u16..=599, body in "\\PC{0,60}", json in proptest::prelude::any::<bool>()) {
            let body = if json { serde_json::json!({ "libelle": body }).to_string() } else { body };
            let told = told(http, &body);
            if told.is_ok() {
                let object = body.starts_with('{');
                proptest::prop_assert!(object && (200..300).contains(&http));
            }
            if let Err(Trouble::NotSent { .. }) = told {
                proptest::prop_assert!([401, 403, 404, 405, 407, 429].contains(&http));
            }
        }
    }
}
