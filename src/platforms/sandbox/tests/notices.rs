//! Webhooks of the accredited platform: subscribed to by our client, given over real sockets, held to our own verifier.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

use super::*;
use crate::platforms::afnor::webhook::{NoNotice, verify};
use crate::platforms::afnor::{Direction, Hook, Subscription};
use crate::platforms::sandbox::tests::afnor::put_well;

/// A door that keeps what comes, and says to each the next of its answers; 204 where there is none.
#[derive(Clone, Default)]
struct Ear {
    came: Arc<Mutex<Vec<Came>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

#[derive(Clone)]
struct Came {
    body: Vec<u8>,
    signature: String,
    timestamp: String,
}

impl Came {
    fn is_signed(&self, key: &str) -> Result<(), NoNotice> {
        let now = jiff::Timestamp::now().as_second();
        verify(key, &self.body, &self.signature, &self.timestamp, now).map(|_| ())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Ear {
    async fn open(answers: &[u16]) -> (Self, String) {
        let ear = Self { answers: Arc::new(Mutex::new(answers.iter().rev().copied().collect())), ..Self::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/hook", post(heard)).with_state(ear.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (ear, format!("http://{address}/hook"))
    }

    async fn hears(&self, wanted: usize) -> Vec<Came> {
        for _ in 0..200 {
            let came = self.came.lock().unwrap().clone();
            if came.len() >= wanted {
                return came;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} notices instead of {wanted}", self.came.lock().unwrap().len());
    }
}

async fn heard(State(ear): State<Ear>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let came = Came {
        body: body.to_vec(),
        signature: header("afnor-signature"),
        timestamp: header("afnor-signature-timestamp"),
    };
    ear.came.lock().unwrap().push(came);
    let next = ear.answers.lock().unwrap().pop();
    StatusCode::from_u16(next.unwrap_or(204)).unwrap()
}

fn wanted(url: &str) -> Subscription {
    Subscription {
        callback_url: url.to_owned(),
        flow_types: vec!["CustomerInvoiceLC".into(), "StateCustomerInvoiceLC".into()],
        direction: Direction::In,
        ack_status: None,
        key: None,
    }
}

fn on_notices(action: Action, times: u32) -> Behaviour {
    Behaviour { call: Some(Call::Notice), times: Some(times), ..Behaviour::new("F-1", action) }
}

fn key_of(hook: &Hook) -> String {
    hook.signing_key.clone().expect("told once, when it is made")
}

/// The flows of which notice was given well, in that order.
async fn told(sandbox: &Sandbox) -> Vec<Value> {
    let all = sandbox.page("/sandbox/notices").await;
    let all = all["notices"].as_array().unwrap().iter();
    all.filter(|one| one["told"] == true).map(|one| one["flowId"].clone()).collect()
}

#[tokio::test]
async fn who_subscribed_is_given_notice_of_each_message_once_and_signed() {
    let sandbox = Sandbox::start(Script { step_ms: 20, processing_ms: 20, ..Script::default() }).await;
    let client = sandbox.afnor();
    put_well(&client, "F-0").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (ear, url) = Ear::open(&[]).await;
    let hook = client.subscribe(&wanted(&url)).await.unwrap();
    let key = key_of(&hook);
    let listed = client.subscriptions().await.unwrap();
    assert_eq!((listed.len(), &listed[0].id, &listed[0].signing_key), (1, &hook.id, &None));
    assert!(listed[0].leads_to(&url) && listed[0].flow_types == wanted(&url).flow_types, "{listed:?}");
    put_well(&client, "F-1").await;
    let came = ear.hears(3).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(ear.hears(3).await.len(), 3, "200, 202 and 203; neither the deposit nor what was before");
    for one in &came {
        assert_eq!(one.is_signed(&key), Ok(()));
        assert_eq!(one.is_signed("a2V5"), Err(NoNotice::Forged));
        assert_eq!((&one.json()["flowType"], &one.json()["webhookId"]), (&json!("CustomerInvoiceLC"), &json!(hook.id)));
    }
    let flows: Vec<Value> = came.iter().map(|one| one.json()["flowId"].clone()).collect();
    assert_eq!(told(&sandbox).await, flows);
    client.unsubscribe(&hook.id).await.unwrap();
    put_well(&client, "F-2").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(ear.hears(3).await.len(), 3, "it was ended");
    assert_eq!(client.subscriptions().await.unwrap(), []);
    client.unsubscribe(&hook.id).await.unwrap();
    sandbox.end().await;
}

/// What is not answered well is sent again, whoever erred; each try is signed for its own time.
#[tokio::test]
async fn a_notice_comes_again_until_it_is_answered_well() {
    let behaviours =
        [on_notices(Action::DropBefore, 1), on_notices(Action::Garble, 1), on_notices(Action::LoseAnswer, 1)];
    let sandbox = Sandbox::with(behaviours).await;
    let client = sandbox.afnor();
    let (ear, url) = Ear::open(&[503, 401, 503]).await;
    let hook = client.subscribe(&wanted(&url)).await.unwrap();
    put_well(&client, "F-1").await;
    // The first is dropped; the second is damaged, and its 503 lost; the third gets 401; and then one gets 503.
    let mut rows = Vec::new();
    for _ in 0..200 {
        rows = told(&sandbox).await;
        if rows.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(rows.len(), 3, "each was told in the end");
    let all = sandbox.page("/sandbox/notices").await;
    let all = all["notices"].as_array().unwrap();
    assert!(all.iter().any(|one| one["http"].is_null()), "one was dropped: {all:?}");
    assert!(all.iter().any(|one| one["http"] == 503) && all.len() == 7, "{all:?}");
    let came = ear.hears(5).await;
    let broken: Vec<&Came> = came.iter().filter(|one| one.is_signed(&key_of(&hook)).is_err()).collect();
    assert_eq!(broken.len(), 1, "the garbled one alone is none");
    let struck = sandbox.page("/sandbox/behaviour").await;
    assert!(struck["behaviours"].as_array().unwrap().iter().all(|one| one["struck"] == 1), "{struck}");
    sandbox.end().await;
}

#[tokio::test]
async fn subscriptions_and_what_they_are_owed_outlive_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let script = Script {
        state_file: Some(folder.path().join("state.jsonl")),
        processing_ms: 1_000,
        token_seconds: 60,
        ..Script::default()
    };
    let sandbox = Sandbox::start(script.clone()).await;
    let (ear, url) = Ear::open(&[]).await;
    let client = sandbox.afnor();
    let hook = client.subscribe(&wanted(&url)).await.unwrap();
    put_well(&client, "F-1").await;
    sandbox.end().await;
    assert!(ear.came.lock().unwrap().is_empty());
    let again = Sandbox::start(script.clone()).await;
    let came = ear.hears(3).await;
    assert!(came.iter().all(|one| one.is_signed(&key_of(&hook)).is_ok()));
    for _ in 0..100 {
        if told(&again).await.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    again.end().await;
    let last = Sandbox::start(script).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(ear.hears(3).await.len(), 3, "what was told is told");
    let hooks = last.afnor().subscriptions().await.unwrap();
    assert_eq!(hooks.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [hook.id.as_str()]);
    last.end().await;
}

#[tokio::test]
async fn a_subscription_of_nothing_or_to_elsewhere_is_refused() {
    let sandbox = Sandbox::start(Script::default()).await;
    let client = sandbox.afnor();
    let here = "http://127.0.0.1:9/hook";
    let none = Subscription { flow_types: Vec::new(), ..wanted(here) };
    let odd = Subscription { flow_types: vec!["Letters".into()], ..wanted(here) };
    let ack = Subscription { ack_status: Some("Maybe".into()), ..wanted(here) };
    for wrong in [none, odd, ack, wanted("https://us.example/hook"), wanted("nowhere")] {
        let not = client.subscribe(&wrong).await.unwrap_err();
        assert!(not.refused && not.why.contains("PARAMS_ERROR"), "{not:?}");
    }
    assert_eq!(client.subscriptions().await.unwrap(), []);
    sandbox.end().await;
    let lost = Behaviour { call: Some(Call::Webhook), ..Behaviour::new(here, Action::LoseAnswer) };
    let sandbox = Sandbox::with([lost]).await;
    let client = sandbox.afnor();
    let not = client.subscribe(&wanted(here)).await.unwrap_err();
    assert!(!not.refused, "nobody knows: {not:?}");
    assert_eq!(client.subscriptions().await.unwrap().len(), 1);
    sandbox.end().await;
}
