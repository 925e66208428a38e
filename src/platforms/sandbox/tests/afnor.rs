//! The client of accredited platforms against the sandbox, over real sockets: one test for each fault and each turn of the script.

use super::*;
use crate::config::FlowVersion;
use crate::formats;
use crate::invoice::bt;
use crate::platforms::afnor::directory::{LineStatus as Told, Look};
use crate::platforms::afnor::{Afnor, AfnorConfig};
use crate::platforms::sandbox::{Line as ScriptLine, LineStatus};
use crate::platforms::{Content, Inbox, Mark, Message};
use crate::validate::{self, Options};

const UBL: &str = include_str!("../../../../fixtures/invoices/ubl-minimal-fr.xml");
const CII: &str = include_str!("../../../../fixtures/invoices/cii-minimal-fr.xml");
const NUMBER: &str = "FA-2026-0044";

impl Sandbox {
    fn afnor_config(&self) -> AfnorConfig {
        let base = format!("http://{}", self.address);
        let mut config = AfnorConfig::new("pa", format!("{base}/afnor-flow"), format!("{base}/afnor/oauth2/token"));
        config.directory_url = Some(format!("{base}/afnor-directory/v1"));
        config.client_id = self.script.client_id.clone();
        config.client_secret = self.script.client_secret.clone();
        config
    }

    pub(super) fn afnor(&self) -> Afnor {
        Afnor::new(self.afnor_config()).unwrap()
    }

    pub(super) fn afnor_without_directory(&self) -> Afnor {
        Afnor::new(AfnorConfig { directory_url: None, ..self.afnor_config() }).unwrap()
    }

    /// How many deposits of invoices are there.
    async fn flows(&self) -> usize {
        let page = self.page("/sandbox/flows").await;
        page["flows"].as_array().unwrap().iter().filter(|flow| flow["direction"] == "Out").count()
    }
}

fn numbered(number: &str) -> String {
    UBL.replace(NUMBER, number)
}

fn intent_of(number: &str, text: &str) -> Intent {
    use sha2::{Digest as _, Sha256};
    let sha256 = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let syntax = if text.contains("CrossIndustryInvoice") { "CII" } else { "UBL" };
    let (invoice_id, file_name) = (format!("inv-{number}"), format!("facteur-{number}.xml"));
    Intent { invoice_id, sha256, file_name, syntax: syntax.into(), number: number.into(), seller: None, issued: None }
}

async fn put(client: &Afnor, number: &str) -> Deposit {
    let text = numbered(number);
    client.deposit(&intent_of(number, &text), &Document::of(text.into_bytes())).await
}

pub(super) async fn put_well(client: &Afnor, number: &str) -> String {
    match put(client, number).await {
        Deposit::Taken { reference, .. } => reference,
        other => panic!("{other:?}"),
    }
}

async fn looked_for(client: &Afnor, number: &str) -> Search {
    client.search(&intent_of(number, &numbered(number))).await
}

async fn ack(client: &Afnor, number: &str, reference: &str) -> Vec<(String, Option<String>)> {
    match client.follow(&intent_of(number, &numbered(number)), Some(reference), None).await {
        Follow::Statuses { statuses, .. } => statuses.into_iter().map(|s| (s.code, s.reason)).collect(),
        other => panic!("{other:?}"),
    }
}

/// All that waits, page after page, from the mark on.
async fn listen(client: &Afnor, mark: &mut Mark) -> Vec<Message> {
    let mut all = Vec::new();
    for _ in 0..100 {
        match client.inbox(mark).await {
            Inbox::Page { messages, unread: 0, next, more, .. } => {
                all.extend(messages);
                *mark = next;
                if !more {
                    return all;
                }
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("the inbox has no end")
}

/// Number, status, reason and the status's own time of each message.
fn statuses(messages: &[Message]) -> Vec<(String, String, Option<String>, String)> {
    messages.iter().map(status).collect()
}

fn status(message: &Message) -> (String, String, Option<String>, String) {
    let Content::Bytes(bytes) = &message.content else { panic!("{message:?}") };
    let read = formats::read_any(bytes).unwrap();
    assert!(read.faults.is_empty(), "{:?}", read.faults.len());
    let text = |term| read.invoice.text(term).map(str::to_owned);
    (text(bt::MDT_87).unwrap(), text(bt::MDT_105).unwrap(), text(bt::MDT_113), text(bt::MDT_78).unwrap())
}

fn codes_of(messages: &[Message]) -> Vec<String> {
    statuses(messages).into_iter().map(|(_, code, ..)| code).collect()
}

#[tokio::test]
async fn a_good_invoice_is_taken_found_followed_and_spoken_of() {
    let sandbox = Sandbox::start(Script::default()).await;
    let client = sandbox.afnor();
    client.check().await.unwrap();
    let reference = put_well(&client, "F-1").await;
    assert_eq!(ack(&client, "F-1", &reference).await, [("FLOW_OK".to_owned(), None)]);
    let Search::Found { reference: found, .. } = looked_for(&client, "F-1").await else { panic!() };
    assert_eq!(found.as_deref(), Some(reference.as_str()));
    assert!(matches!(looked_for(&client, "F-2").await, Search::Absent { .. }));
    let mut mark = Mark::default();
    let messages = listen(&client, &mut mark).await;
    assert_eq!(codes_of(&messages), ["200", "202", "203"]);
    assert!(statuses(&messages).iter().all(|(number, ..)| number == "F-1"));
    assert_eq!(listen(&client, &mut mark).await, [], "nothing is told twice");
    let cii = CII.replace(NUMBER, "F-3");
    let taken = client.deposit(&intent_of("F-3", &cii), &Document::of(cii.into_bytes())).await;
    assert!(matches!(taken, Deposit::Taken { .. }), "{taken:?}");
    sandbox.end().await;
}

/// What the script has buyers say comes as messages that facteur's own rules of such messages take.
#[tokio::test]
async fn buyers_speak_in_messages_that_hold() {
    let said = |number: &str, action: Action, statuses: Option<&[&str]>, motive: Option<&str>| Behaviour {
        statuses: statuses.map(|all| all.iter().map(|s| (*s).to_owned()).collect()),
        motive: motive.map(str::to_owned),
        comment: motive.map(|_| "voir".to_owned()),
        ..Behaviour::new(number, action)
    };
    let behaviour = vec![
        said("F-pay", Action::Pay, None, None),
        said("F-no", Action::Refuse, None, Some("CMD_ERR")),
        said("F-wait", Action::Suspend, None, None),
        said("F-odd", Action::Dispute, Some(&["207", "206", "204"]), None),
        said("F-rejected", Action::Refuse, Some(&["213"]), Some("REJ_ADR")),
        said("F-chorus", Action::Refuse, Some(&["MANDATEE", "REJETEE"]), Some("CONTRAT_TERM")),
    ];
    let sandbox = Sandbox::start(Script { behaviour, ..Script::default() }).await;
    let client = sandbox.afnor();
    for (number, after) in [
        ("F-pay", &[("204", None), ("205", None), ("211", None)][..]),
        ("F-no", &[("210", Some("CMD_ERR"))]),
        ("F-wait", &[("208", Some("JUSTIF_ABS"))]),
        ("F-odd", &[("207", Some("*")), ("206", Some("*")), ("204", None)]),
        ("F-rejected", &[("213", Some("REJ_ADR"))]),
        ("F-chorus", &[("204", None), ("210", Some("CONTRAT_TERM"))]),
    ] {
        put_well(&client, number).await;
        let messages = listen(&client, &mut Mark::default()).await;
        let own: Vec<_> = statuses(&messages).into_iter().filter(|(of, ..)| of == number).collect();
        let told: Vec<(&str, Option<&str>)> =
            own.iter().map(|(_, code, reason, _)| (code.as_str(), reason.as_deref())).collect();
        assert_eq!(told.len(), 3 + after.len(), "{number}: {told:?}");
        for (told, (code, reason)) in told[3..].iter().zip(after) {
            assert_eq!(told.0, *code, "{number}");
            assert!(*reason == Some("*") || told.1 == *reason, "{number}: {told:?}");
        }
        for message in messages {
            let Content::Bytes(bytes) = &message.content else { panic!() };
            let report =
                validate::validate(bytes, "m.xml", &Options::new(crate::day::Day::parse_iso("2026-11-22").unwrap()));
            let fatal: Vec<&str> =
                report.report.findings.iter().filter(|f| f.blocks()).map(|f| f.rule.as_str()).collect();
            assert_eq!(fatal, [""; 0], "{number}, {}", message.name.unwrap());
        }
    }
    sandbox.end().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_deposit_is_said_where_it_is_said_in_the_field() {
    let line = vec![ScriptLine { address: "111111111".into(), status: LineStatus::Enabled }];
    let sandbox = Sandbox::start(Script::default()).await;
    let client = sandbox.afnor();
    let deposit = async |number: &str, text: String, syntax: &str| {
        let intent = Intent { syntax: syntax.into(), ..intent_of(number, &text) };
        match client.deposit(&intent, &Document::of(text.into_bytes())).await {
            Deposit::Taken { reference, .. } => ack(&client, number, &reference).await,
            Deposit::Refused { code, .. } => vec![(code, None)],
            other => panic!("{other:?}"),
        }
    };
    let error = |code: &str| vec![("FLOW_ERROR".to_owned(), Some(code.to_owned()))];
    assert_eq!(deposit("E-1", "<a/>".into(), "UBL").await, error("InvalidSchema"));
    assert_eq!(deposit("E-2", String::new(), "UBL").await, error("EmptyFlow"));
    assert_eq!(deposit("E-3", numbered("E-3"), "CII").await, error("FlowTypeError"));
    assert_eq!(deposit("E-4", numbered("E-4"), "PDF").await, [("PARAMS_ERROR".to_owned(), None)]);
    let other = Intent { sha256: "0".repeat(64), ..intent_of("E-5", "") };
    let refused = client.deposit(&other, &Document::of(numbered("E-5").into_bytes())).await;
    assert!(matches!(&refused, Deposit::Refused { code, .. } if code == "ChecksumMismatch"), "{refused:?}");
    let long = Intent { file_name: "f".repeat(900), ..intent_of("E-6", &numbered("E-6")) };
    assert!(matches!(client.deposit(&long, &Document::of(numbered("E-6").into_bytes())).await, Deposit::Taken { .. }));
    // A rule that is broken rejects the invoice: the flow itself was fine.
    let broken = numbered("E-7").replace("120.00", "121.00");
    assert_eq!(deposit("E-7", broken, "UBL").await, [("FLOW_OK".to_owned(), None)]);
    let messages = listen(&client, &mut Mark::default()).await;
    let rejected: Vec<_> = statuses(&messages).into_iter().filter(|(of, ..)| of == "E-7").collect();
    assert_eq!((rejected.len(), rejected[0].1.as_str(), rejected[0].2.as_deref()), (1, "213", Some("REJ_SEMAN")));
    sandbox.end().await;

    let sandbox = Sandbox::start(Script { line, ..Script::default() }).await;
    put_well(&sandbox.afnor(), "E-8").await;
    let messages = listen(&sandbox.afnor(), &mut Mark::default()).await;
    assert_eq!(statuses(&messages)[0].2.as_deref(), Some("REJ_ADR"));
    sandbox.end().await;
}

#[tokio::test]
async fn a_number_is_there_once_and_a_reference_too() {
    let sandbox = Sandbox::start(Script::default()).await;
    let client = sandbox.afnor();
    let first = put_well(&client, "F-1").await;
    // The same again: success of the first try, and nothing more is there.
    assert_eq!(put_well(&client, "F-1").await, first);
    assert_eq!(sandbox.flows().await, 1);
    // Another document under our reference is not ours.
    let text = numbered("F-9");
    let intent = Intent { invoice_id: "inv-F-1".into(), ..intent_of("F-9", &text) };
    let outcome = client.deposit(&intent, &Document::of(text.into_bytes())).await;
    assert!(matches!(outcome, Deposit::Unknown { .. }), "{outcome:?}");
    // The same number under another reference is an invoice that is there twice.
    let text = numbered("F-1");
    let intent = Intent { invoice_id: "another".into(), ..intent_of("F-1", &text) };
    let outcome = client.deposit(&intent, &Document::of(text.into_bytes())).await;
    assert!(matches!(outcome, Deposit::Taken { .. }), "{outcome:?}");
    let messages = listen(&client, &mut Mark::default()).await;
    let last = statuses(&messages).pop().unwrap();
    assert_eq!((last.1.as_str(), last.2.as_deref()), ("213", Some("DOUBLON")));
    sandbox.end().await;
}

#[tokio::test]
async fn an_answer_lost_after_acceptance_is_found_again() {
    let sandbox = Sandbox::with([fault(Action::LoseAnswer)]).await;
    let client = sandbox.afnor();
    assert!(matches!(put(&client, "F-1").await, Deposit::Unknown { .. }));
    let Search::Found { reference: Some(reference), .. } = looked_for(&client, "F-1").await else { panic!() };
    assert_eq!(ack(&client, "F-1", &reference).await[0].0, "FLOW_OK");
    assert_eq!(sandbox.flows().await, 1);
    sandbox.end().await;
}

#[tokio::test]
async fn a_connection_cut_before_anything_was_done_is_in_doubt_and_absent() {
    let sandbox = Sandbox::with([fault(Action::DropBefore)]).await;
    let client = sandbox.afnor();
    assert!(matches!(put(&client, "F-1").await, Deposit::Unknown { .. }));
    assert!(matches!(looked_for(&client, "F-1").await, Search::Absent { .. }));
    put_well(&client, "F-1").await;
    assert_eq!(sandbox.flows().await, 1);
    sandbox.end().await;
}

#[tokio::test]
async fn errors_prove_what_they_prove() {
    let with = |http: u16, retry_after: Option<&str>, text: &str| Behaviour {
        http: Some(http),
        retry_after: retry_after.map(str::to_owned),
        text: Some(text.to_owned()),
        ..fault(Action::Fail)
    };
    let script = [
        with(429, Some("7"), ""),
        with(503, None, ""),
        with(500, None, ""),
        with(200, None, "<html>"),
        with(202, None, "{}"),
    ];
    let sandbox = Sandbox::with(script).await;
    let client = sandbox.afnor();
    let patience = put(&client, "F-1").await;
    assert!(matches!(patience, Deposit::NotSent { retry_after_ms: Some(7_000), .. }), "{patience:?}");
    for _ in 0..4 {
        let lost = put(&client, "F-1").await;
        assert!(matches!(lost, Deposit::Unknown { .. }), "{lost:?}");
    }
    put_well(&client, "F-1").await;
    sandbox.end().await;
}

#[tokio::test]
async fn a_slow_answer_is_a_lost_one() {
    let sandbox = Sandbox::with([Behaviour { ms: Some(1_500), ..fault(Action::Delay) }]).await;
    let config = AfnorConfig {
        connect_timeout: Duration::from_millis(200),
        timeout: Duration::from_millis(400),
        ..sandbox.afnor_config()
    };
    let outcome = put(&Afnor::new(config).unwrap(), "F-1").await;
    assert!(matches!(&outcome, Deposit::Unknown { why, .. } if why.contains("time-out")), "{outcome:?}");
    assert!(matches!(looked_for(&sandbox.afnor(), "F-1").await, Search::Found { .. }));
    sandbox.end().await;
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle_is_renewed() {
    let ended = |call| Behaviour { call: Some(call), ..fault(Action::ExpireToken) };
    let sandbox = Sandbox::with([ended(Call::Deposit), ended(Call::Inbox), ended(Call::Download)]).await;
    let client = sandbox.afnor();
    put_well(&client, "F-1").await;
    assert_eq!(codes_of(&listen(&client, &mut Mark::default()).await), ["200", "202", "203"]);
    assert_eq!(sandbox.flows().await, 1);
    sandbox.end().await;
}

#[tokio::test]
async fn statuses_that_repeat_or_come_in_no_order_keep_their_own_times() {
    let behaviour = vec![
        Behaviour::new("F-1", Action::Accept),
        Behaviour::new("F-1", Action::Repeat),
        Behaviour::new("F-1", Action::Reorder),
    ];
    let sandbox = Sandbox::start(Script { behaviour, step_ms: 1_000, ..Script::default() }).await;
    let client = sandbox.afnor();
    put_well(&client, "F-1").await;
    let mut mark = Mark::default();
    let mut messages = Vec::new();
    let begun = std::time::Instant::now();
    while messages.len() < 10 && begun.elapsed() < Duration::from_secs(20) {
        messages.extend(listen(&client, &mut mark).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(codes_of(&messages), ["205", "205", "204", "204", "203", "203", "202", "202", "200", "200"]);
    let mut flows: Vec<&str> = messages.iter().map(|message| message.flow.as_str()).collect();
    flows.dedup();
    assert_eq!(flows.len(), 10, "each is a flow of its own");
    let mut times: Vec<String> = statuses(&messages).into_iter().map(|(.., at)| at).collect();
    times.dedup();
    assert!(times.is_sorted_by(|a, b| a > b) && times.len() == 5, "{times:?}");
    sandbox.end().await;
}

#[tokio::test]
async fn pages_are_read_to_their_end_whatever_comes_in_between() {
    let sandbox = Sandbox::start(Script { page_size: 2, clock_skew_ms: -86_400_000, ..Script::default() }).await;
    let client = sandbox.afnor();
    for number in ["F-1", "F-2", "F-3"] {
        put_well(&client, number).await;
    }
    let Inbox::Page { messages, next, more: true, .. } = client.inbox(&Mark::default()).await else { panic!() };
    assert_eq!(messages.len(), 2);
    put_well(&client, "F-4").await;
    let mut mark = next;
    let rest = listen(&client, &mut mark).await;
    assert_eq!(messages.len() + rest.len(), 12);
    // What comes later is found from the mark, by the platform's clock, a day behind ours.
    put_well(&client, "F-5").await;
    let later = listen(&client, &mut mark).await;
    assert!(statuses(&later).iter().all(|(number, ..)| number == "F-5") && later.len() == 3);
    // An older client, which knows no State messages and no cursor of its own, finds them all as well.
    let old = AfnorConfig { version: FlowVersion::V1_1, ..sandbox.afnor_config() };
    assert_eq!(listen(&Afnor::new(old).unwrap(), &mut Mark::default()).await.len(), 15);
    sandbox.end().await;
}

#[tokio::test]
async fn a_restart_loses_nothing_and_buyers_may_speak_later() {
    let folder = tempfile::tempdir().unwrap();
    let script = Script { state_file: Some(folder.path().join("state.jsonl")), ..Script::default() };
    let sandbox = Sandbox::start(script.clone()).await;
    let reference = put_well(&sandbox.afnor(), "F-1").await;
    assert_eq!(sandbox.add(json!({ "match": "F-1", "do": "refuse", "motive": "CMD_ERR" })).await, 204);
    let before = listen(&sandbox.afnor(), &mut Mark::default()).await;
    assert_eq!(codes_of(&before), ["200", "202", "203", "210"]);
    sandbox.end().await;
    let sandbox = Sandbox::start(script).await;
    let client = sandbox.afnor();
    assert_eq!(listen(&client, &mut Mark::default()).await, before);
    assert_eq!(ack(&client, "F-1", &reference).await[0].0, "FLOW_OK");
    sandbox.end().await;
}

#[tokio::test]
async fn a_deposit_that_is_held_is_pending() {
    let sandbox = Sandbox::with([Behaviour { ms: Some(600_000), ..Behaviour::new("F-1", Action::Hold) }]).await;
    let client = sandbox.afnor();
    let reference = put_well(&client, "F-1").await;
    assert_eq!(ack(&client, "F-1", &reference).await[0].0, "FLOW_PENDING");
    assert_eq!(listen(&client, &mut Mark::default()).await, []);
    sandbox.end().await;
}

#[tokio::test]
async fn the_directory_tells_lines_and_what_public_buyers_ask_for() {
    let script = Script {
        line: vec![
            ScriptLine { address: "987654324".into(), status: LineStatus::Enabled },
            ScriptLine { address: "987654324_98765432400019_COMPTA".into(), status: LineStatus::Upcoming },
        ],
        structure: vec![Structure {
            siret: BUYER.into(),
            name: "Ville".into(),
            services: vec![Service { code: "COMPTA".into(), name: "Compta".into(), active: true }],
            engagements: Vec::new(),
            service_required: false,
            engagement_required: true,
            service_or_engagement_required: false,
            active: true,
        }],
        ..Script::default()
    };
    let sandbox = Sandbox::start(script).await;
    let client = sandbox.afnor();
    let Look::Found { entry, .. } = client.directory_line("987654324").await else { panic!() };
    assert_eq!((entry.status, entry.siren.as_deref()), (Told::Enabled, Some("987654324")));
    let Look::Found { entry, .. } = client.directory_line("987654324_98765432400019_COMPTA").await else { panic!() };
    assert_eq!((entry.status, entry.routing_code.as_deref()), (Told::Upcoming, Some("COMPTA")));
    assert!(matches!(client.directory_line("987654324_OTHER").await, Look::Unknown { .. }), "not only the SIREN");
    let Look::Found { entry, .. } = client.establishment(BUYER).await else { panic!() };
    assert_eq!(
        (entry.public, entry.commitment_required, entry.service_required),
        (Some(true), Some(true), Some(false))
    );
    let Look::Found { entry, .. } = client.company("987654324").await else { panic!() };
    assert_eq!((entry.public, entry.active), (Some(false), Some(true)));
    assert!(matches!(client.company("555555555").await, Look::Unknown { .. }));
    let Look::Found { entry, .. } = client.routing_code(BUYER, "COMPTA").await else { panic!() };
    assert_eq!(entry.name.as_deref(), Some("Compta"));
    let none = AfnorConfig { client_secret: "wrong".into(), ..sandbox.afnor_config() };
    assert!(matches!(Afnor::new(none).unwrap().company("987654324").await, Look::NoAnswer { .. }));
    sandbox.end().await;
}
