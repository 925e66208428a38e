//! Reports in every form: what people and programs read, whatever the documents hold.

mod attacks;
mod foreign;
mod forms;
mod outputs;
mod said;
mod sample;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::stage::PROGRAM;

/// The forms in which a run of many documents is one document.
const OF_A_RUN: [&str; 5] = ["text", "json", "sarif", "junit", "csv"];
const GOOD: &str = "fixtures/demo/invoices/01-good-ubl-mairie.xml";
const WRONG: &str = "fixtures/demo/invoices/12-wrong-sum-one-cent.xml";
const BROKEN: &str = "fixtures/demo/invoices/16-unreadable-truncated.xml";

/// `facteur validate` on a day that is fixed, with the rules that are built.
fn validate(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(["--lang", "en", "validate", "--rules", "en16931", "--as-of", "2026-11-21"])
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

/// Exit status, standard output, standard error.
fn told(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    told(validate(arguments).output().unwrap())
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}
