//! Webhook subscriptions: made, listed and ended. What a platform then sends is verified by [`super::webhook`].

use reqwest::Url;
use serde_json::{Value, json};

use super::answer::{refusal, understand};
use super::calls::{id_of, segment};
use super::{Afnor, NAME, version};
use crate::config::FlowVersion;
use crate::platforms::Raw;
use crate::platforms::line::{ConfigError, Reply, Trouble, address, text_of};

/// What is to be told, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// An https address of ours.
    pub callback_url: String,
    /// Such as `CustomerInvoiceLC`. Before 1.3 a subscription has one.
    pub flow_types: Vec<String>,
    pub direction: Direction,
    /// Tells only of this acknowledgement: `Pending`, `Ok`, `Error`.
    pub ack_status: Option<String>,
    /// Before 1.3 the key is ours, in base64; since then the platform gives one.
    pub key: Option<String>,
}

/// As the platform sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the platform to us.
    In,
    Out,
}

/// A subscription that stands. Its `Debug` hides the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Hook {
    pub id: String,
    /// Told once, when it is made: what notices are verified with.
    pub signing_key: Option<String>,
    pub callback_url: Option<String>,
    /// As far as the platform tells them.
    pub flow_types: Vec<String>,
}

/// Why there is no subscription, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotMade {
    pub why: String,
    /// The platform said that it makes none; else there may be one all the same.
    pub refused: bool,
}

impl From<Trouble> for NotMade {
    fn from(trouble: Trouble) -> Self {
        NotMade { refused: matches!(trouble, Trouble::Refused { .. }), why: told(trouble) }
    }
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = self.signing_key.as_ref().map(|_| "***");
        f.debug_struct("Hook")
            .field("id", &self.id)
            .field("signing_key", &key)
            .field("callback_url", &self.callback_url)
            .field("flow_types", &self.flow_types)
            .finish()
    }
}

/// The path at which facteur takes the notices of a platform.
fn path(platform: &str) -> String {
    format!("/v1/notices/{}", segment(platform))
}

/// The address that is given to a platform: where it reaches facteur, and there the path at which its notices are taken.
///
/// # Errors
/// What cannot be one: only https goes over a network.
pub fn callback(base: &str, platform: &str) -> Result<String, ConfigError> {
    let url = address("url", base)?;
    let (url, path) = (url.as_str().trim_end_matches('/'), path(platform));
    Ok(if url.ends_with(&path) { url.to_owned() } else { format!("{url}{path}") })
}

impl Hook {
    /// Does it lead to this address?
    pub fn leads_to(&self, callback: &str) -> bool {
        let url = |text: &str| Url::parse(text).ok();
        self.callback_url.as_deref().and_then(url).is_some_and(|own| Some(own) == url(callback))
    }

    /// Does it lead to a facteur that takes the notices of this platform?
    pub fn is_facteur_s(&self, platform: &str) -> bool {
        self.callback_url.as_deref().is_some_and(|url| url.ends_with(&path(platform)))
    }
}

impl Afnor {
    /// The types of flows of which notice is wanted, the one that every platform has first.
    pub fn heard(&self) -> &'static [&'static str] {
        version::life_cycle(self.line.config.version)
    }

    /// Has each type of flow a subscription of its own, under a key of ours?
    pub fn one_by_one(&self) -> bool {
        self.line.config.version == FlowVersion::V1_2
    }

    /// Subscribes.
    ///
    /// # Errors
    /// Why there is no subscription, or why it is not known whether there is one.
    pub async fn subscribe(&self, wanted: &Subscription) -> Result<Hook, NotMade> {
        let refused = |why| NotMade { why, refused: true };
        let body = body(wanted, self.line.config.version).map_err(refused)?;
        let url = self.line.webhooks(None);
        // Its answer holds a key: it is kept nowhere.
        let mut raw: Vec<Raw> = Vec::new();
        let request = || {
            let request = self.line.caller.deposits.post(&url).header("Content-Type", "application/json");
            self.line.named(request).body(body.to_string())
        };
        let answer = self.line.caller.call(request, "POST /v1/webhooks", &mut raw).await.and_then(understand);
        let answer = answer?;
        let id = ["webhookId", "webhookUid"].iter().find_map(|key| id_of(&answer, key));
        let unknown = "the answer names no subscription: whether there is one is not known";
        let id = id.ok_or_else(|| NotMade { why: unknown.to_owned(), refused: false })?;
        let signing_key = text_of(&answer, "signingKey").or_else(|| wanted.key.clone());
        let (callback_url, flow_types) = (Some(wanted.callback_url.clone()), wanted.flow_types.clone());
        Ok(Hook { id, signing_key, callback_url, flow_types })
    }

    /// The subscriptions of this account.
    ///
    /// # Errors
    /// Why they are not known.
    pub async fn subscriptions(&self) -> Result<Vec<Hook>, String> {
        self.older()?;
        let url = self.line.webhooks(None);
        let request = || self.line.named(self.line.caller.questions.get(&url)).header("Accept", "application/json");
        let reply = self.line.caller.call(request, "GET /v1/webhooks", &mut Vec::new()).await.map_err(told)?;
        listed(reply).map_err(told)
    }

    /// Ends a subscription; one that is not there is ended.
    ///
    /// # Errors
    /// Why it may still stand.
    pub async fn unsubscribe(&self, id: &str) -> Result<(), String> {
        self.older()?;
        let url = self.line.webhooks(Some(id));
        let request = || self.line.named(self.line.caller.questions.delete(&url));
        let reply = self.line.caller.call(request, "DELETE /v1/webhooks", &mut Vec::new()).await.map_err(told)?;
        match reply.http {
            200..=299 => Ok(()),
            _ => match refusal(reply.http, &reply.body, reply.retry_after_ms) {
                Trouble::Refused { .. } if reply.http == 404 => Ok(()),
                trouble => Err(told(trouble)),
            },
        }
    }

    fn older(&self) -> Result<(), String> {
        match self.line.config.version {
            FlowVersion::V1_1 => Err(NONE.to_owned()),
            FlowVersion::V1_2 | FlowVersion::V1_3 => Ok(()),
        }
    }
}

const NONE: &str = "version 1.1 of the Flow Service has no webhooks";

fn told(trouble: Trouble) -> String {
    trouble.into_why(NAME).0
}

/// What is asked for, in the shape of the version.
fn body(wanted: &Subscription, version: FlowVersion) -> Result<Value, String> {
    let direction = match wanted.direction {
        Direction::In => "In",
        Direction::Out => "Out",
    };
    let mut body = match version {
        FlowVersion::V1_1 => return Err(NONE.to_owned()),
        FlowVersion::V1_2 => {
            let [kind] = wanted.flow_types.as_slice() else {
                return Err("in version 1.2 a subscription has exactly one type of flow".to_owned());
            };
            let mut callback = json!({ "url": wanted.callback_url });
            if let Some(key) = &wanted.key {
                callback["signature"] = json!({ "algo": "HS256", "key": key });
            }
            json!({ "callback": callback, "metadata": { "flowType": kind, "flowDirection": direction } })
        }
        FlowVersion::V1_3 => json!({
            "callbackUrl": wanted.callback_url, "flowTypes": wanted.flow_types, "flowDirection": direction }),
    };
    if let Some(status) = &wanted.ack_status {
        let at = if version == FlowVersion::V1_2 { &mut body["metadata"] } else { &mut body };
        at["ackStatus"] = status.as_str().into();
    }
    Ok(body)
}

/// A list, bare or in an object; of ids alone, or of objects with one.
fn listed(reply: Reply) -> Result<Vec<Hook>, Trouble> {
    if !(200..300).contains(&reply.http) {
        return Err(refusal(reply.http, &reply.body, reply.retry_after_ms));
    }
    let beside = || Trouble::Beside { why: "the answer holds no list of subscriptions".into() };
    let answer: Value = serde_json::from_str(&reply.body).map_err(|_| beside())?;
    let inside = || answer.as_object().and_then(|object| object.values().find_map(Value::as_array));
    let rows = answer.as_array().or_else(inside).ok_or_else(beside)?;
    let hook = |row: &Value| {
        let id = match row {
            Value::String(id) => Some(id.clone()),
            row => ["webhookId", "webhookUid", "id"].iter().find_map(|key| id_of(row, key)),
        };
        let callback_url = text_of(row, "callbackUrl").or_else(|| text_of(row.get("callback")?, "url"));
        let types = row.get("flowTypes").and_then(Value::as_array).into_iter().flatten();
        let types = types.filter_map(Value::as_str).map(str::to_owned);
        let flow_types = types.chain(row.get("metadata").and_then(|said| text_of(said, "flowType"))).collect();
        id.map(|id| Hook { id, signing_key: None, callback_url, flow_types })
    };
    rows.iter().map(|row| hook(row).ok_or_else(beside)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_shape() {
        let mut wanted = Subscription {
            callback_url: "https://us.example/hook".into(),
            flow_types: vec!["CustomerInvoiceLC".into()],
            direction: Direction::In,
            ack_status: Some("Ok".into()),
            key: Some("a2V5".into()),
        };
        assert_eq!(
            body(&wanted, FlowVersion::V1_3).unwrap(),
            json!({ "callbackUrl": "https://us.example/hook", "flowTypes": ["CustomerInvoiceLC"], "flowDirection": "In",
                "ackStatus": "Ok" })
        );
        assert_eq!(
            body(&wanted, FlowVersion::V1_2).unwrap(),
            json!({ "callback": { "url": "https://us.example/hook", "signature": { "algo": "HS256", "key": "a2V5" } },
                "metadata": { "flowType": "CustomerInvoiceLC", "flowDirection": "In", "ackStatus": "Ok" } })
        );
        assert!(body(&wanted, FlowVersion::V1_1).is_err());
        wanted.flow_types.push("CustomerInvoice".into());
        assert!(body(&wanted, FlowVersion::V1_2).is_err());
    }

    #[test]
    fn a_platform_is_told_where_its_own_notices_are_taken() {
        for base in ["https://us.example", "https://us.example/", "https://us.example/v1/notices/pa%20nord"] {
            assert_eq!(callback(base, "pa nord").unwrap(), "https://us.example/v1/notices/pa%20nord", "{base}");
        }
        assert_eq!(callback("https://us.example/facteur", "pa").unwrap(), "https://us.example/facteur/v1/notices/pa");
        assert_eq!(callback("http://127.0.0.1:8480", "pa").unwrap(), "http://127.0.0.1:8480/v1/notices/pa");
        for wrong in ["http://us.example", "us.example", "https://us.example?a=b", "ftp://us.example"] {
            assert!(callback(wrong, "pa").is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_is_read_in_whatever_shape_and_a_key_never_prints() {
        let ids = |body: &str| {
            let hooks = listed(Reply { http: 200, body: body.into(), retry_after_ms: None });
            hooks.map(|hooks| hooks.into_iter().map(|hook| hook.id).collect::<Vec<_>>())
        };
        for body in [r#"["a","b"]"#, r#"{"webhooks":[{"webhookId":"a"},{"webhookUid":"b"}]}"#] {
            assert_eq!(ids(body).unwrap(), ["a", "b"], "{body}");
        }
        for body in ["", "{}", "[7]", r#"{"webhooks":[{}]}"#] {
            assert!(ids(body).is_err(), "{body}");
        }
        let told = r#"[{"webhookId":"a","callbackUrl":"https://us.example/v1/notices/pa","flowTypes":["CustomerInvoiceLC"]},
            {"webhookUid":"b","callback":{"url":"https://us.example/"},"metadata":{"flowType":"CustomerInvoiceLC"}}]"#;
        let hooks = listed(Reply { http: 200, body: told.into(), retry_after_ms: None }).unwrap();
        assert!(hooks.iter().all(|hook| hook.flow_types == ["CustomerInvoiceLC"]), "{hooks:?}");
        assert!(hooks[0].is_facteur_s("pa") && !hooks[0].is_facteur_s("a") && !hooks[1].is_facteur_s("pa"));
        assert!(hooks[1].leads_to("https://us.example:443") && !hooks[1].leads_to("https://us.example/v1"));
        let hook = Hook { id: "a".into(), signing_key: Some("s3cret".into()), callback_url: None, flow_types: vec![] };
        assert!(!format!("{hook:?}").contains("s3cret"));
    }
}
