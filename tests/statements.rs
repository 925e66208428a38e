//! Statements of ours that do not get through: what a person does with them, over HTTP and from the command line.

use std::time::Duration;

use serde_json::{Value, json};

use crate::accredited::{post, said, say};
use crate::stage::{PROGRAM, Stage};

async fn act(stage: &Stage, id: &str, verb: &str, said: Value, key: &str) -> (u16, Value) {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    let path = format!("/v1/statements/{id}/{verb}");
    let (status, answer) = stage.post(&path, said.to_string().into_bytes(), &headers).await.unwrap();
    (status.as_u16(), answer)
}

fn typed(stage: &Stage, words: &[&str]) -> (Option<i32>, String) {
    let mut command = std::process::Command::new(PROGRAM);
    command.args(words).args(["--token-file", "token"]).current_dir(stage.folder.path());
    let out = command.env("FACTEUR_URL", stage.url("")).env("FACTEUR_LANG", "en").output().unwrap();
    (out.status.code(), String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_get_through_is_withdrawn_or_let_go() {
    let eaten = |number: &str| format!("[[behaviour]]\nmatch = \"{number}_212_*\"\ndo = \"drop-before\"\ntimes = 3\n");
    let script = format!("processing_ms = 40\nstep_ms = 40\n{}{}", eaten("PA-BACK"), eaten("PA-ON"))
        + "[[behaviour]]\nmatch = \"PA-SLOW_212_*\"\ndo = \"delay\"\nms = 2500\n";
    let stage = Stage::accredited(&script);
    let mut ids = Vec::new();
    for number in ["PA-BACK", "PA-ON", "PA-SLOW"] {
        ids.push(post(&stage, number).await);
    }
    stage.settled(&ids, &["delivered"]).await;
    let [back, on, slow] = &ids[..] else { unreachable!() };
    let whole = json!({ "status": 212, "whole": true });
    let why = json!({ "reason": "the transfer was recalled", "author": "Marie" });
    for (n, id) in ids.iter().enumerate() {
        assert_eq!(say(&stage, id, whole.clone(), &format!("say-{n}")).await.0, 202);
    }

    // While it is on its way nobody takes it back.
    let leaving = said(&stage, slow, "sending").await;
    let (status, answer) = act(&stage, leaving["id"].as_str().unwrap(), "withdraw", why.clone(), "a").await;
    assert_eq!(
        (status, &answer["code"], &answer["state"]),
        (409, &json!("not-in-this-state"), &json!("sending")),
        "{answer}"
    );
    said(&stage, slow, "taken").await;
    let (status, answer) = act(&stage, leaving["id"].as_str().unwrap(), "withdraw", why.clone(), "b").await;
    assert_eq!((status, &answer["state"]), (409, &json!("taken")), "{answer}");

    let parked = said(&stage, back, "parked").await;
    let id = parked["id"].as_str().unwrap();
    assert_eq!(say(&stage, back, whole.clone(), "too-soon").await.0, 422, "it counts as long as it may be said");
    let (status, answer) = act(&stage, id, "withdraw", json!({ "author": "Marie" }), "c").await;
    assert_eq!((status, &answer["code"]), (422, &json!("refused")), "a reason is needed: {answer}");
    let (status, withdrawn) = act(&stage, id, "withdraw", why.clone(), "d").await;
    assert_eq!((status, &withdrawn["state"]), (200, &json!("withdrawn")), "{withdrawn}");
    assert_eq!(act(&stage, id, "withdraw", why.clone(), "d").await, (200, withdrawn), "the same request again");
    assert_eq!(act(&stage, id, "release", why.clone(), "e").await.0, 409);
    assert_eq!(act(&stage, &"0".repeat(32), "release", why.clone(), "f").await.0, 404);
    // What it said to be paid is not: it is said anew, and this time it gets through.
    let (status, answer) = say(&stage, back, whole, "again").await;
    assert_eq!(status, 202, "{answer}");
    said(&stage, back, "taken").await;

    let parked = said(&stage, on, "parked").await;
    let id = parked["id"].as_str().unwrap();
    let (status, told) = typed(&stage, &["statements", "list", "--state", "parked"]);
    assert!(status == Some(0) && told.starts_with(id) && told.contains("set aside: deposited several times"), "{told}");
    let (status, told) = typed(&stage, &["statements", "release", id, "--reason", "it is not there"]);
    assert!(status == Some(0) && told.contains("212 (Cashed"), "{told}");
    let taken = said(&stage, on, "taken").await;
    assert_eq!(
        (&taken["released"]["reason"], &taken["released"]["of"]),
        (&json!("it is not there"), &json!("doubt-settled"))
    );
    let (status, told) = typed(&stage, &["statements", "withdraw", id, "--reason", "too late"]);
    assert!(status == Some(2) && told.contains("the platform has it"), "{told}");
    let (_, told) = typed(&stage, &["status", on]);
    assert!(told.contains("released: it is not there"), "{told}");

    tokio::time::sleep(Duration::from_millis(300)).await;
    let flows = stage.at_sandbox("flows").await;
    let ours = |flow: &&Value| flow["direction"] == "Out" && flow["status"] == 212;
    let mut there: Vec<&str> = flows.iter().filter(ours).map(|flow| flow["number"].as_str().unwrap()).collect();
    there.sort_unstable();
    assert_eq!(there, ["PA-BACK", "PA-ON", "PA-SLOW"], "each once");
}

/// Payments of one day, said in one second: each is a message of its own, and the sum counts all of them.
#[tokio::test(flavor = "multi_thread")]
async fn payments_of_one_moment_are_told_apart() {
    let stage = Stage::accredited("processing_ms = 40\nstep_ms = 40\n");
    let id = post(&stage, "PA-DAY").await;
    stage.settled(std::slice::from_ref(&id), &["delivered"]).await;
    for (n, amount) in ["50.00", "30.00", "-20.00", "50.00"].iter().enumerate() {
        let wish = json!({ "status": 212, "amounts": [{ "rate": "20", "amount": amount }], "on": "2020-01-01" });
        let (status, answer) = say(&stage, &id, wish, &format!("day-{n}")).await;
        assert_eq!(status, 202, "{answer}");
    }
    let path = format!("/v1/invoices/{id}/statements");
    let mut all = Vec::new();
    for _ in 0..200 {
        all = stage.get(&path).await["statements"].as_array().unwrap().clone();
        if all.iter().all(|one| one["state"] == "taken") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(all.len() == 4 && all.iter().all(|one| one["state"] == "taken"), "{all:?}");
    let mut names = Vec::new();
    for one in &all {
        let document = stage.raw(&format!("/v1/statements/{}/document", one["id"].as_str().unwrap())).await;
        let text = document.text().await.unwrap();
        let at = text.find("PA-DAY_212_").unwrap();
        names.push(text[at..].split('<').next().unwrap().to_owned());
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 4, "each message has its own id: {names:?}");

    let events = stage.get(&format!("/v1/invoices/{id}/events")).await["events"].as_array().unwrap().clone();
    let made = |event: &&Value| event["kind"] == "statement" && event["data"]["cashed"].is_object();
    let sums: Vec<&str> =
        events.iter().filter(made).map(|event| event["data"]["cashed"]["sum"].as_str().unwrap()).collect();
    assert_eq!(sums, ["50.00", "80.00", "60.00", "110.00"]);
    let row = stage.get(&format!("/v1/invoices/{id}")).await;
    let told = row["statuses"].as_array().unwrap().iter().filter(|status| status["code"] == "212").count();
    assert_eq!(told, 4, "{row}");

    // The rest: nobody waits for money any more.
    assert_eq!(row["payable"], "120.00", "{row}");
    let wish = json!({ "status": 212, "amounts": [{ "rate": "20", "amount": "10.00" }] });
    assert_eq!(say(&stage, &id, wish, "rest").await.0, 202);
    let row = stage.get(&format!("/v1/invoices/{id}")).await;
    assert_eq!(row["next"]["who"], "nobody", "{row}");
}
