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
    // The folder out of reach (not mounted, say): what was in force stays, and that is told.
    let (here, away) = (stage.path("partners"), stage.path("away"));
    fs::rename(&here, &away).unwrap();
    until("the folder is gone", "gone").await;
    assert_eq!(verdict("P-5").await, "invalid", "what was in force stays");
    fs::rename(&away, &here).unwrap();
    until("the folder is back", "ok").await;
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
}

/// An INVOIC alone under this number.
fn alone(number: &str) -> Vec<u8> {
    let mut file = b"UNB+UNOC:3+LAVANDE:ZZ+PORT:ZZ+261122:0900+0046'".to_vec();
    file.extend(message(1, number));
    file.extend(b"UNZ+1+0046'");
    file
}

/// What waits to leave leaves by what is agreed when it leaves; what is held goes on once the file is right and somebody asks.
#[tokio::test]
async fn what_waits_is_judged_again_where_its_partner_file_changed() {
    // No deposit was begun, since nothing can be sealed: what leaves is not fixed yet.
    let stage = stage("[seal]\nkey_file = \"absent.key\"\ncertificate_file = \"absent.pem\"\n");
    let (_, taken) = stage.post("/v1/invoices", alone("W-1"), &EDIFACT).await.unwrap();
    let ids = [taken["id"].as_str().unwrap().to_owned()];
    stage.settled(&ids, &["ready"]).await;
    fs::write(stage.path("partners/lavande.toml"), "name = \"Lavande\"\nidentifiers = [\"LAVANDE\"]\n").unwrap();
    stage.settled(&ids, &["blocked"]).await;
    let events = stage.get(&format!("/v1/invoices/{}/events", ids[0])).await;
    let again = events["events"].as_array().unwrap().iter().find(|event| event["kind"] == "judged-again");
    assert_eq!(again.map(|event| &event["data"]["why"]), Some(&"customer-files".into()), "{events}");
    let row = stage.get(&format!("/v1/invoices/{}", ids[0])).await;
    assert_eq!(row["verdict"], "invalid", "{row}");

    fs::write(stage.path("partners/lavande.toml"), PARTNER).unwrap();
    let began = Instant::now();
    while stage.post("/v1/validate", alone("W-1"), &EDIFACT).await.unwrap().1["verdict"] != "valid" {
        assert!(began.elapsed() < Duration::from_secs(20), "the file is in force");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (status, _) = stage.post(&format!("/v1/invoices/{}/retry", ids[0]), Vec::new(), &[]).await.unwrap();
    assert_eq!(status.as_u16(), 200);
    stage.settled(&ids, &["ready"]).await;
}

const X12_PARTNER: &str = r#"name = "Atelier Lavande"
identifiers = ["LAVANDE"]
[x12.constants]
BT-23 = "S1"
BT-24 = "urn:cen.eu:en16931:2017"
BT-30 = "123456782"
BT-30-1 = "0002"
BT-47 = "987654324"
BT-47-1 = "0002"
BT-118 = "S"
BT-151 = "S"
BT-34 = "123456782"
BT-34-1 = "0225"
BT-49 = "987654324"
BT-49-1 = "0225"
"#;

/// Three 810 in two groups, the second with a wrong total, and an order between them.
fn sets(prefix: &str) -> String {
    let file = fs::read_to_string("fixtures/x12/lavande.edi").unwrap();
    let (isa, rest) = file.split_once("GS*").unwrap();
    let set = &rest[rest.find("ST*").unwrap()..rest.find("GE*").unwrap()];
    let numbered =
        |n: usize| set.replace("FA-2026-0044", &format!("{prefix}-{n}")).replace("*0001~", &format!("*000{n}~"));
    let group = |n: usize, sets: &[String]| {
        format!("GS*IN*LAVANDE*PORT*20261122*0900*{n}*X*004010~\n{}GE*{}*{n}~\n", sets.concat(), sets.len())
    };
    let wrong = numbered(2).replace("TDS*12000~", "TDS*11000~");
    let order = "ST*850*0009~\nBEG*00*SA*1**20261122~\nSE*3*0009~\n".to_owned();
    let groups = group(44, &[numbered(1), order, wrong]) + &group(45, &[numbered(3)]);
    format!("{isa}{groups}IEA*2*000000044~\n")
}

#[tokio::test]
async fn each_invoice_of_an_x12_interchange_is_a_document_of_its_own() {
    let stage = Stage::with("processing_ms = 100\nstep_ms = 50\n", |folder| {
        fs::create_dir(folder.join("partners")).unwrap();
        fs::write(folder.join("partners/lavande.toml"), X12_PARTNER).unwrap();
        fs::create_dir(folder.join("in")).unwrap();
        let inbox = folder.join("in");
        format!(
            "[partners]\nfolder = \"partners\"\n[[folder]]\nname = \"erp\"\npath = \"{}\"\nsettle = \"50ms\"\npoll = \"50ms\"\n",
            inbox.display()
        )
    });
    let x12 = [("content-type", "application/edi-x12")];
    let file = sets("API");
    let (_, told) = stage.post("/v1/validate?file=a.x12", file.clone().into_bytes(), &x12).await.unwrap();
    let whole = verdicts(told["reports"].as_array().unwrap()).join(" ");
    assert_eq!(whole, "valid invalid valid", "{told}");
    let (status, taken) = stage.post("/v1/invoices", file.clone().into_bytes(), &x12).await.unwrap();
    assert_eq!((status.as_u16(), taken["sha256"].as_str()), (202, Some(hex(file.as_bytes()).as_str())), "{taken}");
    assert_eq!((&taken["others"][0]["kind"], &taken["others"][0]["reference"]), (&"850".into(), &"0009".into()));
    let rows = judged(&stage, &taken).await;
    assert_eq!(verdicts(&rows).join(" "), whole, "each is judged as in its file");
    assert_eq!((rows[2]["number"].as_str(), rows[2]["syntax"].as_str()), (Some("API-3"), Some("x12-004010")));
    assert_eq!(
        (&rows[2]["part_of"]["message"], &rows[2]["part_of"]["reference"]),
        (&"0003".into(), &"000000044".into())
    );
    let own = stage.raw(rows[1]["links"]["document"].as_str().unwrap()).await;
    assert_eq!(own.headers()["content-type"], "application/edi-x12");
    let own = own.text().await.unwrap();
    assert!(own.contains("ST*810*0002~") && own.ends_with("GE*1*44~\nIEA*1*000000044~"), "{own}");
    let location = taken["location"].as_str().unwrap();
    let kept = stage.raw(&format!("{location}/document")).await;
    assert_eq!(kept.headers()["content-type"], "application/edi-x12");
    assert!(kept.text().await.unwrap() == file);
    assert_eq!(stage.get(location).await["invoices"], taken["invoices"]);
    // X12 is not answered, and nothing waits for an answer.
    assert_eq!(stage.get(&format!("{location}/answers")).await["answers"].as_array().map(Vec::len), Some(0));

    // In a folder: a report for each.
    let inbox = stage.path("in");
    fs::write(inbox.join(".part"), sets("DIR")).unwrap();
    fs::rename(inbox.join(".part"), inbox.join("a.x12")).unwrap();
    let began = Instant::now();
    while !inbox.join("refused/a.x12").exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", names(&inbox));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for n in 1..=3 {
        assert!(inbox.join(format!("refused/a.x12.{n}.report.json")).exists(), "{:?}", names(&inbox.join("refused")));
    }
}

/// A message that was cut lacks much: that is one thing to do, and the report has the rest. What is no invoice is told as that.
#[tokio::test]
async fn what_is_cut_or_no_invoice_opens_one_problem_that_says_so() {
    let stage = stage("");
    let whole = alone("CUT-1");
    let at = whole.windows(4).position(|four| four == b"LIN+").unwrap() + 12;
    let x12 = sets("CUT");
    let orders =
        b"UNB+UNOC:3+LAVANDE:ZZ+PORT:ZZ+261122:0900+0048'UNH+1+ORDERS:D:96A:UN'BGM+220+C1+9'UNT+3+1'UNZ+1+0048'";
    for (file, cause, code) in [
        (whole[..at].to_vec(), "A8", "FCT-EDI-ENVELOPE"),
        (x12.as_bytes()[..x12.find("CUR*").unwrap() + 6].to_vec(), "A8", "FCT-X12-ENVELOPE"),
        (orders.to_vec(), "X5", "FCT-READ-NOT-INVOICE"),
    ] {
        let (_, taken) = stage.post("/v1/invoices", file, &EDIFACT).await.unwrap();
        let id = taken["id"].as_str().unwrap().to_owned();
        stage.settled(std::slice::from_ref(&id), &["blocked"]).await;
        let problems = stage.get(&format!("/v1/problems?invoice={id}")).await;
        let told: Vec<_> =
            problems["problems"].as_array().unwrap().iter().map(|one| (&one["cause"], &one["code"])).collect();
        assert_eq!(told.len(), 1, "{problems}");
        assert_eq!(
            (told[0].0["id"].as_str().or(told[0].0.as_str()), told[0].1.as_str()),
            (Some(cause), Some(code)),
            "{problems}"
        );
    }
}

#[test]
fn partner_files_are_checked_by_the_command_that_checks_customers() {
    let folder = tempfile::tempdir().unwrap();
    let check = |path: &Path| {
        let mut command = std::process::Command::new(crate::stage::PROGRAM);
        let output = command.args(["--lang", "en", "profile", "check"]).arg(path).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let file = folder.path().join("lavande.toml");
    fs::write(&file, PARTNER).unwrap();
    assert_eq!(check(folder.path()), (Some(0), String::new()));
    assert_eq!(check(&file).0, Some(0));
    fs::write(&file, format!("directory = \"D99Z\"\n{PARTNER}")).unwrap();
    fs::write(folder.path().join("empty.toml"), "\n").unwrap();
    let (status, told) = check(folder.path());
    assert_eq!(status, Some(1));
    assert!(
        told.contains("lavande.toml:1:13: directory D99Z") && told.contains("empty.toml:1:1: empty file"),
        "{told}"
    );
    assert!(!check(&file).1.contains("empty.toml"));
}
