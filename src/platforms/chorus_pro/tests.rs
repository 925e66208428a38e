//! The client against servers that no platform should be: raw sockets on this machine.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{ChorusConfig, ChorusPro};
use crate::limits;
use crate::platforms::line::hostile::{Hostile, TOKEN, fine};
use crate::platforms::{Deposit, Follow, Intent, Platform, Search};
use crate::store::Document;

impl Hostile {
    fn config(&self) -> ChorusConfig {
        config(&format!("http://{}", self.address), &format!("http://{}/token", self.address))
    }

    fn client(&self) -> ChorusPro {
        ChorusPro::new(self.config()).unwrap()
    }
}

fn config(base: &str, token: &str) -> ChorusConfig {
    let mut config = ChorusConfig::new("chorus", base, token);
    config.client_id = "id".into();
    config.client_secret = "client-s3cret".into();
    config.account_login = "tech".into();
    config.account_password = "acc0unt-pass".into();
    config.connect_timeout = Duration::from_millis(900);
    config.timeout = Duration::from_secs(30);
    config
}

fn intent() -> Intent {
    Intent {
        invoice_id: "1".into(),
        sha256: String::new(),
        file_name: "f.xml".into(),
        syntax: "IN_DP_E1_UBL_INVOICE".into(),
        number: "F-1".into(),
        seller: None,
        issued: None,
    }
}

/// A server that gives tokens and this to everything else.
async fn saying(answer: &'static str) -> Hostile {
    Hostile::start(move |request| if request.contains("/token") { TOKEN } else { answer }.as_bytes().to_vec()).await
}

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn no_connection_means_not_sent() {
    let nobody = nobody().await;
    let server = saying("").await;
    let token = format!("http://{}/token", server.address);
    let tls = format!("https://{}", server.address);
    for (base, token_url) in [
        (nobody.as_str(), token.as_str()),
        (nobody.as_str(), &format!("{nobody}/token")),
        (tls.as_str(), token.as_str()),
        ("https://host.invalid", token.as_str()),
    ] {
        let client = ChorusPro::new(config(base, token_url)).unwrap();
        let outcome = client.deposit(&intent(), &Document::of(&b"<a/>"[..])).await;
        assert!(matches!(&outcome, Deposit::NotSent { why, .. } if !why.is_empty()), "{base}: {outcome:?}");
        assert!(matches!(client.search(&intent()).await, Search::NoAnswer { .. }));
        assert!(client.check().await.is_err());
    }
}

#[tokio::test]
async fn whatever_is_no_whole_answer_is_unknown() {
    for answer in [
        "",
        "rubbish",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"codeRetour\":0,\"numeroFluxDepot\":\"CPP1\"}",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
        "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"codeRetour\":0}",
        "HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n{\"codeRetour\":0,\"numeroFluxDepot\":\"    \"}",
        "HTTP/1.1 200 OK\r\nContent-Length: 43\r\n\r\n{\"codeRetour\":1,\"numeroFluxDepot\":\"CPP123\"}",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nerr",
        "HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n",
    ] {
        let server = saying(answer).await;
        let outcome = server.client().deposit(&intent(), &Document::of(&b"<a/>"[..])).await;
        assert!(matches!(&outcome, Deposit::Unknown { why, .. } if !why.is_empty()), "{answer}: {outcome:?}");
        assert_eq!(server.times("deposer/flux"), 1, "{answer}");
        let search = server.client().search(&intent()).await;
        // A stated success with no list at all is an empty list.
        let fine = answer.contains("{\"codeRetour\":0") && !answer.contains("500\r\n");
        assert_eq!(matches!(search, Search::Absent { .. }), fine, "{answer}: {search:?}");
    }
}

#[tokio::test]
async fn only_a_stated_list_proves_absence() {
    for (body, absent) in [
        (r#"{"codeRetour":0,"listeFactures":[]}"#, true),
        (r#"{"codeRetour":0,"listeFactures":null}"#, true),
        (r#"{"codeRetour":0,"listeFactures":[{"numeroFacture":"F-10"},{"numeroFacture":null},7]}"#, true),
        (r#"{"codeRetour":0,"listeFactures":{}}"#, false),
        (r#"{"listeFactures":null}"#, false),
        (r#"{"codeRetour":null}"#, false),
        ("{}", false),
    ] {
        let server = Hostile::start(move |r| if r.contains("/token") { TOKEN.into() } else { fine(body) }).await;
        let search = server.client().search(&intent()).await;
        assert_eq!(matches!(search, Search::Absent { .. }), absent, "{body}: {search:?}");
        assert_eq!(matches!(search, Search::NoAnswer { .. }), !absent, "{body}: {search:?}");
    }
}

/// Of two invoices of one number, only that of our seller is ours; what cannot be compared proves neither.
#[tokio::test]
async fn the_number_of_another_seller_settles_nothing() {
    for (seller, listed, expected) in [
        (Some("11111111800012"), "222222226", "absent"),
        (Some("11111111800012"), "11111111800099", "found"),
        (Some("111111118"), "TAHITI 123", "unsure"),
        (Some("TAHITI 123"), "TAHITI 123", "found"),
        (None, "222222226", "unsure"),
    ] {
        let body = format!(
            r#"{{"codeRetour":0,"listeFactures":[{{"numeroFacture":"F-1","identifiantFactureCPP":7,"codeFournisseur":"{listed}"}}]}}"#
        );
        let server = Hostile::start(move |r| if r.contains("/token") { TOKEN.into() } else { fine(&body) }).await;
        let intent = Intent { seller: seller.map(str::to_owned), ..intent() };
        let search = server.client().search(&intent).await;
        let found = match &search {
            Search::Found { .. } => "found",
            Search::Absent { .. } => "absent",
            Search::NoAnswer { .. } => "unsure",
        };
        assert_eq!(found, expected, "{seller:?} {listed}: {search:?}");
    }
}

#[tokio::test]
async fn a_full_page_may_have_another_behind_it() {
    let server = Hostile::start(move |request| {
        let row = |n: usize| format!(r#"{{"numeroFacture":"F-{n}","identifiantFactureCPP":{n}}}"#);
        let rows = |n: std::ops::Range<usize>| n.map(row).collect::<Vec<_>>().join(",");
        match request {
            r if r.contains("/token") => TOKEN.into(),
            r if r.contains("\"pageResultatDemandee\":1,") => {
                fine(&format!(r#"{{"codeRetour":0,"listeFactures":[{}]}}"#, rows(10..110)))
            }
            _ => fine(&format!(r#"{{"codeRetour":0,"listeFactures":[{}]}}"#, rows(1..3))),
        }
    })
    .await;
    let search = server.client().search(&intent()).await;
    assert!(matches!(&search, Search::Found { platform_invoice: Some(id), .. } if id == "1"), "{search:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = saying("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n").await;
    assert!(matches!(server.client().deposit(&intent(), &Document::of(&b"<a/>"[..])).await, Deposit::Unknown { .. }));
    assert_eq!(server.times("elsewhere"), 0);
}

#[tokio::test]
async fn an_endless_answer_ends_at_the_limit() {
    let server = Hostile::start(|request| {
        if request.contains("/token") {
            return TOKEN.into();
        }
        let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        answer.resize(limits::ANSWER_BYTES + 100_000, b'x');
        answer
    })
    .await;
    let Deposit::Unknown { why, raw, .. } = server.client().deposit(&intent(), &Document::of(&b"<a/>"[..])).await
    else {
        panic!()
    };
    assert!(why.contains("longer"), "{why}");
    assert_eq!(raw.last().unwrap().body.len(), limits::ANSWER_BYTES);
}

#[tokio::test]
async fn a_token_that_is_turned_away_is_renewed_once() {
    let server = saying("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").await;
    let client = server.client();
    assert!(matches!(client.deposit(&intent(), &Document::of(&b"<a/>"[..])).await, Deposit::NotSent { .. }));
    assert_eq!((server.times("/token"), server.times("deposer/flux")), (2, 2));
}

#[tokio::test]
async fn without_a_token_nothing_leaves() {
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"access_token\":\"t0ken-of-gold\"",
        "HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n",
    ] {
        let server = Hostile::start(move |_| answer.into()).await;
        let outcome = server.client().deposit(&intent(), &Document::of(&b"<a/>"[..])).await;
        let Deposit::NotSent { why, retry_after_ms, raw } = outcome else { panic!("{answer}: {outcome:?}") };
        assert!(why.contains("token"), "{why}");
        assert_eq!(retry_after_ms, answer.contains("503").then_some(9000));
        assert!(!format!("{raw:?}").contains("t0ken-of-gold"));
        assert_eq!(server.times("deposer/flux"), 0);
    }
}

#[tokio::test]
async fn those_who_wait_for_a_token_share_its_failure() {
    let server = Hostile::start(|_| {
        std::thread::sleep(Duration::from_millis(300));
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n".to_vec()
    })
    .await;
    let client = Arc::new(server.client());
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.deposit(&intent(), &Document::of(&b"<a/>"[..])).await })
        })
        .collect();
    for task in tasks {
        assert!(matches!(task.await.unwrap(), Deposit::NotSent { .. }));
    }
    assert_eq!(server.times("/token"), 1);
}

#[tokio::test]
async fn a_server_that_echoes_gives_no_secret_away() {
    let server = Hostile::start(|request| {
        if request.contains("/token") && !request.contains("deposer") {
            return TOKEN.into();
        }
        let body = format!("{request} client-s3cret acc0unt-pass");
        format!("HTTP/1.1 400 Bad\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    })
    .await;
    let outcome = server.client().deposit(&intent(), &Document::of(&b"<a/>"[..])).await;
    let Deposit::Refused { raw, text, .. } = outcome else { panic!("{outcome:?}") };
    assert!(raw.last().unwrap().body.contains("cpro-account: ***"), "{raw:?}");
    for secret in ["t0ken-of-gold", "client-s3cret", "acc0unt-pass", "dGVjaDphY2MwdW50LXBhc3M="] {
        assert!(!format!("{raw:?} {text}").contains(secret), "{secret} in {raw:?} {text}");
    }
}

#[tokio::test]
async fn a_connection_that_never_speaks_is_no_connection() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = saying("").await;
    let base = format!("https://{}", silent.local_addr().unwrap());
    let client = ChorusPro::new(config(&base, &format!("http://{}/token", server.address))).unwrap();
    let started = std::time::Instant::now();
    let outcome = client.deposit(&intent(), &Document::of(&b"<a/>"[..])).await;
    assert!(matches!(outcome, Deposit::NotSent { .. }), "no TLS, so nothing of ours left: {outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_deposit_never_rides_on_a_used_connection() {
    // Keeps every connection open after its first answer and cuts it at the second request.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = vec![0u8; 65536];
                let Ok(n) = stream.read(&mut buffer).await else { return };
                let token = String::from_utf8_lossy(&buffer[..n]).contains("/token");
                let taken = fine("{\"codeRetour\":0,\"numeroFluxDepot\":\"CPP1\"}");
                let answer = if token { TOKEN.as_bytes().to_vec() } else { taken };
                // A body that comes after its head is read with it, or waits unread.
                tokio::time::sleep(Duration::from_millis(30)).await;
                let _ = stream.write_all(&answer).await;
                let _ = stream.read(&mut buffer).await;
            });
        }
    });
    let client = ChorusPro::new(config(&format!("http://{address}"), &format!("http://{address}/token"))).unwrap();
    for n in 0..5 {
        let outcome = client.deposit(&intent(), &Document::of(&b"<a/>"[..])).await;
        assert!(matches!(outcome, Deposit::Taken { .. }), "{n}: {outcome:?}");
    }
}

/// A platform that integrated a flow in this state, lists these invoices under it, and tells one history.
async fn integrated(state: &'static str, listed: &'static str) -> Hostile {
    Hostile::start(move |request| match request {
        r if r.contains("/token") => TOKEN.into(),
        r if r.contains("consulterCRDetaille") => fine(&format!(
            r#"{{"codeRetour":0,"etatCourantDepotFlux":"{state}","listeErreurDP":[{{"numeroDP":"F-1","libelleErreurDP":"no"}}]}}"#
        )),
        r if r.contains("rechercher/fournisseur") => fine(&format!(r#"{{"codeRetour":0,"listeFactures":[{listed}]}}"#)),
        _ => fine(r#"{"codeRetour":0,"statutCourantCode":"DEPOSEE"}"#),
    })
    .await
}

#[tokio::test]
async fn in_a_flow_integrated_in_part_the_errors_are_ours_only_if_our_invoice_is_not_there() {
    let one = r#"{"numeroFacture":"F-1","identifiantFactureCPP":7}"#;
    let another = r#"{"numeroFacture":"F-2","identifiantFactureCPP":8}"#;
    for (state, listed, expected) in [
        ("IN_INTEGRE_PARTIEL", one, Some(("7", "DEPOSEE"))),
        ("IN_INTEGRE_PARTIEL", another, None),
        ("IN_INTEGRE", one, Some(("7", "DEPOSEE"))),
        ("IN_INTEGRE", another, Some(("8", "DEPOSEE"))),
    ] {
        let server = integrated(state, listed).await;
        let followed = server.client().follow(&intent(), Some("CPP1"), None).await;
        let Follow::Statuses { platform_invoice, statuses, .. } = followed else { panic!("{followed:?}") };
        assert_eq!(statuses.len(), 1, "{state} {listed}");
        let status = &statuses[0];
        match expected {
            Some((id, code)) => assert_eq!((platform_invoice.as_deref(), status.code.as_str()), (Some(id), code)),
            None => {
                assert_eq!((platform_invoice, status.code.as_str()), (None, "IN_INTEGRE_PARTIEL"));
                assert_eq!(status.text.as_deref(), Some("no"));
            }
        }
    }
    let followed = integrated("IN_INTEGRE", "").await.client().follow(&intent(), Some("CPP1"), None).await;
    assert!(matches!(followed, Follow::Statuses { platform_invoice: None, statuses, .. } if statuses.is_empty()));
}
