//! What is embedded in a PDF, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::files::Source;
use super::super::words;
use super::Opened;
use crate::formats::Unreadable;
use crate::formats::facturx::FACTURX_PDF;
use crate::pdf::Attachment;
use crate::report::Report;
use crate::text::{Lang, visible};
use crate::validate;

/// One line: `facteur-attachments/1`.
pub(super) fn json(source: &Source, opened: &Opened, lang: Lang) -> String {
    let attachments: Vec<Value> = opened.attachments.iter().map(attachment).collect();
    let inside = opened.invoice.as_ref().ok().map(|(inside, _)| inside);
    let xmp = inside.and_then(|i| i.xmp.as_ref()).map(|x| {
        json!({ "standard": x.standard, "level": x.level, "file_name": x.file_name, "document_type": x.document_type,
            "version": x.version, "pdfa_part": x.part, "pdfa_conformance": x.conformance })
    });
    let remarks: Vec<Value> = inside
        .into_iter()
        .flat_map(|i| &i.remarks)
        .map(|r| json!({ "rule": r.kind.rule(), "attachment": r.attachment, "found": r.found, "expected": r.expected, "detail": r.seen }))
        .collect();
    let why = opened.invoice.as_ref().err();
    let line = json!({
        "schema": "facteur-attachments/1", "file": source.name(), "sha256": opened.sha256,
        "invoice": inside.map(|i| &i.name), "syntax": inside.map(|_| FACTURX_PDF),
        "profile": inside.and_then(|i| i.profile.as_ref()), "level": inside.and_then(|i| i.level).map(|l| l.as_str()),
        "xmp": xmp, "attachments": attachments, "remarks": remarks,
        "refused": why.map(|why| why.rule()), "reason": why.map(|why| reason(why, lang)),
    });
    line.to_string() + "\n"
}

/// A file that was not opened, in the same form.
pub(super) fn refused(source: &Source, why: &Unreadable, report: &Report, lang: Lang) -> String {
    let said = report.findings.first();
    let line = json!({
        "schema": "facteur-attachments/1", "file": source.name(), "sha256": null, "invoice": null, "syntax": null,
        "profile": null, "level": null, "xmp": null, "attachments": [], "remarks": [],
        "refused": why.rule(), "reason": said.map(|f| f.message.get(lang)),
    });
    line.to_string() + "\n"
}

fn reason(why: &Unreadable, lang: Lang) -> String {
    let judged = validate::unread(why, "", String::new(), crate::clock::today());
    judged.report.findings.first().map(|f| f.message.get(lang).to_owned()).unwrap_or_default()
}

fn attachment(file: &Attachment) -> Value {
    let content = file.content.as_ref();
    json!({
        "name": file.name, "size": content.ok().map(Vec::len), "sha256": content.ok().map(|c| sha256(c)),
        "relationship": file.relationship, "type": file.subtype,
        "found": file.found.iter().map(|f| f.as_str()).collect::<Vec<_>>(),
        "refused": content.err().map(|r| r.kind.rule()), "detail": content.err().map(|r| &r.detail),
    })
}

fn sha256(bytes: &[u8]) -> String {
    validate::hex(&Sha256::digest(bytes))
}

/// A head line, then one line a file; the invoice is marked.
pub(super) fn text(source: &Source, opened: &Opened, lang: Lang) -> String {
    let mut out = String::new();
    let name = source.name();
    let head = match &opened.invoice {
        Ok((inside, _)) => {
            let level = inside.level.map_or("?", |l| l.as_str());
            let profile = inside.profile.as_deref().unwrap_or("?");
            format!("{}, {}", level, visible(profile))
        }
        Err(why) => format!("{}  {}", why.rule(), reason(why, lang)),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}: {head}", visible(&name));
    let chosen = opened.invoice.as_ref().ok().map(|(inside, _)| inside.chosen);
    for (n, file) in opened.attachments.iter().enumerate() {
        let mark = if chosen == Some(n) {
            words::pick(lang, "facture", "invoice")
        } else {
            words::pick(lang, "fichier", "file")
        };
        let found: Vec<&str> = file.found.iter().map(|f| f.as_str()).collect();
        let relationship = file.relationship.as_deref().unwrap_or("-");
        let content = match &file.content {
            Ok(content) => format!("{} {}  {}", content.len(), words::pick(lang, "octets", "bytes"), sha256(content)),
            Err(refusal) => {
                let french = validate::detail::in_french(&refusal.detail).filter(|_| lang == Lang::Fr);
                format!("{}: {}", refusal.kind.rule(), french.as_ref().unwrap_or(&refusal.detail))
            }
        };
        let _ = writeln!(
            out,
            "  {mark}  {}  {}  {}  {content}",
            visible(&file.name),
            visible(relationship),
            found.join("+")
        );
    }
    out
}
