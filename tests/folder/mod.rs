//! What a watched folder promises: every file ends once, with its report beside, and none stands in the way of another.

mod crash;
mod ends;
mod strange;
mod trouble;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::api::stage::Stage;

/// Longest wait for something that happens by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// A daemon with one watched folder `in`, lively enough for a test.
async fn watched(more: &str) -> (Stage, Inbox) {
    let inbox = Inbox(tempfile::tempdir().unwrap());
    let stage = Stage::with(&section("erp", &inbox, more)).await;
    (stage, inbox)
}

/// A watched folder that goes with its test.
struct Inbox(tempfile::TempDir);

impl std::ops::Deref for Inbox {
    type Target = Path;

    fn deref(&self) -> &Path {
        self.0.path()
    }
}

/// A `[[folder]]` of the configuration; ends an earlier section.
fn section(name: &str, path: &Path, more: &str) -> String {
    let path = path.display();
    let settle = if more.contains("settle") { "" } else { "settle = \"200ms\"" };
    format!("[[folder]]\nname = \"{name}\"\npath = \"{path}\"\n{settle}\npoll = \"100ms\"\n{more}\n")
}

/// An invoice of ours under another number.
fn invoice(number: &str) -> Vec<u8> {
    crate::stage::invoice(number)
}

/// Puts a file there at once, as `mv` does.
fn put(inbox: &Path, name: impl AsRef<Path>, bytes: &[u8]) {
    let part = inbox.join(".put.part");
    fs::write(&part, bytes).unwrap();
    fs::rename(part, inbox.join(name)).unwrap();
}

/// Names in a folder, in order; none where it is not there.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The documents in `done` or `refused`, without their reports and what is being written.
fn documents(inbox: &Path, place: &str) -> Vec<String> {
    let mut names = names(&inbox.join(place));
    names.retain(|n| !n.ends_with(".report.json") && !n.ends_with(".report.txt") && !n.starts_with('.'));
    names
}

/// The report beside a document.
fn report(inbox: &Path, place: &str, name: &str) -> Value {
    let path = inbox.join(place).join(format!("{name}.report.json"));
    serde_json::from_slice(&fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

fn text(inbox: &Path, place: &str, name: &str) -> String {
    fs::read_to_string(inbox.join(place).join(format!("{name}.report.txt"))).unwrap()
}

/// Waits until the condition holds.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Waits until so many documents came to their ends.
async fn ended(inbox: &Path, done: usize, refused: usize) {
    let began = Instant::now();
    loop {
        let (is, was) = (documents(inbox, "done"), documents(inbox, "refused"));
        if is.len() == done && was.len() == refused {
            return;
        }
        let still = names(inbox);
        assert!(began.elapsed() < PATIENCE, "done {is:?}, refused {was:?}, still there {still:?}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Every document has both reports, and no report is without its document.
async fn all_told(inbox: &Path) {
    // A document is seen in its place a moment before its pick-up is cleared away.
    until("nothing is left in hand", || names(&inbox.join(".work")) == ["lock"]).await;
    for place in ["done", "refused"] {
        let mut expected: Vec<String> = Vec::new();
        for document in documents(inbox, place) {
            expected.extend([format!("{document}.report.json"), format!("{document}.report.txt"), document]);
        }
        expected.sort();
        assert_eq!(names(&inbox.join(place)), expected, "{place}");
    }
}

/// How often each number is at the sandbox.
fn count(rows: &[Value]) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for row in rows {
        *count.entry(row["number"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    count
}
