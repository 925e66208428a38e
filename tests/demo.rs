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
        assert_eq!(out.lines().filter(|l| l.starts_with("→ ")).count(), 41);
        assert!(out.contains("PD-2026-0131") && out.contains("109"), "{end}");
    }
}
