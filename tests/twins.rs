//! One invoice in several syntaxes has one judgement: as it is, and with the same fault in each.

use std::collections::BTreeSet;

use facteur::report::{Report, Verdict};

/// What is written, and what is written instead.
pub type Change = (&'static str, &'static str);

/// Holds the files to one verdict and to the same findings by group and terms. Of each fault: its name, and what changes in each file.
pub fn have_one_judgement(
    files: &[&str],
    text: impl Fn(&str) -> String,
    judged: impl Fn(&str, &str) -> Report,
    faults: impl Iterator<Item = (&'static str, Vec<&'static [Change]>)>,
) {
    for file in files {
        let report = judged(file, &text(file));
        assert_eq!(report.verdict, Verdict::Valid, "{file}: {:?}", report.findings);
        assert_eq!(findings(&report), BTreeSet::new(), "{file}");
    }
    for (name, changes) in faults {
        let mut all = Vec::new();
        for (file, changes) in files.iter().zip(changes) {
            let mut bad = text(file);
            for (from, to) in changes {
                assert!(bad.contains(from), "{name}: {file} does not have {from}");
                bad = bad.replacen(from, to, 1);
            }
            let report = judged(file, &bad);
            all.push((file, report.verdict, findings(&report)));
        }
        assert!(all.len() == files.len() && !all[0].2.is_empty(), "{name} is no fault");
        for other in &all[1..] {
            assert_eq!((&all[0].1, &all[0].2), (&other.1, &other.2), "{name}: {} and {}", all[0].0, other.0);
        }
    }
}

/// Findings by group and terms: those of the invoice, not of the syntax it is written in.
fn findings(report: &Report) -> BTreeSet<(String, Vec<String>)> {
    let of_syntax = ["FCT-EDI", "FCT-X12", "FCT-XSD", "CII-", "UBL-"];
    let own = report.findings.iter().filter(|f| !of_syntax.iter().any(|prefix| f.group.starts_with(prefix)));
    own.map(|finding| (finding.group.clone(), finding.terms.clone())).collect()
}
