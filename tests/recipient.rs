//! The directory before the first deposit, with the real program over real sockets: who cannot receive is told before anything leaves, a directory that is
//! dead delays nobody, and what it said is kept for as long as the configuration says.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stage::{PROGRAM, Stage};

const ADDRESS: &str = "987654324";

/// An invoice of ours under another number, for [`ADDRESS`].
fn invoice(number: &str) -> Vec<u8> {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal-fr.xml").unwrap();
    text.replace("FA-2026-0044", number).into_bytes()
}

fn stage(script: &str, keys: &str) -> Stage {
    Stage::accredited_with(script, |url| format!("directory_url = \"{url}/afnor-directory\"\n{keys}"))
}

/// A line of the directory for somebody else, so that [`ADDRESS`] is none.
const OTHER: &str = "[[line]]\naddress = \"111111118\"\n";

async fn post(stage: &Stage, number: &str) -> String {
    let (status, answer) = stage.post("/v1/invoices", invoice(number), &[]).await.unwrap();
    assert_eq!(status, 202, "{answer}");
    answer["id"].as_str().unwrap().to_owned()
}

async fn act(stage: &Stage, id: &str, act: &str, said: Value) {
    let headers = [("content-type", "application/json")];
    let path = format!("/v1/invoices/{id}/{act}");
    let (status, answer) = stage.post(&path, said.to_string().into_bytes(), &headers).await.unwrap();
    assert_eq!(status, 200, "{answer}");
}

/// Deposits of invoices that the platform has.
async fn deposits(stage: &Stage) -> usize {
    stage.at_sandbox("flows").await.iter().filter(|flow| flow["direction"] == "Out").count()
}

async fn lookups(stage: &Stage) -> usize {
    stage.at_sandbox("lookups").await.len()
}

async fn told(stage: &Stage, id: &str) -> Vec<String> {
    let page = stage.get(&format!("/v1/invoices/{id}/events?limit=500")).await;
    let told = page["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "recipient");
    told.map(|event| event["data"]["answer"].as_str().unwrap().to_owned()).collect()
}

fn ask(stage: &Stage, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).args(["--url", &stage.url(""), "--token-file", "token"]);
    let told = command.current_dir(stage.folder.path()).env("FACTEUR_LANG", "en").output().unwrap();
    (told.status.code().unwrap(), String::from_utf8(told.stdout).unwrap() + &String::from_utf8(told.stderr).unwrap())
}

#[tokio::test]
async fn one_who_cannot_receive_is_told_before_anything_leaves() {
    let stage = stage(OTHER, "");
    let one = [post(&stage, "DIR-1").await];
    stage.settled(&one, &["parked"]).await;
    assert_eq!(deposits(&stage).await, 0);
    let row = stage.get(&format!("/v1/invoices/{}", one[0])).await;
    assert_eq!((&row["recipient"]["answer"], &row["next"]["what"]), (&json!("cannot"), &json!("parked-recipient")));
    let finding = &row["recipient"]["findings"][0];
    assert_eq!((&finding["rule"], &finding["found"]), (&json!("FCT-DIRECTORY-UNKNOWN"), &json!(ADDRESS)), "{row}");
    let problems = stage.get("/v1/problems").await;
    let problem = &problems["problems"][0];
    assert_eq!((&problem["code"], &problem["cause"]), (&json!("FCT-DIRECTORY-UNKNOWN"), &json!("A5")), "{problem}");
    assert!(problem["amount"].is_string() && problem["customer"].is_string() && problem["advice"]["fr"].is_string());
    let (status, text) = ask(&stage, &["status", "DIR-1"]);
    assert!(status == 0 && text.contains("FCT-DIRECTORY-UNKNOWN") && text.contains("nothing has left"), "{text}");

    // The question by itself, by command and over HTTP.
    let asked = ["directory", "--platform", "pa", "--address", ADDRESS];
    let (status, text) = ask(&stage, &asked);
    assert!(status == 1 && text.contains("cannot receive") && text.contains("answer kept"), "{status} {text}");
    assert_eq!(stage.get("/v1/directory?platform=pa").await["answer"], "not-asked");
    assert_eq!(stage.raw("/v1/directory?platform=nobody&siren=111111118").await.status(), 404);
    assert_eq!(stage.raw("/v1/directory?siren=111111118").await.status(), 400, "which of the two?");
    let (status, text) = ask(&stage, &["directory", "--platform", "chorus-pro", "--siren", "111111118"]);
    assert!(status == 2 && text.contains("nothing to ask"), "{status} {text}");

    // The customer opens its address: what was said before does not count for a retry, and it leaves once.
    stage.tell_sandbox("line", json!({ "address": ADDRESS, "status": "enabled" })).await;
    assert_eq!(ask(&stage, &asked).0, 1, "what was said is kept for a while");
    act(&stage, &one[0], "retry", json!({ "author": "Marie" })).await;
    stage.settled(&one, &["delivered"]).await;
    assert_eq!((deposits(&stage).await, told(&stage, &one[0]).await), (1, vec!["cannot".into(), "can".into()]));
    assert_eq!(stage.get("/v1/problems").await["problems"][0]["closed_why"], "valid");
    assert_eq!(ask(&stage, &asked).0, 0);

    // Closed again: a person may send it all the same.
    stage.tell_sandbox("line", json!({ "address": ADDRESS, "status": "upcoming" })).await;
    let (status, text) =
        ask(&stage, &["directory", "--platform", "pa", "--address", ADDRESS, "--anew", "--format", "json"]);
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &answer["findings"][0]["rule"]), (1, &json!("FCT-DIRECTORY-UPCOMING")), "{text}");
    let two = [post(&stage, "DIR-2").await];
    stage.settled(&two, &["parked"]).await;
    act(&stage, &two[0], "release", json!({ "author": "Marie", "reason": "they say that it opens today" })).await;
    stage.settled(&two, &["delivered", "refused"]).await;
    assert_eq!(told(&stage, &two[0]).await, ["cannot"]);
    assert_eq!(deposits(&stage).await, 2);
}

#[tokio::test]
async fn what_was_said_outlives_a_restart_and_ends_in_its_time() {
    let mut stage = stage("", "directory_keep = \"6s\"\n");
    let one = [post(&stage, "KEEP-1").await];
    stage.settled(&one, &["delivered"]).await;
    let asked = lookups(&stage).await;
    let began = Instant::now();
    assert!(asked >= 1);
    stage.kill();
    stage.start();
    let two = [post(&stage, "KEEP-2").await];
    stage.settled(&two, &["delivered"]).await;
    if began.elapsed() < Duration::from_secs(5) {
        assert_eq!(lookups(&stage).await, asked, "kept over the restart");
    }
    tokio::time::sleep(Duration::from_secs(7).saturating_sub(began.elapsed())).await;
    let three = [post(&stage, "KEEP-3").await];
    stage.settled(&three, &["delivered"]).await;
    assert!(lookups(&stage).await > asked, "asked again once it has ended");
    assert_eq!(told(&stage, &three[0]).await, ["can"]);
}

#[tokio::test]
async fn a_dead_directory_delays_nobody() {
    let stage = stage(
        "[[behaviour]]\nmatch = \"*\"\ndo = \"drop-before\"\ncall = \"directory\"\ntimes = 0\n",
        "concurrency = 2\n",
    );
    let began = Instant::now();
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(post(&stage, &format!("DEAD-{n:02}")).await);
    }
    stage.settled(&ids, &["delivered"]).await;
    println!("{} delivered in {:?} past a dead directory", ids.len(), began.elapsed());
    assert_eq!(deposits(&stage).await, ids.len());
    for id in &ids {
        assert_eq!(told(&stage, id).await, ["no-answer"]);
    }
    assert!(lookups(&stage).await < ids.len(), "it is left alone after a few");
}

#[tokio::test]
async fn killed_between_the_question_and_the_deposit_it_sends_once() {
    let mut stage = stage(
        "[[behaviour]]\nmatch = \"*\"\ndo = \"delay\"\nms = 400\ncall = \"directory\"\ntimes = 3\n",
        "directory_keep = \"100ms\"\ndirectory_keep_refused = \"100ms\"\n",
    );
    let id = [post(&stage, "KILL-1").await];
    for n in 1..=3 {
        while lookups(&stage).await < n {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(150 * n as u64)).await;
        stage.kill();
        stage.start();
    }
    stage.settled(&id, &["delivered"]).await;
    assert_eq!(deposits(&stage).await, 1);
}
