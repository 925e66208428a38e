//! Names: which ones say that a file is not finished, and where a file goes without being in another's way.

use std::ffi::{OsStr, OsString};

/// How programs name what they have not finished writing: beginnings and ends, in small letters.
const UNFINISHED_BEGIN: [&str; 3] = [".", "~$", "#"];
const UNFINISHED_END: [&str; 14] = [
    ".part",
    ".partial",
    ".tmp",
    ".temp",
    ".crdownload",
    ".download",
    ".filepart",
    ".swp",
    ".swx",
    ".lock",
    ".writing",
    ".upload",
    ".opdownload",
    "~",
];

/// Longest file name, in bytes, on the file systems of our days.
const NAME_BYTES: usize = 255;
const JSON: &str = ".report.json";
const TEXT: &str = ".report.txt";

/// Does the name say that somebody is still at it?
pub(super) fn unfinished(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    UNFINISHED_BEGIN.iter().any(|begin| name.starts_with(begin)) || UNFINISHED_END.iter().any(|end| name.ends_with(end))
}

/// Does a name fit a pattern with `*` and `?`, whatever the case?
pub(super) fn fits(name: &OsStr, pattern: &str) -> bool {
    let name: Vec<char> = name.to_string_lossy().to_lowercase().chars().collect();
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    // One way back is enough: the latest star takes one more.
    let (mut n, mut p, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => (n, p) = (n + 1, p + 1),
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, n) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The `nth` name to try for a file: its own, then `invoice~2.xml`, `invoice~3.xml`…
pub(super) fn nth(name: &OsStr, nth: usize) -> OsString {
    if nth < 2 {
        return name.to_owned();
    }
    let (stem, ending) = split(name);
    let mark = format!("~{nth}");
    let mut out = cut(&stem, NAME_BYTES.saturating_sub(mark.len() + ending.len()));
    out.push(mark);
    out.push(ending);
    out
}

/// The names of a document's two reports: its own with `.report.json` and `.report.txt`. One too long for that is cut, and
/// a mark that follows from the whole name keeps it apart from others.
pub(super) fn reports(document: &OsStr) -> (OsString, OsString) {
    let base = base(document);
    let named = |ending: &str| {
        let mut name = base.clone();
        name.push(ending);
        name
    };
    (named(JSON), named(TEXT))
}

/// A document's name, cut where an ending would make it too long.
fn base(document: &OsStr) -> OsString {
    let mut base = document.to_owned();
    if base.len() + JSON.len() > NAME_BYTES {
        let mark = format!("~{:08x}", mark(document));
        base = cut(document, NAME_BYTES - JSON.len() - mark.len());
        base.push(mark);
    }
    base
}

/// The name of an answer in EDIFACT beside the document: `F.edi.contrl.edi`.
pub(super) fn letter(document: &OsStr, kind: &str) -> OsString {
    // Its ending is no longer than that of a report.
    let mut name = base(document);
    name.push(format!(".{}.edi", kind.to_ascii_lowercase()));
    name
}

/// The name under which the reports of the `nth` invoice of a file are: `F.edi.2`.
pub(super) fn part(document: &OsStr, nth: usize) -> OsString {
    let mut name = document.to_owned();
    name.push(format!(".{nth}"));
    name
}

/// Stem and ending (with its dot); an ending longer than anybody uses belongs to the stem.
fn split(name: &OsStr) -> (OsString, OsString) {
    let path = std::path::Path::new(name);
    match (path.file_stem(), path.extension()) {
        (Some(stem), Some(ending)) if ending.len() <= 16 => {
            let mut dotted = OsString::from(".");
            dotted.push(ending);
            (stem.to_owned(), dotted)
        }
        _ => (name.to_owned(), OsString::new()),
    }
}

/// FNV-1a.
fn mark(name: &OsStr) -> u32 {
    name.as_encoded_bytes().iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// At most so many bytes of a name, never half of a character.
fn cut(name: &OsStr, most: usize) -> OsString {
    if name.len() <= most {
        return name.to_owned();
    }
    match name.to_str() {
        Some(text) => {
            let mut end = most;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text[..end].into()
        }
        None => cut_bytes(name, most),
    }
}

#[cfg(unix)]
fn cut_bytes(name: &OsStr, most: usize) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(&name.as_bytes()[..most]).to_owned()
}

#[cfg(not(unix))]
fn cut_bytes(name: &OsStr, most: usize) -> OsString {
    name.to_string_lossy().chars().take(most / 4).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_unfinished_files_are_known() {
        for name in [
            ".F1.xml.Xy12Qa",
            "F1.xml.part",
            "F1.TMP",
            "F1.xml.filepart",
            "F1.pdf.crdownload",
            "F1.xml~",
            "~$F1.xml",
            ".#F1",
            "#F1.xml#",
            "F1.xml.swp",
        ] {
            assert!(unfinished(OsStr::new(name)), "{name}");
        }
        for name in ["F1.xml", "part.xml", "tmp", "~F1.xml", "F 1.PDF", "É.edi", "F1.tmp.xml"] {
            assert!(!unfinished(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn patterns_know_star_and_question_mark() {
        let fits = |name: &str, pattern: &str| fits(OsStr::new(name), pattern);
        assert!(fits("F1.XML", "*.xml") && fits("a.xml.xml", "*.xml") && fits("x", "*") && fits("", "*"));
        assert!(fits("F-12.xml", "F-??.x*l") && fits("aXbXc", "*x*c") && fits("É1", "é?"));
        assert!(
            !fits("F1.xmlx", "*.xml") && !fits("F1.pdf", "*.xml") && !fits("F-1.xml", "F-??.xml") && !fits("a", "")
        );
    }

    #[test]
    fn another_name_keeps_its_ending() {
        assert_eq!(nth(OsStr::new("F 1.xml"), 1), "F 1.xml");
        assert_eq!(nth(OsStr::new("F 1.xml"), 3), "F 1~3.xml");
        assert_eq!(nth(OsStr::new("facture"), 2), "facture~2");
        assert_eq!(reports(OsStr::new("F1.xml")), ("F1.xml.report.json".into(), "F1.xml.report.txt".into()));
    }

    proptest! {
        #[test]
        fn names_fit_and_stay_apart(a in "\\PC{1,250}", b in "\\PC{1,250}", n in 2usize..10_000) {
            let short = |name: &str| cut(OsStr::new(name), 255);
            let (a, b) = (short(&a), short(&b));
            for name in [&a, &b] {
                let other = nth(name, n);
                prop_assert!(other.len() <= 255 && other != *name);
                let (json, text) = reports(name);
                prop_assert!(json.len() <= 255 && text.len() <= 255 && json != text);
            }
            prop_assert!(a == b || reports(&a).0 != reports(&b).0);
        }
    }
}
