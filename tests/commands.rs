//! The command line against a real daemon: what is printed where, and with which exit status.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::stage::{PROGRAM, Stage, invoice};

/// A sandbox that knows the buyer of the invoices sent here.
const SCRIPT: &str = r#"
[[structure]]
siret = "21212121400010"
name = "Commune de Saint-Aubin-sur-Orle"
services = [{ code = "FIN-ECOLES", name = "Finances, écoles" }]
engagements = ["BC-26-0418"]
[[structure]]
siret = "19191919000014"
name = "Lycée polyvalent Ada-Lovelace"
"#;

/// The program with an environment of its own.
fn facteur(folder: &Path, url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .current_dir(folder)
        .env("FACTEUR_URL", url)
        .env("FACTEUR_LANG", "en")
        .env_remove("FACTEUR_TOKEN");
    command
}

struct Desk {
    stage: Stage,
}

impl Desk {
    fn ask(&self, arguments: &[&str]) -> (i32, String, String) {
        let url = self.stage.url("");
        let all = [arguments, &["--token-file", "token"]].concat();
        told(facteur(self.stage.folder.path(), &url, &all).output().unwrap())
    }

    /// One JSON document.
    fn json(&self, arguments: &[&str]) -> Value {
        let (status, out, err) = self.ask(arguments);
        assert_eq!(status, 0, "{arguments:?}: {err}");
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {out}"))
    }
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn an_invoice_is_sent_followed_blocked_released_and_its_problem_worked_on() {
    let desk = Desk { stage: Stage::new(SCRIPT) };
    std::fs::write(desk.stage.path("good.xml"), invoice("CLI-1")).unwrap();
    std::fs::copy("fixtures/demo/invoices/12-wrong-sum-one-cent.xml", desk.stage.path("bad.xml")).unwrap();

    // Sent and waited for: the worst gives the status, findings say what is wrong.
    let (status, out, err) = desk.ask(&["send", "--wait=90", "good.xml", "bad.xml"]);
    assert_eq!(status, 1, "{out}{err}");
    assert!(out.lines().next().unwrap().ends_with("  delivered  good.xml"), "{out}");
    assert!(out.contains("  blocked  bad.xml\n") && out.contains("fatal  BR-CO-10  BT-106"), "{out}");

    // The same bytes are known and nothing happens twice.
    let again = desk.json(&["send", "--format", "json", "good.xml"]);
    assert_eq!((&again["known"], &again["schema"]), (&Value::Bool(true), &Value::from("facteur-sent/1")));
    assert_eq!(desk.stage.at_sandbox("invoices").await.len(), 1);

    // Its story, by number and by id.
    let (status, out, _) = desk.ask(&["status", "CLI-1"]);
    assert_eq!(status, 0);
    assert!(out.starts_with("Invoice CLI-1  ") && out.contains("intent on disk before the call"), "{out}");
    let id = again["id"].as_str().unwrap().to_owned();
    assert_eq!(desk.json(&["status", &id, "--format", "json"])["stories"][0]["invoice"]["number"], "CLI-1");
    assert_eq!(desk.ask(&["status", "NO-SUCH"]).0, 1);
    assert_eq!(
        desk.json(&["status", "--state", "blocked", "--format", "json"])["invoices"].as_array().unwrap().len(),
        1
    );

    // The problem, requalified by a person; report and list agree.
    let listed = desk.json(&["problems", "--open", "--format", "json"]);
    let problem = listed["problems"][0]["id"].as_str().unwrap().to_owned();
    let changed =
        ["problems", &problem, "--author", "Léa", "--requalify", "A4", "--owner", "Karim", "--format", "json"];
    let after = desk.json(&changed);
    assert_eq!(
        (&after["cause"], &after["owner"], &after["changes"].as_array().unwrap().len()),
        (&"A4".into(), &"Karim".into(), &2)
    );
    let report = desk.json(&["report", "problems", "--format", "json"]);
    assert_eq!((&report["invoices"], &report["sections"][0]["rows"][0]["parts"][0]["id"]), (&1.into(), &"A4".into()));
    let (_, csv, _) = desk.ask(&["problems", "--cause", "A", "--format", "csv"]);
    assert!(csv.starts_with("id,invoice_id,") && csv.contains(",A4,"), "{csv}");
    assert_eq!(desk.ask(&["problems", "p0000"]).0, 1);
    assert_eq!(desk.ask(&["report", "problems", "--as-at", "2001-01-01"]).1, "No billing problem.\n");

    // Acts need a reason, and a state in which they make sense.
    let (status, _, err) = desk.ask(&["release", "CLI-1", "--author", "Léa", "--reason", "urgent"]);
    assert!(status == 2 && err.contains("[409 not-in-this-state"), "{err}");
    let blocked = desk.json(&["status", "--state", "blocked", "--format", "json"]);
    let blocked = blocked["invoices"][0]["id"].as_str().unwrap().to_owned();
    let (status, out, err) = desk.ask(&["park", &blocked, "--author", "Léa", "--reason", "à voir"]);
    assert!(status == 0 && out.contains("  parked  "), "{out}{err}");
    assert_eq!(desk.ask(&["retry", &blocked]).0, 0);

    // The key of one document does not serve for another.
    assert_eq!(desk.ask(&["send", "--idempotency-key", "k", "good.xml"]).0, 0);
    let (status, _, err) = desk.ask(&["send", "--idempotency-key", "k", "bad.xml"]);
    assert!(status == 2 && err.contains("first bytes: SHA-256"), "{err}");
}

/// A platform that takes every deposit at once and speaks of the invoice later.
#[tokio::test]
async fn a_deposit_that_was_taken_is_not_a_settled_invoice() {
    let desk = Desk { stage: Stage::new(&format!("processing_ms = 1500\nstep_ms = 1500\n{SCRIPT}")) };
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(desk.stage.path(name), bytes).unwrap();
    let engaged = |number: &str, engagement: &str| {
        let text = String::from_utf8(invoice(number)).unwrap();
        assert!(text.contains("BC-26-0418"));
        text.replace("BC-26-0418", engagement).into_bytes()
    };
    write("good.xml", invoice("SLOW-1"));
    // Refused as a deposit, which the platform says later; and integrated, then refused by its controls one step later.
    std::fs::copy("fixtures/demo/invoices/25-refused-payment-means.xml", desk.stage.path("rejected.xml")).unwrap();
    write("engagement.xml", engaged("SLOW-2", "BC-26-9999"));

    let (status, out, err) = desk.ask(&["send", "--wait=90", "good.xml"]);
    assert_eq!(status, 0, "{out}{err}");
    assert!(
        out.contains("  delivered  good.xml\n  Available to the buyer (MISE_A_DISPOSITION); the buyer has not"),
        "{out}"
    );
    for refused in ["rejected.xml", "engagement.xml"] {
        let (status, out, err) = desk.ask(&["send", "--wait=90", refused]);
        assert_eq!(status, 1, "{out}{err}");
        assert!(out.lines().next().unwrap().ends_with(&format!("  refused  {refused}")), "{out}");
    }
    let known = desk.ask(&["send", "--wait=90", "--format", "json", "rejected.xml"]);
    assert!(
        known.0 == 1 && known.1.contains("\"state\":\"refused\"") && known.1.contains("\"settled\":true"),
        "{known:?}"
    );
}

#[tokio::test]
async fn a_platform_that_has_not_spoken_in_time_is_said_so() {
    let desk = Desk { stage: Stage::new(&format!("processing_ms = 3600000\n{SCRIPT}")) };
    std::fs::write(desk.stage.path("slow.xml"), invoice("MUTE-1")).unwrap();
    let id = desk.json(&["send", "--format", "json", "slow.xml"])["id"].clone();
    desk.stage.settled(&[id.as_str().unwrap().to_owned()], &["delivered"]).await;

    let (status, out, err) = desk.ask(&["send", "--wait=1", "slow.xml"]);
    assert!(status == 1 && out.contains("  delivered  slow.xml") && err.contains("still under way 1"), "{out}{err}");
    let follow = format!(": facteur status {}\n", id.as_str().unwrap());
    assert!(out.contains("the platform took the deposit, but has not said yet") && out.ends_with(&follow), "{out}");
    let (status, out, _) = desk.ask(&["--lang", "fr", "send", "--wait=1", "slow.xml"]);
    assert!(status == 1 && out.contains("la plateforme a pris le dépôt") && out.contains("rien n'est perdu"), "{out}");
    let (status, out, _) = desk.ask(&["send", "--wait=1", "--format", "json", "slow.xml"]);
    let said: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &said["state"], &said["settled"]), (1, &"delivered".into(), &false.into()));
    assert_eq!(desk.stage.at_sandbox("deposits").await.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_the_way_to_the_daemon_is_said_and_ends_with_2() {
    let desk = Desk { stage: Stage::new(SCRIPT) };
    std::fs::write(desk.stage.path("good.xml"), invoice("CLI-3")).unwrap();
    let folder = desk.stage.folder.path();
    let ask = |url: &str, arguments: &[&str]| told(facteur(folder, url, arguments).output().unwrap());

    let (status, out, err) = ask(&desk.stage.url(""), &["status"]);
    assert!(status == 2 && out.is_empty() && err.contains("[401 no-token") && err.contains("--token-file"), "{err}");
    let (status, _, err) = ask("http://127.0.0.1:1", &["send", "good.xml"]);
    assert!(
        status == 2 && err.contains("no facteur answers at http://127.0.0.1:1") && err.contains("facteur serve"),
        "{err}"
    );
    let (status, _, err) = ask("http://192.0.2.1", &["status"]);
    assert!(status == 2 && err.contains("use https"), "{err}");
    // What answers, but is the sandbox.
    let (status, _, err) = ask(&desk.stage.sandbox.url, &["status"]);
    assert!(status == 2 && err.contains("is not a facteur"), "{err}");
    // A status is no invoice, and says so.
    std::fs::copy("fixtures/rules/fr-cdv/cdar-210.xml", desk.stage.path("status.xml")).unwrap();
    let (status, out, err) = desk.ask(&["send", "status.xml"]);
    assert!(status == 2 && err.contains("life-cycle-message") && err.contains("taken 0, not sent 1"), "{out}{err}");
    let (status, _, err) = desk.ask(&["send", "good.xml", "absent.xml"]);
    assert!(status == 2 && err.contains("absent.xml") && err.contains("taken 1, not sent 1"), "{err}");

    // The configuration knows the token; the port that the machine chose comes from the environment.
    let (status, out, err) = ask(&desk.stage.url(""), &["doctor", "--config", "facteur.toml", "--format", "json"]);
    assert_eq!(status, 0, "{out}{err}");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for check in ["config", "store", "tokens", "rules", "clients", "platform", "daemon", "clock"] {
        assert!(lines.iter().any(|line| line["check"] == check && line["level"] == "ok"), "{check}: {out}");
    }
    // A platform that is not there fails.
    let text = std::fs::read_to_string(desk.stage.path("facteur.toml"))
        .unwrap()
        .replace(&desk.stage.sandbox.url, "http://127.0.0.1:1");
    std::fs::write(desk.stage.path("other.toml"), text).unwrap();
    let (status, out, _) = ask(&desk.stage.url(""), &["doctor", "--config", "other.toml"]);
    assert!(status == 1 && out.contains("FAIL       platform   chorus-pro: "), "{out}");
    std::fs::write(desk.stage.path("wrong.toml"), "[sever]\n").unwrap();
    let (status, out, _) = ask("", &["doctor", "--config", "wrong.toml"]);
    assert!(status == 2 && out.contains("wrong.toml:1:2: ") && out.contains("did you mean `server`?"), "{out}");
}

#[test]
fn customer_files_are_checked_shown_and_tried() {
    let clients = "fixtures/demo/clients";
    let ask = |arguments: &[&str]| told(facteur(Path::new("."), "", arguments).output().unwrap());
    let first = "fixtures/demo/invoices/01-good-ubl-mairie.xml";
    assert_eq!(ask(&["profile", "check", clients]).0, 0);
    let (status, out, err) = ask(&["profile", "test", "auto", first, "--clients", clients]);
    assert!(status == 0 && out.contains("BT-13 = BC-26-0418") && out.contains("found by siret"), "{out}{err}");
    let (_, out, _) = ask(&["profile", "show", "mairie-saint-aubin", "--clients", clients]);
    assert!(out.contains("[[require]] # secteur-public.toml:"), "{out}");
    let (status, out, _) =
        ask(&["profile", "test", "auto", "fixtures/demo/invoices/11-wrong-mention-missing.xml", "--clients", clients]);
    assert!(status == 1 && out.contains("FATAL          FCT-CLIENT-MENTION"), "{out}");
    assert_eq!(
        ask(&["profile", "test", "auto", "fixtures/demo/invoices/17-unreadable-image.xml", "--clients", clients]).0,
        2
    );
    assert_eq!(ask(&["profile", "show", "nobody", "--clients", clients]).0, 2);

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("x.toml"),
        "name = \"X\"\nmatch = { siren = [\"1\"] }\n\n[[require]]\nterm = \"BT-1333\"\n",
    )
    .unwrap();
    let (status, out, err) = ask(&["profile", "check", &folder.path().to_string_lossy()]);
    assert!(status == 1 && out.contains("x.toml:2:") && out.contains("x.toml:5:9: "), "{out}{err}");
    let (status, out, _) = ask(&["--lang", "fr", "profile", "check", &folder.path().join("x.toml").to_string_lossy()]);
    assert!(status == 1 && out.contains("trouvé : BT-1333"), "{out}");
}

#[test]
fn explanations_misuse_and_a_closed_pipe() {
    let ask = |arguments: &[&str]| told(facteur(Path::new("."), "", arguments).output().unwrap());
    assert!(ask(&["explain", "BR-CO-10", "A2"]).1.starts_with("BR-CO-10: "));
    let (status, out, err) = ask(&["explain", "BR-CO-1O"]);
    assert!(status == 2 && out.is_empty() && err.contains("did you mean BR-CO-10"), "{err}");
    assert_eq!((ask(&["--help"]).0, ask(&["--version"]).0, ask(&[]).0, ask(&["send"]).0), (0, 0, 2, 2));

    // Who reads one byte and leaves is not told of an error.
    let mut arguments = vec!["explain"];
    arguments.extend(std::iter::repeat_n("BT-1", 2_000));
    let mut child =
        facteur(Path::new("."), "", &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut one = [0];
    child.stdout.take().unwrap().read_exact(&mut one).unwrap();
    let (status, _, err) = told(child.wait_with_output().unwrap());
    assert!(
        status == 141 && !err.contains("panicked") && !err.contains("cannot be written"),
        "{status} {}",
        &err[..err.len().min(300)]
    );
}

/// `profile test` judges as `validate` does: a waiver in force excuses, one that ended does not and says so, one of no use is told.
#[test]
fn a_customers_rules_are_tried_with_their_waivers() {
    let ask = |arguments: &[&str]| told(facteur(Path::new("."), "", arguments).output().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("port.toml");
    let waiver = |rule: &str, until: &str| {
        format!(
            "[[waive]]\nrule = \"{rule}\"\nauthor = \"Marie Dupont\"\nreason = \"Commande orale\"\nuntil = {until}\n\n"
        )
    };
    let rules = "match = { siren = [\"987654324\"] }\n[[require]]\nterm = \"BT-12\"\npattern = 'NEVER'\n\n";
    let text = rules.to_owned()
        + &waiver("FCT-CLIENT-REQUIRE", "2026-11-30")
        + &waiver("FCT-CLIENT-PATTERN", "2026-11-30")
        + &waiver("BR-FR-05", "2026-11-30");
    std::fs::write(&path, text).unwrap();
    let clients = folder.path().to_str().unwrap();
    let invoice = "fixtures/rules/fr/ubl-minimal.xml";
    let tried = |day: &str, format: &str| {
        ask(&[
            "profile",
            "test",
            "auto",
            invoice,
            "--clients",
            clients,
            "--as-of",
            day,
            "--format",
            format,
            "--lang",
            "en",
        ])
    };
    let (status, out, err) = tried("2026-11-30", "text");
    assert_eq!(status, 0, "{out}{err}");
    assert!(out.contains("waived") && out.contains("1 not met (1 of them waived)"), "{out}");
    assert!(out.contains("Waived by Marie Dupont, until 2026-11-30 included: Commande orale (port.toml:6)"), "{out}");
    assert!(out.contains("FCT-WAIVER-UNUSED") && out.contains("The waiver of BR-FR-05"), "{out}");
    let (status, out, _) = tried("2026-12-01", "text");
    assert_eq!(status, 1, "{out}");
    assert!(out.contains("FATAL") && out.contains("FCT-WAIVER-EXPIRED") && !out.contains("Waived by"), "{out}");
    let (status, out, _) = tried("2026-11-30", "json");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(status, 0);
    assert_eq!(told["outcomes"][0]["findings"][0]["waived"]["author"], "Marie Dupont", "{told}");
    assert_eq!((&told["waivers"]["used"][0]["findings"], &told["as_of"]), (&1.into(), &"2026-11-30".into()), "{told}");
    assert_eq!(told["waivers"]["told"].as_array().map(Vec::len), Some(2), "{told}");
    // And so does `validate`, to the letter of the finding.
    let args = ["validate", "--clients", clients, "--as-of", "2026-11-30", "--format", "json", invoice];
    let (_, out, _) = ask(&args);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let waived = report["findings"].as_array().unwrap().iter().filter(|finding| finding["waived"].is_object()).count();
    assert_eq!(waived, 1, "{report}");
}
