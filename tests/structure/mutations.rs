//! Our own fixtures, changed at random: nothing panics, nothing that is not well-formed is called valid, and what the tables of the
//! schemas forbid is a fault of structure. proptest prints the case that failed and its seed.

use std::sync::LazyLock;

use facteur::report::Verdict;
use proptest::prelude::*;
use proptest::sample::Index;

use super::table::{Schema, Seen};
use super::{faults, fixture, judge};

static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::read);
static FIXTURES: LazyLock<Vec<String>> = LazyLock::new(|| {
    ["ubl-full", "ubl-minimal", "ubl-creditnote", "cii-full", "cii-minimal"]
        .map(|name| fixture(&format!("invoices/{name}.xml")))
        .to_vec()
});

/// One change of one element.
#[derive(Debug, Clone, Copy)]
enum Change {
    Delete,
    Duplicate,
    Rename,
    Blank,
    Swap,
    Lexical(&'static str),
}

const TEXTS: [&str; 12] = [
    "",
    " ",
    "x",
    "-",
    "1e3",
    "1,5",
    "2026-02-30",
    "TRUE",
    "é",
    "%%",
    "99999999999999999999999999999999999",
    "\u{a0}1",
];

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::Delete),
        Just(Change::Duplicate),
        Just(Change::Rename),
        Just(Change::Blank),
        Just(Change::Swap),
        proptest::sample::select(&TEXTS[..]).prop_map(Change::Lexical),
    ]
}

/// Element number `which` of a text, changed; none where the change says nothing of it.
fn change(text: &str, which: Index, change: Change) -> Option<(String, Option<&'static str>)> {
    let elements = SCHEMA.elements(text);
    let Seen { range, child, lexical, beside } = elements.get(which.index(elements.len()))?;
    let element = &text[range.clone()];
    let with = |by: &str| format!("{}{by}{}", &text[..range.start], &text[range.end..]);
    let required = child.min >= *beside && !child.choice;
    Some(match change {
        Change::Delete => (with(""), required.then_some("FCT-XSD-MISSING")),
        Change::Duplicate => {
            let many = child.max == Some(*beside) && !child.choice;
            (with(&element.repeat(2)), many.then_some("FCT-XSD-REPEATED"))
        }
        Change::Rename => {
            let name = element[1..].split([' ', '>', '/', '\n']).next()?;
            let renamed = element.replacen(name, &format!("{name}Zz"), 1);
            let close = format!("</{name}>");
            let renamed = match renamed.strip_suffix(close.as_str()) {
                Some(start) => format!("{start}</{name}Zz>"),
                None => renamed,
            };
            (with(&renamed), Some("FCT-XSD-UNKNOWN"))
        }
        Change::Swap => {
            let next = elements.iter().find(|e| e.range.start >= range.end)?;
            // The next sibling, not the parent's.
            if text[range.end..next.range.start].contains("</") {
                return None;
            }
            let swapped = format!("{}{}{element}", &text[next.range.clone()], &text[range.end..next.range.start]);
            let ordered = child.name != next.child.name && !child.choice;
            let text = format!("{}{swapped}{}", &text[..range.start], &text[next.range.end..]);
            (text, ordered.then_some("FCT-XSD-ORDER"))
        }
        Change::Blank | Change::Lexical(_) if *lexical == "none" => return None,
        Change::Blank | Change::Lexical(_) => {
            let value = if let Change::Lexical(value) = change { value } else { "" };
            let open = element.find('>')? + 1;
            let close = element.rfind("</")?;
            if close < open {
                return None;
            }
            let wrong = match *lexical {
                "decimal" => {
                    !value.trim().parse::<f64>().is_ok_and(|_| !value.contains('e')) || value.contains('\u{a0}')
                }
                "date" | "boolean" => true,
                _ => false,
            };
            (with(&format!("{}{value}{}", &element[..open], &element[close..])), wrong.then_some("FCT-XSD-VALUE"))
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    /// A change that the tables forbid is a fault of structure, and the document is invalid.
    #[test]
    fn what_the_schemas_forbid_is_found(file in any::<Index>(), which in any::<Index>(), kind in changes()) {
        let text = &FIXTURES[file.index(FIXTURES.len())];
        if let Some((changed, Some(rule))) = change(text, which, kind) {
            prop_assert!(faults(&changed).contains(&rule), "{rule} {:?}: {changed}", faults(&changed));
        }
    }

    /// Many changes at once: never a panic, and what is called valid is well-formed and lacks nothing that is required.
    #[test]
    fn many_changes_do_no_harm(file in any::<Index>(), all in prop::collection::vec((any::<Index>(), changes()), 1..8)) {
        let mut text = FIXTURES[file.index(FIXTURES.len())].clone();
        let mut forbidden = false;
        for (which, kind) in all {
            if forbidden {
                break;
            }
            if let Some((changed, rule)) = change(&text, which, kind) {
                forbidden = rule.is_some() || !faults(&changed).is_empty();
                text = changed;
            }
        }
        let report = judge(&text);
        prop_assert!(!(forbidden && report.verdict == Verdict::Valid));
        prop_assert!(serde_json::to_string(&report).is_ok());
    }

    /// Bytes cut out and characters put in: what another parser does not take for XML is never valid.
    #[test]
    fn what_is_not_well_formed_is_never_valid(
        file in any::<Index>(), at in any::<Index>(), many in 0usize..60,
        put in proptest::sample::select(&["", "<", ">", "&", "&#0;", "]]>", "</", "<a>", "\u{1}", "\"", "<!--", "<![CDATA[", "xmlns:a='b' xmlns:a='b'", "<?xml?>"][..]),
    ) {
        let text = &FIXTURES[file.index(FIXTURES.len())];
        let start = (0..=at.index(text.len())).rev().find(|&n| text.is_char_boundary(n)).unwrap_or(0);
        let end = (start..=(start + many).min(text.len())).rev().find(|&n| text.is_char_boundary(n)).unwrap_or(start);
        let changed = format!("{}{put}{}", &text[..start], &text[end..]);
        let report = judge(&changed);
        if roxmltree::Document::parse(&changed).is_err() {
            prop_assert!(report.verdict != Verdict::Valid, "{changed}");
        }
    }
}
