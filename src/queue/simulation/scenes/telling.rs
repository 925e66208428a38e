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
        self.bring_from("vague", message, handed_by)
    }

    fn bring_from(&self, platform: &str, message: Collect, handed_by: Option<&str>) -> PlatformMessage {
        let (at, handed_by, flow) = (self.clock.now(), handed_by.map(str::to_owned), message.flow.clone());
        let page = Collected { platform: platform.into(), at, messages: vec![message], handed_by, mark: None };
        now_or_never(self.store.collect(page)).unwrap();
        now_or_never(self.worker.read_messages()).unwrap();
        let named = MessagesOf::Named { platform: platform.into(), flow };
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
    let one = stage.bring(cdar("BY", BUYER, at, &[("205", "")]), Some("erp"));
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

/// A life-cycle message speaks of an invoice at any platform in its own codes.
#[test]
fn a_message_is_understood_whatever_codes_its_platform_speaks() {
    let stage = Stage::new(None);
    let id = stage.delivered(1);
    let at = stage.later(60_000);
    assert_eq!(stage.bring(cdar("BY", BUYER, at, &[("208", "JUSTIF_ABS")]), Some("erp")).state, MessageState::Told);
    assert_eq!((stage.state(&id), stage.problems(&id)[0].cause.as_str()), (State::Suspended, "C4"));
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

/// What was said before anything left was said of something else: kept, told as a problem, and the invoice stays as it is.
#[test]
fn a_status_of_a_time_before_the_deposit_moves_nothing() {
    let stage = stage();
    stage.later(3 * 3_600_000);
    let id = stage.delivered(1);
    for (n, code) in ["210", "205"].into_iter().enumerate() {
        let text = cdar("BY", BUYER, START + 1_000 * (1 + n as Millis), &[(code, "CMD_ERR")]);
        assert_eq!(stage.bring(text, None).state, MessageState::Told);
        assert_eq!(stage.state(&id), State::Delivered, "{code}");
    }
    // Nor where it is told to whoever asks.
    stage.tell(&[("FLOW_ERROR", Some("InvalidSchema"), "2026-11-21T00:30:00Z", Voice::Platform)]);
    assert_eq!((stage.state(&id), stage.row(&id).existed), (State::Delivered, false));
    let problems = stage.problems(&id);
    let open: Vec<_> = problems.iter().map(|problem| (problem.cause.as_str(), problem.acts.as_str())).collect();
    assert_eq!(open, [("X0", "platform")]);
    assert!(problems[0].message.as_ref().unwrap().en.contains("before the invoice was deposited"));
    let events = now_or_never(stage.store.events(Some(&id), 0, 100)).unwrap();
    let early = events.iter().filter(|event| event.kind == "status" && event.data["early"] == true).count();
    assert_eq!(early, 3);
    // A clock that is a little behind is none of that.
    let sent = stage.row(&id).sends[0].at;
    stage.bring(cdar("BY", BUYER, sent - 100_000, &[("205", "")]), None);
    assert_eq!(stage.state(&id), State::Accepted);
}

/// A platform to which an earlier deposit went: what it says reaches the invoice, and neither refuses nor moves the deposit that counts.
#[test]
fn what_the_platform_of_an_earlier_deposit_says_reaches_the_invoice_and_moves_nothing() {
    let stage = stage();
    let id = stage.delivered(1);
    stage.change(&id, |row| {
        row.deposits = 2;
        row.sends.insert(0, crate::store::Sent { platform: "old".into(), at: START, reference: Some("R0".into()) });
    });
    let at = stage.later(60_000);
    let message = |flow: &str, text: String| Collect {
        flow: flow.to_owned(),
        kind: "CustomerInvoiceLC".into(),
        name: String::new(),
        tracking: id.clone(),
        updated_at: String::new(),
        content: Ok(text.into_bytes().into()),
    };
    let refused = cdar("WK", "0123", at, &[("501", "IRR_SYNTAX")]);
    let one = stage.bring_from("old", message("a", refused.clone()), None);
    assert_eq!((one.state, one.invoice.as_deref()), (MessageState::Told, Some(id.as_str())));
    assert_eq!((stage.state(&id), stage.problems(&id).len(), stage.row(&id).existed), (State::Delivered, 0, false));
    // That it has it is worse than that it has it not.
    let one = stage.bring_from("old", message("b", cdar("BY", BUYER, at, &[("205", "")])), None);
    assert_eq!(one.state, MessageState::Told);
    let causes: Vec<_> = stage.problems(&id).into_iter().map(|problem| problem.cause).collect();
    assert_eq!((stage.state(&id), causes), (State::Delivered, vec!["A6".to_owned()]));
    // One to which nothing of it went says nothing of it.
    let one = stage.bring_from("other", message("c", refused), None);
    assert_ne!(one.state, MessageState::Told);
    assert_eq!(stage.state(&id), State::Delivered);
}
