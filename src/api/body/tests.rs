//! Bodies within their bounds.

use super::*;

#[tokio::test]
async fn a_body_is_bounded_and_its_share_comes_back() {
    let budget = Budget::new(64 * 1024, 64 * 1024);
    let headers = HeaderMap::new();
    let read_10 = |text: &'static str| read(&headers, Body::from(text), 10, &budget);
    let document = read_10("0123456789").await.ok().unwrap();
    assert_eq!(&*document.bytes, b"0123456789");
    drop(document);
    assert_eq!(read_10("0123456789a").await.err().unwrap().code, Code::TooLarge);
    assert_eq!(budget.held(), 0);
}

#[tokio::test]
async fn bodies_that_do_not_fit_together_are_told_to_come_back() {
    let budget = Budget::new(64 * 1024, 64 * 1024);
    let headers: HeaderMap = [(CONTENT_LENGTH, "60000".parse().unwrap())].into_iter().collect();
    let first = read(&headers, Body::from(vec![b'a'; 60_000]), 100_000, &budget).await.ok().unwrap();
    let second = read(&headers, Body::from(vec![b'a'; 60_000]), 100_000, &budget).await;
    assert_eq!(second.err().unwrap().code, Code::Busy);
    drop(first);
    assert!(read(&headers, Body::from(vec![b'a'; 60_000]), 100_000, &budget).await.is_ok());
}

#[tokio::test]
async fn a_packed_body_is_refused() {
    let budget = Budget::new(64 * 1024, 64 * 1024);
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
    let budget = Budget::new(256 * 1024, 1024);
    let form =
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.xml\"\r\n\r\n<a>\r\n</a>\r\n--x--\r\n";
    let read = document(Kind::Form("x".into()), &HeaderMap::new(), Body::from(form), &budget).await;
    let (document, name) = read.ok().unwrap();
    assert_eq!((&*document.bytes, name.as_deref()), (b"<a>\r\n</a>".as_slice(), Some("a.xml")));
    assert!(budget.held() > 0);
    drop(document);
    assert_eq!(budget.held(), 0);
}

/// A body that comes piece by piece, each after a pause; it ends, or is silent for ever.
struct Dripping(std::collections::VecDeque<(Duration, &'static [u8])>, Option<Pin<Box<tokio::time::Sleep>>>, bool);

impl HttpBody for Dripping {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        let Some((pause, piece)) = self.0.front().copied() else {
            return if self.2 { std::task::Poll::Ready(None) } else { std::task::Poll::Pending };
        };
        let sleep = self.1.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        std::task::ready!(sleep.as_mut().poll(context));
        self.1 = None;
        self.0.pop_front();
        std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(axum::body::Bytes::from_static(piece)))))
    }
}

fn claims(length: usize) -> HeaderMap {
    [(CONTENT_LENGTH, length.into())].into_iter().collect()
}

#[tokio::test]
async fn what_is_only_announced_keeps_nobody_out_and_small_bodies_have_a_room_of_their_own() {
    let mebi = 1 << 20;
    let budget = Budget::new(2 * mebi, 64 * 1024);
    let headers = claims(2 * mebi);
    let claim = |piece: &'static [u8]| {
        let (budget, headers) = (budget.clone(), headers.clone());
        let body = Body::new(Dripping([(Duration::ZERO, piece)].into(), None, false));
        tokio::spawn(async move { read(&headers, body, 2 * mebi, &budget).await.map(|_| ()) })
    };
    let idle = [claim(b""), claim(b"")];
    tokio::time::sleep(Duration::from_millis(50)).await;
    let document = read(&claims(mebi), Body::from(vec![b'a'; mebi]), 2 * mebi, &budget).await;
    assert!(document.is_ok(), "{:?}", document.err());
    idle.iter().for_each(|task| task.abort());
    // Held, not announced: now there is no room for another of that size, and yet for an act.
    assert_eq!(read(&headers, Body::from("a"), 2 * mebi, &budget).await.err().unwrap().code, Code::Busy);
    let rest = read(&claims(mebi), Body::from(vec![b'a'; mebi]), 2 * mebi, &budget).await.ok().unwrap();
    assert!(budget.full());
    assert!(read(&claims(2), Body::from("{}"), limits::JSON_BYTES, &budget).await.is_ok());
    drop((document, rest));
    assert!(!budget.full() && budget.held() == 0);
}

#[tokio::test]
async fn a_body_that_drips_is_let_go_long_before_its_time() {
    let budget = Budget::new(200 << 20, 64 * 1024);
    let (pause, every) = (Duration::from_millis(10), Duration::from_millis(300));
    let drips = async |count: usize, ends: bool| {
        let began = Instant::now();
        let mut body = Body::new(Dripping(vec![(pause, b"x".as_slice()); count].into(), None, ends));
        let said = Some(if ends { count } else { 100 << 20 });
        let came = collect(&mut body, said, limits::DOCUMENT_BYTES, &budget, every).await;
        (came.map(|held| held.bytes.len()).map_err(|problem| problem.code), began.elapsed())
    };
    let (came, took) = drips(1_000, false).await;
    assert!(came == Err(Code::TooSlow) && took < Duration::from_secs(3), "{came:?} after {took:?}");
    // Silence; and a small one that is merely slow, which is borne.
    assert_eq!(drips(3, false).await.0, Err(Code::TooSlow));
    assert_eq!(drips(5, true).await.0, Ok(5));
}

#[test]
fn what_a_json_body_says_is_never_told_back() {
    use crate::api::problems::Wish;
    for body in [
        r#"{"author":"ok","closed":"SECRET-77"}"#,
        r#"{"SECRET-77":1}"#,
        r#"{"owner":{"SECRET-77":1}}"#,
        r#"{"next_action_on":"SECRET-77"}"#,
        r#"{"owner":"a","owner":"SECRET-77"}"#,
        r#"{"owner":"SECRET-77"#,
        r#"["SECRET-77","why"]"#,
        r#""SECRET-77""#,
        "SECRET-77",
        "",
        "null",
    ] {
        let problem = said::<Wish>(body.as_bytes()).expect_err(body);
        assert_eq!(problem.code, Code::BadBody);
        for text in [&problem.detail.fr, &problem.detail.en] {
            assert!(!text.contains("SECRET") && text.contains("`next_action_on` (date"), "{text}");
        }
    }
    let wrong = said::<Wish>(b"{\n \"closed\": 1}").err().unwrap();
    assert!(wrong.detail.en.contains("line 2, column 12"), "{}", wrong.detail.en);
    assert!(said::<Wish>(b" {\"closed\":true}").is_ok());
}

#[test]
fn the_members_that_are_told_are_those_that_are_read() {
    fn expected<T: Said>() {
        let error = serde_json::from_str::<T>(r#"{"?":1}"#).err().unwrap().to_string();
        let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(known, T::MEMBERS.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{error}");
    }
    expected::<crate::api::problems::Wish>();
    expected::<crate::api::acts::Act>();
    expected::<crate::api::acts::Retry>();
}
