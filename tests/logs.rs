//! What the log never tells: anything that stands in an invoice, in a customer's file, in a secret, in a file's name, in what a
//! platform says, or in a request. At the most talkative level, in both forms, whatever goes wrong.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use facteur::day::Day;
use serde_json::Value;

use crate::api::stage::{furnish, invoice, sandbox};
use crate::stage::PROGRAM;

/// Put wherever something can be put; the number tells where it came from.
fn canary(place: &str) -> String {
    format!("Kanari{place}Zwilch7431")
}

struct Daemon {
    child: Child,
    address: String,
    token: String,
    client: reqwest::Client,
}

impl Daemon {
    fn start(folder: &Path) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--config", "facteur.toml"])
            .current_dir(folder)
            .env("FACTEUR_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().to_owned();
        let token = fs::read_to_string(folder.join("token")).unwrap().trim().to_owned();
        Self { child, address, token, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn post(&self, path: &str, body: Vec<u8>) -> (u16, Value) {
        let request = self.client.post(format!("http://{}{path}", self.address)).bearer_auth(&self.token);
        let answer = request.header("content-type", "application/xml").body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.client.get(format!("http://{}{path}", self.address)).bearer_auth(&self.token);
        request.send().await.unwrap().json().await.unwrap_or_default()
    }

    /// Bytes as they are, over a connection of their own; whatever comes back.
    fn raw(&self, bytes: &str) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let _ = stream.write_all(bytes.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }

    fn stop(&mut self) {
        assert!(Command::new("kill").args(["-s", "TERM", &self.child.id().to_string()]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn no_canary_sings_in_either_form() {
    for form in ["json", "text"] {
        let folder = tempfile::tempdir().unwrap();
        let mut secrets = sing(folder.path(), form).await;
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        assert!(log.lines().count() > 80, "the log was read:\n{log}");
        // Ids of requests and invoices are random: short numbers would be found in them by chance.
        let by_chance = |secret: &str| secret.len() < 10 && secret.bytes().all(|b| b.is_ascii_hexdigit());
        secrets.retain(|secret| secret.chars().count() >= 6 && !by_chance(secret));
        assert!(secrets.len() > 200, "{}", secrets.len());
        let lower = log.to_lowercase();
        let mut told = Vec::new();
        for secret in &secrets {
            told.extend(disguises(secret).into_iter().filter(|form| lower.contains(&form.to_lowercase())));
        }
        assert!(told.is_empty(), "the log tells {told:?}");
        for secret in ["anari", "zwilch"] {
            let line = lower.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{secret}: {line:?}");
        }
        if form == "json" {
            every_line_is_one_object(&log);
        }
    }
}

/// Lets everything happen that can happen to a daemon, and gives what must not be told of it.
async fn sing(folder: &Path, form: &str) -> BTreeSet<String> {
    let inbox = folder.join("in");
    fs::create_dir(&inbox).unwrap();
    let watched =
        format!("[[folder]]\nname = \"erp\"\npath = \"{}\"\nsettle = \"100ms\"\npoll = \"50ms\"\n", inbox.display());
    let config = furnish(folder, &sandbox().await, &watched);
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("format = \"json\"", &format!("format = \"{form}\""))).unwrap();
    let bad = format!("name = \"{}\"\nmatch = {{ siren = [\"{}\"] }}\n", canary("client"), canary("siren"));
    fs::write(folder.join(format!("clients/{}.toml", canary("clientfile").to_lowercase())), bad).unwrap();
    let route =
        format!("name = \"{0}\"\nroute = \"{0}\"\nmatch = {{ siret = [\"11011011100025\"] }}\n", canary("route"));
    fs::write(folder.join("clients/ministere-des-rivages.toml"), route).unwrap();

    let mut daemon = Daemon::start(folder);
    let mut secrets: BTreeSet<String> = ["sandbox-secret", "sandbox-password"].map(str::to_owned).into();
    secrets.insert(daemon.token.clone());

    // One of each fate, and one full of canaries.
    let mut documents: Vec<Vec<u8>> = [
        "01-good-ubl-mairie.xml",
        "02-good-cii-hopital.xml",
        "09-wrong-order-number-missing.xml",
        "12-wrong-sum-one-cent.xml",
        "16-unreadable-truncated.xml",
        "19-good-number-first.xml",
        "20-wrong-number-again.xml",
        "22-refused-siret-unknown.xml",
        "28-refused-price.xml",
        "31-suspended-document.xml",
        "32-disputed-part.xml",
        "33-good-answer-lost.xml",
        "35-good-platform-failing.xml",
    ]
    .map(invoice)
    .into();
    documents.extend(full_of_canaries());
    let mut ids = Vec::new();
    for (n, document) in documents.iter().enumerate() {
        secrets.extend(telling(document));
        if n % 3 == 0 {
            let part = inbox.join(".x.part");
            fs::write(&part, document).unwrap();
            fs::rename(part, inbox.join(format!("{}-{n}.xml", canary("file")))).unwrap();
        } else {
            daemon.post("/v1/validate", document.clone()).await;
            let (status, answer) = daemon.post("/v1/invoices", document.clone()).await;
            assert_eq!(status, 202, "{answer}");
            ids.push(answer["id"].as_str().unwrap().to_owned());
        }
    }
    fs::write(inbox.join(format!("{}.xml", canary("garbage"))), canary("garbage")).unwrap();
    fs::create_dir(inbox.join(canary("folder"))).unwrap();
    std::os::unix::fs::symlink(canary("link"), inbox.join(format!("{}.xml", canary("symlink")))).unwrap();
    bad_requests(&daemon, &ids[0]).await;

    let began = Instant::now();
    loop {
        let rows = daemon.get("/v1/invoices?limit=100").await;
        let moving = |row: &Value| ["received", "ready", "sending"].contains(&row["state"].as_str().unwrap());
        let rows = rows["invoices"].as_array().unwrap();
        let left = fs::read_dir(&inbox).unwrap().filter(|e| e.as_ref().unwrap().path().is_file()).count();
        if rows.len() > documents.len() && !rows.iter().any(moving) && left == 0 {
            secrets.extend(rows.iter().filter_map(|row| row["reference"].as_str().map(str::to_owned)));
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{rows:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Statuses, disputes and refusals of the platform, in its own words.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let problems = daemon.get("/v1/problems").await;
    let problems = problems["problems"].as_array().unwrap();
    assert!(problems.len() > 5, "{problems:?}");
    for problem in problems {
        secrets.extend(
            ["text", "customer_name", "amount"].iter().filter_map(|key| problem[key].as_str().map(str::to_owned)),
        );
    }
    daemon.stop();
    secrets
}

/// An invoice that is valid, with a canary wherever the syntax has room for one; and others that are not even XML.
fn full_of_canaries() -> Vec<Vec<u8>> {
    let text = String::from_utf8(invoice("01-good-ubl-mairie.xml")).unwrap();
    let attachment = base64::engine::general_purpose::STANDARD.encode(canary("attachment").repeat(20));
    let mut full = text
        .replace("PD-2026-0131", &canary("number"))
        .replace("<cbc:Note>30 jours", &format!("<cbc:Note>{}", canary("terms")))
        .replace("FR7699999111331113335500168", &canary("iban"))
        .replace("PAP-A4-R80", &canary("item"));
    let at = full.find("<cac:AccountingSupplierParty>").unwrap();
    full.insert_str(
        at,
        &format!(
            "<cac:AdditionalDocumentReference><cbc:ID>{0}</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject \
             mimeCode=\"application/pdf\" filename=\"{0}.pdf\">{attachment}</cbc:EmbeddedDocumentBinaryObject>\
             </cac:Attachment></cac:AdditionalDocumentReference>",
            canary("attachmentname")
        ),
    );
    let unknown =
        full.replace("<cbc:Note>", &format!("<cbc:{0} {0}=\"{0}\">{0}</cbc:{0}><cbc:Note>", canary("element")));
    let broken = full.replace("</Invoice>", &format!("<{}>", canary("open")));
    let dtd = format!("<!DOCTYPE {0} [<!ENTITY {0} \"{0}\">]><Invoice>&{0};</Invoice>", canary("entity"));
    let routed = String::from_utf8(invoice("04-good-ubl-autoliquidation.xml")).unwrap();
    vec![
        full.clone().into_bytes(),
        unknown.into_bytes(),
        broken.into_bytes(),
        dtd.into_bytes(),
        routed.into_bytes(),
        canary("nothing").into_bytes(),
    ]
}

/// What strangers and clumsy clients send.
async fn bad_requests(daemon: &Daemon, id: &str) {
    let (token, c) = (&daemon.token, canary("request"));
    let requests = [
        format!("GET /{c} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET /v1/invoices/{c}?{c}={c} HTTP/1.1\r\nHost: {c}\r\nAuthorization: Bearer {token}\r\n\r\n"),
        format!("GET /v1/invoices/{c}/{c} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"),
        format!("GET /v1/invoices?state={c}&number={c} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"),
        format!(
            "GET /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {c}\r\nCookie: {c}\r\nX-{c}: {c}\r\n\r\n"
        ),
        format!("GET /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: {c}\r\nX-Request-Id: {c} {c}\r\n\r\n"),
        format!("{c} /{c} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET /v1/invoices HTTP/1.1\r\n{c}\r\n\r\n"),
        format!("GET http://{c}@{c}/ HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("{c}\r\n\r\n{c}"),
        format!(
            "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 9999\r\n\r\n{c}"
        ),
        format!(
            "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n{c}"
        ),
        format!(
            "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: {c}/{c}\r\nContent-Length: 2\r\n\r\nab"
        ),
        format!(
            "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {c}\r\nContent-Length: 46\r\n\r\n{c:46}"
        ),
        format!(
            "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {c}\r\nContent-Length: 1\r\n\r\nx"
        ),
        format!(
            "POST /v1/validate?client={c}&rules={c} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 1\r\n\r\nx"
        ),
    ];
    for request in requests {
        daemon.raw(&request);
    }
    let json = |body: String| body.into_bytes();
    let acts = ["release", "park", "cancel", "retry"];
    for act in acts {
        let request =
            daemon.client.post(format!("http://{}/v1/invoices/{id}/{act}", daemon.address)).bearer_auth(token);
        let body = json(format!("{{\"author\":\"{c}\",\"reason\":\"{c}\"}}"));
        let _ = request.header("content-type", "application/json").body(body).send().await.unwrap();
        let request = daemon.client.post(format!("http://{}/v1/invoices/{c}/{act}", daemon.address)).bearer_auth(token);
        let body = json(format!("{{\"{c}\":\"{c}\""));
        let _ = request.header("content-type", "application/json").body(body).send().await.unwrap();
    }
}

/// What an invoice says: texts and amounts long enough to be told from words of a log.
fn telling(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let texts = text.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text.trim());
    // Days stand in the log as times do.
    let tells = |text: &&str| text.chars().count() >= 6 && !text.starts_with("urn:") && Day::parse_iso(text).is_none();
    texts.filter(tells).map(str::to_owned).collect()
}

/// The same in other clothes: JSON, percent-encoded, hexadecimal, base64 at each of its three alignments, quoted by `Debug`.
fn disguises(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
    let percent: String = secret
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02x}") })
        .collect();
    let json = serde_json::to_string(secret).unwrap().trim_matches('"').to_owned();
    let debug = format!("{secret:?}").trim_matches('"').to_owned();
    let bytes = format!("{:?}", secret.as_bytes()).trim_matches(['[', ']']).to_owned();
    let mut found = vec![secret.to_owned(), hex, percent, json, debug, bytes];
    if secret.len() >= 9 {
        for shift in 0..3 {
            let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
            let coded = engine.encode(format!("{}{secret}", &"xx"[..shift]));
            // Without the ends, which depend on what stands beside.
            found.push(coded[4..coded.len() - 4].to_owned());
        }
    }
    found
}

fn every_line_is_one_object(log: &str) {
    let mut targets = BTreeSet::new();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        for key in ["timestamp", "level", "target", "message"] {
            assert!(line[key].is_string(), "{key}: {line}");
        }
        let target = line["target"].as_str().unwrap();
        let fine = ["TRACE", "DEBUG"].contains(&line["level"].as_str().unwrap());
        assert!(!fine || target.starts_with("facteur"), "a crate below tells what it carries: {line}");
        targets.insert(target.to_owned());
        let documented = fs::read_to_string("docs/observability.md").unwrap();
        for key in line.as_object().unwrap().keys() {
            assert!(documented.contains(&format!("`{key}`")), "docs/observability.md does not name `{key}`: {line}");
        }
        let message = line["message"].as_str().unwrap();
        let told = target != "facteur::telemetry" && target.starts_with("facteur");
        assert!(!told || documented.contains(message), "docs/observability.md does not name {message:?}");
        // What happens in a request bears the request's id.
        if target.starts_with("facteur::api") {
            let id = line["request"].as_str().or(line["span"]["request"].as_str());
            assert!(id.is_some(), "{line}");
        }
    }
    for target in ["facteur::api::request", "facteur::folder", "facteur::daemon"] {
        assert!(targets.contains(target), "{target} told nothing: {targets:?}");
    }
}
