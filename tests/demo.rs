//! `facteur demo` as the README promises it, with the daemon killed on the way.

use std::process::{Command, Stdio};

use super::stage::PROGRAM;

#[test]
fn the_demo_ends_as_its_table_says_though_the_daemon_dies_on_the_way() {
    for (lang, last) in [("en", "everything came out as expected"), ("fr", "tout s'est passé comme prévu")] {
        let output = Command::new(PROGRAM)
            .args(["--lang", lang, "demo", "--kill", if lang == "en" { "5" } else { "0" }])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let end: String = out.lines().rev().take(12).collect::<Vec<_>>().join("\n");
        assert_eq!(output.status.code(), Some(0), "{end}\n{err}");
        assert!(out.contains(last), "{end}");
        // The story is told: every document, its timeline, the report.
        assert_eq!(out.lines().filter(|l| l.starts_with("→ ")).count(), 43);
        assert!(out.contains("PD-2026-0131") && out.contains("109"), "{end}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_demo_that_is_stopped_leaves_nothing_behind() {
    use std::io::{BufRead as _, BufReader};
    use std::path::Path;

    let mut demo = Command::new(PROGRAM)
        .args(["--lang", "en", "demo", "--keep"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines().map_while(Result::ok);
    // "facteur: demonstration in FOLDER", then two lines that end in "(process N)".
    let folder = lines.next().unwrap().split(" in ").nth(1).unwrap().to_owned();
    let process = |line: String| line.rsplit("(process ").next().unwrap().trim_end_matches(')').to_owned();
    let processes: Vec<String> = lines.by_ref().take(2).map(process).collect();
    let lives = |id: &String| Path::new("/proc").join(id).exists();
    assert!(Path::new(&folder).join("token").exists() && processes.iter().all(lives), "{folder} {processes:?}");
    let _ = lines.by_ref().find(|line| line.starts_with("→ "));
    assert!(Command::new("kill").args(["-TERM", &demo.id().to_string()]).status().unwrap().success());
    lines.for_each(drop);
    assert_eq!(demo.wait().unwrap().code(), Some(2));
    assert!(!Path::new(&folder).exists() && !processes.iter().any(lives), "{folder} {processes:?}");
}

/// Every fault of the sandbox, both platforms, two deaths: the table is of invoices delivered once, refused or parked, and the ledger bears it out.
#[test]
fn the_scenario_of_every_fault_ends_with_nothing_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.jsonl");
    let output = Command::new(PROGRAM)
        .args(["--lang", "en", "demo", "--invoices", "40", "--seed", "7", "--kill", "2", "--ledger"])
        .arg(&ledger)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    let total = out.lines().find(|line| line.starts_with("total")).unwrap();
    let total: Vec<usize> = total.split_whitespace().skip(1).map(|number| number.parse().unwrap()).collect();
    let [invoices, delivered, refused, parked, unknown, kept, _] = total[..] else { panic!("{out}") };
    assert_eq!((invoices, unknown), (40, 0), "{out}");
    assert_eq!(delivered + refused + parked, 40, "{out}");
    assert!(refused > 2 && parked > 0 && kept > delivered && out.matches("kill -9 of").count() == 2, "{out}");
    // What the table says is at the platforms is there, by their own account, each number once.
    let text = std::fs::read_to_string(&ledger).unwrap();
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let there = rows.iter().filter(|row| row["what"] == "deposit" && row["kept"] == true);
    let mut numbers: Vec<&str> = there.map(|row| row["number"].as_str().unwrap()).collect();
    assert_eq!(numbers.len(), kept, "{out}");
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), kept, "{out}");
}
