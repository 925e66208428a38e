//! Files attached (BG-24): what platforms refuse of them whoever the customer is. A customer's own bounds are its file's `[limits]`.

use std::collections::HashSet;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::invoice::{Occurrence, bt};
use crate::rules::{Finding, Severity};
use crate::text::{Text, hides};

use super::facts::Facts;
use super::files;
use super::say::{Said, quoted, value};

pub fn findings(facts: &Facts<'_>, out: &mut Vec<Said>) {
    let mut names = HashSet::new();
    for file in facts.invoice.all(bt::BT_125).filter(|o| !o.is_echo()) {
        let name = file.part(bt::BT_125_2);
        out.extend(empty(file));
        out.extend(large(file));
        if let Some(name) = name {
            let again = !names.insert(name.trimmed().to_lowercase());
            out.extend(name_of(file, name, again).or_else(|| name_at_chorus(facts, file, name)));
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
    let (written, table) = (name.trimmed(), files::table());
    let odd = written.chars().find(|c| hides(*c) || table.never.contains(*c));
    let ext = extension(written);
    let (fr, en) = if written.is_empty() {
        ("est vide".to_owned(), "is empty".to_owned())
    } else if let Some(odd) = odd {
        let sign = if hides(odd) { format!("U+{:04X}", u32::from(odd)) } else { odd.to_string() };
        (
            format!("contient « {sign} », qu'un nom de fichier ne peut avoir"),
            format!("holds \"{sign}\", which no file name may have"),
        )
    } else if written.len() > table.longest {
        let (has, most) = (written.len(), table.longest);
        (
            format!("a {has} octets ; un nom de fichier en a {most} au plus"),
            format!("has {has} bytes; a file name has {most} at most"),
        )
    } else if let Some(program) = ext.as_ref().filter(|ext| table.programs.contains(ext)) {
        (
            format!("est celui d'un programme (.{program}) : antivirus et plateformes le refusent"),
            format!("is a program's (.{program}): virus scanners and platforms refuse it"),
        )
    } else if let Some((first, last)) = doubled(written) {
        (
            format!("a deux extensions (.{first}.{last}) : les antivirus y voient un fichier déguisé"),
            format!("has two extensions (.{first}.{last}): virus scanners take it for a file in disguise"),
        )
    } else if ext.is_none() {
        (
            "n'a pas d'extension : le destinataire ne sait avec quoi l'ouvrir".to_owned(),
            "has no extension: the receiver cannot tell what opens it".to_owned(),
        )
    } else if again {
        (
            "est celui d'une autre pièce : l'une écrase l'autre".to_owned(),
            "is that of another attachment: one overwrites the other".to_owned(),
        )
    } else {
        return None;
    };
    Some(of_name(file, name, Severity::Warning, &fr, &en))
}

/// What Chorus Pro alone refuses: a remark to French sellers, for other platforms say nothing of it. The packs of Chorus Pro, where
/// one runs, are fatal about the length, and then this is silent.
fn name_at_chorus(facts: &Facts<'_>, file: Occurrence<'_>, name: Occurrence<'_>) -> Option<Said> {
    let (written, table) = (name.trimmed(), files::table());
    let long = Some(written.chars().count()).filter(|has| *has > table.longest_at_chorus);
    let odd = written.chars().find(|c| table.not_at_chorus.contains(*c));
    let (fr, en) = match (long, odd) {
        _ if !facts.seller_is_french() => return None,
        (Some(has), _) => {
            let most = table.longest_at_chorus;
            (
                format!("a {has} caractères ; Chorus Pro en prend {most} au plus, extension comprise"),
                format!("has {has} characters; Chorus Pro takes {most} at most, with the extension"),
            )
        }
        (None, Some(odd)) => (
            format!("contient « {odd} », que Chorus Pro n'admet pas dans un nom de fichier"),
            format!("holds \"{odd}\", which Chorus Pro does not take in the name of a file"),
        ),
        (None, None) => return None,
    };
    Some(of_name(file, name, Severity::Information, &fr, &en))
}

fn of_name(file: Occurrence<'_>, name: Occurrence<'_>, severity: Severity, fr: &str, en: &str) -> Said {
    let (found_fr, found_en) = quoted(name.trimmed());
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
    Said::yielding(Finding { example: Some(example), severity, ..finding })
}

/// Two endings of types that contradict each other, `facture.pdf.png`. A file that is compressed or signed has two for a reason
/// (`releve.csv.zip`, `contrat.pdf.p7s`), as has one that was printed (`export.xlsx.pdf`); `a.pdf.pdf` is only clumsy.
fn doubled(name: &str) -> Option<(String, String)> {
    let last = extension(name)?;
    let first = extension(name.get(..name.len() - last.len() - 1)?)?;
    let of = |ext: &str| files::types().iter().position(|kind| kind.ends(ext));
    let program = files::table().programs.contains(&first);
    let apart = of(&last)? != of(&first).unwrap_or(usize::MAX);
    // `www.example.com.pdf` is no program.
    let odd = if last == "pdf" { program && first != "com" } else { program || of(&first).is_some() };
    (apart && odd).then_some((first, last))
}

/// Name, declared type and content of a file contradict each other, or nobody takes the type that is declared.
fn kind(file: Occurrence<'_>, name: Option<Occurrence<'_>>) -> Option<Said> {
    let start = head(file.text());
    if let Some(said) = files::program(&start).and_then(|program| content(file, program)) {
        return Some(said);
    }
    let mime = file.part(bt::BT_125_1)?;
    let Some(declared) = files::declared(mime.trimmed()) else { return not_allowed(mime) };
    let ext = name.and_then(|name| extension(name.trimmed()));
    // Only an extension that is known to be another type's contradicts.
    let by_name = ext.filter(|ext| !declared.ends(ext) && files::knows(ext));
    let (found, fr, en) = match (declared.other(&start), by_name) {
        (Some(is), _) => {
            let shown = is
                .mime
                .unwrap_or_else(|| start.iter().take(8).copied().collect::<Vec<u8>>().escape_ascii().to_string());
            let (is_fr, is_en) = is.name.map_or_else(|| (shown.clone(), shown.clone()), |name| (name.fr, name.en));
            (
                shown,
                format!("son contenu commence autrement ({is_fr})"),
                format!("its content starts otherwise ({is_en})"),
            )
        }
        (None, Some(ext)) => {
            (format!(".{ext}"), format!("son nom finit par .{ext}"), format!("its name ends with .{ext}"))
        }
        (None, None) => return None,
    };
    let mime_text = mime.trimmed();
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

/// A program, whatever it is said to be: told of the file itself, beside what is said of its type.
fn content(file: Occurrence<'_>, is: Text) -> Option<Said> {
    let message = Text::new(
        format!("Le contenu de la pièce jointe (BT-125) est {} : antivirus et plateformes le refusent.", is.fr),
        format!("The attachment (BT-125) holds {}: virus scanners and platforms refuse it.", is.en),
    );
    let fix = Text::new(
        "Retirer la pièce, et chercher d'où elle vient : rien de tel n'a sa place dans une facture.",
        "Take the attachment away, and find out where it comes from: nothing of the kind belongs in an invoice.",
    );
    let finding = value("FCT-ATTACHMENT-TYPE", file, None, message, fix);
    let start: Vec<u8> = head(file.text()).into_iter().take(8).collect();
    let (found, expected) = (Some(start.escape_ascii().to_string()), Some(files::mimes().join(" | ")));
    Some(Said::beside(Finding { found, expected, example: None, ..finding }))
}

fn not_allowed(mime: Occurrence<'_>) -> Option<Said> {
    let (found_fr, found_en) = quoted(mime.trimmed());
    let message = Text::new(
        format!("Le type de la pièce jointe (BT-125-1), {found_fr}, n'est pas de ceux qu'une facture peut porter."),
        format!("The attachment's type (BT-125-1), {found_en}, is none of those that an invoice may carry."),
    );
    let fix = Text::new(
        "Convertir la pièce en PDF, par exemple, et la déclarer application/pdf.",
        "Convert the attachment to PDF, for instance, and declare it application/pdf.",
    );
    let finding = value("FCT-ATTACHMENT-TYPE", mime, None, message, fix);
    Some(Said::yielding(Finding { expected: Some(files::mimes().join(" | ")), ..finding }))
}

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

    #[test]
    fn two_extensions_are_told_where_they_contradict_each_other() {
        for (name, two) in [
            ("facture.pdf.png", true),
            ("plan.exe.pdf", true),
            ("releve.xml.csv", true),
            ("facture.pdf.pdf", false),
            ("photo.jpg.jpeg", false),
            ("releve.csv.zip", false),
            ("contrat.pdf.p7s", false),
            ("v1.2.pdf", false),
            ("M. Durand.pdf", false),
            ("a.b", false),
        ] {
            assert_eq!(doubled(name).is_some(), two, "{name}");
        }
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
