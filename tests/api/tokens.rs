//! Who may ask what.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use facteur::api::token::{Scope, TokenFile};
use facteur::config::Config;
use facteur::daemon::{Daemon, StartError};
use facteur::day::Day;
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::stage::{PATIENCE, Stage, invoice, refusal};

#[tokio::test]
async fn without_a_token_only_health_is_told() {
    let stage = Stage::new().await;
    for path in ["/healthz", "/readyz", "/openapi.json"] {
        assert_eq!(stage.client.get(stage.url(path)).send().await.unwrap().status(), 200, "{path}");
    }
    const PATHS: [(&str, &str); 20] = [
        ("GET", "/v1/invoices"),
        ("POST", "/v1/invoices"),
        ("GET", "/v1/invoices/0"),
        ("GET", "/v1/invoices/0/events"),
        ("GET", "/v1/invoices/0/report"),
        ("GET", "/v1/invoices/0/document"),
        ("GET", "/v1/invoices/0/rendering"),
        ("POST", "/v1/invoices/0/release"),
        ("POST", "/v1/invoices/0/retry"),
        ("POST", "/v1/invoices/0/park"),
        ("POST", "/v1/invoices/0/cancel"),
        ("POST", "/v1/validate"),
        ("GET", "/v1/problems"),
        ("GET", "/v1/problems/0"),
        ("PATCH", "/v1/problems/0"),
        ("GET", "/v1/reports/problems"),
        ("GET", "/v1/events"),
        ("GET", "/v1/clients"),
        ("GET", "/v1/clients/0"),
        ("HEAD", "/v1/clients"),
    ];
    for (method, path) in PATHS {
        let request = || stage.client.request(method.parse().unwrap(), stage.url(path));
        for none in ["", "Bearer ", "Basic Zm9vOmJhcg==", "fct_wrong"] {
            let mut request = request();
            if !none.is_empty() {
                request = request.header("authorization", none);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"facteur\"", "{method} {path} {none}");
            assert_eq!(response.status(), 401, "{method} {path}");
        }
        let response = request().header("authorization", "Bearer fct_wrong").send().await.unwrap();
        let said = response.headers()["www-authenticate"].to_str().unwrap();
        assert_eq!(said, "Bearer realm=\"facteur\", error=\"invalid_token\"", "{method} {path}");
        assert_eq!((response.status().as_u16(), &response.headers()["connection"]), (401, &"close".parse().unwrap()));
    }
}

#[tokio::test]
async fn a_refusal_arrives_also_where_the_document_is_still_on_its_way() {
    let stage = Stage::new().await;
    let large = vec![b' '; 8 * 1024 * 1024];
    let request = || stage.client.post(stage.url("/v1/invoices")).body(large.clone());
    assert_eq!(refusal(request().send().await.unwrap()).await, (401, "no-token".into()));
    let form = request().bearer_auth(&stage.token).header("content-type", "multipart/form-data");
    assert_eq!(refusal(form.send().await.unwrap()).await, (400, "bad-multipart".into()), "no boundary");
}

#[tokio::test]
async fn scopes_hold_and_a_revoked_token_is_forgotten_without_a_restart() {
    let stage = Stage::new().await;
    let file = TokenFile::new(stage.folder.path().join("tokens.toml"));
    let word = file.add("reader", BTreeSet::from([Scope::Read]), None).unwrap();
    let ask = |method: Method, path: &str| stage.client.request(method, stage.url(path)).bearer_auth(&word);
    let until = async |status: u16| {
        let began = Instant::now();
        while ask(Method::GET, "/v1/invoices").send().await.unwrap().status() != status {
            assert!(began.elapsed() < PATIENCE, "{status} never came");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    until(200).await;
    let request = ask(Method::POST, "/v1/invoices").header("content-type", "application/xml");
    let response = request.body(invoice("01-good-ubl-mairie.xml")).send().await.unwrap();
    assert_eq!(refusal(response).await, (403, "missing-scope".into()));
    let response = ask(Method::POST, "/v1/invoices/0/retry").send().await.unwrap();
    assert_eq!(refusal(response).await, (403, "missing-scope".into()));
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 0);
    file.revoke("reader").unwrap();
    until(401).await;
    assert_eq!(stage.ask(Method::GET, "/v1/invoices").send().await.unwrap().status(), 200, "others stay");
}

#[tokio::test]
async fn an_open_door_serves_this_machine_and_no_web_page() {
    let stage = Stage::with("open_on_loopback = true").await;
    let ask = || stage.client.get(stage.url("/v1/invoices"));
    assert_eq!(ask().send().await.unwrap().status(), 200);
    let page = ask().header("origin", "https://evil.test").send().await.unwrap();
    assert_eq!(refusal(page).await, (403, "cross-site".into()));
    let rebound = ask().header("host", "evil.test").send().await.unwrap();
    assert_eq!(refusal(rebound).await, (403, "cross-site".into()));
    assert!(!stage.folder.path().join("token").exists());
    // Nobody is known here, so an act says who does it.
    let retry = stage.client.post(stage.url("/v1/invoices/0/retry")).send().await.unwrap();
    assert_eq!(refusal(retry).await, (422, "refused".into()));
}

#[tokio::test]
async fn an_open_door_on_all_addresses_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::parse(&folder.path().join("facteur.toml"), "[server]\nlisten = \"0.0.0.0:0\"\n").unwrap();
    config.server.open_on_loopback = true;
    assert!(matches!(Daemon::start(config).await, Err(StartError::Configuration(_))));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was touched");
}

#[tokio::test]
async fn a_token_expires_and_says_so() {
    let stage = Stage::new().await;
    let file = TokenFile::new(stage.folder.path().join("tokens.toml"));
    let (past, future) = (Day::new(2020, 1, 1), Day::new(2999, 1, 1));
    let old = file.add_until("old", BTreeSet::from([Scope::Read]), None, past).unwrap();
    let young = file.add_until("young", BTreeSet::from([Scope::Read]), None, future).unwrap();
    let ask = |word: &str| stage.client.get(stage.url("/v1/invoices")).bearer_auth(word).send();
    let began = Instant::now();
    while ask(&young).await.unwrap().status() != 200 {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let refused = ask(&old).await.unwrap();
    assert_eq!(refused.headers()["www-authenticate"], "Bearer realm=\"facteur\", error=\"invalid_token\"");
    assert_eq!(refusal(refused).await, (401, "expired-token".into()));
    let scope = stage.client.post(stage.url("/v1/invoices")).bearer_auth(&young).body("<a/>").send().await.unwrap();
    assert_eq!(scope.headers()["www-authenticate"], "Bearer realm=\"facteur\", error=\"insufficient_scope\"");
}

#[tokio::test]
async fn a_token_revoked_while_its_document_is_on_the_way_sends_nothing() {
    let stage = Stage::new().await;
    let file = TokenFile::new(stage.folder.path().join("tokens.toml"));
    let word = file.add("leaving", BTreeSet::from([Scope::Write]), None).unwrap();
    let ask = || stage.client.get(stage.url("/v1/invoices")).bearer_auth(&word).send();
    let began = Instant::now();
    let until = async |status: u16| {
        while ask().await.unwrap().status() != status {
            assert!(began.elapsed() < 2 * PATIENCE);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    until(200).await;
    let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
    let head = format!(
        "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {word}\r\nContent-Type: text/xml\r\n\
         Content-Length: 4\r\nConnection: close\r\n\r\n<a"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    file.revoke("leaving").unwrap();
    until(401).await;
    stream.write_all(b"/>").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("bad-token"), "{answer}");
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn guesses_wait_and_nobody_waits_for_them() {
    let stage = Stage::new().await;
    let guess = || async {
        let began = Instant::now();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.get(stage.url("/v1/invoices")).bearer_auth("fct_guess");
        assert_eq!(request.send().await.unwrap().status(), 401);
        began.elapsed()
    };
    let known = || async {
        let began = Instant::now();
        assert_eq!(stage.ask(Method::GET, "/v1/invoices?limit=1").send().await.unwrap().status(), 200);
        began.elapsed()
    };
    // On a busy machine anybody may wait; that a guess holds nobody up shows in one of a few tries.
    for _ in 0..5 {
        let (a, b, c, ours) = tokio::join!(guess(), guess(), guess(), known());
        let soonest = a.min(b).min(c);
        assert!(soonest >= Duration::from_millis(100), "{soonest:?}");
        if ours < soonest {
            return;
        }
    }
    panic!("a known token waited as long as the guesses, five times");
}

#[tokio::test]
async fn a_tokens_file_that_goes_or_breaks_locks_nobody_out_and_is_told_until_it_is_back() {
    let stage = Stage::new().await;
    let path = stage.folder.path().join("tokens.toml");
    let file = TokenFile::new(&path);
    let says = async |expected: &str| {
        let began = Instant::now();
        loop {
            let ready = stage.client.get(stage.url("/readyz")).send().await.unwrap();
            assert_eq!(ready.status(), 200, "documents can be taken all the same");
            let ready: serde_json::Value = ready.json().await.unwrap();
            if ready["tokens"] == expected {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{expected:?} never came: {ready}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let works = async || assert_eq!(stage.ask(Method::GET, "/v1/invoices").send().await.unwrap().status(), 200);
    says("ok").await;
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    says("the tokens file is gone: those it named last are in force").await;
    works().await;
    // Nobody comes in by that.
    let stranger = stage.client.get(stage.url("/v1/invoices")).bearer_auth("fct_wrong").send().await.unwrap();
    assert_eq!(refusal(stranger).await, (401, "bad-token".into()));
    std::fs::write(&path, "[[token]]\nname = 7\n").unwrap();
    says("the tokens file is wrong, see the log: those it named last are in force").await;
    works().await;
    // Back, and one more: both are good.
    std::fs::write(&path, &text).unwrap();
    says("ok").await;
    works().await;
    let word = file.add("second", BTreeSet::from([Scope::Read]), None).unwrap();
    let began = Instant::now();
    while stage.client.get(stage.url("/v1/invoices")).bearer_auth(&word).send().await.unwrap().status() != 200 {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Made anew with other tokens while nobody looked: those of before are no more.
    std::fs::remove_file(&path).unwrap();
    let only = file.add("third", BTreeSet::from(Scope::ALL), None).unwrap();
    let began = Instant::now();
    while stage.ask(Method::GET, "/v1/invoices").send().await.unwrap().status() != 401 {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(stage.client.get(stage.url("/v1/invoices")).bearer_auth(&only).send().await.unwrap().status(), 200);
    says("ok").await;
}
