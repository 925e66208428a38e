//! Webhooks: whoever subscribed is given notice of what happens to flows, signed as the norm has it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::door::{Sorry, sorry};
use super::record::Flow;
use super::search;
use crate::platforms::afnor::webhook;
use crate::platforms::sandbox::record::Millis;
use crate::platforms::sandbox::world::World;

/// Subscriptions that stand at the same time, at most.
const MOST: usize = 100;
const KEY_BYTES: usize = 32;

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::platforms::sandbox) struct Hook {
    pub id: String,
    pub callback_url: String,
    flow_types: Vec<String>,
    /// Of flows towards the one who asks (`In`), or from him.
    incoming: bool,
    /// Of flows whose acknowledgement is this alone.
    ack: Option<String>,
    /// In base64.
    key: String,
    /// What happened before is not told.
    at: Millis,
}

/// What is asked of subscriptions.
pub(super) enum Ask {
    Make(Box<Hook>),
    List,
    End(String),
}

/// A notice that is owed: of a flow, at the moment of a change of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::platforms::sandbox) struct Owed {
    pub hook: String,
    pub flow: u64,
    pub at: Millis,
}

/// A notice as it is sent.
#[derive(Debug)]
pub(in crate::platforms::sandbox) struct Notice {
    pub url: String,
    pub body: Vec<u8>,
    pub signature: String,
    pub timestamp: i64,
}

impl Ask {
    /// None where method and path are none of these.
    pub fn read(method: &str, path: &str, body: &[u8]) -> Option<Result<Self, Sorry>> {
        match (method, path.strip_prefix("webhooks")?) {
            ("POST", "") => Some(wanted(body).map(|hook| Ask::Make(Box::new(hook)))),
            ("GET", "") => Some(Ok(Ask::List)),
            ("DELETE", rest) => {
                rest.strip_prefix('/').filter(|id| !id.is_empty()).map(|id| Ok(Ask::End(id.to_owned())))
            }
            _ => None,
        }
    }

    /// The names under which faults strike.
    pub fn names(&self) -> Vec<String> {
        match self {
            Ask::Make(hook) => vec![hook.callback_url.clone()],
            Ask::End(id) => vec![id.clone()],
            Ask::List => Vec::new(),
        }
    }

    /// # Errors
    /// The state file cannot be written.
    pub fn answer(&self, world: &mut World, now: Millis) -> std::io::Result<Response> {
        Ok(match self {
            Ask::Make(_) if world.hooks().len() >= MOST => {
                sorry(StatusCode::BAD_REQUEST, "PARAMS_ERROR", "too many subscriptions").into_response()
            }
            Ask::Make(hook) => {
                let hook = world.subscribe(Hook { key: key()?, at: now, ..(**hook).clone() })?;
                let made =
                    json!({ "webhookId": hook.id, "signingKey": hook.key, "createdAt": search::moment(hook.at) });
                (StatusCode::CREATED, Json(made)).into_response()
            }
            Ask::List => Json(world.hooks().iter().map(Hook::row).collect::<Vec<_>>()).into_response(),
            Ask::End(id) if world.unsubscribe(id)? => StatusCode::NO_CONTENT.into_response(),
            Ask::End(_) => sorry(StatusCode::NOT_FOUND, "NOT_FOUND", "no such subscription").into_response(),
        })
    }
}

fn wanted(body: &[u8]) -> Result<Hook, Sorry> {
    let wrong = |text: &str| sorry(StatusCode::BAD_REQUEST, "PARAMS_ERROR", text);
    let ask: Value = serde_json::from_slice(body).map_err(|_| wrong("the body is not JSON"))?;
    let text = |key: &str| ask.get(key).and_then(Value::as_str);
    let url = text("callbackUrl").and_then(|url| Url::parse(url).ok()).ok_or_else(|| wrong("callbackUrl is none"))?;
    // It has no password and says what it is told: so it speaks to this machine alone.
    let here = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().ok());
    if !here.is_some_and(|ip| ip.is_loopback()) {
        return Err(wrong("a sandbox gives notice to this machine alone: callbackUrl is at 127.0.0.1 or [::1]"));
    }
    let types = ask.get("flowTypes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let types: Option<Vec<String>> = types.iter().map(|kind| kind.as_str().map(str::to_owned)).collect();
    let known =
        |types: &Vec<String>| !types.is_empty() && types.iter().all(|kind| search::TYPES.contains(&kind.as_str()));
    let flow_types =
        types.filter(known).ok_or_else(|| wrong("flowTypes is empty, or names one that is none of the norm's"))?;
    let incoming = match text("flowDirection") {
        Some("In") => true,
        Some("Out") => false,
        _ => return Err(wrong("flowDirection is In or Out")),
    };
    let ack = text("ackStatus").map(str::to_owned);
    if ack.as_ref().is_some_and(|ack| !["Pending", "Ok", "Error"].contains(&ack.as_str())) {
        return Err(wrong("ackStatus is Pending, Ok or Error"));
    }
    Ok(Hook { id: String::new(), callback_url: url.into(), flow_types, incoming, ack, key: String::new(), at: 0 })
}

fn key() -> std::io::Result<String> {
    let mut bytes = [0u8; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(STANDARD.encode(bytes))
}

impl Hook {
    /// The id of the nth.
    pub fn id_of(nth: u64) -> String {
        format!("00000000-0000-4000-9000-{nth:012}")
    }

    fn row(&self) -> Value {
        let mut row = json!({
            "webhookId": self.id, "callbackUrl": self.callback_url, "flowTypes": self.flow_types,
            "flowDirection": if self.incoming { "In" } else { "Out" }, "createdAt": search::moment(self.at),
        });
        if let Some(ack) = &self.ack {
            row["ackStatus"] = ack.as_str().into();
        }
        row
    }

    /// The moments of a flow of which notice is to be given: that it is there, and that its acknowledgement ended.
    pub fn moments(&self, flow: &Flow) -> impl Iterator<Item = Millis> {
        let wanted = self.incoming == flow.incoming && self.flow_types.contains(&flow.kind);
        let both = [Some(flow.at), Some(flow.due).filter(|due| *due > flow.at)];
        let told =
            move |at: &Millis| wanted && *at >= self.at && self.ack.as_deref().is_none_or(|ack| ack == flow.ack(*at));
        both.into_iter().flatten().filter(told).collect::<Vec<_>>().into_iter()
    }

    /// What is sent of a flow; `now` by the platform's clock.
    pub fn notice(&self, flow: &Flow, now: Millis) -> Notice {
        let direction = if flow.incoming { "In" } else { "Out" };
        let body = json!({
            "webhookId": self.id, "flowId": flow.id, "flowType": flow.kind, "flowDirection": direction,
            "ackStatus": flow.ack(now), "updatedAt": search::moment(flow.updated(now)),
        });
        let (body, timestamp) = (body.to_string().into_bytes(), now.div_euclid(1_000));
        let signature = webhook::sign(&self.key, &body, timestamp);
        Notice { url: self.callback_url.clone(), body, signature, timestamp }
    }
}
