//! CONTRL and APERAK in the running service: written for what comes, read for what was sent.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::stage::Stage;

pub const PARTNER: &str = r#"name = "Atelier Lavande"
identifiers = ["LAVANDE"]
contrl = "always"
aperak = "always"
lang = "en"
[constants]
BT-23 = "A1"
BT-24 = "urn:cen.eu:en16931:2017"
"#;
pub const EDIFACT: [(&str, &str); 1] = [("content-type", "application/edifact")];

pub fn stage(partner: &str, more: &str) -> Stage {
    Stage::with("processing_ms = 100\nstep_ms = 50\n", |folder| {
        fs::create_dir(folder.join("partners")).unwrap();
        fs::write(folder.join("partners/lavande.toml"), partner).unwrap();
        fs::create_dir(folder.join("in")).unwrap();
        let more = more.replace("IN", &folder.join("in").display().to_string());
        format!("[partners]\nfolder = \"partners\"\n[problems]\nA = \"billing@example.test\"\n{more}")
    })
}

/// The message of a fixture of ours under another number and reference.
pub fn message(n: usize, number: &str) -> Vec<u8> {
    let file = fs::read("fixtures/edifact/d96a.edi").unwrap();
    let text: String = file.iter().map(|b| char::from(*b)).collect();
    let (start, end) = (text.find("UNH").unwrap(), text.find("UNZ").unwrap());
    let text = text[start..end].replace("FA-2026-0044", number).replace("UNH+1+", &format!("UNH+{n}+"));
    text.replace("UNT+36+1'", &format!("UNT+36+{n}'")).chars().map(|c| c as u8).collect()
}

/// Two invoices, the second with a wrong sum.
pub fn interchange(prefix: &str, reference: &str) -> Vec<u8> {
    let mut file = format!("UNA:+.? '\nUNB+UNOC:3+LAVANDE:ZZ+PORT:ZZ+261122:0900+{reference}'\n").into_bytes();
    file.extend(message(1, &format!("{prefix}-1")));
    let wrong: String = message(2, &format!("{prefix}-2")).iter().map(|b| char::from(*b)).collect();
    file.extend(wrong.replace("MOA+79:100.00", "MOA+79:90.00").chars().map(|c| c as u8));
    file.extend(format!("UNZ+2+{reference}'\n").bytes());
    file
}

pub fn one(number: &str, reference: &str) -> Vec<u8> {
    let mut file = format!("UNB+UNOC:3+LAVANDE:ZZ+PORT:ZZ+261122:0900+{reference}'").into_bytes();
    file.extend(message(1, number));
    file.extend(format!("UNZ+1+{reference}'").bytes());
    file
}

/// Segments of a message of an answer from PORT to LAVANDE, as an interchange.
pub fn reply(kind: &str, directory: &str, reference: &str, segments: &str) -> Vec<u8> {
    let count = segments.matches('\'').count() + 2;
    format!(
        "UNB+UNOC:3+PORT:ZZ+LAVANDE:ZZ+261122:1000+{reference}'UNH+1+{kind}:{directory}:UN'{segments}UNT+{count}+1'UNZ+1+{reference}'"
    )
    .into_bytes()
}

pub fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// What a place shows, once it is as wanted.
pub async fn until(stage: &Stage, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let shown = stage.get(path).await;
        if wanted(&shown) {
            return shown;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{path}: {shown}");
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

pub fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("{key}: {value}"))
}

pub async fn events(stage: &Stage, id: &str, kind: &str) -> Vec<Value> {
    let page = stage.get(&format!("/v1/invoices/{id}/events?limit=500")).await;
    list(&page, "events").iter().filter(|event| event["kind"] == kind).cloned().collect()
}

pub async fn problems(stage: &Stage, id: &str) -> Vec<Value> {
    let page = stage.get("/v1/problems").await;
    list(&page, "problems").iter().filter(|one| one["invoice_id"] == *id).cloned().collect()
}

#[tokio::test]
async fn what_comes_is_answered_once_whatever_kills_the_daemon() {
    let mut stage = stage(PARTNER, "");
    let file = interchange("ANS", "0050");
    let (status, taken) = stage.post("/v1/invoices", file.clone(), &EDIFACT).await.unwrap();
    assert_eq!(status.as_u16(), 202, "{taken}");
    // Fewer than what sets a document aside as one that brings facteur down.
    for pause in [0, 15, 60, 150] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        stage.kill();
        stage.start();
    }
    let place = format!("/v1/interchanges/{}/answers", hex(&file));
    let shown = until(&stage, &place, |shown| list(shown, "answers").len() == 2).await;
    let kinds: Vec<_> = list(&shown, "answers").iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["CONTRL", "APERAK"]);
    let text = async |n: usize| {
        let answer = stage.raw(shown["answers"][n]["document"].as_str().unwrap()).await;
        assert_eq!(answer.headers()["content-type"], "application/edifact");
        String::from_utf8(answer.bytes().await.unwrap().to_vec()).unwrap()
    };
    let (contrl, aperak) = (text(0).await, text(1).await);
    assert!(
        contrl.contains("UNB+UNOC:3+PORT:ZZ+LAVANDE:ZZ") && contrl.contains("UCI+0050+LAVANDE:ZZ+PORT:ZZ+7'"),
        "{contrl}"
    );
    assert!(
        aperak.contains("RFF+IV:ANS-1'") && aperak.contains("RFF+IV:ANS-2'") && aperak.contains("ERC+BRCO10:ZZZ:92'"),
        "{aperak}"
    );
    assert!(aperak.contains("Invoice not accepted"), "{aperak}");
    let ids: Vec<String> = list(&taken, "invoices").iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    for (id, action) in ids.iter().zip(["29", "27"]) {
        let told = events(&stage, id, "answered").await;
        let said: Vec<_> = told.iter().map(|event| (&event["data"]["kind"], &event["data"]["action"])).collect();
        assert_eq!(said, [(&"CONTRL".into(), &"7".into()), (&"APERAK".into(), &action.into())], "{told:?}");
        let own = stage.get(&format!("/v1/invoices/{id}/answers")).await;
        assert_eq!(own["answers"], shown["answers"]);
    }
    // The same file again, and another start: the same answers.
    stage.post("/v1/invoices", file.clone(), &EDIFACT).await.unwrap();
    stage.kill();
    stage.start();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(stage.get(&place).await["answers"], shown["answers"]);
    assert_eq!(events(&stage, &ids[0], "answered").await.len(), 2);

    // Somebody with whom nothing is agreed is answered where it asks for it, or where the syntax is refused.
    let plain = one("ANS-3", "0051");
    let plain: String = plain.iter().map(|b| char::from(*b)).collect();
    let stranger = plain.replace("LAVANDE:ZZ", "INCONNU:ZZ");
    for (file, count) in [
        (stranger.clone(), 0),
        (stranger.replace("0900+0051'UNH", "0900+0052++++1'UNH").replace("UNZ+1+0051", "UNZ+1+0052"), 1),
        (stranger.replace("UNZ+1+0051'", ""), 1),
    ] {
        let bytes: Vec<u8> = file.chars().map(|c| c as u8).collect();
        let (_, taken) = stage.post("/v1/invoices", bytes.clone(), &EDIFACT).await.unwrap();
        let id = taken["id"].as_str().unwrap();
        until(&stage, &format!("/v1/invoices/{id}"), |row| row["verdict"].is_string()).await;
        let place = format!("/v1/interchanges/{}/answers", hex(&bytes));
        let shown = until(&stage, &place, |shown| list(shown, "answers").len() >= count).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(list(&shown, "answers").len(), count, "{file}");
        if file.contains("UNZ") {
            continue;
        }
        let answer = stage.raw(shown["answers"][0]["document"].as_str().unwrap()).await.text().await.unwrap();
        assert!(answer.contains("UCI+0051+INCONNU:ZZ+PORT:ZZ+4"), "{answer}");
        let told = events(&stage, id, "answered").await;
        assert_eq!((told.len(), &told[0]["data"]["action"]), (1, &"4".into()));
    }
    // Where nothing is no longer than asked for: an answer is none, and an invoice is no answer.
    let (status, told) = stage.post("/v1/invoices", contrl.into_bytes(), &EDIFACT).await.unwrap();
    assert_eq!((status.as_u16(), &told["code"]), (422, &"answer-message".into()));
    for garbage in [file, b"UNB+".to_vec(), b"<a/>".to_vec()] {
        let (status, told) = stage.post("/v1/answers", garbage, &EDIFACT).await.unwrap();
        assert_eq!((status.as_u16(), &told["code"]), (422, &"no-answer-message".into()));
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn answers_are_written_beside_the_reports_and_taken_from_the_folder() {
    let mut stage = stage(PARTNER, "[[folder]]\nname = \"erp\"\npath = \"IN\"\nsettle = \"50ms\"\npoll = \"50ms\"\n");
    let inbox = stage.path("in");
    let put = |name: &str, bytes: &[u8]| {
        fs::write(inbox.join(".part"), bytes).unwrap();
        fs::rename(inbox.join(".part"), inbox.join(name)).unwrap();
    };
    // Of somebody else, in a place that an answer would have.
    fs::create_dir_all(inbox.join("done")).unwrap();
    fs::write(inbox.join("done/b.edi.contrl.edi"), "mine").unwrap();
    put("a.edi", &interchange("DIR", "0060"));
    put("b.edi", &one("DIR-3", "0061"));
    for pause in [60, 150, 30] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        stage.kill();
        stage.start();
    }
    let began = Instant::now();
    let ended = |path: &str| inbox.join(path).exists();
    while !(ended("refused/a.edi") && ended("done/b~2.edi")) {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{:?} {:?}",
            names(&inbox.join("done")),
            names(&inbox.join("refused"))
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let said = |path: &str| String::from_utf8(fs::read(inbox.join(path)).unwrap()).unwrap();
    assert_eq!(said("done/b.edi.contrl.edi"), "mine");
    assert!(
        said("done/b~2.edi.contrl.edi").contains("UCI+0061+")
            && said("done/b~2.edi.aperak.edi").contains("RFF+IV:DIR-3'")
    );
    assert!(
        said("refused/a.edi.contrl.edi").contains("UCI+0060+")
            && said("refused/a.edi.aperak.edi").contains("ERC+BRCO10")
    );

    let contrl = reply("CONTRL", "D:3", "R1", "UCI+0061+LAVANDE:ZZ+PORT:ZZ+7'");
    put("reply.edi", &contrl);
    while !ended("done/reply.edi") {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", names(&inbox));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(said("done/reply.edi.report.txt").contains("0061"));
    let id = &hex(&contrl)[..32];
    let shown = until(&stage, &format!("/v1/answers/{id}"), |shown| shown["unmatched"] == 0).await;
    assert_eq!((list(&shown, "invoices").len(), &shown["source"]), (1, &"folder:erp".into()));
    let told = events(&stage, shown["invoices"][0].as_str().unwrap(), "edi-answer").await;
    assert_eq!(
        (told.len(), &told[0]["data"]["outcome"], &told[0]["actor"]),
        (1, &"accepted".into(), &"edi:PORT".into())
    );
}

#[tokio::test]
async fn answers_that_come_are_told_to_their_invoices_and_rejections_become_problems() {
    let stage = stage(PARTNER, "");
    let send = async |bytes: Vec<u8>| {
        let (status, taken) = stage.post("/v1/answers", bytes, &EDIFACT).await.unwrap();
        assert_eq!(status.as_u16(), 202, "{taken}");
        taken["id"].as_str().unwrap().to_owned()
    };
    let accept = async |number: &str, reference: &str| {
        let (_, taken) = stage.post("/v1/invoices", one(number, reference), &EDIFACT).await.unwrap();
        taken["id"].as_str().unwrap().to_owned()
    };
    let matched = async |id: &str| until(&stage, &format!("/v1/answers/{id}"), |shown| shown["unmatched"] == 0).await;

    // Before the invoice is there: kept, listed, told once it comes.
    let early =
        send(reply("CONTRL", "D:3", "R1", "UCI+0071+LAVANDE:ZZ+PORT:ZZ+7'UCM+1+INVOIC:D:96A:UN+4+28:UNT'")).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let shown = stage.get("/v1/answers?unmatched=true").await;
    assert_eq!((list(&shown, "answers").len(), &shown["answers"][0]["id"]), (1, &early.as_str().into()));
    let first = accept("IN-1", "0071").await;
    matched(&early).await;
    stage.settled(std::slice::from_ref(&first), &["delivered"]).await;
    let told = events(&stage, &first, "edi-answer").await;
    assert_eq!(
        (told.len(), &told[0]["data"]["outcome"], &told[0]["data"]["errors"][0]["code"]),
        (1, &"rejected".into(), &"28".into())
    );
    let opened = problems(&stage, &first).await;
    assert_eq!(opened.len(), 1, "{opened:?}");
    let problem = &opened[0];
    assert_eq!(
        (&problem["code"], &problem["cause"], &problem["amount"]),
        (&"28".into(), &"A8".into(), &"120.00".into()),
        "{problem}"
    );
    assert_eq!((&problem["said"], &problem["owner"]), (&"buyer".into(), &"billing@example.test".into()), "{problem}");
    assert!(problem["customer_name"].as_str().unwrap().contains("Chantiers du Port"), "{problem}");
    let row = stage.get(&format!("/v1/invoices/{first}")).await;
    assert_eq!(row["state"], "delivered", "no state of the platform's");

    // Twice: nothing more. Accepted: told, and closes nothing.
    let again =
        send(reply("CONTRL", "D:3", "R1", "UCI+0071+LAVANDE:ZZ+PORT:ZZ+7'UCM+1+INVOIC:D:96A:UN+4+28:UNT'")).await;
    assert_eq!(again, early);
    let parties = "NAD+SU+12345678200010::107'NAD+BY+98765432400019::107'";
    let yes = send(reply("APERAK", "D:01B", "R2", &format!("BGM+312+A1+29'RFF+IV:IN-1'{parties}"))).await;
    matched(&yes).await;
    let told = events(&stage, &first, "edi-answer").await;
    assert_eq!((told.len(), &told[1]["data"]["outcome"]), (2, &"accepted".into()));
    assert_eq!(problems(&stage, &first).await.len(), 1);
    assert!(problems(&stage, &first).await[0]["closed_at"].is_null());

    // A rule of ours that did not run here would have caught it.
    let second = accept("IN-2", "0072").await;
    stage.settled(std::slice::from_ref(&second), &["delivered"]).await;
    let no = format!("BGM+313+A2+27'RFF+IV:IN-2'{parties}ERC+F00031:ZZZ:92'FTX+AAO+++Mentions manquantes'");
    let no = send(reply("APERAK", "D:01B", "R3", &no)).await;
    matched(&no).await;
    let opened = problems(&stage, &second).await;
    assert_eq!(
        (opened.len(), &opened[0]["rule"], &opened[0]["code"]),
        (1, &"BR-FR-05_BT-22-1".into(), &"F00031".into()),
        "{opened:?}"
    );
    assert_eq!(opened[0]["text"], "Mentions manquantes");
    // One that ran, and passed, would not.
    let third = accept("IN-3", "0073").await;
    stage.settled(std::slice::from_ref(&third), &["delivered"]).await;
    let sum = format!(
        "BGM+313+A3+27'RFF+IV:IN-3'{parties}ERC+BRCO10:ZZZ:92'ERC+X99:ZZZ:92'FTX+AAO+++Numéro de commande inconnu'"
    );
    let sum: Vec<u8> = reply("APERAK", "D:01B", "R4", &sum)
        .iter()
        .map(|b| char::from(*b))
        .collect::<String>()
        .replace("Ã©", "é")
        .chars()
        .map(|c| c as u8)
        .collect();
    matched(&send(sum).await).await;
    let opened = problems(&stage, &third).await;
    assert!(opened.iter().any(|one| one["code"] == "BRCO10" && one["rule"].is_null()), "{opened:?}");
    assert!(opened.iter().any(|one| one["code"] == "X99" && one["cause"] == "A2"), "{opened:?}");

    // A number without parties, or of others, is nobody's; nor is a CONTRL of another's interchange.
    for (n, segments) in [
        "BGM+313+A4+27'RFF+IV:IN-3'",
        "BGM+313+A5+27'RFF+IV:IN-3'NAD+SU+73282932000074::107'NAD+BY+98765432400019::107'",
    ]
    .into_iter()
    .enumerate()
    {
        let bytes = reply("APERAK", "D:01B", &format!("S{n}"), segments);
        let other: String = bytes
            .iter()
            .map(|b| char::from(*b))
            .collect::<String>()
            .replace("UNB+UNOC:3+PORT:ZZ", "UNB+UNOC:3+AUTRE:ZZ");
        send(other.into_bytes()).await;
    }
    send(reply("CONTRL", "D:3", "S3", "UCI+0073+LAVANDE:ZZ+AUTRE:ZZ+4+18'")).await;
    send(reply("CONTRL", "D:3", "S4", "BGM+1'")).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(list(&stage.get("/v1/answers?unmatched=true").await, "answers").len(), 4);
    assert_eq!(events(&stage, &third, "edi-answer").await.len(), 1);
    let page = stage.get("/v1/answers?limit=2").await;
    let rest = stage.get(&format!("/v1/answers?limit=500&after={}", page["next"].as_str().unwrap())).await;
    // Each of three invoices was answered twice, and eight answers came.
    assert_eq!((list(&page, "answers").len(), list(&rest, "answers").len()), (2, 12));
    // An APERAK is answered by CONTRL where its sender asks for it, a CONTRL never.
    let asks = |bytes: Vec<u8>| {
        let text: String = bytes.iter().map(|b| char::from(*b)).collect();
        text.replacen("'UNH", "++++1'UNH", 1).into_bytes()
    };
    let aperak = asks(reply("APERAK", "D:01B", "T1", &format!("BGM+312+A6+29'RFF+IV:IN-3'{parties}")));
    let contrl = asks(reply("CONTRL", "D:3", "T2", "UCI+0073+LAVANDE:ZZ+PORT:ZZ+7'"));
    matched(&send(aperak.clone()).await).await;
    matched(&send(contrl.clone()).await).await;
    until(&stage, &format!("/v1/interchanges/{}/answers", hex(&aperak)), |shown| list(shown, "answers").len() == 1)
        .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(list(&stage.get(&format!("/v1/interchanges/{}/answers", hex(&contrl))).await, "answers").len(), 0);
}

#[tokio::test]
async fn an_answer_to_several_tells_each_and_what_it_says_of_strangers_is_said() {
    let stage = stage(PARTNER, "");
    let accept = async |number: &str, reference: &str| {
        let (_, taken) = stage.post("/v1/invoices", one(number, reference), &EDIFACT).await.unwrap();
        taken["id"].as_str().unwrap().to_owned()
    };
    let send = async |bytes: Vec<u8>| {
        let (status, taken) = stage.post("/v1/answers", bytes, &EDIFACT).await.unwrap();
        assert_eq!(status.as_u16(), 202, "{taken}");
        taken["id"].as_str().unwrap().to_owned()
    };
    let ids = [accept("SEV-1", "0081").await, accept("SEV-2", "0082").await];
    stage.settled(&ids, &["delivered"]).await;
    let outcomes = async |id: &str| {
        let told = events(&stage, id, "edi-answer").await;
        told.iter().map(|event| event["data"]["outcome"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let matched = async |id: &str| until(&stage, &format!("/v1/answers/{id}"), |shown| shown["unmatched"] == 0).await;

    // Two UCI in one CONTRL: the second is no part of the first.
    let two = "UCI+0081+LAVANDE:ZZ+PORT:ZZ+7'UCI+0082+LAVANDE:ZZ+PORT:ZZ+4+18'";
    matched(&send(reply("CONTRL", "D:3", "S1", two)).await).await;
    assert_eq!((outcomes(&ids[0]).await, outcomes(&ids[1]).await), (vec!["accepted".into()], vec!["rejected".into()]));

    // One APERAK of two messages: both are told; a third that nobody knows stays unmatched.
    let both = "BGM+313+A+27'RFF+ACW:0081/1'RFF+ACW:0082/1'ERC+X:ZZZ:92'";
    matched(&send(reply("APERAK", "D:96A", "S2", both)).await).await;
    assert_eq!((outcomes(&ids[0]).await.len(), outcomes(&ids[1]).await.len()), (2, 2));
    let unknown =
        send(reply("APERAK", "D:96A", "S3", "BGM+313+A+27'RFF+ACW:0081/1'RFF+ACW:0099/1'ERC+X:ZZZ:92'")).await;
    until(&stage, &format!("/v1/answers/{unknown}"), |shown| shown["unmatched"] == 1).await;

    // A UCM of a message that the interchange does not have: said with the answer, to those that it has.
    let third = accept("SEV-3", "0083").await;
    stage.settled(std::slice::from_ref(&third), &["delivered"]).await;
    let stranger = "UCI+0083+LAVANDE:ZZ+PORT:ZZ+7'UCM+77+INVOIC:D:96A:UN+4+12'";
    matched(&send(reply("CONTRL", "D:3", "S4", stranger)).await).await;
    let told = events(&stage, &third, "edi-answer").await;
    assert_eq!((told.len(), &told[0]["data"]["strangers"][0]), (1, &"77 (4)".into()), "{told:?}");
}
