//! Bodies within their bounds.

use super::*;

#[tokio::test]
async fn a_body_is_bounded_and_its_share_comes_back() {
    let budget = Budget::new(64 * 1024);
    let headers = HeaderMap::new();
    let read_10 = |text: &'static str| read(&headers, Body::from(text), 10, &budget);
    let document = read_10("0123456789").await.ok().unwrap();
    assert_eq!(&*document.bytes, b"0123456789");
    drop(document);
    assert_eq!(read_10("0123456789a").await.err().unwrap().code, Code::TooLarge);
    assert_eq!(budget.room.available_permits(), 64);
}

#[tokio::test]
async fn bodies_that_do_not_fit_together_are_told_to_come_back() {
    let budget = Budget::new(64 * 1024);
    let headers: HeaderMap = [(CONTENT_LENGTH, "60000".parse().unwrap())].into_iter().collect();
    let first = read(&headers, Body::from(vec![b'a'; 60_000]), 100_000, &budget).await.ok().unwrap();
    let second = read(&headers, Body::from(vec![b'a'; 60_000]), 100_000, &budget).await;
    assert_eq!(second.err().unwrap().code, Code::Busy);
    drop(first);
    assert!(read(&headers, Body::from(vec![b'a'; 60_000]), 100_000, &budget).await.is_ok());
}

#[tokio::test]
async fn a_packed_body_is_refused() {
    let budget = Budget::new(64 * 1024);
    for (coding, taken) in [("gzip", false), ("identity, br", false), ("x", false), ("identity", true), ("", true)] {
        let headers: HeaderMap = [(CONTENT_ENCODING, coding.parse().unwrap())].into_iter().collect();
        let read = read(&headers, Body::from("<a/>"), 10, &budget).await;
        assert_eq!(read.err().map(|problem| problem.code), (!taken).then_some(Code::BadEncoding), "{coding}");
    }
}

#[test]
fn only_types_of_documents_and_forms_are_taken() {
    let typed = |name: &str| document_type(&[(CONTENT_TYPE, name.parse().unwrap())].into_iter().collect());
    for raw in ["application/xml; charset=utf-8", "application/vnd.invoice+xml", "Application/PDF"] {
        assert_eq!(typed(raw).unwrap(), Kind::Raw, "{raw}");
    }
    assert_eq!(document_type(&HeaderMap::new()).unwrap(), Kind::Raw);
    assert_eq!(typed("multipart/form-data; boundary=x").unwrap(), Kind::Form("x".into()));
    assert_eq!(typed("multipart/form-data").unwrap_err().code, Code::BadMultipart);
    for wrong in ["multipart/mixed; boundary=x", "application/x-www-form-urlencoded", "text/plain", "image/png", ""] {
        assert_eq!(typed(wrong).unwrap_err().code, Code::BadMediaType, "{wrong}");
    }
    let mut headers = HeaderMap::new();
    headers.append(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    headers.append(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    assert_eq!(document_type(&headers).unwrap_err().code, Code::BadMediaType);
}

#[tokio::test]
async fn a_form_gives_the_very_bytes_and_its_share_back() {
    let budget = Budget::new(256 * 1024);
    let form =
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.xml\"\r\n\r\n<a>\r\n</a>\r\n--x--\r\n";
    let read = document(Kind::Form("x".into()), &HeaderMap::new(), Body::from(form), &budget).await;
    let (document, name) = read.ok().unwrap();
    assert_eq!((&*document.bytes, name.as_deref()), (b"<a>\r\n</a>".as_slice(), Some("a.xml")));
    assert!(budget.room.available_permits() < 256);
    drop(document);
    assert_eq!(budget.room.available_permits(), 256);
}
