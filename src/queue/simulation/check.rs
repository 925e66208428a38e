//! What must hold at the end of every run.

use std::collections::{HashMap, HashSet};

use super::Run;
use super::papers::{Kind, Paper};
use super::world::Lot;
use crate::crypto::sha256;
use crate::lifecycle::State;
use crate::problems::{Problem, Said};
use crate::queue::moves;
use crate::signature::verify;
use crate::store::{Event, InvoiceRow, MessageState, MessagesOf, ProblemFilter, Store};

pub(super) fn all(run: &Run, store: &dyn Store) {
    let events = store.events(None, 0, usize::MAX).unwrap();
    let problems = store.problems(&ProblemFilter::default()).unwrap();
    let world = run.world.inner.lock().unwrap();
    cursors(&events);
    one_problem_a_cause(&problems);
    numbers_once(&world.lots);
    assert_eq!(run.promised.len(), run.papers.len(), "everything posted was accepted");
    for (id, n) in &run.promised {
        let row = store.invoice(id).unwrap().expect("what was accepted is kept");
        assert_eq!(store.document(&row.sha256).unwrap(), Some(run.papers[*n].bytes().into()));
        let lots: Vec<&Lot> = world.lots.iter().filter(|lot| lot.invoice == *id).collect();
        let timeline: Vec<&Event> = events.iter().filter(|event| event.invoice_id == *id).collect();
        let own: Vec<&Problem> = problems.iter().filter(|problem| problem.invoice_id == *id).collect();
        at_the_platform(&row, &lots);
        let calls: Vec<&[u8]> = world.calls.iter().filter(|(of, _)| of == id).map(|(_, sent)| &sent[..]).collect();
        intents(&timeline, calls.len());
        let received = lots.iter().map(|lot| &lot.document[..]);
        what_left(&row, &run.papers[*n], &calls.iter().copied().chain(received).collect::<Vec<_>>(), &timeline, store);
        if run.sealing {
            seals(&row, &timeline, store);
        }
        troubles(&row, &own);
        statuses(&row, &lots, &timeline, store);
        if let Some(by) = &row.replaced_by {
            let by = store.invoice(by).unwrap().expect("the one that replaces is kept too");
            assert!(by.replaces.is_some() && by.number_key == row.number_key && row.state == Some(State::Cancelled));
            let paper = |id: &str| run.promised.iter().find(|(of, _)| of == id).map(|(_, n)| &run.papers[*n]).unwrap();
            let (old, new) = (paper(id), paper(&by.id));
            assert!(old.customer == new.customer && old.customer > 0, "another claim took its place: {old:?} {new:?}");
            assert!(by.seq > row.seq, "the earlier took the place of the later");
        }
        nothing_goes_silently(&row, &timeline, &own);
        if lots.iter().any(|lot| !lot.void)
            && let Some(key) = &row.number_key
        {
            assert_eq!(
                store.holder(key).unwrap().map(|row| row.id).as_ref(),
                Some(id),
                "a number at the platform is held"
            );
        }
    }
}

/// All that a platform was ever sent of an invoice is one document, byte for byte: what came, or what was written of it where no platform
/// takes that. It is what was judged, and what the books say.
fn what_left(row: &InvoiceRow, paper: &Paper, sent: &[&[u8]], timeline: &[&Event], store: &dyn Store) {
    let leaves = store.document(row.leaving()).unwrap().expect("what leaves is kept");
    assert!(sent.iter().all(|sent| *sent == leaves), "something else was sent: {timeline:#?}");
    let readable = !matches!(paper.kind, Kind::Unreadable | Kind::Poison);
    // What a person cancels before it is judged is never written.
    let judged = timeline.iter().any(|event| event.kind == "judged");
    assert_eq!(row.outgoing.is_some(), paper.edi && readable && judged, "{row:?}");
    assert_eq!(row.fixed().is_some(), row.outgoing.is_some() && timeline.iter().any(|event| event.kind == "intent"));
    if let Some(outgoing) = &row.outgoing {
        assert_eq!(Paper::read(&leaves).0.bytes(), paper.bytes(), "it is of another paper");
        assert_eq!(outgoing.bytes, leaves.len() as u64);
    } else {
        assert_eq!(leaves, paper.bytes());
    }
    if let Some(report) = store.report(&row.id).unwrap() {
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["judged"], row.leaving(), "what leaves is what was judged");
    }
    // Written anew until a deposit is begun, never after, and each time it is said what leaves.
    let mut said = None;
    let mut begun = false;
    for event in timeline {
        match event.kind.as_str() {
            "written" => {
                assert!(!begun, "written anew after an intent: {timeline:#?}");
                assert_eq!(event.data["former_sha256"].as_str(), said.as_deref());
                said = event.data["sha256"].as_str().map(str::to_owned);
            }
            "intent" => {
                begun = true;
                let intended = event.data["intent"]["sha256"].as_str();
                assert_eq!(intended, Some(said.as_deref().unwrap_or(&row.sha256)), "{timeline:#?}");
            }
            _ => {}
        }
    }
    assert_eq!(said.as_deref(), row.outgoing.as_ref().map(|outgoing| outgoing.sha256.as_str()));
}

/// What is cancelled was cancelled by somebody or replaced; what is blocked says why.
fn nothing_goes_silently(row: &InvoiceRow, timeline: &[&Event], own: &[&Problem]) {
    let by_person = timeline.iter().any(|event| event.kind == "cancelled" && event.actor == "ann");
    match row.state.unwrap() {
        State::Cancelled => assert!(by_person || row.replaced_by.is_some(), "{row:?}"),
        State::Blocked => {
            let told = own.iter().any(|problem| problem.closed_at.is_none());
            assert!(told || row.verdict.as_deref() == Some("not-judged"), "{row:?}");
        }
        _ => {}
    }
}

/// At most once, and exactly once wherever our books say so.
fn at_the_platform(row: &InvoiceRow, lots: &[&Lot]) {
    let there = lots.iter().filter(|lot| !lot.void).count();
    assert!(there <= 1, "sent twice: {row:?}");
    let state = row.state.unwrap();
    match state {
        State::Paid | State::Accepted | State::Suspended | State::Disputed | State::Delivered => {
            assert_eq!(there, 1, "{row:?}");
        }
        State::Refused => assert_eq!(there, usize::from(row.existed), "{row:?}"),
        State::Blocked => assert_eq!(there, 0, "{row:?}"),
        // A person may write off what was refused there; nothing else that is there is withdrawn.
        State::Cancelled => assert_eq!(there, usize::from(row.existed && row.replaced_by.is_none()), "{row:?}"),
        State::Parked => assert!(row.parked_why.is_some()),
        State::Received | State::Ready | State::Sending | State::Unknown => panic!("left in {state}: {row:?}"),
    }
}

/// Each call had its intent, and between two intents it is written why a second one was allowed.
fn intents(timeline: &[&Event], calls: usize) {
    let intents = timeline.iter().filter(|event| event.kind == "intent").count();
    assert!(calls <= intents, "a call without an intent");
    let mut open = false;
    let mut asked = true;
    let mut unreachable = false;
    for event in timeline {
        match event.kind.as_str() {
            "recipient" => {
                assert!(!open, "the directory is asked though a deposit may have left: {timeline:#?}");
                unreachable = event.data["answer"] == "cannot" && event.data["released"] == false;
            }
            "released" => unreachable = false,
            "intent" => assert!(!unreachable, "sent to one who cannot receive: {timeline:#?}"),
            _ => {}
        }
        match event.kind.as_str() {
            "released" => asked = event.data["may_exist_at_platform"] == false,
            "settled" => asked = true,
            _ => {}
        }
        assert!(asked || event.kind != "intent", "sent after a release out of a doubt, without a question");
        match event.kind.as_str() {
            "intent" => {
                assert!(!open, "a second deposit without a reason: {timeline:#?}");
                open = true;
            }
            "postponed" | "resend" => open = false,
            // Set aside as one that waits to leave: the platform did not process what it had.
            "parked" if event.data["from"] == "ready" => open = false,
            "settled" => open = event.data["how"] != "absent",
            // A person sends what the platform refused and never had.
            "refused" => open = event.data["existed"] == true,
            _ => {}
        }
    }
}

/// Every intent had its seal on disk; the seal is over the very bytes, and was made anew only where its certificate had expired.
fn seals(row: &InvoiceRow, timeline: &[&Event], store: &dyn Store) {
    let mut until = None;
    for event in timeline {
        match event.kind.as_str() {
            "sealed" => {
                assert!(until.is_none_or(|until| until < event.at), "sealed again without need: {timeline:#?}");
                until = event.data["not_after"].as_i64();
                assert!(until.is_some());
            }
            "intent" => assert!(until.is_some_and(|until| until >= event.at), "an intent without a seal"),
            _ => {}
        }
    }
    let kept = store.seal(&row.id).unwrap();
    assert_eq!(kept.is_some(), until.is_some());
    assert_eq!(row.seal.is_some(), until.is_some());
    if let (Some(kept), Some(facts)) = (kept, &row.seal) {
        let document = store.document(row.leaving()).unwrap().unwrap();
        let verified = verify(&kept, &sha256(&document)).expect("the seal is over the very bytes");
        assert_eq!((verified.signed_at, verified.certificate.subject()), (facts.signed_at, facts.subject.clone()));
        assert_eq!(Some(facts.not_after), until);
    }
}

fn troubles(row: &InvoiceRow, own: &[&Problem]) {
    match row.state.unwrap() {
        State::Refused => assert!(own.iter().any(|p| p.said != Said::Rule && p.closed_at.is_none()), "{row:?}"),
        State::Paid | State::Accepted => {
            // That a status message of ours was refused is not over when the invoice is paid.
            let over = |p: &&Problem| p.said == Said::Rule || p.closed_at.is_some() || p.cause == "X1";
            assert!(own.iter().all(over), "{own:?}");
        }
        State::Cancelled if row.replaced_by.is_some() => {
            assert!(own.iter().all(|p| p.closed_at.is_some() || p.cause == "X1"), "{own:?}");
        }
        _ => {}
    }
    for problem in own {
        assert_eq!(problem.closed_at.is_some(), problem.closed_why.is_some());
    }
}

/// Every status told is an event, once, and the end of the story is the state of the row.
fn statuses(row: &InvoiceRow, lots: &[&Lot], timeline: &[&Event], store: &dyn Store) {
    let Some(lot) = lots.iter().find(|lot| !lot.void) else { return };
    if lot.platform == "told" {
        return messages(row, lot, timeline, store);
    }
    if row.state == Some(State::Parked) {
        return;
    }
    for (_, status) in &lot.story {
        let same = |event: &&&Event| {
            event.kind == "status"
                && event.data["code"] == status.code.as_str()
                && event.data["at"] == status.at.as_deref().unwrap()
        };
        let times = timeline.iter().filter(same).count();
        // After the end nothing more is asked: only what was told late before it may be missing.
        let terminal = matches!(status.code.as_str(), "REJETEE" | "MISE_EN_PAIEMENT");
        assert!(times <= 1 && (times == 1 || !terminal), "{} heard {times} times: {row:?}", status.code);
    }
    let last = lot.story.last().map(|(_, status)| status.code.as_str());
    let expected = if last == Some("REJETEE") { State::Refused } else { State::Paid };
    let written_off = expected == State::Refused && row.state == Some(State::Cancelled);
    assert!(row.state == Some(expected) || written_off, "{row:?} {lot:?}");
}

/// What is told by messages is all told, once, whatever came late, twice or out of order; what could not be matched is parked and shown.
fn messages(row: &InvoiceRow, lot: &Lot, timeline: &[&Event], store: &dyn Store) {
    let waiting = MessagesOf::List { state: Some(MessageState::Waiting), before: None, limit: 1_000 };
    assert_eq!(store.messages(&waiting).unwrap(), [], "a message waits for ever");
    let parked = MessagesOf::List { state: Some(MessageState::Parked), before: None, limit: 1_000 };
    let parked = store.messages(&parked).unwrap();
    assert!(parked.iter().all(|message| !message.why.is_empty()));
    let mut all = true;
    for (_, status) in &lot.story {
        let same = |event: &&&Event| {
            event.kind == "status"
                && event.data["code"] == status.code.as_str()
                && event.data["at"] == status.at.as_deref().unwrap()
        };
        let times = timeline.iter().filter(same).count();
        let without = parked.iter().any(|message| message.tracking.is_empty());
        assert!(times == 1 || times == 0 && without, "{} heard {times} times: {row:?}", status.code);
        all &= times == 1;
    }
    if !all || row.state == Some(State::Parked) {
        return;
    }
    // A duplicate is said after the 200: it is about something else, and what was taken stands.
    let refused = lot.story.iter().any(|(_, status)| status.code == "210");
    let expected = if refused { State::Refused } else { State::Paid };
    let written_off = refused && row.state == Some(State::Cancelled);
    assert!(row.state == Some(expected) || written_off, "{row:?} {lot:?}");
}

fn cursors(events: &[Event]) {
    for (n, event) in (1u64..).zip(events) {
        assert_eq!(event.cursor, n, "the cursor has a hole");
    }
    // Moves between states, as the timeline tells them, are those of the table.
    let mut states: HashMap<&str, State> = HashMap::new();
    for event in events {
        let to = match event.kind.as_str() {
            "replaced" => Some(State::Cancelled),
            "judged-again" => Some(State::Received),
            "intent" => Some(State::Sending),
            "postponed" | "resend" => Some(State::Ready),
            "settled" if event.data["how"] == "absent" => Some(State::Ready),
            "released" | "retried" => event.data["to"].as_str().and_then(State::parse),
            kind => State::parse(kind),
        };
        if let Some(to) = to {
            let from = states.insert(&event.invoice_id, to).unwrap_or(State::Received);
            assert!(moves::allowed(from, to), "{from} to {to} by {event:?}");
        }
    }
}

fn one_problem_a_cause(problems: &[Problem]) {
    let mut seen = HashSet::new();
    for problem in problems {
        assert!(seen.insert((&problem.invoice_id, &problem.cause)), "{problem:?}");
    }
}

fn numbers_once(lots: &[Lot]) {
    let mut seen = HashSet::new();
    for lot in lots.iter().filter(|lot| !lot.void) {
        assert!(seen.insert(&lot.key), "number {:?} is at the platform twice", lot.key);
    }
}
