//! Files attached (BG-24): what platforms refuse of them whoever the customer is. A customer's own bounds are its file's `[limits]`.

use std::collections::HashSet;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::invoice::{Occurrence, bt};
use crate::rules::{Finding, Severity};
use crate::text::{Text, hides};

use super::facts::Facts;
use super::say::{Said, quoted, value};

pub fn findings(facts: &Facts<'_>, out: &mut Vec<Said>) {
    let mut names = HashSet::new();
    for file in facts.invoice.all(bt::BT_125).filter(|o| !o.is_echo()) {
        let name = file.part(bt::BT_125_2);
        out.extend(empty(file));
        out.extend(large(file));
        if let Some(name) = name {
            out.extend(name_of(file, name, !names.insert(name.trimmed().to_lowercase())));
        }
        out.extend(kind(file, name));
    }
    out.extend(whole(facts));
}

fn empty(file: Occurrence<'_>) -> Option<Said> {
    if !file.text().bytes().all(|b| b.is_ascii_whitespace() || b == b'=') {
        return None;
    }
    let message = Text::new(
        "La pièce jointe (BT-125) est vide : le destinataire reçoit un fichier de 0 octet.",
        "The attachment (BT-125) is empty: the receiver gets a file of 0 bytes.",
    );
    let fix = Text::new("Joindre le fichier, ou retirer la pièce.", "Attach the file, or take the attachment away.");
    let finding = value("FCT-ATTACHMENT-EMPTY", file, None, message, fix);
    Some(Said::yielding(Finding { found: Some("0".to_owned()), expected: Some("> 0".to_owned()), ..finding }))
}

/// Larger than what the platforms that say so take (10 MB a file): a remark, for others take more.
fn large(file: Occurrence<'_>) -> Option<Said> {
    // Most are not even near it: they need not be counted.
    let bytes = if file.text().len() as u64 > LARGE { size(file.text()) } else { 0 };
    if bytes <= LARGE {
        return None;
    }
    let message = Text::new(
        format!(
            "La pièce jointe (BT-125) pèse {bytes} octets ; plusieurs plateformes, dont Chorus Pro, refusent au-delà de {LARGE}."
        ),
        format!(
            "The attachment (BT-125) has {bytes} bytes; several platforms, Chorus Pro among them, refuse more than {LARGE}."
        ),
    );
    let fix = Text::new("L'alléger, ou donner un lien (BT-124).", "Make it lighter, or give a link (BT-124).");
    Some(of_size(file, bytes, LARGE, Severity::Information, message, fix))
}

/// The whole invoice, beyond what the platforms' common interface takes.
fn whole(facts: &Facts<'_>) -> Option<Said> {
    let bytes = facts.invoice.tree().source().len() as u64;
    let file = facts.invoice.all(bt::BT_125).max_by_key(|file| file.text().len()).filter(|_| bytes > WHOLE)?;
    let message = Text::new(
        format!(
            "La facture pèse {bytes} octets avec ses pièces jointes ; une plateforme agréée en prend {WHOLE} (XP Z12-013)."
        ),
        format!(
            "The invoice has {bytes} bytes with its attachments; an accredited platform takes {WHOLE} (XP Z12-013)."
        ),
    );
    let fix = Text::new(
        "Alléger les pièces jointes, ou donner des liens (BT-124).",
        "Make the attachments lighter, or give links (BT-124).",
    );
    Some(of_size(file, bytes, WHOLE, Severity::Warning, message, fix))
}

fn of_size(file: Occurrence<'_>, bytes: u64, most: u64, severity: Severity, message: Text, fix: Text) -> Said {
    let finding = value("FCT-ATTACHMENT-SIZE", file, None, message, fix);
    let (found, expected) = (Some(bytes.to_string()), Some(format!("≤ {most}")));
    Said::beside(Finding { found, expected, severity, example: None, ..finding })
}

const LARGE: u64 = 10_000_000;
const WHOLE: u64 = 100_000_000;

/// Bytes that a base64 text stands for.
fn size(text: &str) -> u64 {
    let signs = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count();
    signs as u64 * 3 / 4
}

/// A name that a receiver cannot keep the file under.
fn name_of(file: Occurrence<'_>, name: Occurrence<'_>, again: bool) -> Option<Said> {
    let written = name.trimmed();
    let odd = written.chars().find(|c| hides(*c) || r#"\/:*?"<>|"#.contains(*c));
    let (fr, en) = if written.is_empty() {
        ("est vide".to_owned(), "is empty".to_owned())
    } else if let Some(odd) = odd {
        let sign = if hides(odd) { format!("U+{:04X}", u32::from(odd)) } else { odd.to_string() };
        (
            format!("contient « {sign} », qu'un nom de fichier ne peut avoir"),
            format!("holds \"{sign}\", which no file name may have"),
        )
    } else if written.len() > LONGEST {
        (
            format!("a {} octets ; un nom de fichier en a {LONGEST} au plus", written.len()),
            format!("has {} bytes; a file name has {LONGEST} at most", written.len()),
        )
    } else if extension(written).is_none() {
        (
            "n'a pas d'extension : le destinataire ne sait avec quoi l'ouvrir".to_owned(),
            "has no extension: the receiver cannot tell what opens it".to_owned(),
        )
    } else if let Some(program) = extension(written).filter(|ext| PROGRAMS.contains(&ext.as_str())) {
        (
            format!("est celui d'un programme (.{program}) : antivirus et plateformes le refusent"),
            format!("is a program's (.{program}): virus scanners and platforms refuse it"),
        )
    } else if again {
        (
            "est celui d'une autre pièce : l'une écrase l'autre".to_owned(),
            "is that of another attachment: one overwrites the other".to_owned(),
        )
    } else {
        return None;
    };
    let (found_fr, found_en) = quoted(written);
    let message = Text::new(
        format!("Le nom de la pièce jointe (BT-125-2), {found_fr}, {fr}."),
        format!("The attachment's name (BT-125-2), {found_en}, {en}."),
    );
    let fix = Text::new(
        "Donner un nom simple, avec l'extension du fichier : bon-de-livraison-12.pdf.",
        "Give a plain name, with the file's extension: delivery-note-12.pdf.",
    );
    let finding = value("FCT-ATTACHMENT-NAME", name, None, message, fix);
    let right = ("filename", "bon-de-livraison-12.pdf");
    let example = crate::formats::put_right(file.invoice().tree(), file.node(), Some("…"), Some(right), None);
    Some(Said::yielding(Finding { example: Some(example), ..finding }))
}

/// Name, declared type and content of a file contradict each other.
fn kind(file: Occurrence<'_>, name: Option<Occurrence<'_>>) -> Option<Said> {
    let mime = file.part(bt::BT_125_1)?;
    let declared = KINDS.iter().find(|kind| kind.mime == mime.trimmed())?;
    let ext = name.and_then(|name| extension(name.trimmed()));
    let by_name = ext.filter(|ext| !declared.extensions.contains(&ext.as_str()));
    // Only an extension that is known to be another type's contradicts.
    let by_name = by_name.filter(|ext| KINDS.iter().any(|kind| kind.extensions.contains(&ext.as_str())));
    let start = head(file.text());
    let by_content = !declared.starts.is_empty()
        && start.len() >= 8
        && !declared.starts.iter().any(|sign| start.windows(sign.len()).take(declared.within).any(|w| w == *sign));
    let is = KINDS.iter().find(|kind| kind.within == 1 && kind.starts.iter().any(|sign| start.starts_with(sign)));
    let (found, fr, en) = match (by_content, by_name) {
        (true, _) => {
            let starts = start.iter().take(8).copied().collect::<Vec<u8>>().escape_ascii().to_string();
            let is = is.map_or(starts, |kind| kind.mime.to_owned());
            let said =
                (format!("son contenu commence autrement ({is})"), format!("its content starts otherwise ({is})"));
            (is, said.0, said.1)
        }
        (false, Some(ext)) => {
            (format!(".{ext}"), format!("son nom finit par .{ext}"), format!("its name ends with .{ext}"))
        }
        _ => return None,
    };
    let mime_text = declared.mime;
    let message = Text::new(
        format!(
            "La pièce jointe est déclarée {mime_text} (BT-125-1), et {fr} : le destinataire ne peut l'ouvrir, ou la refuse."
        ),
        format!(
            "The attachment is declared {mime_text} (BT-125-1), and {en}: the receiver cannot open it, or refuses it."
        ),
    );
    let fix = Text::new("Accorder le type, le nom et le contenu.", "Make type, name and content agree.");
    let finding = value("FCT-ATTACHMENT-TYPE", mime, None, message, fix);
    Some(Said::yielding(Finding { found: Some(found), expected: Some(mime_text.to_owned()), ..finding }))
}

/// A type of file: as it is declared, as names end, as contents start (within so many bytes).
struct Type {
    mime: &'static str,
    extensions: &'static [&'static str],
    starts: &'static [&'static [u8]],
    within: usize,
}

const KINDS: [Type; 8] = [
    // A header may stand a little further on: readers look through the first 1,024 bytes.
    Type { mime: "application/pdf", extensions: &["pdf"], starts: &[b"%PDF-"], within: 1_020 },
    Type { mime: "image/png", extensions: &["png"], starts: &[b"\x89PNG"], within: 1 },
    Type { mime: "image/jpeg", extensions: &["jpg", "jpeg", "jpe"], starts: &[b"\xff\xd8\xff"], within: 1 },
    Type { mime: "text/csv", extensions: &["csv"], starts: &[], within: 0 },
    Type {
        mime: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        extensions: &["xlsx"],
        starts: &[b"PK\x03\x04"],
        within: 1,
    },
    Type {
        mime: "application/vnd.oasis.opendocument.spreadsheet",
        extensions: &["ods"],
        starts: &[b"PK\x03\x04"],
        within: 1,
    },
    Type { mime: "application/xml", extensions: &["xml"], starts: &[], within: 0 },
    Type { mime: "text/xml", extensions: &["xml"], starts: &[], within: 0 },
];

/// What a mail filter stops.
const PROGRAMS: [&str; 16] =
    ["exe", "com", "bat", "cmd", "scr", "pif", "msi", "js", "jse", "vbs", "vbe", "wsf", "ps1", "jar", "lnk", "hta"];

/// In bytes, on the file systems in use.
const LONGEST: usize = 255;

/// What follows the last point of a name, in lower case, where it is one of a few letters and digits.
fn extension(name: &str) -> Option<String> {
    let (before, ext) = name.rsplit_once('.')?;
    let plain = !before.is_empty() && (1..=8).contains(&ext.len()) && ext.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| ext.to_ascii_lowercase())
}

/// The first bytes of a file; none where they are not base64.
fn head(text: &str) -> Vec<u8> {
    const SIGNS: usize = 1_376;
    let mut signs: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).take(SIGNS).collect();
    let whole = signs.len() / 4 * 4;
    signs.truncate(if signs.len() < SIGNS { signs.len() } else { whole });
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&alphabet::STANDARD, lenient).decode(signs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_sizes() {
        for (name, ext) in [
            ("a.pdf", Some("pdf")),
            ("a.b.PDF", Some("pdf")),
            ("pdf", None),
            (".pdf", None),
            ("a.", None),
            ("facture du 12. novembre", None),
        ] {
            assert_eq!(extension(name).as_deref(), ext, "{name}");
        }
        assert_eq!((size("JVBERi0x\nLjQK"), size("JQ=="), size("")), (9, 1, 0));
        assert_eq!(head("JVBERi0x\nLjQK"), b"%PDF-1.4\n");
        assert_eq!((head("JV!"), head("")), (vec![], vec![]));
    }

    proptest! {
        #[test]
        fn the_head_is_the_start_of_the_file(bytes in proptest::collection::vec(any::<u8>(), 0..3_000)) {
            let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
            let head = head(&text);
            prop_assert!(bytes.starts_with(&head) && (head.len() == bytes.len() || head.len() > 1_000));
            prop_assert_eq!(size(&text), bytes.len() as u64);
        }
    }
}
