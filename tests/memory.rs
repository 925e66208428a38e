//! What the largest documents cost in memory: one at a time, several at once, and on their way out.
#![cfg(target_os = "linux")]

use std::time::Duration;

use crate::stage::{Stage, invoice};

/// Two of the largest documents at once would pass this, in MiB. Alone this peaks at 180 to 250 (the bar of `serve` is 200 MB), as the
/// allocator gives back sooner or later; 284 was seen on a busy machine.
const BAR: usize = 310;
/// Largest document there may be, in bytes.
const LARGEST: usize = 100 * 1024 * 1024;

/// An invoice with an attachment (BT-125) as large as a document may be, which is cut off.
fn large(number: &str) -> Vec<u8> {
    let text = String::from_utf8(invoice(number)).unwrap();
    let at = text.find("<cac:AccountingSupplierParty>").unwrap();
    let before = "<cac:AdditionalDocumentReference><cbc:ID>ANNEXE</cbc:ID><cac:Attachment>\
                  <cbc:EmbeddedDocumentBinaryObject mimeCode=\"application/pdf\" filename=\"a.pdf\">";
    let after = "</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>";
    let line = format!("{}\n", "QUJC".repeat(19));
    let lines = (LARGEST - text.len() - before.len() - after.len()) / line.len();
    // Cut within four characters: a fault, so that it stays here. (A sandbox would need far more than this bar to read it.)
    let content = line.repeat(lines);
    [&text[..at], before, content.trim_end_matches("C\n"), after, &text[at..]].concat().into_bytes()
}

/// The most that the daemon ever held, in MiB.
fn peak(stage: &Stage) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", stage.daemon.as_ref().unwrap().id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<usize>().unwrap() / 1024
}

/// Posts until it is taken: while others hold large documents, the daemon says when to come back.
async fn taken(stage: &Stage, path: &str, document: &[u8], kind: &str) -> serde_json::Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for _ in 0..600 {
        let request = client.post(stage.url(path)).bearer_auth(stage.token()).header("content-type", kind);
        let answer = match request.body(document.to_vec()).send().await {
            Ok(answer) => answer,
            // Refused before all of it was sent.
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        if answer.status() == 503 {
            let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            tokio::time::sleep(Duration::from_secs(wait)).await;
            continue;
        }
        assert!(answer.status().is_success(), "{}", answer.status());
        return answer.json().await.unwrap();
    }
    panic!("never taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_documents_stay_under_the_bar_together_and_come_back_as_they_were() {
    let stage = Stage::new("");
    let mut ids = Vec::new();
    let all: Vec<Vec<u8>> = (0..3).map(|n| large(&format!("LARGE-{n}"))).collect();
    assert!(all[0].len() > LARGEST - 200 && all[0].len() <= LARGEST);
    let posts = all.iter().map(|document| taken(&stage, "/v1/invoices", document, "application/xml"));
    let mut posts = posts.collect::<Vec<_>>().into_iter();
    let (Some(a), Some(b), Some(c)) = (posts.next(), posts.next(), posts.next()) else { unreachable!() };
    let form = [
        b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.xml\"\r\n\r\n".as_slice(),
        &all[1],
        b"\r\n--b--\r\n",
    ]
    .concat();
    let judged = taken(&stage, "/v1/validate", &form, "multipart/form-data; boundary=b");
    let (a, b, c, judged) = tokio::join!(a, b, c, judged);
    assert_eq!(judged["verdict"], "invalid", "{judged}");
    for answer in [a, b, c] {
        ids.push(answer["id"].as_str().unwrap().to_owned());
    }
    // What the sandbox takes arrives as it was, however many pieces it went in.
    let text = String::from_utf8(invoice("PIECES-1")).unwrap();
    let (head, tail) = text.split_at(text.rfind("</Invoice>").unwrap());
    let pieces = [head, "<!-- ", &"pieces ".repeat(100_000), "-->", tail].concat().into_bytes();
    let sent = taken(&stage, "/v1/invoices", &pieces, "application/xml").await;
    stage.settled(&[sent["id"].as_str().unwrap().to_owned()], &["delivered"]).await;
    let there = stage.at_sandbox("deposits").await;
    assert_eq!(there.iter().filter(|deposit| deposit["sha256"] == sent["sha256"]).count(), 1, "{there:?}");

    stage.settled(&ids, &["blocked"]).await;
    let mut answer = stage.raw(&format!("/v1/invoices/{}/document", ids[2])).await;
    assert_eq!(answer.content_length(), Some(all[2].len() as u64));
    let mut came = Vec::with_capacity(all[2].len());
    while let Some(piece) = answer.chunk().await.unwrap() {
        came.extend_from_slice(&piece);
    }
    assert!(came == all[2], "not the very bytes");
    let peak = peak(&stage);
    println!("three documents of 100 MiB and one judged beside them: peak {peak} MiB");
    assert!(peak < BAR, "peak {peak} MiB, the bar is {BAR}");
}
