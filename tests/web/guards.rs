//! Who gets in, what they may do, and what a strange page cannot make a browser do.

use std::collections::BTreeSet;
use std::time::Duration;

use facteur::api::token::{Scope, TokenFile};
use reqwest::Method;
use reqwest::header::SET_COOKIE;

use super::visitor::{Visitor, location, value};
use crate::api::stage::{Stage, invoice};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_anything_before_the_login_and_its_cookie_is_guarded() {
    let stage = Stage::new().await;
    let stranger = Visitor::new(&stage);
    let answer = stranger.ask(Method::GET, "/invoices?state=blocked").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/login?next=%2Finvoices%3Fstate%3Dblocked"));
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part) && !policy.contains("unsafe"), "{policy}");
    }
    for (name, wanted) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.headers()[name], wanted);
    }
    let began = std::time::Instant::now();
    let refused = stranger.post("/login", &[("token", "fct_wrong"), ("next", "/report")]).await;
    assert_eq!(refused.status(), 401);
    assert!(began.elapsed() > Duration::from_secs(1), "failed attempts are slow");
    let entered = stranger.post("/login", &[("token", &stage.token), ("next", "//evil.test/")]).await;
    assert_eq!((entered.status().as_u16(), location(&entered)), (303, "/"));
    let cookie = entered.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("Secure"),
        "{cookie}"
    );
    assert!(!cookie.contains(&stage.token));
    assert_eq!(stranger.get("/invoices").await.0, 200);
    let tls = stranger.ask(Method::POST, "/login").header("origin", stage.url("")).header("x-forwarded-proto", "https");
    let tls = tls.form(&[("token", stage.token.as_str())]).send().await.unwrap();
    assert!(tls.headers()[SET_COOKIE].to_str().unwrap().contains("; Secure"));
    assert_eq!(stranger.get("/invoices").await.0, 303, "the session of before was left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_needs_its_own_page_its_own_session_and_a_scope() {
    let stage = Stage::new().await;
    let id = stage.accept("12-wrong-sum-one-cent.xml").await;
    stage.until(&id, &["blocked"]).await;
    let path = format!("/invoices/{id}/act/park");
    let person = Visitor::with(&stage, &stage.token).await;
    let (status, page) = person.get(&path).await;
    assert_eq!(status, 200);
    let (csrf, version) = (value(&page, "csrf"), value(&page, "version"));
    let fields = |csrf: &str| {
        [("csrf", csrf.to_owned()), ("version", version.clone()), ("reason", "why".into()), ("author", "Léa".into())]
    };
    for (origin, site, word, wanted) in [
        ("http://evil.test", "cross-site", csrf.as_str(), 403),
        ("null", "cross-site", &csrf, 403),
        (&stage.url(""), "same-site", &csrf, 403),
        (&stage.url(""), "same-origin", "", 403),
        (&stage.url(""), "same-origin", "guessed", 403),
    ] {
        let request = person.ask(Method::POST, &path).header("origin", origin).header("sec-fetch-site", site);
        assert_eq!(
            request.form(&fields(word)).send().await.unwrap().status().as_u16(),
            wanted,
            "{origin} {site} {word}"
        );
    }
    let other = Visitor::with(&stage, &stage.token).await;
    assert_eq!(other.post(&path, &borrowed(&fields(&csrf))).await.status(), 403, "the word of another session");
    assert_eq!(stage.get(&format!("/v1/invoices/{id}")).await["state"], "blocked");

    let file = TokenFile::new(stage.folder.path().join("tokens.toml"));
    let looker = file.add("looker", BTreeSet::from([Scope::Read]), None).unwrap();
    let looker = patient(&stage, &looker).await;
    let (_, page) = looker.get(&format!("/invoices/{id}")).await;
    assert!(!page.contains("/act/"), "nothing is offered that is not allowed");
    let csrf_of_looker = looker.csrf(&format!("/invoices/{id}")).await;
    assert_eq!(looker.post(&path, &borrowed(&fields(&csrf_of_looker))).await.status(), 403);

    let done = person.post(&path, &borrowed(&fields(&csrf))).await;
    assert!(location(&done).starts_with(&format!("/invoices/{id}?did=park.")));
    let again = person.post(&path, &borrowed(&fields(&csrf))).await;
    assert!(location(&again).starts_with(&format!("/invoices/{id}?did=meanwhile.")), "sent twice, done once");
    let events = stage.get(&format!("/v1/invoices/{id}/events")).await;
    let parked: Vec<_> = events["events"].as_array().unwrap().iter().filter(|e| e["kind"] == "parked").collect();
    assert_eq!((parked.len(), &parked[0]["actor"]), (1, &serde_json::json!("Léa (first)")));

    file.revoke("looker").unwrap();
    for _ in 0..100 {
        if looker.get("/").await.0 == 303 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a revoked token still has its session");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_outlives_the_session_and_acts_on_nothing_by_itself() {
    let stage = Stage::new().await;
    let id = stage.accept("12-wrong-sum-one-cent.xml").await;
    stage.until(&id, &["blocked"]).await;
    let problem = stage.get(&format!("/v1/problems?invoice={id}")).await["problems"][0]["id"].clone();
    let (act, problem) = (format!("/invoices/{id}/act/park"), format!("/problems/{}", problem.as_str().unwrap()));
    let reason = "wait for \"Zoé\" & <script>alert(1)</script>\nsecond line";
    let typed = [("csrf", "of the session that ended"), ("version", "1"), ("reason", reason), ("author", "Léa")];
    let note = [("what", "follow"), ("owner", "Nadia"), ("was_owner", ""), ("comment", reason), ("csrf", "gone")];
    for (path, form, name, value) in [(&act, &typed[..], "author", "Léa"), (&problem, &note[..], "owner", "Nadia")] {
        let visitor = Visitor::new(&stage);
        let asked = visitor.post(path, form).await;
        assert_eq!(asked.status(), 401);
        let page = asked.text().await.unwrap();
        assert!(page.contains("Votre session est terminée") && !page.contains("<script>alert"), "{page}");
        let field = |name: &str| format!("name=\"typed.{name}\"");
        assert!(page.contains(&field(name)) && !page.contains(&field("csrf")) && !page.contains(&field("version")));
        // A mistyped token loses nothing either.
        let mut login: Vec<(String, String)> = vec![("token".into(), "mistyped".into()), ("next".into(), path.clone())];
        login.extend(form.iter().map(|(name, value)| (format!("typed.{name}"), (*value).to_owned())));
        let fields = |login: &[(String, String)]| {
            login
                .iter()
                .map(|(name, value)| (name.clone().leak() as &str, value.clone().leak() as &str))
                .collect::<Vec<_>>()
        };
        let failed = visitor.post("/login", &fields(&login)).await;
        assert!(failed.status() == 401 && failed.text().await.unwrap().contains(&field(name)));
        login[0].1 = stage.token.clone();
        let entered = visitor.post("/login", &fields(&login)).await;
        assert_eq!((entered.status().as_u16(), location(&entered)), (303, path.as_str()));
        let (status, page) = visitor.get(path).await;
        assert_eq!((status, super::visitor::value(&page, name).as_str()), (200, value));
        assert!(page.contains("Votre session était terminée") && page.contains("second line"), "{page}");
        assert!(!page.contains("<script>alert"));
        let (_, page) = visitor.get(path).await;
        assert!(!page.contains("second line"), "once");
    }
    assert_eq!(stage.get(&format!("/v1/invoices/{id}")).await["state"], "blocked", "nothing was done");
    // More than anybody types is told at once; so is a form from elsewhere.
    let visitor = Visitor::new(&stage);
    let long = "a".repeat(40_000);
    let told = visitor.post(&act, &[("reason", long.as_str())]).await;
    assert!(told.status() == 401 && !told.text().await.unwrap().contains("aaaaaaaaaa"));
    let strange = visitor.ask(Method::POST, &act).header("origin", "http://evil.test").form(&typed);
    assert_eq!(strange.send().await.unwrap().status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn open_loopback_lets_own_pages_act_and_strange_ones_not() {
    let stage = Stage::with("open_on_loopback = true").await;
    let id = stage.accept("12-wrong-sum-one-cent.xml").await;
    stage.until(&id, &["blocked"]).await;
    let visitor = Visitor::new(&stage);
    let path = format!("/invoices/{id}/act/park");
    let (status, page) = visitor.get(&path).await;
    assert_eq!(status, 200);
    let (csrf, version) = (value(&page, "csrf"), value(&page, "version"));
    let fields = [("csrf", csrf.as_str()), ("version", &version), ("reason", "why")];
    let unnamed = visitor.post(&path, &fields).await;
    assert_eq!(unnamed.status(), 400, "asked again: without a token somebody must say who acts");
    let strange = visitor.client.get(stage.url("/")).header("host", "evil.test").send().await.unwrap();
    assert_eq!(strange.status(), 403, "DNS rebinding");
    let fields = [&fields[..], &[("author", "Marie")]].concat();
    let strange = visitor.client.post(stage.url(&path)).header("origin", "http://evil.test").form(&fields);
    assert_eq!(strange.send().await.unwrap().status(), 403);
    assert!(location(&visitor.post(&path, &fields).await).starts_with(&format!("/invoices/{id}?did=park.")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_checked_is_not_kept_and_too_much_is_refused() {
    let stage = Stage::new().await;
    let id = stage.accept("01-good-ubl-mairie.xml").await;
    stage.until(&id, &["paid"]).await;
    let visitor = Visitor::with(&stage, &stage.token).await;
    let before = (stage.get("/v1/invoices").await, stage.get("/v1/events").await, stage.get("/v1/problems").await);
    let csrf = visitor.csrf("/check").await;
    let send = |csrf: &str, files: &[(&str, Vec<u8>)]| {
        let request = visitor.ask(Method::POST, "/check").header("origin", stage.url(""));
        let request = request.header("sec-fetch-site", "same-origin").header("accept-language", "en");
        request.header("content-type", "multipart/form-data; boundary=xYx").body(multipart(csrf, files)).send()
    };
    let files = [("a.xml", invoice("12-wrong-sum-one-cent.xml")), ("<b>.bin", b"\x89PNG".to_vec())];
    let answer = send(&csrf, &files).await.unwrap();
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    assert!(page.contains("BR-CO-10") && page.contains("/rules/BR-CO-10") && page.contains("348.71"));
    assert!(page.contains("FCT-READ-NOT-XML") && page.contains("&#60;b&#62;.bin") && !page.contains("<b>.bin"));
    // Beside the invoice of an interchange, what nobody judged.
    let message = std::fs::read("fixtures/edifact/d96a.edi").unwrap();
    let end = message.windows(4).position(|w| w == b"UNZ+").unwrap();
    let order = b"UNH+2+ORDERS:D:96A:UN'\nUNT+2+2'\n";
    let mixed = [&message[..end], order, &message[end..]].concat();
    let page = send(&csrf, &[("mixed.edi", mixed)]).await.unwrap().text().await.unwrap();
    assert!(page.contains("mixed.edi · ORDERS 2"), "{page}");
    let after = (stage.get("/v1/invoices").await, stage.get("/v1/events").await, stage.get("/v1/problems").await);
    assert_eq!(before, after);
    let large =
        send(&csrf, &[("large.xml", vec![b' '; facteur::limits::DOCUMENT_BYTES + 2 * 1024 * 1024])]).await.unwrap();
    assert_eq!(large.status(), 413);
    let large = large.text().await.unwrap();
    assert!(
        large.contains("<html lang=\"en\">") && large.contains("100 MiB together") && large.contains("href=\"/check\"")
    );
    assert_eq!(send("no", &[("a", b"<a/>".to_vec())]).await.unwrap().status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_pages_in_both_languages_and_the_door_keeps_its_own() {
    let stage = Stage::new().await;
    let visitor = Visitor::with(&stage, &stage.token).await;
    for (path, status) in [
        ("/nowhere", 404),
        ("/invoices/none", 404),
        ("/problems/none", 404),
        ("/rules/%FF", 400),
        ("/rules?q=%ff", 400),
        ("/customers/none", 404),
        ("/invoices?state=%3Cscript%3E", 400),
        ("/invoices?q=%zz", 400),
        ("/invoices?q=%ff", 400),
        ("/invoices?q=a%00", 400),
        ("/problems?customer=%C3", 400),
        ("/report.csv?by=%", 400),
        ("/invoices?from=soon", 400),
        ("/problems?cause=Z9", 400),
        ("/report?at=soon", 400),
        ("/report?by=moon", 400),
        ("/invoices?by=moon", 400),
        ("/invoices?after=nowhere", 400),
        ("/invoices/%FF", 400),
        ("/invoices?foo=1", 400),
        ("/invoices?customer=a&customer=b", 400),
        ("/report?date=2026-11-21", 400),
        ("/report.csv?date=2026-11-21", 400),
        ("/report?at=9990-01-01", 400),
        ("/report.csv?at=9990-01-01", 400),
        ("/customers?q=1", 400),
        ("/?lang=en", 400),
    ] {
        for (lang, said) in [("fr", "Cela n&#39;a pas marché"), ("en", "That did not work")] {
            let request = visitor.ask(Method::GET, path).header("accept", "text/html").header("accept-language", lang);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{path}");
            assert!(answer.headers().contains_key("content-security-policy"), "{path}");
            let page = answer.text().await.unwrap();
            assert!(page.contains(said) && page.contains(&format!("<html lang=\"{lang}\">")), "{path} {page}");
            assert!(!page.contains("<script>"), "{path}");
        }
    }
    let refused = |path: &'static str| async { visitor.get(path).await.1 };
    let said = refused("/problems?ordre=due").await;
    assert!(said.contains("ne connaît pas « ordre »") && said.contains("Vouliez-vous dire « order »"), "{said}");
    assert!(refused("/report?at=9990-01-01").await.contains("Le 9990-01-01 n&#39;est pas encore là"));
    let deleted = visitor.ask(Method::DELETE, "/invoices").header("origin", stage.url("")).send().await.unwrap();
    assert_eq!(deleted.status(), 405);
    // Programs get what they always got.
    let program = stage.client.get(stage.url("/nowhere")).send().await.unwrap();
    assert_eq!(program.headers()["content-type"], "application/problem+json");
    let door = visitor.ask(Method::GET, "/v1/nowhere").header("accept", "text/html").send().await.unwrap();
    assert_eq!(door.headers()["content-type"], "application/problem+json");
    assert_eq!(visitor.get("/v1/invoices").await.0, 401, "a session is no token");
}

/// A form with files, as a browser writes it.
fn multipart(csrf: &str, files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let field = |name: &str, value: &str| {
        format!("--xYx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes()
    };
    let mut body = [field("csrf", csrf), field("direction", "out")].concat();
    for (name, bytes) in files {
        let head = format!("--xYx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--xYx--\r\n");
    body
}

/// Logs in with a token that was just added: the daemon looks at its file every second.
async fn patient<'s>(stage: &'s Stage, token: &str) -> Visitor<'s> {
    for _ in 0..20 {
        if stage.client.get(stage.url("/v1/invoices")).bearer_auth(token).send().await.unwrap().status() == 200 {
            return Visitor::with(stage, token).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the token never came into force");
}

fn borrowed<'f>(fields: &'f [(&'f str, String)]) -> Vec<(&'f str, &'f str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
