//! Writes what was in a PDF to files whose names the PDF does not choose.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::super::files::Source;
use super::super::{out, show};
use super::{ExtractArgs, Opened};
use crate::formats::facturx::Inside;
use crate::text::Lang;

/// Longest name written, in bytes: what file systems take, with room for a number.
const NAME_BYTES: usize = 120;

/// The invoice alone: to standard output, to the file named, or into the folder named.
pub(super) fn invoice(
    source: &Source,
    inside: &Inside,
    xml: &[u8],
    args: &ExtractArgs,
    several: bool,
    lang: Lang,
) -> Result<(), u8> {
    match args.output.as_deref().filter(|path| *path != Path::new("-")) {
        None => stdout(xml),
        Some(path) if several || path.is_dir() => {
            make_folder(path, lang)?;
            let name = if several { format!("{}-{}", stem(source), safe(&inside.name)) } else { safe(&inside.name) };
            file(&path.join(name), xml, args.force, lang)
        }
        Some(path) => file(path, xml, args.force, lang),
    }
}

/// All files of one PDF, into the folder named.
pub(super) fn all(source: &Source, opened: &Opened, args: &ExtractArgs, lang: Lang) -> Result<(), u8> {
    let Some(folder) = args.output.as_deref() else { return Err(2) };
    make_folder(folder, lang)?;
    let mut taken: Vec<String> = Vec::new();
    let mut worst = Ok(());
    for attachment in &opened.attachments {
        let name = format!("{}-{}", stem(source), safe(&attachment.name));
        let name = unlike(&name, &taken);
        let done = match &attachment.content {
            Ok(content) => file(&folder.join(&name), content, args.force, lang),
            Err(refusal) => {
                show::tell(&format!("{}: {refusal}", attachment.name));
                Err(2)
            }
        };
        taken.push(name);
        worst = done.and(worst);
    }
    worst
}

fn stdout(bytes: &[u8]) -> Result<(), u8> {
    match io::stdout().lock().write_all(bytes) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Err(out::CLOSED_PIPE),
        Err(e) => {
            show::tell(&format!("standard output cannot be written: {e}"));
            Err(2)
        }
    }
}

fn make_folder(path: &Path, lang: Lang) -> Result<(), u8> {
    fs::create_dir_all(path).map_err(|e| cannot(path, &e, lang))
}

/// A new file. One that is there stays, unless told otherwise; what is there and is a link is never followed.
fn file(path: &Path, bytes: &[u8], force: bool, lang: Lang) -> Result<(), u8> {
    if force && fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_dir()) {
        fs::remove_file(path).map_err(|e| cannot(path, &e, lang))?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|e| cannot(path, &e, lang))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|e| {
        // Half an invoice is none.
        let _ = fs::remove_file(path);
        cannot(path, &e, lang)
    })
}

fn cannot(path: &Path, error: &io::Error, lang: Lang) -> u8 {
    let path = path.to_string_lossy();
    show::tell(&match (error.kind(), lang) {
        (ErrorKind::AlreadyExists, Lang::Fr) => format!("{path} existe déjà ; --force l'écrase"),
        (ErrorKind::AlreadyExists, Lang::En) => format!("{path} is there already; --force writes over it"),
        (_, Lang::Fr) => format!("{path} ne peut pas être écrit : {error}"),
        (_, Lang::En) => format!("{path} cannot be written: {error}"),
    });
    2
}

/// A file name made of an attachment's: no folders, no control characters, nothing that a shell or a file system reads
/// otherwise.
fn safe(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut safe = String::new();
    for c in last.chars() {
        let kept = c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '(' | ')' | '+' | ',' | '@');
        if safe.len() + c.len_utf8() > NAME_BYTES {
            break;
        }
        safe.push(if kept { c } else { '_' });
    }
    // No hidden files, no `..`, no trailing dots or blanks, which some systems drop.
    let trimmed = safe.trim_matches(|c: char| c == '.' || c == ' ' || c == '-').to_owned();
    if trimmed.is_empty() { "attachment".to_owned() } else { trimmed }
}

/// The PDF's own name without its ending.
fn stem(source: &Source) -> String {
    let path = PathBuf::from(source.name());
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let safe = safe(&stem);
    if matches!(source, Source::Stdin) { "stdin".to_owned() } else { safe }
}

/// The name, with a number where it was given before; capitals do not tell files apart everywhere.
fn unlike(name: &str, taken: &[String]) -> String {
    let is_taken = |name: &str| taken.iter().any(|t| t.to_lowercase() == name.to_lowercase());
    if !is_taken(name) {
        return name.to_owned();
    }
    let (stem, ending) = name.rsplit_once('.').map_or((name, String::new()), |(s, e)| (s, format!(".{e}")));
    let numbered = (2..).map(|n| format!("{stem}-{n}{ending}")).find(|name| !is_taken(name));
    numbered.unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_whatever_could_lead_elsewhere() {
        for (name, expected) in [
            ("factur-x.xml", "factur-x.xml"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("/etc/cron.d/x", "x"),
            ("..", "attachment"),
            ("", "attachment"),
            ("a/", "attachment"),
            (".bashrc", "bashrc"),
            ("-rf", "rf"),
            ("a\u{0}b\nc\u{1b}[2J.xml", "a_b_c__2J.xml"),
            ("Décompte été.pdf", "Décompte été.pdf"),
            ("x:y|z*?.xml", "x_y_z__.xml"),
            ("\u{202e}lmx.xml", "_lmx.xml"),
        ] {
            assert_eq!(safe(name), expected, "{name:?}");
        }
        assert!(safe(&"é".repeat(500)).len() <= NAME_BYTES);
        assert_eq!(unlike("a.xml", &["A.XML".into(), "a-2.xml".into()]), "a-3.xml");
    }
}
