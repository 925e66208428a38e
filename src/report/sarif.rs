//! The report as SARIF 2.1.0 (OASIS), which code-scanning services and editors read.
//!
//! One run for all documents. Results are written as they come; what the run's head would hold (rules, artifacts, notifications)
//! stands behind them, as the order of members means nothing in JSON. What was not judged is a notification of level `error`, and
//! the run then says that it did not succeed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::text::excerpt::Source;
use super::{Document, Form, Later, Manner, Piece, Report, Seen, Verdict, overruled};
use crate::invoice::Place;
use crate::rules::{self, Finding, Severity, Waived};
use crate::text::{Lang, one_line, visible};

/// One document for the whole run.
pub(super) struct SarifForm(pub Manner);

const RULES: &str = "rules";
const ARTIFACTS: &str = "artifacts";
const NOTIFICATIONS: &str = "notifications";

impl Form for SarifForm {
    fn begin(&self) -> String {
        let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
        format!("{{\"$schema\":\"{schema}\",\"version\":\"2.1.0\",\"runs\":[{{\"results\":[\n")
    }

    fn one(&self, report: &Report, document: &Document<'_>) -> Piece {
        let lang = self.0.lang;
        let file = Artifact { uri: &uri(&report.file), bytes: document.bytes.map(<[u8]>::len) };
        let uri = file.uri;
        let source = Source::new(document, report.findings.iter());
        let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
        let mut instances: BTreeMap<(&str, String), usize> = BTreeMap::new();
        let mut results: Vec<String> = Vec::with_capacity(report.findings.len());
        for finding in &report.findings {
            rules.entry(&finding.rule).or_insert(finding);
            let nth = instances.entry((&finding.rule, anchor(finding))).or_default();
            *nth += 1;
            results.push(written(&result(finding, report, &file, source.columns(finding), (*nth, lang))));
        }
        let mut later: Vec<Later> = rules
            .into_iter()
            .map(|(id, finding)| Later::Once {
                list: RULES,
                key: id.to_owned(),
                text: written(&described(finding, lang)),
            })
            .collect();
        // One for each document, whatever it is called: no verdict may stand for another's.
        later.push(Later::Each { list: ARTIFACTS, text: written(&artifact(report, uri)) });
        later.extend(report.not_run.iter().map(|missing| {
            let text = format!("{}: {}", missing.pack, missing.reason.get(lang));
            let level = if report.verdict == Verdict::NotJudged { "error" } else { "warning" };
            let told = json!({
                "level": level,
                "message": { "text": plain(&text) },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri } } }],
                "properties": { "pack": missing.pack },
            });
            Later::Each { list: NOTIFICATIONS, text: written(&told) }
        }));
        Piece { text: results.join(",\n"), later }
    }

    fn between(&self) -> &'static str {
        ",\n"
    }

    fn end(&self, seen: &Seen) -> String {
        let list = |name| seen.list(name).collect::<Vec<_>>().join(",\n");
        // The members of `artifacts` are unlike (3.14.15): a document that was given twice, and judged alike, is there once.
        let mut known = BTreeSet::new();
        let artifacts = seen.list(ARTIFACTS).filter(|text| known.insert(*text)).collect::<Vec<_>>().join(",\n");
        let judged = !seen.list(NOTIFICATIONS).any(|told| told.contains(r#""level":"error""#));
        let version = env!("CARGO_PKG_VERSION");
        let tag = if self.0.lang == Lang::Fr { "fr" } else { "en" };
        format!(
            "\n],\"columnKind\":\"unicodeCodePoints\",\"language\":\"{tag}\",\"tool\":{{\"driver\":{{\"name\":\"facteur\",\
             \"version\":\"{version}\",\"semanticVersion\":\"{version}\",\"language\":\"{tag}\",\"rules\":[\n{}\n]}}}},\
             \"invocations\":[{{\"executionSuccessful\":{judged},\"toolExecutionNotifications\":[\n{}\n]}}],\
             \"artifacts\":[\n{}\n]}}]}}\n",
            list(RULES),
            list(NOTIFICATIONS),
            artifacts,
        )
    }
}

/// A document as locations name it.
struct Artifact<'a> {
    uri: &'a str,
    /// How long it is, where its bytes are at hand.
    bytes: Option<usize>,
}

/// A result; its region is the part in `columns`, where the document is at hand to tell.
fn result(
    finding: &Finding,
    report: &Report,
    file: &Artifact<'_>,
    columns: Option<(usize, usize)>,
    (nth, lang): (usize, Lang),
) -> Value {
    let mut location = location(finding.place.as_ref(), file);
    if let (Some(Place::Xml { line, attachment: None, .. }), Some((start, end))) = (&finding.place, columns) {
        location["physicalLocation"]["region"] =
            json!({ "startLine": line, "startColumn": start, "endLine": line, "endColumn": end });
    }
    let mut text = finding.message.get(lang).to_owned();
    let mut say = |label: &str, more: &str| {
        if !more.is_empty() {
            text.push_str(&format!("\n{label}{more}"));
        }
    };
    let pick = |fr: &'static str, en: &'static str| if lang == Lang::Fr { fr } else { en };
    say(pick("Trouvé : ", "Found: "), finding.found_in(lang).as_deref().unwrap_or_default());
    say(pick("Attendu : ", "Expected: "), finding.expected_in(lang).as_deref().unwrap_or_default());
    say("→ ", finding.fix.get(lang));
    overruled::severity_was(finding, lang).iter().for_each(|was| say("", was));
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": plain(&text) },
        "locations": [location],
        "partialFingerprints": { "facteurFinding/v1": fingerprint(finding, nth) },
        "properties": properties(finding, report, lang),
        // All results of a run have this member, or none has (3.27.23).
        "suppressions": finding.waived.iter().map(|waived| suppression(waived, lang)).collect::<Vec<_>>(),
    });
    let related = related(finding, file);
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

/// A waiver: written outside of the document, and accepted by whoever answers for it.
fn suppression(waived: &Waived, lang: Lang) -> Value {
    json!({
        "kind": "external",
        "status": "accepted",
        "justification": plain(&overruled::waiver(waived, lang)),
        "properties": { "waived": waived },
    })
}

/// Where it stands. Lines and columns inside a PDF are those of the file in it, so the place goes into words and the path; the region is
/// then the PDF as a whole.
fn location(place: Option<&Place>, file: &Artifact<'_>) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": file.uri } });
    // The whole of it, unless there is something narrower to say.
    if let Some(bytes) = file.bytes {
        physical["region"] = json!({ "byteOffset": 0, "byteLength": bytes });
    }
    let mut location = Map::new();
    match place {
        Some(Place::Xml { line, column, path, attachment }) => {
            match attachment {
                None => physical["region"] = json!({ "startLine": line, "startColumn": column }),
                Some(name) => {
                    location.insert("message".into(), json!({ "text": plain(&format!("{name}:{line}:{column}")) }));
                }
            }
            if !path.is_empty() {
                let name = path.rsplit('/').next().unwrap_or(path);
                let kind = if name.starts_with('@') { "attribute" } else { "element" };
                let logical = json!([{ "name": name, "fullyQualifiedName": path, "kind": kind }]);
                location.insert("logicalLocations".into(), logical);
            }
        }
        Some(Place::Edifact { segment, element, component, offset }) => {
            physical["region"] = json!({ "byteOffset": offset });
            let name = format!("{segment}:{element}:{component}");
            location.insert("logicalLocations".into(), json!([{ "name": name }]));
        }
        Some(Place::Attachment { attachment }) => {
            location.insert("logicalLocations".into(), json!([{ "name": attachment, "kind": "resource" }]));
        }
        None => {}
    }
    location.insert("physicalLocation".into(), physical);
    location.into()
}

/// The amounts that went into a computation, where they stand.
fn related(finding: &Finding, file: &Artifact<'_>) -> Vec<Value> {
    let parts = finding.working.iter().flat_map(|working| &working.parts).filter(|part| part.place.is_some());
    parts
        .enumerate()
        .map(|(at, part)| {
            let mut location = location(part.place.as_ref(), file);
            location["id"] = json!(at);
            location["message"] = json!({ "text": plain(&format!("{} {} {}", part.sign, part.term, part.value)) });
            location
        })
        .collect()
}

fn properties(finding: &Finding, report: &Report, lang: Lang) -> Value {
    let mut all = Map::new();
    let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
    put("group", json!(finding.group));
    put("pack", json!(finding.pack));
    put("terms", json!(finding.terms));
    put("severity", json!(super::svrl::word(finding.severity)));
    for (name, text) in [
        ("found", finding.found_in(lang).as_deref()),
        ("expected", finding.expected_in(lang).as_deref()),
        ("fix", Some(finding.fix.get(lang)).filter(|fix| !fix.is_empty())),
        ("example", finding.example.as_deref()),
        ("invoice", report.invoice.as_ref().and_then(|invoice| invoice.number.as_deref())),
    ] {
        if let Some(text) = text {
            put(name, json!(text));
        }
    }
    if let Some(was) = &finding.severity_was {
        put("severityWas", json!(was));
    }
    if let Some(working) = &finding.working {
        put("working", json!(working));
    }
    if let Some(cause) = finding.follows.and_then(|at| report.findings.get(at)) {
        put("followsRule", json!(cause.rule));
    }
    all.into()
}

/// What a finding is known by from run to run: rule, path and how many of them came before; not its line, which moves.
fn fingerprint(finding: &Finding, nth: usize) -> String {
    let mut hash = Sha256::new();
    for part in [finding.rule.as_str(), &anchor(finding), &nth.to_string()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn anchor(finding: &Finding) -> String {
    match &finding.place {
        Some(Place::Xml { path, attachment, .. }) => {
            attachment.as_ref().map_or_else(|| path.clone(), |name| format!("{name}\n{path}"))
        }
        Some(Place::Edifact { segment, element, component, .. }) => format!("{segment}:{element}:{component}"),
        Some(Place::Attachment { attachment }) => attachment.clone(),
        None => String::new(),
    }
}

/// A rule as the rule book has it: its title, and the page that `facteur explain` prints.
fn described(finding: &Finding, lang: Lang) -> Value {
    let mut rule = json!({ "id": finding.rule, "defaultConfiguration": { "level": level(finding.severity) } });
    let page = rules::explain(&finding.rule, lang).or_else(|| rules::explain(&finding.group, lang));
    if let Some(page) = page {
        let head = page.lines().next().unwrap_or_default();
        let title = head.split_once(": ").map_or(head, |(_, title)| title);
        rule["shortDescription"] = json!({ "text": title });
        rule["fullDescription"] = json!({ "text": title });
        rule["help"] = json!({ "text": page, "markdown": page });
    }
    rule["properties"] = json!({ "tags": [finding.pack], "terms": finding.terms });
    rule
}

fn artifact(report: &Report, uri: &str) -> Value {
    let mut artifact = json!({
        "location": { "uri": uri },
        "roles": ["analysisTarget"],
        "properties": {
            "verdict": report.verdict, "waived": report.waived, "lowered": report.lowered, "as_of": report.as_of, "syntax": report.syntax, "profile": report.profile,
            "invoice": report.invoice, "packs": report.packs,
        },
    });
    if let Some(message) = &report.message {
        artifact["properties"]["message"] = json!(message);
    }
    if !report.sha256.is_empty() {
        artifact["hashes"] = json!({ "sha-256": report.sha256 });
    }
    artifact
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal => "error",
        Severity::Warning => "warning",
        Severity::Information => "note",
    }
}

/// A message in plain text: what hides is shown, and nothing in it is taken for a link (3.11.6) or a placeholder (3.11.5).
fn plain(text: &str) -> String {
    let text = text.lines().map(visible).collect::<Vec<_>>().join("\n");
    let linked = text.contains("](");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let is_placeholder = || {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            digits > 0 && rest[digits..].starts_with('}')
        };
        match c {
            '[' | ']' | '\\' if linked => out.extend(['\\', c]),
            '{' if is_placeholder() => {
                let (digits, after) = rest.split_at(rest.find('}').unwrap_or(0));
                out.push_str("{{");
                out.push_str(digits);
                out.push_str("}}");
                rest = after.strip_prefix('}').unwrap_or(after);
            }
            c => out.push(c),
        }
    }
    out
}

/// A file's name as a URI reference (RFC 3986): a relative one stays so, an absolute one is `file:`. A byte that names show as
/// `\xFF`, since it is not UTF-8, is itself again.
fn uri(file: &str) -> String {
    let slashed = if cfg!(windows) { file.replace('\\', "/") } else { file.to_owned() };
    let mut out = String::with_capacity(slashed.len() + 8);
    if slashed.starts_with('/') {
        out.push_str("file://");
    } else if cfg!(windows) && slashed.get(1..3) == Some(":/") {
        out.push_str("file:///");
    }
    let mut rest = slashed.trim_start_matches("./").as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte as char),
            _ => {
                let raw = escaped_byte(after).filter(|_| byte == b'\\');
                rest = raw.and_then(|_| after.get(3..)).unwrap_or(after);
                out.push_str(&format!("%{:02X}", raw.unwrap_or(byte)));
            }
        }
    }
    out
}

/// The byte of an escape in a file's name, after its backslash: one that is not ASCII, or the backslash.
fn escaped_byte(after: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(after.strip_prefix(b"x")?.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok().filter(|byte| *byte >= 0x80 || *byte == b'\\')
}

/// One line of JSON.
fn written(value: &Value) -> String {
    one_line(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_references() {
        for (file, expected) in [
            ("in/a b.xml", "in/a%20b.xml"),
            ("./a.xml", "a.xml"),
            ("/srv/é?#.xml", "file:///srv/%C3%A9%3F%23.xml"),
            ("a:b%20\n.xml", "a%3Ab%2520%0A.xml"),
            ("-", "-"),
            ("a\\xFF.xml", "a%FF.xml"),
            ("a\\x5CxFF.xml", "a%5CxFF.xml"),
            ("a\\x2E\\+1.xml\\x", "a%5Cx2E%5C%2B1.xml%5Cx"),
        ] {
            assert_eq!(uri(file), expected);
        }
    }

    #[test]
    fn messages_hold_neither_links_nor_placeholders() {
        for (text, expected) in [
            ("a [x] b", "a [x] b"),
            ("see [x](http://evil)", "see \\[x\\](http://evil)"),
            ("{0} and {x} and {12", "{{0}} and {x} and {12"),
            ("a\u{202e}\nb", "a\\u{202e}\nb"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn a_finding_keeps_its_fingerprint_when_its_line_moves() {
        let at = |line: u32, path: &str| Finding {
            rule: "BR-01".into(),
            place: Some(Place::Xml { line, column: 1, path: path.into(), attachment: None }),
            ..Finding::default()
        };
        assert_eq!(fingerprint(&at(1, "/a"), 1), fingerprint(&at(9, "/a"), 1));
        assert_ne!(fingerprint(&at(1, "/a"), 1), fingerprint(&at(1, "/b"), 1));
        assert_ne!(fingerprint(&at(1, "/a"), 1), fingerprint(&at(1, "/a"), 2));
    }

    proptest! {
        #[test]
        fn a_reference_is_plain_ascii(file in "(?s).{0,60}") {
            let uri = uri(&file);
            prop_assert!(uri.bytes().all(|b| b.is_ascii_graphic() && !b"\\^`{|}<>\"".contains(&b)), "{uri}");
        }
    }
}
