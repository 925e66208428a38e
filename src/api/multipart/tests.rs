//! Forms that are right, wrong and strange.

use super::*;
use proptest::prelude::*;

const HEAD: &str = "Content-Disposition: form-data; name=\"invoice\"; filename=\"a.xml\"\r\n\r\n";

fn file(body: &str) -> Result<(String, Option<String>), String> {
    match only_file(body.as_bytes(), "x") {
        Ok(file) => Ok((body[file.at].to_owned(), file.name)),
        Err(problem) => Err(problem.member("reason").unwrap()),
    }
}

#[test]
fn one_file_is_found_exactly() {
    let a = || Some("a.xml".to_owned());
    assert_eq!(file(&format!("--x\r\n{HEAD}<a/>\r\n--x--\r\n")), Ok(("<a/>".into(), a())));
    assert_eq!(file(&format!("preamble\r\n--x \t\r\n{HEAD}\r\n\r\n\r\n--x--")), Ok(("\r\n\r\n".into(), a())));
    // What only looks like a delimiter is content: no line end before it, or more behind it.
    let inside = "\n--x\r--x\r\n--xy\r\n--x-\r\n --x";
    assert_eq!(file(&format!("--x\r\n{HEAD}{inside}\r\n--x--")), Ok((inside.into(), a())));
    let bare =
        "--x\r\ncontent-disposition:form-data;name=file\r\ncontent-type: text/xml\r\n\r\n<a/>\r\n--x--\r\nepilogue";
    assert_eq!(file(bare), Ok(("<a/>".into(), None)));
    let starred = "--x\r\nContent-Disposition: form-data; name=\"f\"; filename*=UTF-8''%C3%A9.xml\r\n\r\n1\r\n--x--";
    assert_eq!(file(starred), Ok(("1".into(), Some("%C3%A9.xml".into()))));
    let quoted =
        "--x\r\nContent-Disposition: form-data; name=\"a;b\"; filename=\"C:\\\\a \\\"1\\\";.xml\"\r\n\r\n1\r\n--x--";
    assert_eq!(file(quoted), Ok(("1".into(), Some("C:\\a \"1\";.xml".into()))));
}

#[test]
fn what_is_wrong_is_named() {
    let part = |head: &str, body: &str| format!("--x\r\n{head}\r\n\r\n{body}\r\n");
    let a_file = part("Content-Disposition: form-data; name=\"a\"; filename=\"a\"", "1");
    for (body, reason) in [
        (String::new(), "no-file"),
        ("--x--\r\n".to_owned(), "no-file"),
        ("<Invoice/>".to_owned(), "truncated"),
        (a_file.clone(), "truncated"),
        (format!("{a_file}--x"), "truncated"),
        (format!("{a_file}--x-"), "truncated"),
        ("--x\r\nContent-Disposition: form".to_owned(), "truncated"),
        (format!("{a_file}{a_file}--x--"), "several-files"),
        (part("Content-Disposition: form-data; name=\"note\"", "1") + "--x--", "unexpected-part"),
        (part("Content-Disposition: form-data; name=\"a\"; filename=\"\"", "") + "--x--", "empty-file"),
        (part("Content-Disposition: form-data", "1") + "--x--", "bad-part"),
        (part("Content-Disposition: attachment; name=\"a\"", "1") + "--x--", "bad-part"),
        (part("Content-Type: text/xml", "1") + "--x--", "bad-part"),
        ("--x\r\n\r\n1\r\n--x--".to_owned(), "bad-part"),
        (part(&"a".repeat(9_000), "1") + "--x--", "bad-part"),
        (
            part("Content-Disposition: form-data; name=\"a\"\r\nContent-Type: multipart/mixed; boundary=y", "1")
                + "--x--",
            "nested",
        ),
        (
            part("Content-Disposition: form-data; name=\"file\"\r\nContent-Transfer-Encoding: base64", "MQ==")
                + "--x--",
            "encoded-part",
        ),
    ] {
        assert_eq!(file(&body), Err(reason.to_owned()), "{body:?}");
    }
}

#[test]
fn a_boundary_is_what_the_norm_allows() {
    for (text, found) in [
        ("multipart/form-data; boundary=abc", Some("abc")),
        ("multipart/form-data; charset=utf-8; Boundary=\"a b:c\"", Some("a b:c")),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data; boundary=\"a\u{e9}\"", None),
        ("multipart/form-data; boundary=\"abc", None),
    ] {
        assert_eq!(boundary(text).ok().as_deref(), found, "{text}");
    }
    assert!(boundary(&format!("multipart/form-data; boundary={}", "a".repeat(71))).is_err());
}

proptest! {
    #[test]
    fn whatever_holds_no_delimiter_comes_back_as_it_was(content in proptest::collection::vec(any::<u8>(), 1..300)) {
        let body = [b"--b1\r\n", HEAD.as_bytes(), &content, b"\r\n--b1--\r\n"].concat();
        prop_assume!(!content.windows(6).any(|six| six == b"\r\n--b1"));
        let file = only_file(&body, "b1").map_err(|_| TestCaseError::fail("refused"))?;
        prop_assert_eq!(&body[file.at], &content[..]);
    }

    #[test]
    fn no_bytes_are_too_strange(text in r#"(--x|--|\r\n|\r|\n|-|x| |Content-Disposition: form-data; name="?file"?|;|=|"|filename|\\|:|a){0,30}"#) {
        if let Ok(file) = only_file(text.as_bytes(), "x") {
            prop_assert!(!file.at.is_empty() && file.at.end <= text.len());
        }
    }
}
