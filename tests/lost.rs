//! Acts of the command line whose answer is lost on the way: done once, and told all the same.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::stage::{PROGRAM, Stage};

/// Stands before the daemon: lets every call through, and keeps so many answers to calls that change something to itself.
struct Between {
    url: String,
    lost: Arc<AtomicUsize>,
    acts: Arc<AtomicUsize>,
}

impl Between {
    fn new(daemon: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (lost, acts) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (to, lose, seen) = (daemon.trim_start_matches("http://").to_owned(), lost.clone(), acts.clone());
        std::thread::spawn(move || {
            for one in listener.incoming().flatten() {
                // One call a connection, one after the other.
                let _ = pass(one, &to, &lose, &seen);
            }
        });
        Self { url, lost, acts }
    }
}

fn pass(mut client: TcpStream, to: &str, lose: &AtomicUsize, seen: &AtomicUsize) -> std::io::Result<()> {
    let asked = message(&mut client)?;
    let mut daemon = TcpStream::connect(to)?;
    daemon.write_all(&asked)?;
    // The daemon has acted once its answer is here.
    let answer = message(&mut daemon)?;
    if !asked.starts_with(b"GET ") {
        seen.fetch_add(1, Ordering::SeqCst);
        if lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Ok(());
        }
    }
    // The daemon would keep the connection; this one does not, and says so.
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
    client.write_all(&answer[..head])?;
    client.write_all(b"\r\nconnection: close")?;
    client.write_all(&answer[head..])
}

/// A head and as many bytes as it announces; the connection is not used again.
fn message(from: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0u8; 4096]);
    loop {
        if let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() >= head + 4 + length {
                return Ok(bytes);
            }
        }
        match from.read(&mut buffer)? {
            0 => return Ok(bytes),
            n => bytes.extend_from_slice(&buffer[..n]),
        }
    }
}

#[tokio::test]
async fn an_act_whose_answer_is_lost_is_done_once_and_told() {
    let stage = Stage::new("");
    let between = Between::new(&stage.url(""));
    let bad = std::fs::read("fixtures/demo/invoices/09-wrong-order-number-missing.xml").unwrap();
    let bad = String::from_utf8(bad).unwrap().replace("<cbc:IssueDate>", "<cbc:IssueDate>X").into_bytes();
    let (status, taken) = stage.post("/v1/invoices", bad, &[("content-type", "application/xml")]).await.unwrap();
    assert_eq!(status, 202);
    let id = taken["id"].as_str().unwrap().to_owned();
    stage.settled(std::slice::from_ref(&id), &["blocked"]).await;
    let problem = stage.get("/v1/problems").await["problems"][0]["id"].as_str().unwrap().to_owned();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).args(["--url", &between.url, "--token-file", "token"]);
        let told = command.current_dir(stage.folder.path()).env("FACTEUR_LANG", "en").output().unwrap();
        (told.status.code().unwrap(), String::from_utf8(told.stdout).unwrap(), String::from_utf8(told.stderr).unwrap())
    };
    let kinds = async |kind: &str| {
        let events = stage.get(&format!("/v1/invoices/{id}/events?limit=500")).await;
        events["events"].as_array().unwrap().iter().filter(|event| event["kind"] == kind).count()
    };

    // A comment is what no state could tell from a second one.
    between.lost.store(1, Ordering::SeqCst);
    let comment = ["problems", &problem, "--comment", "called them", "--author", "Marie"];
    let (status, out, err) = run(&comment);
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("called them"), "{out}");
    assert_eq!(between.acts.load(Ordering::SeqCst), 2, "asked again, once");
    let changes = async || stage.get(&format!("/v1/problems/{problem}")).await["changes"].as_array().unwrap().len();
    assert_eq!(changes().await, 1, "and added once");
    // The same command given again is another wish.
    assert_eq!(run(&comment).0, 0);
    assert_eq!(changes().await, 2);

    between.lost.store(1, Ordering::SeqCst);
    let (status, out, err) = run(&["park", &id, "--author", "Marie", "--reason", "wait"]);
    assert_eq!((status, out.contains("parked")), (0, true), "{out}{err}");
    assert_eq!(kinds("parked").await, 1);

    // Twice in a row: said honestly, and still done once.
    between.lost.store(2, Ordering::SeqCst);
    let before = between.acts.load(Ordering::SeqCst);
    let (status, _, err) = run(&["retry", &id, "--author", "Marie"]);
    assert_eq!(status, 2, "{err}");
    assert_eq!(between.acts.load(Ordering::SeqCst), before + 2, "no third time");
    assert_eq!(kinds("retried").await, 1);
}
