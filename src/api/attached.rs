//! Documents that go with a statement of ours (209): what may be among them is what the platform takes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use utoipa::ToSchema;

use super::problem::{Answer, Code, Problem};
use super::statements::refused;
use crate::formats::cdar::Attachment;
use crate::lifecycle::{StatementFile, statement_files};
use crate::rules::ours::declared;
use crate::text::hidden;

/// Longest name, in characters, where the platform's own bound is not known.
const NAME: usize = 255;
/// Bytes by which a type is told, from the beginning.
const START: usize = 4_096;

/// A document.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its ending is one of its type.
    #[schema(max_length = 255, example = "bon-de-livraison.pdf")]
    name: String,
    /// Its media type.
    #[serde(rename = "type")]
    #[schema(example = "application/pdf")]
    kind: String,
    /// Its bytes, in base64.
    #[schema(content_encoding = "base64")]
    content: String,
}

/// The documents as the message bears them, where that kind of platform takes them.
///
/// # Errors
/// [`Code::Refused`]: the first that it would not take, why, and what it takes.
pub(super) fn files(files: Vec<File>, platform: &str) -> Answer<Vec<Attachment>> {
    let one = |file: File| {
        let (name, mime) = (file.name.trim().to_owned(), file.kind.trim().to_ascii_lowercase());
        let named = (1..=NAME).contains(&name.chars().count()) && hidden(&name, false).is_none();
        let plain = !name.contains(['/', '\\', '\0']) && name != "." && name != "..";
        let bytes = STANDARD.decode(file.content.trim().as_bytes()).ok().filter(|bytes| !bytes.is_empty());
        let (Some(bytes), true) = (bytes, named && plain) else {
            return Err(refused(
                "`files` : pour chaque document, un nom sans dossier, un type comme application/pdf, un contenu en base64.",
                "`files`: for each document, a name without a folder, a type such as application/pdf, a content in base64.",
            ));
        };
        taken(&name, &mime, &bytes, platform)?;
        Ok(Attachment { name, mime, content: STANDARD.encode(&bytes) })
    };
    files.into_iter().map(one).collect()
}

/// Does that kind of platform take it?
fn taken(name: &str, mime: &str, bytes: &[u8], platform: &str) -> Answer<()> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let refused = |fr: String, en: String| {
        let known: Vec<String> = statement_files(platform).map(words).collect();
        let known = known.join(", ");
        let problem = Problem::new(
            Code::Refused,
            format!("« {name} » : {fr}. La plateforme prend : {known}."),
            format!("\"{name}\": {en}. The platform takes: {known}."),
        );
        Err(problem.with("found", mime).with("expected", known))
    };
    let Some(kind) = statement_files(platform).find(|kind| kind.mime.iter().any(|known| known == mime)) else {
        return refused(
            format!("la plateforme ne prend pas de document de type {mime}"),
            format!("the platform takes no document of type {mime}"),
        );
    };
    if !kind.extensions.contains(&ending) {
        let expected = kind.extensions.join(", ");
        return refused(
            format!("un nom de type {mime} se termine par {expected}"),
            format!("a name of type {mime} ends with {expected}"),
        );
    }
    let (longest, most) = (kind.longest_name, kind.most_bytes);
    if name.chars().count() > longest {
        return refused(
            format!("{longest} caractères au plus pour le nom, extension comprise"),
            format!("{longest} characters at most for the name, its ending included"),
        );
    }
    if bytes.len() > most {
        let (size, most) = (bytes.len(), most / (1024 * 1024));
        return refused(format!("{size} octets, {most} Mo au plus"), format!("{size} bytes, {most} MB at most"));
    }
    let start = bytes.get(..START).unwrap_or(bytes);
    if let Some(other) = declared(&kind.mime[0]).and_then(|declared| declared.other(start)) {
        let is = |name: Option<String>| name.or(other.mime.clone()).map(|is| format!(" ({is})")).unwrap_or_default();
        let [fr, en] =
            [other.name.as_ref().map(|name| name.fr.clone()), other.name.as_ref().map(|name| name.en.clone())].map(is);
        return refused(
            format!("ses octets ne sont pas de type {mime}{fr}"),
            format!("its bytes are not of type {mime}{en}"),
        );
    }
    Ok(())
}

/// A type as people look for it.
fn words(file: &StatementFile) -> String {
    format!("{} (.{})", file.mime[0], file.extensions.join(", ."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, kind: &str, bytes: &[u8]) -> File {
        File { name: name.into(), kind: kind.into(), content: STANDARD.encode(bytes) }
    }

    #[test]
    fn a_platform_is_given_what_it_takes_and_the_refusal_names_that() {
        let pdf = b"%PDF-1.7 x";
        for (platform, name, kind, bytes) in [
            ("afnor", "bon.pdf", "application/pdf", &pdf[..]),
            ("afnor", "BON.PDF", "Application/PDF", pdf),
            ("afnor", "liste.csv", "text/csv", b"a;b\n"),
            ("chorus-pro", "bon.pdf", "application/pdf", pdf),
            (
                "chorus-pro",
                "lettre.docx",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                b"PK\x03\x04",
            ),
        ] {
            assert!(files(vec![file(name, kind, bytes)], platform).is_ok(), "{platform} {name}");
        }
        let long = format!("{}.pdf", "a".repeat(60));
        let heavy = [&pdf[..], &vec![b' '; 10 * 1024 * 1024]].concat();
        for (platform, name, kind, bytes) in [
            ("afnor", "setup.exe", "application/x-msdownload", &b"MZ"[..]),
            ("afnor", "setup.exe", "application/pdf", pdf),
            ("afnor", "bon.pdf", "application/pdf", b"MZ\x90\0 a program"),
            ("afnor", "bon", "application/pdf", pdf),
            (
                "afnor",
                "lettre.docx",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                b"PK\x03\x04",
            ),
            ("chorus-pro", &long, "application/pdf", pdf),
            ("chorus-pro", "bon.pdf", "application/pdf", &heavy),
            ("chorus-pro", "plan.dwg", "image/vnd.dwg", b"AC10"),
        ] {
            let problem = files(vec![file(name, kind, bytes)], platform).unwrap_err();
            let said = format!("{problem:?}");
            assert!(said.contains("application/pdf (.pdf)") && said.contains(name), "{platform} {name}: {said}");
        }
        assert!(files(vec![file("../bon.pdf", "application/pdf", pdf)], "afnor").is_err());
        assert!(files(vec![file("bon.pdf", "application/pdf", b"")], "afnor").is_err());
    }
}
