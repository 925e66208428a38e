//! Answers that are hard to place: to what facteur wrote itself, among invoices, under a reference used before; and all of it while the daemon is killed.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output};
use std::time::Duration;

use super::replies::{EDIFACT, PARTNER, events, hex, interchange, list, message, one, problems, reply, stage, until};
use super::stage::{Dice, PROGRAM, Stage, invoice};

fn asked(stage: &Stage, args: &[&str]) -> Output {
    let url = stage.url("");
    let mut command = Command::new(PROGRAM);
    command.args(args).args(["--url", url.trim_end_matches('/')]).env("FACTEUR_TOKEN", stage.token());
    command.output().unwrap()
}

/// The reference under which `facteur convert` writes a document as INVOIC.
fn written(document: &[u8], to: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.xml");
    fs::write(&path, document).unwrap();
    let output = Command::new(PROGRAM).args(["convert", "--to", to]).arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text[text.rfind('+').unwrap() + 1..].trim_end().trim_end_matches('\'').to_owned()
}

#[tokio::test]
async fn an_answer_to_what_was_converted_finds_its_invoice_and_what_finds_none_is_shown() {
    let stage = stage(PARTNER, "");
    let document = invoice("CNV-1");
    let (early, late) = (written(&document, "edifact-d96a"), written(&document, "edifact-d01b"));
    assert_eq!((early.len(), &early[..11]), (14, &*hex(&document)[..11].to_uppercase()));
    assert!(early != late && early == written(&document, "edifact-d96a"));
    let contrl = |reference: &str, own: &str, more: &str| {
        reply("CONTRL", "D:3", own, &format!("UCI+{reference}+FROM:ZZ+TO:ZZ+7'{more}"))
    };
    // Before the daemon knows the invoice: kept, and shown wherever somebody looks.
    let rejects = contrl(&early, "V1", "UCM+1+INVOIC:D:96A:UN+4'UCS+3+13'");
    let (_, taken) = stage.post("/v1/answers", rejects, &EDIFACT).await.unwrap();
    let first = taken["id"].as_str().unwrap().to_owned();
    // Another program's reference means nothing here.
    let (_, taken) = stage.post("/v1/answers", contrl("20261122093000", "V2", ""), &EDIFACT).await.unwrap();
    let nobody = taken["id"].as_str().unwrap().to_owned();
    until(&stage, "/v1/answers?unmatched=true", |shown| list(shown, "answers").len() == 2).await;
    let told = asked(&stage, &["status", "--lang", "en"]);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(text.contains("speak of no invoice known here: 2") && text.contains(&nobody), "{text}");
    let config = stage.path("facteur.toml");
    let doctor = Command::new(PROGRAM).args(["doctor", "--lang", "en", "--config"]).arg(&config).output().unwrap();
    let text = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(text.contains("2 answers in EDIFACT speak of no invoice"), "{text}");

    let (_, taken) = stage.post("/v1/invoices", document, &[]).await.unwrap();
    let id = taken["id"].as_str().unwrap();
    let shown = until(&stage, &format!("/v1/answers/{first}"), |shown| shown["unmatched"] == 0).await;
    assert_eq!(shown["invoices"][0], id);
    let said = events(&stage, id, "edi-answer").await;
    assert_eq!((said.len(), &said[0]["data"]["outcome"]), (1, &"rejected".into()), "{said:?}");
    assert!(problems(&stage, id).await.iter().any(|problem| problem["code"] == "13"));
    // The other directory, accepted; and an APERAK that names the interchange alone.
    stage.post("/v1/answers", contrl(&late, "V3", ""), &EDIFACT).await.unwrap();
    let aperak = reply("APERAK", "D:01B", "V4", &format!("BGM+312+A1+29'RFF+ACW:{late}/1'"));
    stage.post("/v1/answers", aperak, &EDIFACT).await.unwrap();
    until(&stage, "/v1/answers?unmatched=true", |shown| list(shown, "answers").len() == 1).await;
    let said = events(&stage, id, "edi-answer").await;
    let outcomes: Vec<_> = said.iter().map(|event| event["data"]["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["rejected", "accepted", "accepted"]);
}

#[tokio::test]
async fn answers_among_invoices_are_read_and_the_interchange_is_answered_once() {
    let stage = stage(PARTNER, "");
    stage.post("/v1/invoices", one("AMG-1", "0081"), &EDIFACT).await.unwrap();
    for (prefix, reference, count) in [("AMG-2", "0082", 2), ("AMG-4", "0083", 1)] {
        // From LAVANDE to PORT, about what PORT sent to LAVANDE would be usual; here about the invoice above, as UCI says.
        let mut file = format!("UNB+UNOC:3+LAVANDE:ZZ+PORT:ZZ+261122:0900+{reference}++++1'").into_bytes();
        (1..=count).for_each(|n| file.extend(message(n, &format!("{prefix}-{n}"))));
        file.extend(
            format!(
                "UNH+8+CONTRL:D:3:UN'UCI+0081+LAVANDE:ZZ+PORT:ZZ+7'UCM+1+INVOIC:D:96A:UN+{}'UNT+4+8'",
                if count == 2 { 4 } else { 7 }
            )
            .bytes(),
        );
        file.extend(format!("UNZ+{}+{reference}'", count + 1).bytes());
        for _ in 0..2 {
            let (status, taken) = stage.post("/v1/invoices", file.clone(), &EDIFACT).await.unwrap();
            assert_eq!(status.as_u16(), 202, "{taken}");
        }
        let place = format!("/v1/interchanges/{}/answers", hex(&file));
        let shown = until(&stage, &place, |shown| !list(shown, "answers").is_empty()).await;
        let contrl = stage.raw(shown["answers"][0]["document"].as_str().unwrap()).await.text().await.unwrap();
        assert!(contrl.contains(&format!("UCI+{reference}+LAVANDE:ZZ+PORT:ZZ+7'UNT")), "{contrl}");
    }
    let id = &hex(&one("AMG-1", "0081"))[..32];
    let path = format!("/v1/invoices/{id}/events?limit=500");
    until(&stage, &path, |page| list(page, "events").iter().filter(|one| one["kind"] == "edi-answer").count() == 2)
        .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let said = events(&stage, id, "edi-answer").await;
    let outcomes: Vec<_> = said.iter().map(|event| event["data"]["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["rejected", "accepted"], "{said:?}");
    // None of them was answered by a CONTRL of its own.
    let all = stage.get("/v1/answers?limit=500").await;
    let written = list(&all, "answers").iter().filter(|one| one["written"] == true && one["kind"] == "CONTRL").count();
    assert_eq!(written, 3, "{all}");
}

#[tokio::test]
async fn another_file_under_a_reference_used_before_is_told_as_a_possible_duplicate() {
    let stage = stage(PARTNER, "");
    let contrl = async |file: &[u8]| {
        stage.post("/v1/invoices", file.to_vec(), &EDIFACT).await.unwrap();
        let place = format!("/v1/interchanges/{}/answers", hex(file));
        let shown = until(&stage, &place, |shown| list(shown, "answers").len() == 2).await;
        stage.raw(shown["answers"][0]["document"].as_str().unwrap()).await.text().await.unwrap()
    };
    let (first, second) = (one("DUP-1", "0090"), interchange("DUP-2", "0090"));
    let answered = contrl(&first).await;
    assert!(answered.contains("UCI+0090+LAVANDE:ZZ+PORT:ZZ+7'"), "{answered}");
    // What is taken is acknowledged; that the reference was used before is told beside it.
    let again = contrl(&second).await;
    assert!(again.contains("UCI+0090+LAVANDE:ZZ+PORT:ZZ+7+26+UNB+6'"), "{again}");
    // The same bytes are the same answer, and somebody else's reference is somebody else's.
    assert_eq!(contrl(&first).await, answered);
    let other: String = one("DUP-5", "0090").iter().map(|b| char::from(*b)).collect();
    let other: Vec<u8> = other.replace("+PORT:ZZ+", "+PORT2:ZZ+").chars().map(|c| c as u8).collect();
    let other = contrl(&other).await;
    assert!(other.contains("UCI+0090+LAVANDE:ZZ+PORT2:ZZ+7'"), "{other}");
}

#[tokio::test]
async fn twenty_deaths_double_no_answer_and_lose_none() {
    let seed: u64 = std::env::var("FACTEUR_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_261_122);
    println!("FACTEUR_SEED={seed}");
    let mut dice = Dice(seed);
    let mut stage = stage(PARTNER, "");
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for n in 0..20 {
        let (prefix, reference) = (format!("DIE-{n}"), format!("7{n:03}"));
        let file = if n % 3 == 0 { one(&prefix, &reference) } else { interchange(&prefix, &reference) };
        let pause = dice.roll(120);
        // Sent and killed at once: before, within or after the commit.
        let sent = stage.post("/v1/invoices", file.clone(), &EDIFACT);
        let sent = match dice.roll(3) {
            0 => tokio::time::timeout(Duration::from_millis(pause / 8), sent).await.ok().flatten(),
            _ => sent.await,
        };
        tokio::time::sleep(Duration::from_millis(pause)).await;
        stage.kill();
        stage.start();
        // A caller that heard nothing sends it again.
        if sent.is_none() {
            let (status, _) = stage.post("/v1/invoices", file.clone(), &EDIFACT).await.unwrap();
            assert_eq!(status.as_u16(), 202);
        }
        files.insert(reference, file);
    }
    let mut written = 0;
    for (reference, file) in &files {
        let place = format!("/v1/interchanges/{}/answers", hex(file));
        let shown = until(&stage, &place, |shown| !list(shown, "answers").is_empty()).await;
        let ids: Vec<String> =
            list(&shown["answers"][0], "invoices").iter().map(|id| id.as_str().unwrap().into()).collect();
        assert_eq!(ids.len(), String::from_utf8_lossy(file).matches("UNH+").count(), "{shown}");
        let mut judged = 0;
        for id in &ids {
            let row = stage.get(&format!("/v1/invoices/{id}")).await;
            // One whose judge died too often waits for a person, and is neither accepted nor refused.
            let is_judged = row["state"] != "parked" || row["verdict"].is_string();
            judged += usize::from(is_judged);
            let told = events(&stage, id, "answered").await;
            let kinds: Vec<_> = told.iter().map(|event| event["data"]["kind"].as_str().unwrap()).collect();
            assert_eq!(kinds, if is_judged { vec!["CONTRL", "APERAK"] } else { vec!["CONTRL"] }, "{reference} {row}");
        }
        let kinds: Vec<_> = list(&shown, "answers").iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, if judged > 0 { vec!["CONTRL", "APERAK"] } else { vec!["CONTRL"] }, "{reference}");
        written += kinds.len();
        let Some(aperak) = shown["answers"][1]["document"].as_str() else { continue };
        let aperak = stage.raw(aperak).await.text().await.unwrap();
        assert_eq!(aperak.matches("UNH+").count(), judged, "{aperak}");
    }
    println!("{written} answers to {} files", files.len());
    assert!(written > files.len(), "hardly one was judged");
    let all = stage.get("/v1/answers?limit=500").await;
    assert_eq!(list(&all, "answers").len(), written, "nothing is answered twice, and nothing else is answered");
}
