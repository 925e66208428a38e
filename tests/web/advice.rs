//! What the page advises is true for its cause, what it offers is taken, and what cannot be meant is refused.

use reqwest::Method;
use serde_json::Value;

use super::visitor::{Visitor, value};
use crate::api::stage::{Stage, invoice};

async fn page(visitor: &Visitor<'_>, path: &str, lang: &str) -> String {
    let answer = visitor.ask(Method::GET, path).header("accept-language", lang).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.text().await.unwrap()
}

/// The only act in the answer of the API, and whether the queue takes it.
async fn taken(stage: &Stage, id: &str, act: &str) -> bool {
    let body = serde_json::json!({ "author": "Léa", "reason": "tried" });
    let path = format!("/v1/invoices/{id}/{act}");
    stage.ask(Method::POST, &path).json(&body).send().await.unwrap().status() == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_number_is_told_with_the_other_invoice_and_no_release_is_offered() {
    let stage = Stage::new().await;
    let first = stage.accept("28-refused-price.xml").await;
    stage.until(&first, &["refused"]).await;
    let again = stage.accept("38-wrong-number-of-refused.xml").await;
    stage.until(&again, &["blocked"]).await;
    let sent = stage.accept("19-good-number-first.xml").await;
    stage.until(&sent, &["delivered", "accepted", "paid"]).await;
    // The same claim once more, in other bytes.
    let twin = String::from_utf8(invoice("19-good-number-first.xml")).unwrap() + "<!-- printed again -->\n";
    let twin = stage.post("/v1/invoices", twin.into_bytes()).await.json::<Value>().await.unwrap();
    let twin = twin["id"].as_str().unwrap().to_owned();
    stage.until(&twin, &["blocked"]).await;
    let unreadable = stage.accept("16-unreadable-truncated.xml").await;
    stage.until(&unreadable, &["blocked"]).await;
    let wrong = stage.accept("12-wrong-sum-one-cent.xml").await;
    stage.until(&wrong, &["blocked"]).await;

    let visitor = Visitor::with(&stage, &stage.token).await;
    for (id, other, what, fr, en) in [
        (&again, &first, "blocked-number-refused", "envoyez-la sous un nouveau numéro", "send it under a new number"),
        (&twin, &sent, "blocked-copy", "une seconde copie", "a second copy"),
    ] {
        for (lang, said) in [("fr", fr), ("en", en)] {
            let shown = page(&visitor, &format!("/invoices/{id}"), lang).await;
            assert!(shown.contains(said) && shown.contains(&format!("href=\"/invoices/{other}\"")), "{lang} {what}");
            assert!(!shown.contains("/act/release"), "offered what is refused");
            assert!(!shown.contains("corrigée sous le même numéro") && !shown.contains("under the same number, or"));
            let act = page(&visitor, &format!("/invoices/{id}/act/release"), lang).await;
            assert!(!act.contains("<form method=\"post\" action=\"/invoices/"), "no form for what is refused");
            assert!(act.contains(&format!("href=\"/invoices/{other}\"")), "and why");
        }
        let told = stage.get(&format!("/v1/invoices/{id}")).await["next"].clone();
        assert_eq!((&told["what"], &told["number_held_by"]), (&what.into(), &other.as_str().into()));
        assert_eq!(
            (told["who"].as_str(), told["acts"].as_array().unwrap()[0].as_str()),
            (Some("person"), Some("cancel"))
        );
        assert!(
            told["words"]["fr"].as_str().unwrap().contains(fr) && told["words"]["en"].as_str().unwrap().contains(en)
        );
        let problem = stage.get(&format!("/v1/problems?invoice={id}")).await["problems"][0].clone();
        let shown = page(&visitor, &format!("/problems/{}", problem["id"].as_str().unwrap()), "fr").await;
        assert!(shown.contains(&format!("href=\"/invoices/{other}\"")), "the problem leads there as well");
    }
    // Each cause has its own sentence where several wait.
    let overview = page(&visitor, "/", "en").await;
    for (said, times) in [
        ("a second copy of it", 1),
        ("existed at the platform: its number stays taken", 1),
        ("could not be read as an invoice", 1),
        ("send a corrected invoice under the same number, or release this one", 1),
    ] {
        assert_eq!(overview.matches(said).count(), times, "{said}: {overview}");
    }
    // What is told is what is done.
    for id in [&again, &twin, &unreadable, &wrong] {
        let acts = stage.get(&format!("/v1/invoices/{id}")).await["next"]["acts"].clone();
        let offered = acts.as_array().unwrap().iter().any(|act| act == "release");
        assert_eq!(taken(&stage, id, "release").await, offered, "{id} {acts}");
    }
    let list = stage.get("/v1/invoices").await;
    assert!(list["invoices"][0]["next"].is_null(), "a list does not ask for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credit_note_has_one_sign_in_rows_sums_headers_problems_and_the_api() {
    let stage = Stage::new().await;
    let good = stage.accept("03-good-creditnote-mairie.xml").await;
    stage.until(&good, &["delivered", "accepted", "paid"]).await;
    let due = stage.get(&format!("/v1/invoices/{good}")).await;
    let written = due["payable"].as_str().unwrap();
    assert_eq!((due["amount"].as_str().unwrap(), &due["credit"]), (&*format!("-{written}"), &true.into()));
    let visitor = Visitor::with(&stage, &stage.token).await;
    let minus = format!("\u{2212}{written}");
    let plain = format!(">{written}");
    for path in ["/invoices".to_owned(), format!("/invoices/{good}"), format!("/invoices/{good}/act/park")] {
        let shown = page(&visitor, &path, "en").await;
        assert!(shown.contains(&minus), "{path}");
        // The terms of the document are as it writes them, each under its name; nothing else is.
        let beside = shown.split("class=\"terms\"").next().unwrap();
        assert!(!beside.contains(&plain), "{path}");
    }
    let csrf = visitor.csrf("/check").await;
    let body = form(&csrf, &[], Some(("avoir.xml", &invoice("03-good-creditnote-mairie.xml"))));
    let checked = post(&visitor, "/check", body).await.1;
    assert!(checked.contains(&minus), "{checked}");
    // A credit note that is held up takes from the sum of what is.
    let bad = String::from_utf8(invoice("03-good-creditnote-mairie.xml")).unwrap();
    let bad = bad.replace("PD-AV-2026-0007", "PD-AV-2026-0008").replacen(
        "<cbc:LineExtensionAmount currencyID=\"EUR\">",
        "<cbc:LineExtensionAmount currencyID=\"EUR\">9",
        1,
    );
    let bad = stage.post("/v1/invoices", bad.into_bytes()).await.json::<Value>().await.unwrap();
    let bad = bad["id"].as_str().unwrap().to_owned();
    stage.until(&bad, &["blocked"]).await;
    let problem = stage.get(&format!("/v1/problems?invoice={bad}")).await["problems"][0].clone();
    assert_eq!(problem["amount"], format!("-{written}"), "{problem}");
    assert!(page(&visitor, "/problems", "en").await.contains(&minus));
    let csv = page(&visitor, "/report.csv", "en").await;
    assert!(csv.lines().any(|line| line.starts_with("total,EUR,") && line.contains(&format!(",-{written},"))), "{csv}");
    assert!(
        csv.starts_with("level,currency") && page(&visitor, "/report.csv", "fr").await.starts_with("niveau,devise")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_problems_refuses_what_it_cannot_mean() {
    let stage = Stage::new().await;
    let id = stage.accept("12-wrong-sum-one-cent.xml").await;
    stage.until(&id, &["blocked"]).await;
    let visitor = Visitor::with(&stage, &stage.token).await;
    for wrong in
        ["order=biggest", "age=old", "age=-1", "age=99999999999", "from=next", "from=-50", "state=opne", "cause=ZZ"]
    {
        let (status, page) = visitor.get(&format!("/problems?{wrong}")).await;
        assert_eq!(status, 400, "{wrong}");
        assert!(page.contains("class=\"panel warn\""), "{wrong}: what was expected is told");
    }
    for right in ["", "order=due", "order=&age=&state=&from=", "age=30&order=newest", "from=500", "state=all&from=0"] {
        assert_eq!(visitor.get(&format!("/problems?{right}")).await.0, 200, "{right}");
    }
    assert!(
        visitor.get("/problems?from=500").await.1.contains("href=\"/problems/p"),
        "the last page, not an empty one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tester_says_what_was_tried_and_what_was_not() {
    let stage = Stage::new().await;
    let visitor = Visitor::with(&stage, &stage.token).await;
    let clients = stage.get("/v1/clients").await;
    let id = clients["clients"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/customers/{id}");
    let csrf = visitor.csrf(&path).await;
    let own = std::fs::read_to_string(stage.folder.path().join(format!("clients/{id}.toml"))).unwrap();
    let (_, shown) = post(&visitor, &path, form(&csrf, &[("toml", &own)], None)).await;
    assert!(
        shown.contains("Nothing was tried: choose an invoice") && !shown.contains("The rules were tried"),
        "{shown}"
    );
    let edited = format!("{own}\n[[require]]\nterm = \"BT-19\"\n");
    let (_, shown) = post(&visitor, &path, form(&csrf, &[("toml", &edited)], None)).await;
    assert!(shown.contains("only its form was checked") && !shown.contains("was tried;"), "{shown}");
    let broken = format!("{own}\n[[require]\n");
    let (_, shown) = post(&visitor, &path, form(&csrf, &[("toml", &broken)], None)).await;
    assert!(shown.contains("cannot be read as a customer file") && !shown.contains("was tried;"));
    let unread = Some(("a.xml", &b"<a"[..]));
    let (_, shown) = post(&visitor, &path, form(&csrf, &[("toml", &own)], unread)).await;
    assert!(shown.contains("cannot be read as an invoice") && !shown.contains("The rules were tried"));
    // Too large: how large it may be, and the text is still there.
    let large = format!("{own}\n# {}\n", "x".repeat(2_000_000));
    let (status, shown) = post(&visitor, &path, form(&csrf, &[("toml", &large)], None)).await;
    assert_eq!(status, 200);
    assert!(shown.contains("larger than 1 MiB") && shown.len() > 2_000_000, "{} bytes", shown.len());
    let huge = "<".repeat(20_000_000);
    let (status, shown) = post(&visitor, &path, form(&csrf, &[("toml", &huge)], None)).await;
    assert!(status == 413 && shown.contains("1 MiB") && shown.len() < 100_000, "{status}: {} bytes", shown.len());
    let (status, shown) = post(&visitor, "/check", form(&csrf, &[("text", &huge)], None)).await;
    assert!(
        status == 200 && shown.len() < 1_000_000,
        "judged, and not sent back five times as long: {} bytes",
        shown.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_typed_outlives_what_somebody_else_did() {
    let stage = Stage::new().await;
    let id = stage.accept("12-wrong-sum-one-cent.xml").await;
    stage.until(&id, &["blocked"]).await;
    let visitor = Visitor::with(&stage, &stage.token).await;
    for act in ["release", "park", "cancel", "retry"] {
        let path = format!("/invoices/{id}/act/{act}");
        let (_, before) = visitor.get(&path).await;
        let (csrf, version) = (value(&before, "csrf"), value(&before, "version"));
        // Somebody else sets it aside and takes it up again.
        assert!(taken(&stage, &id, "park").await && taken(&stage, &id, "retry").await);
        stage.until(&id, &["blocked"]).await;
        let typed = [
            ("csrf", csrf.as_str()),
            ("version", &version),
            ("author", "Zoé"),
            ("reason", "a long <reason>\nof two lines"),
        ];
        let refused = visitor.post(&path, &typed).await;
        assert_eq!(refused.status(), 409, "{act}");
        let shown = refused.text().await.unwrap();
        assert!(shown.contains("value=\"Zoé\"") && shown.contains("role=\"alert\""), "{act}");
        assert_eq!(shown.contains("a long &#60;reason&#62;\nof two lines"), act != "retry", "{act}: {shown}");
        assert_ne!(value(&shown, "version"), version, "against what stands now");
        assert_eq!(stage.get(&format!("/v1/invoices/{id}")).await["state"], "blocked", "{act}: nothing was done");
    }
    // No longer possible at all: the words are still there to be taken along.
    let path = format!("/invoices/{id}/act/release");
    let (_, before) = visitor.get(&path).await;
    let (csrf, version) = (value(&before, "csrf"), value(&before, "version"));
    assert!(taken(&stage, &id, "cancel").await);
    let typed = [("csrf", csrf.as_str()), ("version", &version), ("author", "Zoé"), ("reason", "agreed by phone")];
    let refused = visitor.post(&path, &typed).await;
    assert_eq!(refused.status(), 409);
    let shown = refused.text().await.unwrap();
    assert!(
        shown.contains("agreed by phone") && !shown.contains("<form method=\"post\" action=\"/invoices/"),
        "{shown}"
    );

    // The forms of a problem: a day that is none, nobody who acts, somebody else first.
    let problem = stage.get("/v1/problems").await["problems"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/problems/{problem}");
    let (_, before) = visitor.get(&path).await;
    let csrf = value(&before, "csrf");
    let closed = value(&before, "was_closed");
    let fields =
        [("csrf", csrf.as_str()), ("what", "follow"), ("due", "tomorrow"), ("was_due", ""), ("comment", "typed long")];
    let wrong = visitor.post(&path, &fields).await;
    assert_eq!(wrong.status(), 400);
    let shown = wrong.text().await.unwrap();
    assert!(shown.contains("typed long") && shown.contains("2026-11-21") && shown.contains("id=\"wrong\""), "{shown}");
    let other = serde_json::json!({ "author": "Paul", "closed": closed.is_empty() });
    assert_eq!(
        stage.ask(Method::PATCH, &format!("/v1/problems/{problem}")).json(&other).send().await.unwrap().status(),
        200
    );
    let what = if closed.is_empty() { "close" } else { "reopen" };
    let fields = [("csrf", csrf.as_str()), ("what", what), ("was_closed", &closed), ("comment", "why I close it")];
    let refused = visitor.post(&path, &fields).await;
    assert_eq!(refused.status(), 409);
    assert!(refused.text().await.unwrap().contains("value=\"why I close it\""));
}

/// A form with fields and perhaps a file, as browsers write it.
fn form(csrf: &str, fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Vec<u8> {
    let part = |head: &str, value: &[u8]| {
        let head = format!("--xYx\r\nContent-Disposition: form-data; {head}\r\n\r\n");
        [head.as_bytes(), value, b"\r\n"].concat()
    };
    let mut body = part("name=\"csrf\"", csrf.as_bytes());
    for (name, value) in fields {
        body.extend(part(&format!("name=\"{name}\""), value.replace('\n', "\r\n").as_bytes()));
    }
    if let Some((name, bytes)) = file {
        body.extend(part(&format!("name=\"file\"; filename=\"{name}\""), bytes));
    }
    body.extend(b"--xYx--\r\n");
    body
}

async fn post(visitor: &Visitor<'_>, path: &str, body: Vec<u8>) -> (u16, String) {
    let request = visitor.ask(Method::POST, path).header("origin", visitor.stage.url(""));
    let request = request.header("sec-fetch-site", "same-origin").header("accept-language", "en");
    let request = request.header("content-type", "multipart/form-data; boundary=xYx");
    let answer = request.body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_read_is_said_and_long_amounts_stay_in_their_cells() {
    let stage = Stage::new().await;
    let long = String::from_utf8(invoice("01-good-ubl-mairie.xml")).unwrap();
    let (before, rest) = long.split_once("<cbc:PayableAmount currencyID=\"EUR\">").unwrap();
    let (_, after) = rest.split_once('<').unwrap();
    let long = format!("{before}<cbc:PayableAmount currencyID=\"EUR\">999999999999999.99<{after}");
    let mut ids = Vec::new();
    for document in [b"\x89PNG\r\n\x1a\n0000".to_vec(), long.into_bytes()] {
        let told = stage.post("/v1/invoices", document).await.json::<Value>().await.unwrap();
        ids.push(told["id"].as_str().unwrap().to_owned());
        stage.until(&ids[ids.len() - 1], &["blocked"]).await;
    }
    let visitor = Visitor::with(&stage, &stage.token).await;
    let picture = page(&visitor, &format!("/invoices/{}", ids[0]), "en").await;
    assert!(picture.contains("Blocked because it could not be judged, not because a fault is proven"), "{picture}");
    assert!(picture.contains("Not judged, so not sent: this document could not be read"), "{picture}");
    assert!(picture.contains("blocked: what is not judged does not leave"));
    let judged = page(&visitor, &format!("/invoices/{}", ids[1]), "en").await;
    assert!(!judged.contains("Blocked because it could not be judged"));
    let list = page(&visitor, "/invoices", "en").await;
    assert!(list.contains("class=\"num long\"><span>999,999,999,999,999.99"), "{list}");
    assert!(list.contains("Sum of the amounts due that can be read, without 1 whose amount was not read"), "{list}");
    let alone = page(&visitor, "/invoices?verdict=not-judged", "fr").await;
    assert!(alone.contains("Pas de somme, sans 1 au montant non lu"), "{alone}");
}
