//! From a rule's finding to the cause: `schemas/problems/rule_causes.csv`.
//!
//! A row is a rule id, a prefix of rule ids (ending with `*`), or a term. The most specific wins: the id, then the
//! longest prefix, then the first term named by the finding (business terms before groups, which findings on lines name
//! for context), climbing from a term to the groups around it. A finding without rule or term of the table is about the
//! document as a file, so it falls to A8.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::advice::advice;
use super::cause::{Cause, cause};
use super::mapped::{Confidence, Mapped, Number};
use crate::table::{Table, TableError, built_in};
use crate::text::Text;

/// The cause behind a finding of one of our rules: `rule` as in the finding, `terms` the EN 16931 terms it names
/// (`BT-13`, or a path such as `BG-25[2]/BT-132`).
///
/// The document has not left, so its number stays free, except for a number that is taken.
pub fn cause_of_rule<T: AsRef<str>>(rule: &str, terms: &[T]) -> Mapped {
    let rule = rule.trim();
    let (entry, confidence) = match RULES.of_rule(rule) {
        Some(entry) => (entry, Confidence::High),
        None => match RULES.of_terms(terms) {
            Some(entry) => (entry, Confidence::Medium),
            None => (&RULES.default, Confidence::Low),
        },
    };
    Mapped {
        cause: entry.cause,
        acts: &entry.acts,
        number: entry.number,
        caught_by: Some(rule.to_owned()).filter(|rule| !rule.is_empty()),
        suggestion: entry.advice.clone(),
        inferred: entry.cause.inferred,
        known: confidence > Confidence::Low,
        opens: true,
        confidence,
    }
}

#[derive(Debug)]
struct Rules {
    by_id: HashMap<String, Entry>,
    /// Longest first.
    by_prefix: Vec<(String, Entry)>,
    by_term: HashMap<String, Entry>,
    /// The group around a term or group.
    parents: HashMap<String, String>,
    default: Entry,
}

#[derive(Debug)]
struct Entry {
    cause: &'static Cause,
    acts: String,
    number: Number,
    advice: &'static Text,
}

impl Rules {
    fn of_rule(&self, rule: &str) -> Option<&Entry> {
        let by_prefix = || self.by_prefix.iter().find(|(prefix, _)| rule.starts_with(prefix)).map(|(_, entry)| entry);
        self.by_id.get(rule).or_else(by_prefix)
    }

    fn of_terms<T: AsRef<str>>(&self, terms: &[T]) -> Option<&Entry> {
        let is_group = |term: &str| term.starts_with("BG-");
        let terms: Vec<String> = terms.iter().map(|term| bare(term.as_ref())).collect();
        let (groups, terms): (Vec<_>, Vec<_>) = terms.iter().partition(|term| is_group(term));
        terms.into_iter().chain(groups).find_map(|term| self.of_term(term))
    }

    fn of_term(&self, term: &str) -> Option<&Entry> {
        let mut at = term;
        // The table of terms is a tree of at most five floors; the bound holds should a row ever close a circle.
        for _ in 0..8 {
            if let Some(entry) = self.by_term.get(at) {
                return Some(entry);
            }
            at = match self.parents.get(at) {
                Some(parent) if !parent.is_empty() => parent,
                // `BT-111-1` and the like: a part that the table of terms does not list.
                _ => at.rsplit_once('-').map(|(whole, _)| whole).filter(|whole| whole.contains('-'))?,
            };
        }
        None
    }
}

/// The last term of a path, without its index: `BG-25[2]/BT-132` is `BT-132`, `BT-29[1]-1` is `BT-29-1`.
fn bare(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or(path).trim();
    let mut out = String::with_capacity(last.len());
    let mut inside = false;
    for c in last.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            '@' => break,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

static RULES: LazyLock<Rules> = LazyLock::new(|| built_in("problems/rule_causes.csv", read(TEXT, TERMS)));

const TEXT: &str = include_str!("../../schemas/problems/rule_causes.csv");
const TERMS: &str = include_str!("../../schemas/terms.csv");

fn read(text: &str, terms: &str) -> Result<Rules, TableError> {
    let table = Table::parse(text)?;
    let [what, id, acts, number, key] = ["match", "cause", "acts", "number", "advice"].map(|name| table.column(name));
    let (what, id, acts, number, key) = (what?, id?, acts?, number?, key?);
    let mut default = None;
    let (mut by_id, mut by_prefix, mut by_term) = (HashMap::new(), Vec::new(), HashMap::new());
    for row in &table.rows {
        let entry = Entry {
            cause: cause(row.get(id)).ok_or_else(|| row.error("unknown cause"))?,
            acts: row.get(acts).into(),
            number: Number::parse(row.get(number)).ok_or_else(|| row.error("`yes`, `no` or `none` is expected"))?,
            advice: advice(row.get(key)).ok_or_else(|| row.error("unknown advice"))?,
        };
        let key = row.get(what);
        let twice = match key.strip_suffix('*') {
            Some("") => default.replace(entry).is_some(),
            Some(prefix) => {
                let twice = by_prefix.iter().any(|(known, _)| known == prefix);
                by_prefix.push((prefix.to_owned(), entry));
                twice
            }
            None if ["BT-", "BG-", "EXT-FR-FE-"].iter().any(|start| key.starts_with(start)) => {
                by_term.insert(key.to_owned(), entry).is_some()
            }
            None => by_id.insert(key.to_owned(), entry).is_some(),
        };
        if twice {
            return Err(row.error(format!("`{key}` appears twice")));
        }
    }
    by_prefix.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
    let default = default.ok_or_else(|| TableError::new(1, "there is no row `*` for all the rest"))?;
    Ok(Rules { by_id, by_prefix, by_term, parents: parents(terms)?, default })
}

fn parents(text: &str) -> Result<HashMap<String, String>, TableError> {
    let table = Table::parse(text)?;
    let (id, parent) = (table.column("id")?, table.column("parent")?);
    Ok(table.rows.iter().map(|row| (row.get(id).to_owned(), row.get(parent).to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(rule: &str, terms: &[&str]) -> &'static str {
        &cause_of_rule(rule, terms).cause.id
    }

    #[test]
    fn the_most_specific_wins() {
        read(TEXT, TERMS).unwrap();
        for (rule, terms, expected) in [
            // The map of DESIGN section 5.
            ("FCT-CLIENT", &["BT-10"][..], "A2"),
            ("FCT-CLIENT", &["BT-12"], "A2"),
            ("FCT-CLIENT", &["BT-13"], "A2"),
            ("FCT-CLIENT", &["BT-34"], "A5"),
            ("FCT-CLIENT", &["BT-46"], "A5"),
            ("FCT-CLIENT", &["BT-47"], "A5"),
            ("FCT-CLIENT", &["BT-49"], "A5"),
            ("FCT-CLIENT", &["BT-84"], "A11"),
            ("FCT-CLIENT", &["BG-24"], "A10"),
            ("FCT-CLIENT", &["BT-22"], "A9"),
            ("FCT-CLIENT", &["BT-146"], "A4"),
            ("FCT-CLIENT", &["BT-20"], "C2"),
            ("FCT-DUPLICATE-NUMBER", &["BT-1"], "A6"),
            ("BR-CO-10", &["BT-106", "BT-131"], "A7"),
            ("BR-S-08", &["BG-23", "BT-116"], "A7"),
            ("BR-FR-05_BT-22-1", &["BT-22-1", "BT-22"], "A9"),
            ("FCT-XML-MALFORMED", &[], "A8"),
            // An id beats a prefix, a prefix beats a shorter one, both beat the terms.
            ("BR-CO-26", &["BT-29", "BT-30", "BT-31"], "A9"),
            ("BR-CO-25", &["BT-115", "BT-9"], "C2"),
            ("BR-FR-CO-07_BT-9", &["BT-9"], "C2"),
            ("BR-FR-08_BT-151-2", &["BT-151"], "A7"),
            ("BR-FR-08_BT-23", &["BT-23"], "A8"),
            // Without a row for the rule, the terms; the line a finding stands on is only context.
            ("BR-26", &["BG-25", "BT-146"], "A4"),
            ("BR-24", &["BG-25", "BT-131"], "A7"),
            ("BR-16", &["BG-25"], "A1"),
            ("FCT-CLIENT", &["BG-25[2]/BT-132"], "A2"),
            ("FCT-CLIENT", &["BT-29[1]-1"], "A9"),
            ("FCT-CLIENT", &["BT-111-1"], "A7"),
            ("FCT-CLIENT", &["BG-4/BT-30@0002"], "A9"),
            ("FCT-NEVER-SEEN", &["BT-9999"], "A8"),
        ] {
            assert_eq!(id(rule, terms), expected, "{rule} {terms:?}");
        }
    }

    #[test]
    fn every_term_of_the_model_falls_somewhere() {
        let table = Table::parse(TERMS).unwrap();
        let column = table.column("id").unwrap();
        assert!(table.rows.len() > 250);
        for row in &table.rows {
            let term = row.get(column);
            let mapped = cause_of_rule("FCT-CLIENT", &[term]);
            assert!(mapped.known, "{term} falls to the default");
            assert!(mapped.cause.in_report, "{term}");
        }
    }

    #[test]
    fn the_number_stays_free_until_it_is_taken() {
        assert!(cause_of_rule("BR-CO-10", &["BT-106"]).number_reusable());
        assert!(!cause_of_rule("FCT-DUPLICATE-NUMBER", &["BT-1"]).number_reusable());
        let unknown = cause_of_rule::<&str>("", &[]);
        assert_eq!((unknown.caught_by, unknown.known, unknown.confidence), (None, false, Confidence::Low));
        assert!(cause_of_rule("FCT-CLIENT", &["BT-153"]).inferred, "no code says A1");
        assert!(!cause_of_rule("FCT-CLIENT", &["BT-13"]).inferred);
    }

    #[test]
    fn a_circle_in_the_table_of_terms_ends() {
        let rules =
            read("match,cause,acts,number,advice\n*,A8,seller,yes,format\n", "id,parent\nBG-1,BG-2\nBG-2,BG-1\n");
        assert!(rules.unwrap().of_term("BG-1").is_none());
    }

    #[test]
    fn a_damaged_table_is_refused() {
        for rows in
            ["BT-1,A8,seller,yes,format", "*,A8,seller,yes,format\n*,A8,seller,yes,format", "*,A8,seller,si,format"]
        {
            assert!(read(&format!("match,cause,acts,number,advice\n{rows}\n"), TERMS).is_err(), "{rows}");
        }
    }
}
