//! What people do in forms: nothing of anybody's is lost, and what was done is told.

use reqwest::Method;

use super::visitor::{Visitor, location, value};
use crate::api::stage::{Stage, invoice};

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_page_of_a_problem_erases_nothing() {
    let stage = Stage::new().await;
    let id = stage.accept("12-wrong-sum-one-cent.xml").await;
    stage.until(&id, &["blocked"]).await;
    let problem = stage.get("/v1/problems").await["problems"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/problems/{problem}");
    let visitor = Visitor::with(&stage, &stage.token).await;
    let (_, page) = visitor.get(&path).await;
    let csrf = value(&page, "csrf");
    let form = |fields: &[(&str, &str)]| -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = ["was_owner", "was_action", "was_due"]
            .map(|name| (name.to_owned(), value(&page, name)))
            .into_iter()
            .chain([("csrf".to_owned(), csrf.clone()), ("what".to_owned(), "follow".to_owned())])
            .collect();
        all.extend(["owner", "action", "due", "comment", "author"].map(|name| {
            let found = fields.iter().find(|(known, _)| *known == name);
            (name.to_owned(), found.map_or(String::new(), |(_, value)| (*value).to_owned()))
        }));
        all
    };
    let post = async |fields: &[(&str, &str)]| {
        let all = form(fields);
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        visitor.post(&path, &all).await
    };
    let plan = [("owner", "Nadia"), ("action", "Call"), ("due", "2026-12-01"), ("author", "Léa")];
    assert!(location(&post(&plan).await).starts_with(&format!("{path}?did=changed.")));
    // The page of before says that nobody owns it; its author only comments.
    assert!(
        location(&post(&[("comment", "and so on"), ("author", "Paul")]).await)
            .starts_with(&format!("{path}?did=changed."))
    );
    let kept = stage.get(&format!("/v1/problems/{problem}")).await;
    assert_eq!((&kept["owner"], &kept["next_action"]), (&"Nadia".into(), &"Call".into()));
    assert_eq!(kept["next_action_on"], "2026-12-01");
    let told: Vec<_> = kept["changes"].as_array().unwrap().iter().map(|c| c["what"].as_str().unwrap()).collect();
    assert_eq!(told, ["owner", "due", "next-action", "comment"]);
    assert_eq!(kept["changes"][1]["to"], "2026-12-01");
    assert_eq!(kept["changes"][3]["author"], "Paul (first)");
    // Two plans for the same thing: the later one sees the other first, and loses nothing of what it typed.
    let refused = post(&[("action", "Write"), ("comment", "typed long"), ("author", "Paul")]).await;
    assert_eq!(refused.status(), 409);
    let page = refused.text().await.unwrap();
    assert!(page.contains("typed long") && page.contains("value=\"Write\""), "what was typed stays");
    assert!(page.contains("name=\"was_action\" value=\"Call\""), "against what stands now");
    // Saved once more as it stands, the form undoes nothing of the other plan.
    assert!(page.contains("name=\"owner\" value=\"Nadia\"") && page.contains("type=\"date\" value=\"2026-12-01\""));
    let after = stage.get(&format!("/v1/problems/{problem}")).await;
    assert_eq!(after, kept, "nothing was done");
    // The day alone can be taken away, and both pages tell it.
    let fields = [
        ("csrf", csrf.as_str()),
        ("what", "follow"),
        ("was_owner", "Nadia"),
        ("owner", "Nadia"),
        ("was_action", "Call"),
        ("action", "Call"),
        ("was_due", "2026-12-01"),
        ("due", ""),
    ];
    assert_eq!(visitor.post(&path, &fields).await.status(), 303);
    let kept = stage.get(&format!("/v1/problems/{problem}")).await;
    assert!(kept["next_action_on"].is_null() && kept["next_action"] == "Call", "{kept}");
    let (_, page) = visitor.get(&path).await;
    assert!(
        page.contains("<strong>échéance</strong> 01/12/2026 → –")
            || page.contains("<strong>due</strong> 1 Dec 2026 → –")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_text_is_tried_without_a_tick_and_stays_in_the_form() {
    let stage = Stage::new().await;
    let visitor = Visitor::with(&stage, &stage.token).await;
    let clients = stage.get("/v1/clients").await;
    let id = clients["clients"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/customers/{id}");
    let csrf = visitor.csrf(&path).await;
    let own = std::fs::read_to_string(stage.folder.path().join(format!("clients/{id}.toml"))).unwrap();
    let try_it = async |toml: &str, bytes: Vec<u8>| {
        // As browsers write line ends.
        let toml = toml.replace('\n', "\r\n");
        let part = |head: &str, value: &[u8]| {
            let head = format!("--xYx\r\nContent-Disposition: form-data; {head}\r\n\r\n");
            [head.as_bytes(), value, b"\r\n"].concat()
        };
        let body = [
            part("name=\"csrf\"", csrf.as_bytes()),
            part("name=\"toml\"", toml.as_bytes()),
            part("name=\"file\"; filename=\"a.xml\"", &bytes),
            b"--xYx--\r\n".to_vec(),
        ];
        let request = visitor.ask(Method::POST, &path).header("origin", stage.url(""));
        let request = request.header("sec-fetch-site", "same-origin").header("accept-language", "en");
        let request = request.header("content-type", "multipart/form-data; boundary=xYx");
        let answer = request.body(body.concat()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    };
    let good = || invoice("01-good-ubl-mairie.xml");
    let page = try_it(&own, good()).await;
    assert!(page.contains("rules in force") && !page.contains("edited text</span>"), "{page}");
    let edited = format!("{own}\n[[require]]\nterm = \"BT-19\"\n");
    let page = try_it(&edited, good()).await;
    assert!(page.contains("edited text</span>"));
    assert!(page.matches("BT-19").count() > 1, "tried, and still in the form");
    let page = try_it(&format!("{own}\n[[require]]\nterm = \"BT-999\"\n"), good()).await;
    assert!(page.contains("Only this text on trial is wrong") && page.contains("BT-999"));
    assert!(!page.contains("is not in force"), "nothing is said of a file that nobody touched");
    let page = try_it(&own, b"\x89PNG".to_vec()).await;
    assert!(page.contains("FCT-READ-NOT-XML"), "as a check says it");
    assert_eq!(std::fs::read_to_string(stage.folder.path().join(format!("clients/{id}.toml"))).unwrap(), own);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_ends_count_once_and_a_form_that_is_refused_leads_back() {
    let stage = Stage::new().await;
    let id = stage.accept("12-wrong-sum-one-cent.xml").await;
    stage.until(&id, &["blocked"]).await;
    let visitor = Visitor::with(&stage, &stage.token).await;
    let path = format!("/invoices/{id}/act/park");
    let (_, page) = visitor.get(&path).await;
    let (csrf, version) = (value(&page, "csrf"), value(&page, "version"));
    let post = async |reason: &str| {
        visitor.post(&path, &[("csrf", &csrf), ("version", &version), ("author", "Léa"), ("reason", reason)]).await
    };
    let long = post(&"x".repeat(2_001)).await;
    assert_eq!(long.status(), 400);
    assert!(long.text().await.unwrap().contains(&"x".repeat(2_001)), "in the form again");
    let pasted = post("seen\u{200b} by\u{202e} phone\u{0}").await;
    assert_eq!(pasted.status(), 400);
    let shown = pasted.text().await.unwrap();
    assert!(
        shown.contains("seen by phone") && shown.contains("caractère invisible"),
        "back without what hides: {shown}"
    );
    let lines = "x\r\n".repeat(999);
    assert!(location(&post(&lines).await).starts_with(&format!("/invoices/{id}?did=park.")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_has_the_name_of_its_file_however_an_invoice_writes_it() {
    let stage = Stage::new().await;
    let text = String::from_utf8(invoice("12-wrong-sum-one-cent.xml")).unwrap();
    let name = "Coopérative Les Halles de l'Orle SA";
    assert!(text.contains(name));
    let text = text.replace(name, "PWNED\u{202e}\u{200b} SARL");
    let sent = stage.post("/v1/invoices", text.into_bytes()).await.json::<serde_json::Value>().await.unwrap();
    stage.until(sent["id"].as_str().unwrap(), &["blocked"]).await;
    let problem = stage.get("/v1/problems").await["problems"][0].clone();
    let clients = stage.get("/v1/clients").await;
    let known = clients["clients"].as_array().unwrap().iter().any(|client| client["name"] == problem["customer_name"]);
    assert!(known, "{problem}");
    let visitor = Visitor::with(&stage, &stage.token).await;
    for path in ["/report?by=client", "/report.csv?by=client"] {
        let (status, page) = visitor.get(path).await;
        assert!(status == 200 && !page.contains("PWNED") && !page.contains('\u{202e}'), "{path}");
    }
    let (_, page) = visitor.get("/invoices").await;
    assert!(page.contains("PWNED\\u{202e}\\u{200b} SARL"), "on its own line it is as the document has it, and seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_offered_is_possible_and_what_was_done_is_told_to_whoever_did_it() {
    let stage = Stage::new().await;
    let visitor = Visitor::with(&stage, &stage.token).await;
    let page = async |path: &str| {
        let answer = visitor.ask(Method::GET, path).header("accept-language", "fr").send().await.unwrap();
        answer.text().await.unwrap()
    };
    let unreadable = stage.accept("16-unreadable-truncated.xml").await;
    stage.until(&unreadable, &["blocked", "parked"]).await;
    let shown = page(&format!("/invoices/{unreadable}")).await;
    assert!(!shown.contains("/act/release") && !shown.contains("libérez celle-ci"), "{shown}");
    assert!(!shown.contains("sous le même numéro"));
    assert!(page("/invoices").await.contains(&unreadable[..8]), "told from others without a number");

    let credit = stage.accept("03-good-creditnote-mairie.xml").await;
    stage.until(&credit, &["delivered", "accepted", "paid"]).await;
    let list = page("/invoices?q=&state=delivered&state=accepted&state=paid").await;
    assert!(list.contains("<span class=\"tag\">avoir</span>") && list.contains("1 avoir déduit"));
    assert!(list.contains("<strong class=\"num\">\u{2212}"), "an amount to give back: {list}");

    let id = stage.accept("12-wrong-sum-one-cent.xml").await;
    stage.until(&id, &["blocked"]).await;
    let release = page(&format!("/invoices/{id}/act/release")).await;
    assert!(release.contains("BR-CO-10"), "what it is released in spite of");
    let cancel = format!("/invoices/{id}/act/cancel");
    let shown = page(&cancel).await;
    assert!(shown.contains("type=\"submit\">Annuler la facture</button>") && shown.contains(">Revenir</a>"));
    let here = format!("/invoices/{id}");
    assert!(!page(&format!("{here}?did=release")).await.contains("Facture libérée"), "made up by somebody");
    let (csrf, version) = (value(&shown, "csrf"), value(&shown, "version"));
    let done = visitor.post(&cancel, &[("csrf", &csrf), ("version", &version), ("reason", "why")]).await;
    let next = location(&done).to_owned();
    assert!(page(&next).await.contains("Facture annulée"));
    let other = Visitor::with(&stage, &stage.token).await;
    assert!(!other.get(&next).await.1.contains("class=\"notice\""), "of one session");
}
