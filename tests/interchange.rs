//! An EDIFACT interchange of several invoices at the doors of the daemon, and what is agreed with who sends it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::stage::Stage;

const PARTNER: &str = r#"name = "Atelier Lavande"
identifiers = ["LAVANDE"]
[constants]
BT-23 = "S1"
BT-24 = "urn:cen.eu:en16931:2017"
"#;

/// A daemon that knows the partner.
fn stage(more: &str) -> Stage {
    Stage::with("processing_ms = 100\nstep_ms = 50\n", |folder| {
        fs::create_dir(folder.join("partners")).unwrap();
        fs::write(folder.join("partners/lavande.toml"), PARTNER).unwrap();
        fs::create_dir(folder.join("in")).unwrap();
        format!("[partners]\nfolder = \"partners\"\n{}", more.replace("IN", &folder.join("in").display().to_string()))
    })
}

/// The message of a fixture of ours under another number and reference.
fn message(n: usize, number: &str) -> Vec<u8> {
    let file = fs::read("fixtures/edifact/d96a.edi").unwrap();
    let text: String = file.iter().map(|b| char::from(*b)).collect();
    let (start, end) = (text.find("UNH").unwrap(), text.find("UNZ").unwrap());
    let text = text[start..end].replace("FA-2026-0044", number).replace("UNH+1+", &format!("UNH+{n}+"));
    text.replace("UNT+36+1'", &format!("UNT+36+{n}'")).chars().map(|c| c as u8).collect()
}

/// Three invoices, the second with a wrong sum, and an order between them.
fn interchange(prefix: &str) -> Vec<u8> {
    let mut file = b"UNA:+.? '\nUNB+UNOC:3+LAVANDE:ZZ+PORT:ZZ+261122:0900+0045'\n".to_vec();
    file.extend(message(1, &format!("{prefix}-1")));
    file.extend(b"UNH+2+ORDERS:D:96A:UN'\nBGM+220+C1+9'\nUNT+3+2'\n");
    let wrong: String = message(3, &format!("{prefix}-2")).iter().map(|b| char::from(*b)).collect();
    assert!(wrong.contains("MOA+79:100.00"));
    file.extend(wrong.replace("MOA+79:100.00", "MOA+79:90.00").chars().map(|c| c as u8));
    file.extend(message(4, &format!("{prefix}-3")));
    file.extend(b"UNZ+4+0045'\n");
    file
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn verdicts(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["verdict"].as_str().unwrap_or("?")).collect()
}

/// The invoices of an answer once they are judged.
async fn judged(stage: &Stage, answer: &Value) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let mut rows = Vec::new();
        for one in answer["invoices"].as_array().unwrap() {
            rows.push(stage.get(one["location"].as_str().unwrap()).await);
        }
        if rows.iter().all(|row| row["verdict"].is_string()) {
            return rows;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{rows:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const EDIFACT: [(&str, &str); 1] = [("content-type", "application/edifact")];

#[tokio::test]
async fn each_invoice_of_a_posted_interchange_is_a_document_of_its_own() {
    let stage = stage("");
    let file = interchange("API");
    let (status, told) = stage.post("/v1/validate?file=a.edi", file.clone(), &EDIFACT).await.unwrap();
    assert_eq!(
        (status.as_u16(), &told["schema"], &told["verdict"]),
        (200, &"facteur-reports/1".into(), &"invalid".into())
    );
    assert_eq!(verdicts(told["reports"].as_array().unwrap()), ["valid", "invalid", "valid"], "{told}");
    assert_eq!(told["reports"][1]["file"], "a.edi#2");

    let key = [EDIFACT[0], ("idempotency-key", "k1")];
    let (status, taken) = stage.post("/v1/invoices", file.clone(), &key).await.unwrap();
    assert_eq!((status.as_u16(), taken["sha256"].as_str()), (202, Some(hex(&file).as_str())), "{taken}");
    assert_eq!(taken["others"][0]["kind"], "ORDERS");
    let rows = judged(&stage, &taken).await;
    assert_eq!(verdicts(&rows), ["valid", "invalid", "valid"]);
    assert_eq!((rows[2]["number"].as_str(), rows[2]["syntax"].as_str()), (Some("API-3"), Some("edifact-d96a")));
    for (row, part) in rows.iter().zip(taken["invoices"].as_array().unwrap()) {
        let place = &row["part_of"];
        assert_eq!((&place["sha256"], &place["position"]), (&taken["sha256"], &part["position"]));
        let offset = usize::try_from(place["offset"].as_u64().unwrap()).unwrap();
        assert!(file[offset..].starts_with(format!("UNH+{}+INVOIC", place["message"].as_str().unwrap()).as_bytes()));
        let own = stage.raw(row["links"]["document"].as_str().unwrap()).await;
        assert_eq!(own.headers()["content-type"], "application/edifact");
        let own = own.bytes().await.unwrap();
        assert_eq!(hex(&own), part["sha256"].as_str().unwrap());
        assert!(own.ends_with(b"UNZ+1+0045'"), "{}", String::from_utf8_lossy(&own));
        let events = stage.get(row["links"]["events"].as_str().unwrap()).await;
        assert_eq!(events["events"][0]["data"]["part_of"]["offset"], place["offset"]);
    }
    // The file as it came.
    let location = taken["location"].as_str().unwrap().to_owned();
    let kept = stage.raw(&format!("{location}/document")).await.bytes().await.unwrap();
    assert!(kept == file, "the file as it came");
    let shown = stage.get(&location).await;
    assert_eq!((&shown["invoices"], &shown["others"]), (&taken["invoices"], &taken["others"]));

    // Once more, raw and in a form: the same answer, and nothing twice.
    let (_, again) = stage.post("/v1/invoices", file.clone(), &key).await.unwrap();
    assert_eq!(again, taken);
    let mut form = b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.edi\"\r\n\r\n".to_vec();
    form.extend(&file);
    form.extend(b"\r\n--b--\r\n");
    let multipart = [("content-type", "multipart/form-data; boundary=b")];
    let (_, again) = stage.post("/v1/invoices", form, &multipart).await.unwrap();
    assert_eq!(again, taken);
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 3);
    let (status, refused) = stage.post("/v1/invoices", interchange("B"), &key).await.unwrap();
    assert_eq!((status.as_u16(), &refused["code"]), (422, &"idempotency-key-reused".into()));
    // One of its invoices alone is the same document; the whole of another interchange is none.
    let one = stage.raw(rows[0]["links"]["document"].as_str().unwrap()).await.bytes().await.unwrap();
    let (_, alone) = stage.post("/v1/invoices", one.to_vec(), &EDIFACT).await.unwrap();
    assert_eq!((&alone["id"], alone["invoices"].is_null()), (&rows[0]["id"], true));
    for absent in [hex(&one), hex(b"x"), "x".to_owned()] {
        for end in ["", "/document"] {
            assert_eq!(stage.raw(&format!("/v1/interchanges/{absent}{end}")).await.status(), 404, "{absent}{end}");
        }
    }
}

#[tokio::test]
async fn an_interchange_of_too_many_messages_is_refused_by_name_and_nothing_is_kept() {
    let stage = stage("");
    let mut file = b"UNB+UNOC:3+LAVANDE:ZZ+PORT:ZZ+261122:0900+0045'".to_vec();
    (0..10_001).for_each(|n| file.extend(format!("UNH+{n}+INVOIC:D:96A:UN'UNT+2+{n}'").bytes()));
    let (status, refused) = stage.post("/v1/invoices", file.clone(), &EDIFACT).await.unwrap();
    assert_eq!(
        (status.as_u16(), &refused["code"], &refused["rule"]),
        (422, &"too-many-invoices".into(), &"FCT-EDI-MANY".into())
    );
    let (status, told) = stage.post("/v1/validate", file, &EDIFACT).await.unwrap();
    assert_eq!(
        (status.as_u16(), &told["verdict"], &told["findings"][0]["rule"]),
        (200, &"not-judged".into(), &"FCT-EDI-MANY".into())
    );
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn partner_files_are_reloaded_and_a_wrong_one_changes_nothing() {
    let stage = stage("");
    let good = message(1, "P-1");
    let one = |number: &str| {
        let mut file = b"UNB+UNOC:3+LAVANDE:ZZ+PORT:ZZ+261122:0900+0046'".to_vec();
        file.extend(message(1, number));
        file.extend(b"UNZ+1+0046'");
        file
    };
    assert!(!good.is_empty());
    let verdict = async |number: &str| {
        let (_, told) = stage.post("/v1/validate", one(number), &EDIFACT).await.unwrap();
        told["verdict"].as_str().unwrap().to_owned()
    };
    let until = async |what: &str, expected: &str| {
        let began = Instant::now();
        loop {
            let ready = stage.get("/readyz").await;
            if ready["partners"].as_str().unwrap().contains(expected) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{what}: {ready}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    assert_eq!(verdict("P-1").await, "valid");
    let file = stage.path("partners/lavande.toml");
    fs::write(&file, PARTNER.replace("identifiers", "identifier")).unwrap();
    until("a wrong file is told", "1 wrong").await;
    assert_eq!(verdict("P-2").await, "valid", "its last good version is in force");
    let metrics = stage.raw("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("facteur_partner_file_faults 1"), "{metrics}");
    fs::write(&file, "name = \"Lavande\"\nidentifiers = [\"LAVANDE\"]\n").unwrap();
    until("it is right again", "ok").await;
    assert_eq!(verdict("P-3").await, "invalid", "nothing supplies BT-24");
    // Without a good version, what it says of its messages is not known.
    fs::remove_file(&file).unwrap();
    fs::write(stage.path("partners/other.toml"), "name = 1\n").unwrap();
    until("a wrong file is told", "1 wrong").await;
    let (_, told) = stage.post("/v1/validate", one("P-4"), &EDIFACT).await.unwrap();
    assert_eq!(told["not_run"][0]["pack"], "partners", "{told}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_interchange_in_a_folder_has_a_report_for_each_invoice_whatever_kills_the_daemon() {
    let mut stage = stage("[[folder]]\nname = \"erp\"\npath = \"IN\"\nsettle = \"50ms\"\npoll = \"50ms\"\n");
    let (inbox, file) = (stage.path("in"), interchange("DIR"));
    let fine = {
        let text: String = interchange("FINE").iter().map(|b| char::from(*b)).collect();
        text.replace("MOA+79:90.00", "MOA+79:100.00").chars().map(|c| c as u8).collect::<Vec<u8>>()
    };
    let put = |name: &str, bytes: &[u8]| {
        fs::write(inbox.join(".part"), bytes).unwrap();
        fs::rename(inbox.join(".part"), inbox.join(name)).unwrap();
    };
    put("a.edi", &file);
    put("b.edi", &fine);
    for pause in [40, 120, 10, 200, 80] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        stage.kill();
        stage.start();
    }
    let began = Instant::now();
    let ended = |place: &str, name: &str| inbox.join(place).join(name).exists();
    while !(ended("refused", "a.edi") && ended("done", "b.edi")) {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?} {:?}", names(&inbox), names(&inbox.join("refused")));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let expected = |name: &str| {
        // An order is among the invoices, which CONTRL rejects (17): its sender is told.
        let mut all = vec![name.to_owned(), format!("{name}.contrl.edi")];
        for n in ["", ".1", ".2", ".3"] {
            all.extend([format!("{name}{n}.report.json"), format!("{name}{n}.report.txt")]);
        }
        all.sort();
        all
    };
    assert_eq!((names(&inbox.join("refused")), names(&inbox.join("done"))), (expected("a.edi"), expected("b.edi")));
    assert!(fs::read(inbox.join("refused/a.edi")).unwrap() == file);
    let read = |path: &str| -> Value { serde_json::from_slice(&fs::read(inbox.join(path)).unwrap()).unwrap() };
    let whole = read("refused/a.edi.report.json");
    assert_eq!((&whole["schema"], &whole["verdict"]), (&"facteur-interchange/1".into(), &"invalid".into()));
    assert_eq!(verdicts(whole["invoices"].as_array().unwrap()), ["valid", "invalid", "valid"]);
    for (n, one) in whole["invoices"].as_array().unwrap().iter().enumerate() {
        let own = read(&format!("refused/{}", one["report"].as_str().unwrap()));
        assert_eq!((&own["received"]["id"], own["received"]["before"].as_bool()), (&one["id"], Some(false)));
        assert_eq!(own["received"]["part_of"]["position"], n + 1);
        let events = stage.get(&format!("/v1/invoices/{}/events", one["id"].as_str().unwrap())).await;
        let files = events["events"].as_array().unwrap().iter().filter(|e| e["kind"] == "file").count();
        assert_eq!(files, 1, "the file's name is kept once: {events}");
    }
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 6, "nothing twice");

    // The same file again goes where its worst invoice says; its reports tell that it came before.
    put("c.edi", &file);
    while !ended("refused", "c.edi") {
        assert!(began.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = read("refused/c.edi.report.json");
    let ids = |told: &Value| told["invoices"].as_array().unwrap().iter().map(|i| i["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&whole));
    assert!(again["invoices"].as_array().unwrap().iter().all(|one| one["before"] == true), "{again}");
}

/// What the daemon judges at once is bounded, since lines of a message take many times their size; what is beyond is told and does not leave.
#[tokio::test]
async fn a_message_too_large_for_the_daemon_is_kept_and_told() {
    let stage = stage("");
    let text: String = message(1, "LARGE").iter().map(|b| char::from(*b)).collect();
    let many = "FTX+AAI+++packed in boxes'".repeat(200_000);
    let text = text.replace("FTX+PMT", &format!("{many}FTX+PMT"));
    let file = format!("UNB+UNOC:3+LAVANDE:ZZ+PORT:ZZ+261122:0900+0045'{text}UNZ+1+0045'");
    let file: Vec<u8> = file.chars().map(|c| c as u8).collect();
    let (_, told) = stage.post("/v1/validate", file.clone(), &EDIFACT).await.unwrap();
    assert_eq!((&told["verdict"], &told["findings"][0]["rule"]), (&"not-judged".into(), &"FCT-LIMIT-SIZE".into()));
    let (status, taken) = stage.post("/v1/invoices", file, &EDIFACT).await.unwrap();
    assert_eq!(status.as_u16(), 202);
    let id = taken["id"].as_str().unwrap().to_owned();
    stage.settled(&[id], &["blocked"]).await;
}

/// As of EDIFACT: what is agreed with its sender is not known while a file is refused that may say it.
#[tokio::test]
async fn x12_of_a_sender_whose_file_may_be_refused_is_not_judged() {
    let stage = Stage::with("", |folder| {
        fs::create_dir(folder.join("partners")).unwrap();
        fs::write(folder.join("partners/lavande.toml"), "wrong = [").unwrap();
        fs::write(folder.join("partners/other.toml"), "name = \"O\"\nidentifiers = [\"LAVANDE\"]\n").unwrap();
        "[partners]\nfolder = \"partners\"\n".to_owned()
    });
    let set = fs::read_to_string("fixtures/x12/lavande.edi").unwrap();
    let unknown = set.replace("*LAVANDE        *", "*LAVENDER       *").replace("GS*IN*LAVANDE*", "GS*IN*LAVENDER*");
    let not_run = |told: &Value| told["not_run"].to_string().contains("partners");
    for (file, expected) in [(set, false), (unknown, true)] {
        let (_, told) = stage.post("/v1/validate", file.into_bytes(), &EDIFACT).await.unwrap();
        assert_eq!(not_run(&told), expected, "{told}");
    }

    // Several in one X12 interchange are refused at the doors, so that nothing asked before may say that they are fine.
    let one = fs::read_to_string("fixtures/x12/lavande.edi").unwrap();
    let two = one.replace("GE*1*44~", &format!("{}GE*2*44~", &one[one.find("ST*").unwrap()..one.find("GE*").unwrap()]));
    let (_, told) = stage.post("/v1/validate", two.into_bytes(), &EDIFACT).await.unwrap();
    let reports = told["reports"].as_array().unwrap();
    assert!(
        reports.len() == 2 && reports.iter().all(|one| one["not_run"].to_string().contains("FCT-X12-SEVERAL")),
        "{told}"
    );
}
