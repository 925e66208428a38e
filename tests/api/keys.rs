//! `Idempotency-Key`: the same request under the same key is done once, and its answer told again.

use std::collections::BTreeSet;

use facteur::api::token::{Scope, TokenFile};
use facteur::config::Config;
use facteur::daemon::Daemon;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::stage::{Stage, refusal};

const MISSING: &str = "09-wrong-order-number-missing.xml";

impl Stage {
    async fn keyed(&self, method: Method, path: &str, key: &str, body: &Value) -> Response {
        self.ask(method, path).header("idempotency-key", key).json(body).send().await.unwrap()
    }

    async fn kinds(&self, id: &str, kind: &str) -> usize {
        let events = self.get(&format!("/v1/invoices/{id}/events?limit=500")).await;
        events["events"].as_array().unwrap().iter().filter(|event| event["kind"] == kind).count()
    }
}

#[tokio::test]
async fn an_act_under_a_key_is_done_once_and_told_again_after_a_restart() {
    let mut stage = Stage::new().await;
    let id = stage.accept(MISSING).await;
    stage.until(&id, &["blocked"]).await;
    let path = format!("/v1/invoices/{id}/park");
    let why = json!({ "reason": "wait for the order" });
    let first = stage.keyed(Method::POST, &path, "k 1", &why).await;
    assert_eq!((first.status().as_u16(), first.headers().get("idempotent-replayed")), (200, None));
    let first = first.text().await.unwrap();
    // Somebody else brings it on; the repeated call is told what it was told, and nothing is parked again.
    let retry = stage.ask(Method::POST, &format!("/v1/invoices/{id}/retry")).send().await.unwrap();
    assert_eq!(retry.status(), 200);
    stage.until(&id, &["blocked"]).await;

    let config = Config::load(&stage.folder.path().join("facteur.toml")).unwrap();
    assert!(stage.daemon.stop().await);
    stage.daemon = Daemon::start(config).await.unwrap_or_else(|e| panic!("{e:?}"));
    let again = stage.keyed(Method::POST, &path, "k 1", &why).await;
    assert_eq!((again.status().as_u16(), &again.headers()["idempotent-replayed"]), (200, &"true".parse().unwrap()));
    assert_eq!(again.text().await.unwrap(), first, "byte for byte");
    assert_eq!(stage.kinds(&id, "parked").await, 1);
    assert_eq!(stage.get(&format!("/v1/invoices/{id}")).await["state"], "blocked");

    // The same key for anything else is refused: other words, another act, another invoice, a document.
    let other = stage.keyed(Method::POST, &path, "k 1", &json!({ "reason": "another" })).await;
    assert_eq!(refusal(other).await, (422, "idempotency-key-reused".into()));
    let cancel = stage.keyed(Method::POST, &format!("/v1/invoices/{id}/cancel"), "k 1", &why).await;
    assert_eq!(refusal(cancel).await, (422, "idempotency-key-reused".into()));
    let document = stage.ask(Method::POST, "/v1/invoices").header("idempotency-key", "k 1").body("<a/>");
    let document = document.header("content-type", "text/xml").send().await.unwrap();
    assert_eq!(refusal(document).await, (422, "idempotency-key-reused".into()));
    // A refused act keeps no key: once it can be done, it is.
    let release = format!("/v1/invoices/{id}/release");
    assert_eq!(refusal(stage.keyed(Method::POST, &release, "k 2", &json!({})).await).await, (422, "refused".into()));
    assert_eq!(stage.keyed(Method::POST, &release, "k 2", &json!({ "reason": "agreed" })).await.status(), 200);
}

#[tokio::test]
async fn a_pair_that_comes_at_once_is_done_once_and_both_are_told() {
    let stage = Stage::new().await;
    for act in ["park", "cancel", "retry", "release"] {
        let id = match act {
            "park" => stage.accept(MISSING).await,
            "cancel" => stage.accept("16-unreadable-truncated.xml").await,
            "retry" => stage.accept("17-unreadable-image.xml").await,
            _ => stage.accept("11-wrong-mention-missing.xml").await,
        };
        stage.until(&id, &["blocked"]).await;
        let path = format!("/v1/invoices/{id}/{act}");
        let why = json!({ "reason": "twice at once" });
        let send = || stage.keyed(Method::POST, &path, act, &why);
        let (a, b, c) = tokio::join!(send(), send(), send());
        let mut told = Vec::new();
        let mut replayed = 0;
        for answer in [a, b, c] {
            assert_eq!(answer.status(), 200, "{act}");
            replayed += usize::from(answer.headers().contains_key("idempotent-replayed"));
            told.push(answer.text().await.unwrap());
        }
        assert!(told.iter().all(|one| *one == told[0]) && replayed == 2, "{act}: {told:?}");
        let kind = ["parked", "cancelled", "retried", "released"];
        let kind = kind.into_iter().find(|kind| kind.starts_with(&act[..3])).unwrap();
        assert_eq!(stage.kinds(&id, kind).await, 1, "{act}");
    }
}

#[tokio::test]
async fn a_comment_under_a_key_is_added_once() {
    let stage = Stage::new().await;
    let id = stage.accept(MISSING).await;
    stage.until(&id, &["blocked"]).await;
    let problem = stage.get("/v1/problems").await["problems"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/problems/{problem}");
    let comment = json!({ "comment": "called them" });
    let send = || stage.keyed(Method::PATCH, &path, "c-1", &comment);
    let (a, b) = tokio::join!(send(), send());
    assert_eq!((a.status().as_u16(), b.status().as_u16()), (200, 200));
    assert_eq!(a.text().await.unwrap(), b.text().await.unwrap());
    assert_eq!(stage.get(&path).await["changes"].as_array().unwrap().len(), 1);
    // What changed nothing then changes nothing later.
    let owner = json!({ "owner": "Paul" });
    assert_eq!(stage.patch_plain(&path, &owner).await, 200);
    assert_eq!(stage.keyed(Method::PATCH, &path, "c-2", &owner).await.status(), 200);
    assert_eq!(stage.patch_plain(&path, &json!({ "owner": "Zoé" })).await, 200);
    assert_eq!(stage.keyed(Method::PATCH, &path, "c-2", &owner).await.status(), 200);
    assert_eq!(stage.get(&path).await["owner"], "Zoé");
    let other = stage.keyed(Method::PATCH, &path, "c-1", &json!({ "comment": "another" })).await;
    assert_eq!(refusal(other).await, (422, "idempotency-key-reused".into()));
    let empty = stage.keyed(Method::PATCH, &path, "", &comment).await;
    assert_eq!(refusal(empty).await, (400, "bad-idempotency-key".into()));
}

impl Stage {
    async fn patch_plain(&self, path: &str, body: &Value) -> u16 {
        self.ask(Method::PATCH, path).json(body).send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn a_key_is_its_bearers_alone() {
    let stage = Stage::new().await;
    let file = TokenFile::new(stage.folder.path().join("tokens.toml"));
    let word = file.add("other", BTreeSet::from([Scope::Write]), None).unwrap();
    let began = std::time::Instant::now();
    let other = |method, path: &str| stage.client.request(method, stage.url(path)).bearer_auth(&word);
    while other(Method::GET, "/v1/invoices").send().await.unwrap().status() != 200 {
        assert!(began.elapsed() < super::stage::PATIENCE);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let id = stage.accept(MISSING).await;
    stage.until(&id, &["blocked"]).await;
    let path = format!("/v1/invoices/{id}/park");
    let why = json!({ "reason": "mine" });
    assert_eq!(stage.keyed(Method::POST, &path, "k", &why).await.status(), 200);
    // Another token with the same key and the same words is neither told the answer nor taken for the first.
    let guessed = other(Method::POST, &path).header("idempotency-key", "k").json(&why).send().await.unwrap();
    assert_eq!(refusal(guessed).await, (409, "not-in-this-state".into()));
    let sent = |bytes: &'static str| {
        let request = other(Method::POST, "/v1/invoices").header("idempotency-key", "k");
        request.header("content-type", "text/xml").body(bytes).send()
    };
    assert_eq!(sent("<mine/>").await.unwrap().status(), 202);
    assert_eq!(refusal(sent("<yours/>").await.unwrap()).await, (422, "idempotency-key-reused".into()));
}
