//! Messages about invoices: who may say what, and what one message says of one invoice more than once.

use super::*;
use crate::store::{Collect, Collected};

pub(super) fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let store = Handle::direct(Arc::new(Sqlite::open(&folder.path().join("s.db")).unwrap()));
    let settings = PlatformSettings { family: Family::Pa, absence_proof: Some(600_000), ..PlatformSettings::default() };
    Stage::of(folder, store, settings, None)
}

/// The buyer of the papers of these scenes, and somebody else.
pub(super) const BUYER: &str = "216901231";
pub(super) const OTHER: &str = "987654324";

/// A life-cycle message of this author about invoice F-1: statuses, each with its reason.
pub(super) fn cdar(role: &str, siren: &str, at: Millis, statuses: &[(&str, &str)]) -> String {
    let at: String = crate::formats::cdar::Moment::from_millis(at).unwrap().rfc3339();
    let at: String = at.chars().filter(char::is_ascii_digit).take(14).collect();
    let lines: String = statuses
        .iter()
        .map(|(code, reason)| {
            format!(
                "<ram:ReferenceReferencedDocument><ram:IssuerAssignedID>F-1</ram:IssuerAssignedID>\
                 <ram:ProcessConditionCode>{code}</ram:ProcessConditionCode><ram:SpecifiedDocumentStatus>\
                 <ram:ReasonCode>{reason}</ram:ReasonCode></ram:SpecifiedDocumentStatus></ram:ReferenceReferencedDocument>"
            )
        })
        .collect();
    let uri = "urn:un:unece:uncefact:data:standard";
    format!(
        "<rsm:CrossDomainAcknowledgementAndResponse \
         xmlns:rsm=\"{uri}:CrossDomainAcknowledgementAndResponse:100\" \
         xmlns:ram=\"{uri}:ReusableAggregateBusinessInformationEntity:100\" \
         xmlns:udt=\"{uri}:UnqualifiedDataType:100\">\
         <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>\
         <ram:ID>urn.cpro.gouv.fr:1p0:CDV:invoice</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter>\
         </rsm:ExchangedDocumentContext>\
         <rsm:ExchangedDocument><ram:ID>{role}{at}</ram:ID><ram:IssuerTradeParty>\
         <ram:GlobalID schemeID=\"0002\">{siren}</ram:GlobalID><ram:RoleCode>{role}</ram:RoleCode></ram:IssuerTradeParty>\
         </rsm:ExchangedDocument>\
         <rsm:AcknowledgementDocument><ram:IssueDateTime><udt:DateTimeString format=\"204\">{at}</udt:DateTimeString>\
         </ram:IssueDateTime>{lines}</rsm:AcknowledgementDocument></rsm:CrossDomainAcknowledgementAndResponse>"
    )
}

impl Stage {
    /// Takes a message, over the platform's connection or from somebody, and looks at what is due; how the message stands then.
    pub(super) fn bring(&self, text: String, handed_by: Option<&str>) -> PlatformMessage {
        let sha: String = crate::crypto::sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        self.bring_as(&sha, "", text, handed_by)
    }

    pub(super) fn bring_as(
        &self,
        flow: &str,
        tracking: &str,
        text: String,
        handed_by: Option<&str>,
    ) -> PlatformMessage {
        let message = Collect {
            flow: flow.to_owned(),
            kind: "CustomerInvoiceLC".into(),
            name: String::new(),
            tracking: tracking.to_owned(),
            updated_at: String::new(),
            content: Ok(text.into_bytes().into()),
        };
        let (at, handed_by) = (self.clock.now(), handed_by.map(str::to_owned));
        let page = Collected { platform: "vague".into(), at, messages: vec![message], handed_by, mark: None };
        now_or_never(self.store.collect(page)).unwrap();
        now_or_never(self.worker.read_messages()).unwrap();
        let named = MessagesOf::Named { platform: "vague".into(), flow: flow.to_owned() };
        now_or_never(self.store.messages(named)).unwrap().remove(0)
    }

    pub(super) fn later(&self, by: Millis) -> Millis {
        self.clock.advance_to(self.clock.now() + by);
        self.clock.now()
    }
}

#[test]
fn who_hands_a_message_in_must_bring_the_word_of_whoever_may_say_it() {
    let stage = stage();
    let id = stage.delivered(1);
    let at = stage.later(60_000);
    for (role, siren) in [("BY", OTHER), ("WK", "0123"), ("BY", "")] {
        let one = stage.bring(cdar(role, siren, at, &[("210", "CMD_ERR")]), Some("erp"));
        assert_eq!(one.state, MessageState::Parked);
        assert!(["erp", "F-1", siren].iter().all(|word| one.why.contains(word)), "{}", one.why);
    }
    assert_eq!((stage.state(&id), stage.problems(&id).len()), (State::Delivered, 0));
    let one = stage.bring(cdar("BY", BUYER, at, &[("205", "NON")]), Some("erp"));
    assert_eq!((one.state, one.handed_by.as_deref()), (MessageState::Told, Some("erp")));
    assert_eq!(stage.state(&id), State::Accepted);
    let events = now_or_never(stage.store.events(Some(&id), 0, 100)).unwrap();
    let message = events.iter().find(|event| event.kind == "message").unwrap();
    assert_eq!(
        (message.actor.as_str(), &message.data["handed_by"]),
        ("http", &"erp".into()),
        "the platform said nothing"
    );
    // What the platform itself brings it vouches for, but for the name of another company.
    let one = stage.bring(cdar("BY", OTHER, at + 1_000, &[("210", "CMD_ERR")]), None);
    assert!(one.state == MessageState::Parked && one.why.contains(OTHER) && one.why.contains(BUYER), "{}", one.why);
    assert_eq!(stage.bring(cdar("WK", "0123", at + 2_000, &[("211", "")]), None).state, MessageState::Told);
    assert_eq!(stage.state(&id), State::Paid);
}

#[test]
fn a_message_that_names_an_invoice_twice_tells_it_both_in_order() {
    let stage = stage();
    let id = stage.delivered(1);
    let at = stage.later(60_000);
    let one = stage.bring(cdar("BY", BUYER, at, &[("208", "JUSTIF_ABS"), ("204", "")]), None);
    assert_eq!((one.state, one.why.as_str()), (MessageState::Told, ""));
    assert_eq!((one.invoice.as_deref(), stage.state(&id)), (Some(id.as_str()), State::Suspended));
    let kinds = stage.kinds(&id);
    let count = |kind: &str| kinds.iter().filter(|own| *own == kind).count();
    assert_eq!((count("message"), count("status")), (2, 2), "{kinds:?}");
}

/// What came in is told with what it is of all that is due; a credit note brings nothing in.
#[test]
fn paid_in_part_and_in_whole_are_told_apart() {
    let stage = stage();
    let id = stage.delivered(1);
    let at = stage.later(60_000);
    let cashed = |at: Millis, amounts: &[&str]| {
        let data: String = amounts
            .iter()
            .map(|amount| {
                format!(
                    "<ram:SpecifiedDocumentCharacteristic><ram:TypeCode>MEN</ram:TypeCode><ram:ValueAmount currencyID=\"EUR\">{amount}\
                     </ram:ValueAmount><ram:ValuePercent>20.00</ram:ValuePercent></ram:SpecifiedDocumentCharacteristic>"
                )
            })
            .collect();
        let text = cdar("SE", "S1", at, &[("212", "")]);
        let text = text.replace("<ram:GlobalID schemeID=\"0002\">S1</ram:GlobalID>", "");
        text.replace("</ram:SpecifiedDocumentStatus>", &format!("{data}</ram:SpecifiedDocumentStatus>"))
    };
    let told = || -> Vec<serde_json::Value> {
        let events = now_or_never(stage.store.events(Some(&id), 0, 100)).unwrap();
        events.into_iter().filter(|event| event.kind == "message").map(|event| event.data["cashed"].clone()).collect()
    };
    for (n, amounts) in [&["20.00", "30.00"][..], &["70.00"], &["1.00"]].into_iter().enumerate() {
        assert_eq!(stage.bring(cashed(at + 1_000 * n as Millis, amounts), None).state, MessageState::Told);
    }
    let paid: Vec<_> = told().iter().map(|one| (one["sum"].clone(), one["paid"].clone())).collect();
    let wanted = [("50.00", "part"), ("120.00", "whole"), ("121.00", "more")];
    assert_eq!(paid, wanted.map(|(sum, paid)| (sum.into(), paid.into())));
    let event = serde_json::json!({ "kind": "message", "data": { "status": "212", "cashed": told()[0] } });
    assert!(crate::story::timeline::words(&event).en.contains("50.00 in all of 120.00 EUR, paid in part"), "{event}");
    // The same again, by another message: nothing more came in.
    stage.bring_as("again", "", cashed(at, &["20.00", "30.00"]), None);
    assert_eq!(told().last().unwrap()["sum"], "121.00");

    let mut row = stage.row(&id);
    assert_eq!(stating::may_say(&row, 212), Ok(()));
    row.facts.kind = Some("381".into());
    assert!(stating::may_say(&row, 212).unwrap_err().contains("credit note"));
    assert!(stating::may_say(&row, 212).is_err());
}
