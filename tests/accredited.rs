//! An accredited platform: deposits over the Flow Service, and the life of invoices as its messages tell it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::stage::{Dice, PROGRAM, Stage};

/// An invoice of ours under another number, which the sandbox takes.
fn invoice(number: &str) -> Vec<u8> {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal-fr.xml").unwrap();
    assert!(text.contains("FA-2026-0044"));
    text.replace("FA-2026-0044", number).into_bytes()
}

pub(crate) async fn post(stage: &Stage, number: &str) -> String {
    loop {
        match stage.post("/v1/invoices", invoice(number), &[("idempotency-key", number)]).await {
            Some((status, answer)) => {
                assert_eq!(status.as_u16(), 202, "{answer}");
                return answer["id"].as_str().unwrap().to_owned();
            }
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn events(stage: &Stage, id: &str, kind: &str) -> Vec<Value> {
    let page = stage.get(&format!("/v1/invoices/{id}/events?limit=500")).await;
    page["events"].as_array().unwrap().iter().filter(|event| event["kind"] == kind).cloned().collect()
}

/// The codes of the life cycle that the timeline has, in the order of the platform's own times.
pub(crate) async fn codes(stage: &Stage, id: &str) -> Vec<String> {
    let all = events(stage, id, "status").await;
    let mut told: Vec<(String, String)> = all
        .iter()
        .map(|event| &event["data"])
        .filter(|data| data["cdar"].is_number())
        .map(|data| (data["at"].as_str().unwrap_or_default().to_owned(), data["code"].as_str().unwrap().to_owned()))
        .collect();
    told.sort();
    told.into_iter().map(|(_, code)| code).collect()
}

/// Waits until the timeline has so many of these codes.
pub(crate) async fn hears(stage: &Stage, id: &str, wanted: &[&str]) {
    for _ in 0..600 {
        let mut found = codes(stage, id).await;
        found.sort();
        if wanted.iter().all(|code| found.iter().any(|own| own == code)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{id}: {:?} instead of {wanted:?}", codes(stage, id).await);
}

#[tokio::test]
async fn what_the_buyer_says_is_told_by_the_platform_s_messages() {
    let script = "processing_ms = 50\nstep_ms = 50\npage_size = 3\n\
        [[behaviour]]\nmatch = \"PA-REFUSED\"\ndo = \"refuse\"\nmotive = \"CMD_ERR\"\ncomment = \"order 4500 expected\"\n\
        [[behaviour]]\nmatch = \"PA-PAID\"\ndo = \"pay\"\n\
        [[behaviour]]\nmatch = \"PA-SUSPENDED\"\ndo = \"suspend\"\n\
        [[behaviour]]\nmatch = \"PA-ODD\"\ndo = \"accept\"\n[[behaviour]]\nmatch = \"PA-ODD\"\ndo = \"repeat\"\n\
        [[behaviour]]\nmatch = \"PA-ODD\"\ndo = \"reorder\"\n\
        [[behaviour]]\nmatch = \"PA-LOST\"\ndo = \"lose-answer\"\n\
        [[behaviour]]\nmatch = \"*\"\ndo = \"fail\"\nhttp = 500\ncall = \"download\"\ntimes = 2\n";
    let stage = Stage::accredited(script);
    let mut ids = BTreeMap::new();
    for number in ["PA-PLAIN", "PA-REFUSED", "PA-PAID", "PA-SUSPENDED", "PA-ODD", "PA-LOST"] {
        ids.insert(number, post(&stage, number).await);
    }
    for (number, state, wanted) in [
        ("PA-PLAIN", "delivered", &["200", "202", "203"][..]),
        ("PA-REFUSED", "refused", &["200", "202", "203", "210"]),
        ("PA-PAID", "paid", &["200", "202", "203", "204", "205", "211"]),
        ("PA-SUSPENDED", "suspended", &["208"]),
        ("PA-ODD", "accepted", &["200", "202", "203", "204", "205"]),
        ("PA-LOST", "delivered", &["200", "202", "203"]),
    ] {
        let id = &ids[number];
        hears(&stage, id, wanted).await;
        stage.settled(std::slice::from_ref(id), &[state]).await;
        // Each status once, whatever came twice.
        let mut told = codes(&stage, id).await;
        assert!(wanted.iter().all(|code| told.iter().filter(|own| own == code).count() == 1), "{number} {told:?}");
        told.dedup();
        assert!(told.is_sorted(), "{number}: {told:?}");
    }
    let refused = &ids["PA-REFUSED"];
    let told = events(&stage, refused, "message").await;
    let last = told.iter().find(|event| event["data"]["status"] == "210").expect("the message itself is named");
    assert_eq!(last["actor"], "pa");
    assert_eq!(last["data"]["author"]["role"], "BY");
    let problems = stage.get("/v1/problems").await;
    let problems = problems["problems"].as_array().unwrap();
    let of = |id: &String| problems.iter().filter(|problem| problem["invoice_id"] == **id).collect::<Vec<_>>();
    let [problem] = &of(refused)[..] else { panic!("{problems:?}") };
    assert_eq!((problem["cause"].as_str(), problem["said"].as_str()), (Some("A2"), Some("buyer")), "{problem}");
    assert!(of(&ids["PA-PLAIN"]).is_empty());
    // The one whose answer was lost is there once.
    let flows = stage.at_sandbox("flows").await;
    let deposits = flows.iter().filter(|flow| flow["direction"] == "Out").count();
    assert_eq!(deposits, ids.len());
}

#[tokio::test]
async fn killed_while_messages_come_it_loses_none_and_tells_none_twice() {
    let seed: u64 = std::env::var("FACTEUR_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_261_123);
    println!("FACTEUR_SEED={seed}");
    let mut dice = Dice(seed);
    let script = "processing_ms = 40\nstep_ms = 40\npage_size = 4\n[[behaviour]]\nmatch = \"*\"\ndo = \"accept\"\n\
        [[behaviour]]\nmatch = \"PA-K-03\"\ndo = \"lose-answer\"\n[[behaviour]]\nmatch = \"PA-K-05\"\ndo = \"drop-before\"\n\
        [[behaviour]]\nmatch = \"*\"\ndo = \"delay\"\nms = 30\n";
    let mut stage = Stage::accredited(script);
    let mut ids = Vec::new();
    for n in 0..10 {
        ids.push(post(&stage, &format!("PA-K-{n:02}")).await);
        if dice.roll(2) == 0 {
            tokio::time::sleep(Duration::from_millis(dice.roll(200))).await;
            stage.kill();
            stage.start();
        }
    }
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(dice.roll(300))).await;
        stage.kill();
        stage.start();
    }
    stage.settled(&ids, &["accepted"]).await;
    for id in &ids {
        hears(&stage, id, &["200", "202", "203", "204", "205"]).await;
        assert_eq!(codes(&stage, id).await, ["200", "202", "203", "204", "205"], "{id}");
    }
    let flows = stage.at_sandbox("flows").await;
    assert_eq!(flows.iter().filter(|flow| flow["direction"] == "Out").count(), ids.len());
}

pub(crate) async fn say(stage: &Stage, id: &str, said: Value, key: &str) -> (u16, Value) {
    let path = format!("/v1/invoices/{id}/statements");
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    loop {
        match stage.post(&path, said.to_string().into_bytes(), &headers).await {
            Some((status, answer)) => return (status.as_u16(), answer),
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Waits until a statement of the invoice is as far as that.
pub(crate) async fn said(stage: &Stage, id: &str, state: &str) -> Value {
    for _ in 0..600 {
        let all = stage.get(&format!("/v1/invoices/{id}/statements")).await;
        let last = all["statements"].as_array().unwrap().last().cloned().unwrap_or_default();
        if last["state"] == state {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no statement of {id} is {state}: {}", stage.get(&format!("/v1/invoices/{id}/statements")).await);
}

/// 208 → 209 with the documents, and 212 with one amount per VAT rate: each leaves once, whatever is lost or killed.
#[tokio::test]
async fn what_we_say_of_an_invoice_leaves_once_and_is_in_its_timeline() {
    let script = "processing_ms = 40\nstep_ms = 40\n\
        [[behaviour]]\nmatch = \"PA-DOCS\"\ndo = \"suspend\"\n[[behaviour]]\nmatch = \"PA-CASH\"\ndo = \"accept\"\n\
        [[behaviour]]\nmatch = \"PA-CASH_212_*\"\ndo = \"lose-answer\"\n";
    let mut stage = Stage::accredited(script);
    let (docs, cash) = (post(&stage, "PA-DOCS").await, post(&stage, "PA-CASH").await);
    stage.settled(std::slice::from_ref(&docs), &["suspended"]).await;
    stage.settled(std::slice::from_ref(&cash), &["accepted"]).await;

    // Nobody asked the other one for documents, and a sum that is not due cannot have come in.
    let file = json!({ "name": "bon.pdf", "type": "application/pdf", "content": "JVBERi0xLjQK" });
    let complete = json!({ "status": 209, "files": [file], "comment": "le bon de livraison" });
    assert_eq!(say(&stage, &cash, complete.clone(), "a").await.0, 409);
    for wrong in [
        json!({ "status": 212, "amounts": [{ "rate": "20", "amount": "100000000.00" }] }),
        json!({ "status": 212, "amounts": [{ "rate": "2.1", "amount": "1.00" }] }),
        json!({ "status": 212 }),
        json!({ "status": 212, "whole": true, "on": "2999-01-01" }),
        json!({ "status": 210 }),
        json!({ "status": 209, "files": [{ "name": "../bon.pdf", "type": "application/pdf", "content": "JVBERi0xLjQK" }] }),
        json!({ "status": 209, "files": [{ "name": "setup.exe", "type": "application/x-msdownload", "content": "TVo=" }] }),
        json!({ "status": 209, "files": [{ "name": "bon.pdf", "type": "application/pdf", "content": "TVo=" }] }),
    ] {
        let (status, answer) =
            say(&stage, if wrong["status"] == 209 { &docs } else { &cash }, wrong.clone(), "b").await;
        assert!(matches!(status, 409 | 422), "{wrong}: {status} {answer}");
        if answer["found"].is_string() {
            assert!(answer["expected"].as_str().unwrap().contains("application/pdf (.pdf)"), "{answer}");
        }
    }

    let (status, first) = say(&stage, &docs, complete.clone(), "c").await;
    assert_eq!((status, &first["state"]), (202, &json!("ready")), "{first}");
    // The same request again is the same statement.
    assert_eq!(say(&stage, &docs, complete, "c").await, (202, first.clone()));
    let taken = said(&stage, &docs, "taken").await;
    assert_eq!((&taken["id"], &taken["said"]["files"]), (&first["id"], &json!(["bon.pdf"])));
    stage.settled(std::slice::from_ref(&docs), &["accepted"]).await;
    hears(&stage, &docs, &["208", "209", "205"]).await;

    // As people say it.
    let typed = |arguments: &[&str]| {
        let mut command = std::process::Command::new(PROGRAM);
        command.args(arguments).args(["--token-file", "token"]).current_dir(stage.folder.path());
        let out = command.env("FACTEUR_URL", stage.url("")).env("FACTEUR_LANG", "en").output().unwrap();
        (out.status.code(), String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap())
    };
    let (status, told) = typed(&["say", "PA-CASH", "212", "--amount", "19=1.00"]);
    assert_eq!(status, Some(2), "{told}");
    let (status, told) = typed(&["say", "PA-CASH", "212", "--whole"]);
    assert!(status == Some(0) && told.contains("212 (Cashed") && told.trim().ends_with("ready"), "{told}");
    stage.kill();
    stage.start();
    let taken = said(&stage, &cash, "taken").await;
    let text = stage.raw(taken["document"].as_str().unwrap()).await.text().await.unwrap();
    assert!(text.contains("<ram:ProcessConditionCode>212<") && text.contains(">MEN<"), "{text}");
    let told = events(&stage, &cash, "statement").await;
    assert_eq!(told[0]["data"]["cashed"]["paid"], "whole", "{told:?}");
    let (status, answer) = say(&stage, &cash, json!({ "status": 212, "whole": true }), "e").await;
    assert_eq!(status, 422, "what came in whole cannot come again: {answer}");
    let all = stage.get("/v1/statements?state=taken&limit=1").await;
    assert_eq!(
        (&all["statements"][0]["invoice"], all["statements"].as_array().unwrap().len()),
        (&json!(cash), 1),
        "{all}"
    );
    let rest = stage.get(&format!("/v1/statements?state=taken&after={}", all["next"].as_str().unwrap())).await;
    assert_eq!(rest["statements"][0]["invoice"], json!(docs), "{rest}");
    let flows = stage.at_sandbox("flows").await;
    let ours = flows.iter().filter(|flow| flow["direction"] == "Out" && flow["type"] == "CustomerInvoiceLC").count();
    assert_eq!(ours, 2, "{flows:?}");
    // Said by several at once, no more than is due is said.
    let race = post(&stage, "PA-RACE").await;
    stage.settled(std::slice::from_ref(&race), &["delivered"]).await;
    let wish = |n: usize| json!({ "status": 212, "amounts": [{ "rate": "20", "amount": format!("{}.00", 100 + n) }] });
    let (a, b, c, d) = tokio::join!(
        say(&stage, &race, wish(0), "race-0"),
        say(&stage, &race, wish(1), "race-1"),
        say(&stage, &race, wish(2), "race-2"),
        say(&stage, &race, wish(3), "race-3"),
    );
    let told = [a, b, c, d];
    assert_eq!(told.iter().filter(|(status, _)| *status == 202).count(), 1, "{told:?}");
}

/// A stage whose platform is listed every half hour, and no key for its notices yet.
pub(crate) fn seldom_listed(script: &str) -> Stage {
    let mut stage = Stage::accredited(script);
    stage.kill();
    let file = stage.path("facteur.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, pa) = text.split_once("name = \"pa\"").unwrap();
    let pa = pa.replace("poll = \"100ms\"", "poll = \"30m\"\nwebhook_key_file = \"hook\"");
    std::fs::write(&file, format!("{before}name = \"pa\"{pa}")).unwrap();
    stage.start();
    stage
}

/// The signature of a notice, by another program than ours.
fn signed(key: &str, body: &str, at: i64) -> String {
    let program = "import base64, hashlib, hmac, sys\n\
        key, body, at = base64.b64decode(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode()\n\
        print(base64.b64encode(hmac.new(key, hashlib.sha256(body + b'@' + at).digest(), 'sha256').digest()).decode())";
    let out = std::process::Command::new("python3").args(["-c", program, key, body, &at.to_string()]).output().unwrap();
    assert!(out.status.success());
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// What a platform gives notice of is fetched at once, whatever `poll` says; only a notice that is the platform's counts.
#[tokio::test]
async fn a_notice_of_the_platform_has_its_messages_fetched() {
    let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    let script = "processing_ms = 1500\nstep_ms = 50\n[[behaviour]]\nmatch = \"*\"\ndo = \"accept\"\n";
    let stage = seldom_listed(script);
    std::fs::write(stage.path("hook"), key).unwrap();
    let id = post(&stage, "PA-HOOK").await;
    stage.settled(std::slice::from_ref(&id), &["delivered"]).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(codes(&stage, &id).await.is_empty(), "nobody said that there was anything");

    let now = || {
        i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()).unwrap()
    };
    let body = r#"{"flowId":"anything"}"#;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let notice = |platform: &str, body: &str, signature: String, at: String| {
        let url = stage.url(&format!("/v1/notices/{platform}"));
        let asked = client.post(url).header("Afnor-Signature", signature).header("Afnor-Signature-Timestamp", at);
        let asked = asked.header("content-type", "application/json").body(body.to_owned());
        async move { asked.send().await.unwrap().status().as_u16() }
    };
    let at = now();
    let other = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";
    assert_eq!(notice("pa", body, signed(other, body, at), at.to_string()).await, 401, "another's key");
    assert_eq!(notice("pa", "{}", signed(key, body, at), at.to_string()).await, 401, "another body");
    assert_eq!(notice("pa", body, signed(key, body, at), (at + 1).to_string()).await, 401, "another time");
    assert_eq!(notice("pa", body, signed(key, body, at - 400), (at - 400).to_string()).await, 401, "an old one");
    assert_eq!(notice("pa", body, String::new(), String::new()).await, 401, "no signature");
    assert_eq!(notice("chorus-pro", body, signed(key, body, at), at.to_string()).await, 404, "none of its");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(codes(&stage, &id).await.is_empty(), "none of these had anything fetched");

    let good = signed(key, body, at);
    assert_eq!(notice("pa", body, good.clone(), at.to_string()).await, 204);
    assert_eq!(notice("pa", body, good, at.to_string()).await, 204, "again, as its answer may have been lost");
    hears(&stage, &id, &["200", "202", "203", "204", "205"]).await;
    stage.settled(std::slice::from_ref(&id), &["accepted"]).await;
}

/// An invoice of the same customer that names another one as coming before it (BT-25).
fn naming(number: &str, kind: &str, before: &str) -> Vec<u8> {
    let text = String::from_utf8(invoice(number)).unwrap();
    let named = format!(
        "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>{before}</cbc:ID><cbc:IssueDate>2026-11-22</cbc:IssueDate>\
         </cac:InvoiceDocumentReference></cac:BillingReference>"
    );
    let at = text.find("<cac:AccountingSupplierParty>").unwrap();
    let text = format!("{}{named}{}", &text[..at], &text[at..]);
    assert!(text.contains(">380<"));
    text.replace(">380<", &format!(">{kind}<")).into_bytes()
}

/// Refusal → new number that names the refused one: one story, and the problem of the refused one is over.
#[tokio::test]
async fn a_refusal_and_what_corrects_it_are_one_story() {
    let script = "processing_ms = 40\nstep_ms = 40\n[[behaviour]]\nmatch = \"PA-WRONG\"\ndo = \"refuse\"\nmotive = \"CMD_ERR\"\n";
    let stage = Stage::accredited(script);
    let wrong = post(&stage, "PA-WRONG").await;
    stage.settled(std::slice::from_ref(&wrong), &["refused"]).await;
    let other = post(&stage, "PA-OTHER").await;
    let (status, answer) = stage.post("/v1/invoices", naming("PA-RIGHT", "384", "PA-WRONG"), &[]).await.unwrap();
    assert_eq!(status.as_u16(), 202, "{answer}");
    let right = answer["id"].as_str().unwrap().to_owned();
    let (status, answer) = stage.post("/v1/invoices", naming("PA-LAST", "384", "PA-GONE"), &[]).await.unwrap();
    assert_eq!(status.as_u16(), 202, "{answer}");
    let last = answer["id"].as_str().unwrap().to_owned();
    stage.settled(&[right.clone(), other.clone(), last.clone()], &["delivered"]).await;

    let row = stage.get(&format!("/v1/invoices/{right}")).await;
    assert_eq!(row["corrects"], json!([wrong]), "{row}");
    assert_eq!(events(&stage, &right, "corrects").await.len(), 1);
    let told = events(&stage, &wrong, "corrected").await;
    assert_eq!((told.len(), &told[0]["data"]["by"], &told[0]["data"]["whole"]), (1, &json!(right), &json!(true)));
    let mut problems = Value::Null;
    for _ in 0..100 {
        problems = stage.get(&format!("/v1/problems?invoice={wrong}")).await;
        if !problems["problems"][0]["closed_why"].is_null() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let problem = &problems["problems"][0];
    assert_eq!((&problem["closed_why"], &problem["correction"]), (&json!("corrected"), &json!(right)), "{problems}");
    // The state is what the buyer said: it stays refused.
    assert_eq!(stage.get(&format!("/v1/invoices/{wrong}")).await["state"], "refused");

    let numbers = |chain: &Value| -> Vec<String> {
        let all = chain["invoices"].as_array().unwrap().iter();
        all.map(|one| one["number"].as_str().unwrap().to_owned()).collect()
    };
    for id in [&wrong, &right] {
        let chain = stage.get(&format!("/v1/invoices/{id}/chain")).await;
        assert_eq!(numbers(&chain), ["PA-WRONG", "PA-RIGHT"], "{chain}");
        assert_eq!(chain["invoices"][1]["ties"], json!([{ "how": "cites", "to": wrong }]));
    }
    assert_eq!(numbers(&stage.get(&format!("/v1/invoices/{other}/chain")).await), ["PA-OTHER"]);
    let chain = stage.get(&format!("/v1/invoices/{last}/chain")).await;
    assert_eq!((numbers(&chain), &chain["missing"][0]["number"]), (vec!["PA-LAST".to_owned()], &json!("PA-GONE")));
}

/// What a buyer says by Peppol is on the same timeline, whoever brings it.
#[tokio::test]
async fn a_peppol_invoice_response_is_told_to_its_invoice() {
    let stage = Stage::accredited("processing_ms = 40\nstep_ms = 40\n");
    let id = post(&stage, "PA-PEPPOL").await;
    stage.settled(std::slice::from_ref(&id), &["delivered"]).await;
    let text = std::fs::read_to_string("fixtures/peppol/invoice-response.xml").unwrap();
    let text = text.replace("FA-2026-0044", "PA-PEPPOL");
    let day = |text: &str, day: &str| {
        text.replace("<cbc:IssueDate>2026-11-24<", &format!("<cbc:IssueDate>{day}<")).into_bytes()
    };
    let under_query = day(&text, "2099-01-01");
    let (status, first) = stage.post("/v1/messages", under_query.clone(), &[]).await.unwrap();
    assert_eq!((status.as_u16(), &first["kind"]), (202, &json!("PeppolInvoiceResponse")), "{first}");
    stage.settled(std::slice::from_ref(&id), &["suspended"]).await;
    let told = events(&stage, &id, "status").await;
    let told: Vec<_> = told.iter().map(|event| &event["data"]).filter(|data| data["code"] == "UQ").collect();
    assert_eq!(told.len(), 2, "one for each reason");
    assert!(told.iter().all(|data| data["cdar"] == 208 && data["voice"] == "buyer"), "{told:?}");
    let problems = stage.get(&format!("/v1/problems?invoice={id}")).await;
    let causes: Vec<_> =
        problems["problems"].as_array().unwrap().iter().map(|one| one["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, ["A2", "B4"], "{problems}");
    // Somebody else is not its buyer, whoever hands it in.
    let other = text.replace("987654324", "111111118").replace("imr-2026-1", "imr-2026-2");
    let (_, parked) = stage.post("/v1/messages?platform=pa", day(&other, "2099-01-01"), &[]).await.unwrap();
    let mut shown = Value::Null;
    for _ in 0..100 {
        shown = stage.get(parked["location"].as_str().unwrap()).await;
        if shown["state"] == "parked" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let why = shown["why"].as_str().unwrap_or_default();
    assert!(["111111118", "987654324", "PA-PEPPOL"].iter().all(|word| why.contains(word)), "{shown}");
    assert!(shown["handed_by"].is_string(), "{shown}");
    let stuck = stage.get("/v1/messages?state=stuck").await;
    assert_eq!(stuck["messages"][0]["id"], parked["id"], "{stuck}");
    // The same again is the same; what it is for nobody waits; what is none is refused.
    let (_, again) = stage.post("/v1/messages", under_query, &[]).await.unwrap();
    assert_eq!(again["id"], first["id"]);
    let shown = stage.get(first["location"].as_str().unwrap()).await;
    assert_eq!((&shown["state"], &shown["invoice"]), (&json!("told"), &json!(id)), "{shown}");
    let stranger = day(&text.replace("PA-PEPPOL", "PA-NOBODY"), "2099-01-01");
    let (_, waits) = stage.post("/v1/messages", stranger, &[]).await.unwrap();
    assert_ne!(waits["id"], first["id"]);
    let (status, refused) = stage.post("/v1/messages", invoice("PA-PEPPOL"), &[]).await.unwrap();
    assert_eq!((status.as_u16(), &refused["code"]), (422, &json!("no-life-cycle-message")), "{refused}");
    let (status, _) = stage.post("/v1/messages?platform=nobody", b"<a/>".to_vec(), &[]).await.unwrap();
    assert_eq!(status.as_u16(), 422);

    let paid = day(&text.replace(">UQ<", ">PD<").replace(">REF<", ">NON<").replace(">DEL<", ">NON<"), "2099-01-02");
    assert_eq!(stage.post("/v1/messages?platform=pa", paid, &[]).await.unwrap().0.as_u16(), 202);
    stage.settled(std::slice::from_ref(&id), &["paid"]).await;
    let problems = stage.get(&format!("/v1/problems?invoice={id}")).await;
    assert!(problems["problems"].as_array().unwrap().iter().all(|one| one["closed_why"] == "paid"), "{problems}");
    assert_eq!(stage.get(&format!("/v1/messages/{}", waits["id"].as_str().unwrap())).await["state"], "waiting");
}

/// A buyer who waits for documents goes on once they came, as the script has it; the platform shows and lists what was said by whom.
#[tokio::test]
async fn documents_make_a_suspended_invoice_go_on() {
    let script = "processing_ms = 40\nstep_ms = 40\nclock_skew_ms = 900\n\
        [[behaviour]]\nmatch = \"PA-ON\"\ndo = \"suspend\"\n\
        [[behaviour]]\nmatch = \"PA-ON-PAID\"\ndo = \"suspend\"\nthen = \"pay\"\n\
        [[behaviour]]\nmatch = \"PA-ON-PAID_209_*\"\ndo = \"lose-answer\"\n\
        [[behaviour]]\nmatch = \"PA-ON-NOT\"\ndo = \"dispute\"\nthen = \"refuse\"\n";
    let stage = Stage::accredited(script);
    let file = json!({ "name": "bon.pdf", "type": "application/pdf", "content": "JVBERi0xLjQK" });
    let complete = json!({ "status": 209, "files": [file], "comment": "le bon de livraison" });
    let mut ids = Vec::new();
    for (number, first) in [("PA-ON", "suspended"), ("PA-ON-PAID", "suspended"), ("PA-ON-NOT", "disputed")] {
        let id = post(&stage, number).await;
        stage.settled(std::slice::from_ref(&id), &[first]).await;
        let (status, answer) = say(&stage, &id, complete.clone(), &format!("209 {number}")).await;
        assert_eq!(status, 202, "{answer}");
        ids.push(id);
    }
    for (id, state, wanted) in [
        (&ids[0], "accepted", &["200", "202", "203", "204", "205", "208", "209"][..]),
        (&ids[1], "paid", &["200", "202", "203", "204", "205", "208", "209", "211"]),
        (&ids[2], "refused", &["200", "202", "203", "207", "209", "210"]),
    ] {
        hears(&stage, id, wanted).await;
        stage.settled(std::slice::from_ref(id), &[state]).await;
        let mut told = codes(&stage, id).await;
        told.sort();
        assert_eq!(told, wanted, "each once");
    }
    let flows = stage.at_sandbox("flows").await;
    let ours = |flow: &&Value| flow["direction"] == "Out" && flow["status"] == 209;
    let mut completed: Vec<&str> = flows.iter().filter(ours).map(|flow| flow["number"].as_str().unwrap()).collect();
    completed.sort_unstable();
    assert_eq!(completed, ["PA-ON", "PA-ON-NOT", "PA-ON-PAID"]);
    let ledger = reqwest::get(format!("{}/sandbox/ledger", stage.sandbox.url)).await.unwrap().text().await.unwrap();
    let rows: Vec<Value> = ledger.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = |number: &str, what: &str| -> Vec<String> {
        let of_it = rows.iter().filter(|row| row["number"] == number && row["what"] == what);
        of_it.map(|row| row["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((said("PA-ON", "statement"), said("PA-ON", "status").len()), (vec!["209".to_owned()], 6));
}
