//! The directory and the webhook calls.

use super::*;
use crate::platforms::afnor::directory::{LineStatus, Look};
use crate::platforms::afnor::{Direction, Subscription};

#[tokio::test]
async fn a_line_is_asked_for_by_its_whole_address() {
    for (http, body, expected) in [
        (200, r#"{"addressingIdentifier":"732829320_A/B","directoryLineStatus":"Enabled"}"#, Some(LineStatus::Enabled)),
        (200, r#"{"directoryLineStatus":"Disabled","siren":"732829320"}"#, Some(LineStatus::Disabled)),
        (200, r#"{"directoryLineStatus":"Upcoming"}"#, Some(LineStatus::Upcoming)),
        (200, r#"{"directoryLineStatus":"Odd"}"#, Some(LineStatus::Other(Some("Odd".into())))),
        (200, "{}", Some(LineStatus::Other(None))),
        (200, r#"{"addressingIdentifier":"732829320","directoryLineStatus":"Enabled"}"#, None),
        (200, "<html>", None),
        (404, "<html>not here</html>", None),
        (500, ERROR, None),
        (400, ERROR, None),
    ] {
        let server = saying(http, body).await;
        let look = server.afnor().directory_line("732829320_A/B").await;
        match (look, expected) {
            (Look::Found { entry, raw }, Some(status)) => {
                assert_eq!(entry.status, status, "{body}");
                assert_eq!(raw.last().map(|raw| raw.body.as_str()), Some(body), "the answer is kept whole");
            }
            (Look::NoAnswer { .. }, None) => {}
            (look, _) => panic!("{http} {body}: {look:?}"),
        }
        assert_eq!(server.times("GET /directory/v1/directory-line/code:732829320_A%2FB "), 1);
    }
    let unknown = saying(404, r#"{"errorCode":"NOT_FOUND"}"#).await.afnor().directory_line("1").await;
    assert!(matches!(unknown, Look::Unknown { .. }), "{unknown:?}");
}

#[tokio::test]
async fn companies_establishments_and_codes_are_told_as_far_as_they_are_known() {
    let server = with(|request| match request {
        r if r.contains("/siren/") => fine(r#"{"siren":"217500016","entityType":"Public","administrativeStatus":"C"}"#),
        r if r.contains("/siret/") => fine(
            r#"{"siret":"21750001600019","entityType":"Public","b2gAdditionalData":{"managesLegalCommitment":true,
                "managesLegalCommitmentOrService":false,"serviceCodeStatus":"true","pmOnly":7}}"#,
        ),
        _ => fine(r#"{"routingIdentifier":"COMPTA","routingCodeName":"Compta","managesLegalCommitmentCode":true}"#),
    })
    .await;
    let client = server.afnor();
    let Look::Found { entry, .. } = client.company("217500016").await else { panic!() };
    assert_eq!((entry.public, entry.active), (Some(true), Some(false)));
    let Look::Found { entry, .. } = client.establishment("21750001600019").await else { panic!() };
    assert_eq!((entry.commitment_required, entry.either_required), (Some(true), Some(false)));
    assert_eq!((entry.service_required, entry.pm_only, entry.active), (Some(true), None, None));
    let Look::Found { entry, .. } = client.routing_code("21750001600019", "COMPTA").await else { panic!() };
    assert_eq!((entry.name.as_deref(), entry.commitment_required), (Some("Compta"), Some(true)));
    assert!(matches!(client.company("999999999").await, Look::NoAnswer { .. }), "about another company");
    assert_eq!(server.times("/directory/v1/routing-code/siret:21750001600019/code:COMPTA"), 1);
    let none = AfnorConfig { directory_url: None, ..server.afnor_config() };
    let look = Afnor::new(none).unwrap().company("217500016").await;
    assert!(matches!(look, Look::NoAnswer { line: Line::Unused, .. }), "{look:?}");
}

#[tokio::test]
async fn subscriptions_are_made_listed_and_ended() {
    let server = with(|request| match request {
        r if r.starts_with("POST") => answer(201, "", r#"{"webhookId":"w-1","signingKey":"c2VjcmV0"}"#),
        r if r.starts_with("GET") => fine(r#"{"webhooks":[{"webhookId":"w-1","callbackUrl":"https://us.example"}]}"#),
        r if r.contains("/gone") => answer(404, "", ERROR),
        r if r.contains("/ill") => answer(500, "", ""),
        _ => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
    })
    .await;
    let client = server.afnor();
    let wanted = Subscription {
        callback_url: "https://us.example".into(),
        flow_types: vec!["CustomerInvoiceLC".into()],
        direction: Direction::In,
        ack_status: None,
        key: None,
    };
    let hook = client.subscribe(&wanted).await.unwrap();
    assert_eq!((hook.id.as_str(), hook.signing_key.as_deref()), ("w-1", Some("c2VjcmV0")));
    assert_eq!(client.subscriptions().await.unwrap()[0].callback_url.as_deref(), Some("https://us.example"));
    assert_eq!(client.unsubscribe("w-1").await, Ok(()));
    assert_eq!(client.unsubscribe("gone").await, Ok(()), "what is not there is ended");
    assert!(client.unsubscribe("ill").await.is_err());
    let old = AfnorConfig { version: FlowVersion::V1_1, ..server.afnor_config() };
    assert!(Afnor::new(old).unwrap().subscribe(&wanted).await.unwrap_err().why.contains("1.1"));
    assert!(saying(201, "{}").await.afnor().subscribe(&wanted).await.unwrap_err().why.contains("not known"));
}
