//! What follows what.

use facteur::day::Day;
use facteur::report::{Report, groups};
use facteur::validate::{Choice, Options, validate};

use super::edit::List;

fn judged(text: &str) -> Report {
    let options =
        Options { choice: Choice::parse("en16931").unwrap(), ..Options::new(Day::parse_iso("2026-11-22").unwrap()) };
    validate(text.as_bytes(), "x", &options).report
}

#[test]
fn dump() {
    let list = List::read();
    for case in &list.case {
        let report = judged(&list.edited(case));
        let groups = groups(&report.findings);
        println!("CASE {} {}", case.base, case.edit);
        for g in &groups {
            let f = &report.findings[g.root];
            println!(
                "   {} [{:?}/{:?}] {} {}",
                f.rule,
                f.found,
                f.expected,
                f.message.en,
                f.working
                    .as_ref()
                    .map(|w| format!(
                        "{} = {} ({:?})",
                        w.parts
                            .iter()
                            .map(|p| format!("{} {} {}", p.sign, p.term, p.value))
                            .collect::<Vec<_>>()
                            .join(" "),
                        w.result,
                        w.difference
                    ))
                    .unwrap_or_default()
            );
            for n in &g.followers {
                let f = &report.findings[*n];
                println!("      <- {} [{:?}/{:?}] {}", f.rule, f.found, f.expected, f.message.en);
            }
            if let Some(s) = g.sentence(&report.findings) {
                println!("      {} | {}", s.en, s.fr);
            }
        }
    }
}
