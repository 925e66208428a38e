//! A form (`multipart/form-data`, RFC 7578) that holds one file and nothing else: where in its bytes the file stands.
//!
//! The body is read before it is taken apart, within the bounds of every body; the parser then only points into it, so a form
//! costs no more memory than the document itself. (Parsers that read ahead of their caller do not keep such a bound.)

use std::ops::Range;

use super::problem::{Code, Problem};

/// What a form may add to the document, in bytes.
pub const AROUND: usize = 64 * 1024;
/// Longest head of one part, in bytes.
const HEAD: usize = 8 * 1024;

/// The file of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub at: Range<usize>,
    /// The name that the sender gives it.
    pub name: Option<String>,
}

/// The boundary that a `Content-Type` names, where it is one (RFC 2046: 1 to 70 characters).
pub fn boundary(content_type: &str) -> Result<String, Problem> {
    let found = parameter(content_type, "boundary").filter(|boundary| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
        (1..=70).contains(&boundary.len()) && boundary.bytes().all(fits) && !boundary.ends_with(' ')
    });
    found.ok_or_else(|| {
        wrong(
            "no-boundary",
            "Le Content-Type du formulaire ne donne pas de `boundary` utilisable.",
            "The form's Content-Type gives no `boundary` that can be used.",
        )
    })
}

/// The one file of a form.
///
/// # Errors
/// [`Code::BadMultipart`] with a member `reason`: `truncated`, `no-file`, `several-files`, `unexpected-part`, `empty-file`,
/// `bad-part`, `nested`, `encoded-part`.
pub fn only_file(body: &[u8], boundary: &str) -> Result<File, Problem> {
    let mut found: Option<File> = None;
    if body.is_empty() {
        return Err(no_file());
    }
    each(body, boundary, |part| {
        match part {
            Part { name, file: None, .. } if name != "file" => return Err(unexpected()),
            Part { file, at, .. } => {
                // A browser sends a part without a name where no file was chosen. An empty file is a document, as it is in a
                // raw body: kept, judged and explained.
                if at.is_empty() && file.as_deref() == Some("") {
                    return Err(empty());
                }
                if found.replace(File { at, name: file }).is_some() {
                    return Err(several());
                }
            }
        }
        Ok(true)
    })?;
    found.ok_or_else(no_file)
}

/// All parts of a form, in its order; none where there are more than `most`.
///
/// # Errors
/// As [`only_file`], where the form itself is at fault.
pub fn parts(body: &[u8], boundary: &str, most: usize) -> Result<Option<Vec<Part>>, Problem> {
    let (mut found, mut more) = (Vec::new(), false);
    each(body, boundary, |part| {
        more = found.len() >= most;
        if !more {
            found.push(part);
        }
        Ok(!more)
    })?;
    Ok((!more).then_some(found))
}

/// Goes from part to part, as long as `go` wants more.
fn each(body: &[u8], boundary: &str, mut go: impl FnMut(Part) -> Result<bool, Problem>) -> Result<(), Problem> {
    let mark = format!("--{boundary}");
    let Some(mut line) = delimiter(body, 0, mark.as_bytes(), true) else { return Err(truncated()) };
    while !line.last {
        let Some((head, start)) = head(body, line.after)? else { return Err(truncated()) };
        let Some(next) = delimiter(body, start.saturating_sub(2), mark.as_bytes(), false) else {
            return Err(truncated());
        };
        // A part without content may share the line end before it with its head.
        let at = start.min(next.from)..next.from;
        if !go(Part { at, ..Part::read(head)? })? {
            return Ok(());
        }
        line = next;
    }
    Ok(())
}

/// A delimiter line: where the line end before it begins, where what follows it begins, and whether it closes the form.
struct Line {
    from: usize,
    after: usize,
    last: bool,
}

/// The next line that is the mark and blanks alone. A line that only begins so (a boundary within a boundary) is content.
fn delimiter(body: &[u8], from: usize, mark: &[u8], at_start: bool) -> Option<Line> {
    let mut at = from;
    loop {
        let (begin, line) = if at_start && at == 0 && body.starts_with(mark) {
            (0, 0)
        } else {
            let begin = at + body.get(at..)?.iter().position(|b| *b == b'\r')?;
            (begin, begin + 2)
        };
        at = begin + 1;
        if line != 0 && !body.get(begin..).is_some_and(|rest| rest.starts_with(b"\r\n")) {
            continue;
        }
        let Some(rest) = body.get(line..).and_then(|rest| rest.strip_prefix(mark)) else { continue };
        let (last, rest) = rest.strip_prefix(b"--").map_or((false, rest), |rest| (true, rest));
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let end = body.len() - rest.len() + blanks;
        match &rest[blanks..] {
            [] if last => return Some(Line { from: begin, after: end, last }),
            [b'\r', b'\n', ..] => return Some(Line { from: begin, after: end + 2, last }),
            _ => {}
        }
    }
}

/// The head of a part, and where its content begins; none where the body ends first.
fn head(body: &[u8], from: usize) -> Result<Option<(&str, usize)>, Problem> {
    let rest = body.get(from..).unwrap_or_default();
    let within = &rest[..rest.len().min(HEAD)];
    if within.starts_with(b"\r\n") {
        return Ok(Some(("", from + 2)));
    }
    let Some(end) = within.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if rest.len() > HEAD { Err(bad_part()) } else { Ok(None) };
    };
    let text = std::str::from_utf8(&within[..end]).map_err(|_| bad_part())?;
    Ok(Some((text, from + end + 4)))
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    /// The file's name; none where the part is no file.
    pub file: Option<String>,
    /// Where its content stands.
    pub at: Range<usize>,
}

impl Part {
    fn read(head: &str) -> Result<Self, Problem> {
        let mut disposition = None;
        for line in head.split("\r\n") {
            let (name, value) = line.split_once(':').ok_or_else(bad_part)?;
            let value = value.trim();
            if line.contains(['\r', '\n', '\0']) || line.starts_with([' ', '\t']) {
                return Err(bad_part());
            }
            match name.to_ascii_lowercase().as_str() {
                "content-disposition" if disposition.is_none() => disposition = Some(value),
                "content-disposition" => return Err(bad_part()),
                "content-type" if value.to_ascii_lowercase().starts_with("multipart/") => return Err(nested()),
                "content-transfer-encoding"
                    if !["binary", "8bit", "7bit"].contains(&value.to_ascii_lowercase().as_str()) =>
                {
                    return Err(encoded());
                }
                _ => {}
            }
        }
        let disposition = disposition.ok_or_else(bad_part)?;
        let kind = disposition.split(';').next().unwrap_or("").trim();
        if !kind.eq_ignore_ascii_case("form-data") {
            return Err(bad_part());
        }
        let name = parameter(disposition, "name").ok_or_else(bad_part)?;
        let starred =
            || parameter(disposition, "filename*").map(|text| text.rsplit('\'').next().unwrap_or("").to_owned());
        Ok(Self { name, file: parameter(disposition, "filename").or_else(starred), at: 0..0 })
    }
}

/// A parameter of a header's value, unquoted.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value;
    loop {
        rest = rest[rest.find(';')? + 1..].trim_start();
        let (name, after) = rest.split_once('=')?;
        let (text, after) = match after.strip_prefix('"') {
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
            Some(quoted) => unquoted(quoted)?,
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = after;
    }
}

/// The text up to the closing quote, and what follows it.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((text, &quoted[at + 1..])),
            // Only a quote or a backslash is escaped: names such as `C:\a.xml` come unescaped from old clients.
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => text.push(chars.next()?.1),
            c => text.push(c),
        }
    }
    None
}

fn wrong(reason: &str, fr: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem::new(Code::BadMultipart, fr, en).with("reason", reason)
}

fn truncated() -> Problem {
    wrong(
        "truncated",
        "Le formulaire s'arrête avant sa dernière limite (`--boundary--`) ; rien n'a été gardé.",
        "The form ends before its last boundary (`--boundary--`); nothing was kept.",
    )
}

fn no_file() -> Problem {
    wrong(
        "no-file",
        "Le formulaire ne contient pas de fichier : une seule partie, avec un `filename` ou nommée `file`, est attendue.",
        "The form holds no file: one part, with a `filename` or named `file`, is expected.",
    )
}

fn several() -> Problem {
    wrong(
        "several-files",
        "Le formulaire contient plusieurs fichiers ; rien n'a été gardé. Envoyez une facture par requête.",
        "The form holds several files; nothing was kept. Send one invoice a request.",
    )
}

fn empty() -> Problem {
    wrong("empty-file", "Aucun fichier n'est choisi dans le formulaire.", "No file was chosen in the form.")
}

/// Its name is the sender's own word, and refusals repeat nothing of a body.
fn unexpected() -> Problem {
    wrong(
        "unexpected-part",
        "Une partie sans fichier n'est pas attendue : le formulaire contient le fichier seul, le reste va dans l'adresse.",
        "A part without a file is not expected: the form holds the file alone, everything else goes into the address.",
    )
}

fn bad_part() -> Problem {
    wrong(
        "bad-part",
        "L'en-tête d'une partie du formulaire ne se comprend pas (Content-Disposition: form-data; name=…).",
        "The head of a part of the form cannot be understood (Content-Disposition: form-data; name=…).",
    )
}

fn nested() -> Problem {
    wrong(
        "nested",
        "Une partie du formulaire est elle-même un formulaire : envoyez le fichier tel quel.",
        "A part of the form is a form itself: send the file as it is.",
    )
}

fn encoded() -> Problem {
    wrong(
        "encoded-part",
        "Une partie du formulaire est codée (Content-Transfer-Encoding) : envoyez le fichier tel quel.",
        "A part of the form is encoded (Content-Transfer-Encoding): send the file as it is.",
    )
}

#[cfg(test)]
mod tests;
