//! Reads the tables of Factur-X profiles (`schemas/rules/facturx-*.txt`), which `schemas/rules/facturx.py` writes: contexts, and below each
//! what is asked there. Texts are those of the rule of that id in the files of the pack, else in a pack that stands before it.
//!
//! ```text
//! in PASS PATH             a context of a pass that many share: an element is judged in the first that it matches
//! alone PATH               a context with a pass of its own
//! ID SEVERITY QUESTION     the notation of paths and questions stands in README.md
//! ```

use super::catalogue::{Pack, Rule};

/// Adds the contexts and rows of a table to a pack.
pub fn add(pack: &mut Pack, table: &str, before: &[Pack]) {
    let passes = pack.contexts.entry("cii".to_owned()).or_default();
    let mut here = String::new();
    let mut rows: Vec<(&str, &str, String)> = Vec::new();
    for line in table.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        let (first, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{line}: a context or a row"));
        let (pass, path) = match first {
            "in" => rest.split_once(' ').unwrap_or_else(|| panic!("{line}: a pass and a path")),
            "alone" => ("", rest),
            _ => {
                let (severity, question) = rest.split_once(' ').unwrap_or_else(|| panic!("{line}: a question"));
                rows.push((first, severity, format!("{here}: {question}")));
                continue;
            }
        };
        // A context is called by its path: profiles that ask the same of it share the rule.
        here = if pass.is_empty() { path.to_owned() } else { format!("{path} ({pass})") };
        let pass = if pass.is_empty() { path } else { pass };
        let at = passes.iter().position(|(name, _)| name == pass).unwrap_or_else(|| {
            passes.push((pass.to_owned(), Vec::new()));
            passes.len() - 1
        });
        if !passes[at].1.iter().any(|(name, _)| *name == here) {
            passes[at].1.push((here.clone(), path.to_owned()));
        }
    }
    for (id, severity, row) in rows {
        let rule = ruled(&mut pack.rules, id, before);
        assert!(!rule.never || row.ends_with(": true"), "{id}: never fires in the norm");
        assert!(rule.cii.is_empty() || rule.cii_severity == severity, "{id}: of two severities");
        severity.clone_into(&mut rule.cii_severity);
        if !rule.cii.is_empty() {
            rule.cii.push_str("; ");
        }
        rule.cii.push_str(&row);
    }
}

/// The rule of that id in the pack; where it has none, a copy without rows of the one in an earlier pack.
fn ruled<'r>(rules: &'r mut Vec<Rule>, id: &str, before: &[Pack]) -> &'r mut Rule {
    let at = rules.iter().position(|r| r.id == id).unwrap_or_else(|| {
        let known = before.iter().flat_map(|p| &p.rules).find(|r| r.id == id);
        let known = known.unwrap_or_else(|| panic!("{id}: no texts")).clone();
        rules.push(Rule {
            ubl: String::new(),
            cii: String::new(),
            edi: String::new(),
            ubl_severity: String::new(),
            ..known
        });
        rules.len() - 1
    });
    &mut rules[at]
}
