//! What every store must do, whatever holds it. Each check gets a store of its own, new and empty.

mod inbox;
mod lists;

use bytes::Bytes;
use serde_json::json;

use super::*;
use crate::lifecycle::State;
use crate::problems::{Change, Said};
use crate::signature::SealFacts;

/// Runs all checks; panics at the first that fails.
pub fn conformance(store: impl Fn() -> Box<dyn Store>) {
    for check in [
        same_bytes_are_the_same_invoice,
        an_idempotency_key_belongs_to_its_bytes,
        a_lease_is_given_once_and_comes_back_when_it_ends,
        a_stale_fence_changes_nothing,
        a_person_waits_for_the_worker,
        a_row_changed_meanwhile_is_stale,
        steps_succeed_or_fail_alone,
        what_a_step_changes_elsewhere_goes_with_it,
        a_number_is_held_once,
        lanes_are_due_apart,
        a_seal_goes_with_its_step_and_the_last_is_in_force,
        a_document_goes_with_its_step_and_is_kept_once,
        events_are_dense_and_in_order,
        problems_keep_their_history_and_are_one_a_cause,
        lists_page_newest_first,
        problems_page_while_others_arrive,
        a_step_under_a_key_is_taken_once_and_its_answer_kept,
        a_key_is_used_for_one_thing,
        lists::lists_find_what_is_asked_and_nothing_else,
        inbox::a_page_and_its_mark_are_kept_together_and_each_message_once,
        inbox::a_message_is_told_once_waits_or_is_parked,
        a_mixed_commit_answers_in_order,
        the_probe_is_read_back,
    ] {
        check(&*store());
    }
}

pub fn incoming(bytes: &str, key: Option<&str>) -> Incoming {
    Incoming {
        bytes: Bytes::copy_from_slice(bytes.as_bytes()),
        received_at: 1_000,
        source: "cli".into(),
        idempotency_key: key.map(Into::into),
    }
}

pub fn put(store: &dyn Store, bytes: &str) -> String {
    match store.accept(&[incoming(bytes, None)]).unwrap().remove(0) {
        Accepted::New { id } => id,
        other => panic!("{other:?}"),
    }
}

pub fn event(kind: &str) -> NewEvent {
    NewEvent { kind: kind.into(), actor: "facteur".into(), data: json!({ "n": 1 }) }
}

pub fn problem(id: &str, invoice: &str, cause: &str) -> Problem {
    Problem {
        id: id.into(),
        invoice_id: invoice.into(),
        invoice_number: Some("F-1".into()),
        customer: "21690123100011".into(),
        customer_name: "Ville".into(),
        cause: cause.into(),
        code: "X".into(),
        text: None,
        message: None,
        said: Said::Rule,
        amount: Some("1.00".into()),
        currency: Some("EUR".into()),
        opened_at: 5,
        closed_at: None,
        closed_why: None,
        owner: None,
        suggestion: None,
        next_action: None,
        next_action_on: None,
        rule: None,
        acts: "seller".into(),
        number_reusable: true,
        inferred: false,
        correction: None,
        changes: vec![],
    }
}

fn all(now: Millis) -> Claim {
    Claim { lane: None, now, until: now + 100, limit: 10 }
}

fn key(number: &str) -> NumberKey {
    NumberKey { seller: "732829320".into(), number: number.into(), year: 2026 }
}

fn row(store: &dyn Store, id: &str) -> InvoiceRow {
    store.invoice(id).unwrap().unwrap()
}

fn step(row: InvoiceRow, fence: Option<u64>) -> Step {
    Step { invoice_id: row.id.clone(), fence, at: 2_000, row: Some(row), ..Step::default() }
}

fn record(store: &dyn Store, step: Step) -> Result<()> {
    store.record(&[step]).unwrap().remove(0)
}

fn same_bytes_are_the_same_invoice(store: &dyn Store) {
    let answers = store.accept(&[incoming("a", None), incoming("a", None), incoming("b", None), incoming("", None)]);
    let answers = answers.unwrap();
    let Accepted::New { id } = &answers[0] else { panic!("{answers:?}") };
    assert_eq!(answers[1], Accepted::Known { id: id.clone() });
    assert!(matches!(&answers[2], Accepted::New { id: other } if other != id));
    let found = row(store, id);
    // SHA-256 of "a" is a published figure.
    assert_eq!(found.sha256, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
    assert_eq!(*id, found.sha256[..32]);
    assert_eq!((found.state, found.due_at, found.version), (Some(State::Received), Some(1_000), 1));
    assert_eq!(store.document(&found.sha256).unwrap().as_deref(), Some(b"a".as_slice()));
    let Accepted::New { id: empty } = &answers[3] else { panic!("{answers:?}") };
    assert_eq!(store.document(&row(store, empty).sha256).unwrap(), Some(Bytes::new()), "0 bytes are kept too");
    assert_eq!(store.events(Some(id), 0, 10).unwrap().len(), 1, "the second acceptance is no event");
    assert_eq!((store.document("00").unwrap(), store.invoice("00").unwrap()), (None, None));
}

fn an_idempotency_key_belongs_to_its_bytes(store: &dyn Store) {
    let first = store.accept(&[incoming("a", Some("k"))]).unwrap().remove(0);
    let Accepted::New { id } = first else { panic!("{first:?}") };
    assert_eq!(store.accept(&[incoming("a", Some("k"))]).unwrap(), [Accepted::Known { id: id.clone() }]);
    let conflict = store.accept(&[incoming("b", Some("k"))]).unwrap().remove(0);
    let Accepted::KeyConflict { first_sha256, this_sha256 } = conflict else { panic!("{conflict:?}") };
    assert!(first_sha256.starts_with("ca978112") && this_sha256.starts_with("3e23e816"));
    assert_eq!(store.document(&this_sha256).unwrap(), None, "nothing was accepted");
    // A key used first with known bytes belongs to them as well; and within one batch the first use counts.
    assert_eq!(store.accept(&[incoming("a", Some("k2"))]).unwrap(), [Accepted::Known { id }]);
    assert!(matches!(store.accept(&[incoming("c", Some("k2"))]).unwrap()[0], Accepted::KeyConflict { .. }));
    let batch = store.accept(&[incoming("d", Some("k3")), incoming("e", Some("k3"))]).unwrap();
    assert!(matches!((&batch[0], &batch[1]), (Accepted::New { .. }, Accepted::KeyConflict { .. })));
}

fn a_lease_is_given_once_and_comes_back_when_it_ends(store: &dyn Store) {
    put(store, "a");
    put(store, "b");
    assert_eq!(store.claim(&all(999)).unwrap(), [], "not due yet");
    assert_eq!(store.claim(&Claim { limit: 1, ..all(1_000) }).unwrap().len(), 1);
    assert_eq!(store.claim(&all(1_000)).unwrap().len(), 1, "the other one only");
    assert_eq!(store.claim(&all(1_099)).unwrap(), []);
    assert_eq!(store.next_due().unwrap(), Some(1_100));
    let again = store.claim(&all(1_100)).unwrap();
    assert_eq!(again.iter().map(|lease| (lease.fence, lease.takes)).collect::<Vec<_>>(), [(2, 2), (2, 2)]);
    // Given back without a change, the count of takes stays; a changed row starts anew.
    let (kept, changed) = (&again[0], &again[1]);
    record(store, Step { invoice_id: kept.row.id.clone(), fence: Some(2), ..Step::default() }).unwrap();
    record(store, step(changed.row.clone(), Some(2))).unwrap();
    let third = store.claim(&all(1_101)).unwrap();
    assert_eq!(third.iter().map(|lease| lease.takes).collect::<Vec<_>>(), [3, 1]);
}

fn a_stale_fence_changes_nothing(store: &dyn Store) {
    let id = put(store, "a");
    let first = store.claim(&all(1_000)).unwrap().remove(0);
    let second = store.claim(&all(1_100)).unwrap().remove(0);
    let late = Step { events: vec![event("late")], ..step(first.row, Some(first.fence)) };
    assert_eq!(record(store, late), Err(StoreError::LeaseLost));
    assert_eq!(store.events(Some(&id), 0, 10).unwrap().len(), 1);
    // The intent keeps the lease and gives it a new end; the outcome gives it back.
    let intent = Step { keep_lease: true, lease_until: Some(5_000), ..step(second.row, Some(second.fence)) };
    record(store, intent).unwrap();
    assert_eq!(store.next_due().unwrap(), Some(5_000));
    assert_eq!(store.claim(&all(4_999)).unwrap(), []);
    record(store, step(row(store, &id), Some(second.fence))).unwrap();
    assert_eq!(record(store, step(row(store, &id), Some(second.fence))), Err(StoreError::LeaseLost), "given back");
    assert_eq!(store.claim(&all(4_999)).unwrap().len(), 1);
}

fn a_person_waits_for_the_worker(store: &dyn Store) {
    let id = put(store, "a");
    let lease = store.claim(&Claim { until: 3_000, ..all(1_000) }).unwrap().remove(0);
    assert_eq!(record(store, step(row(store, &id), None)), Err(StoreError::Busy(id.clone())));
    let note = Step { invoice_id: id.clone(), at: 2_000, events: vec![event("note")], ..Step::default() };
    record(store, note).unwrap();
    // Once the lease has ended the person may act, and the worker that wakes up late may not.
    record(store, Step { at: 3_000, ..step(row(store, &id), None) }).unwrap();
    assert_eq!(record(store, step(lease.row, Some(lease.fence))), Err(StoreError::LeaseLost));
    assert_eq!(record(store, step(InvoiceRow::default(), None)), Err(StoreError::NoInvoice(String::new())));
}

fn a_row_changed_meanwhile_is_stale(store: &dyn Store) {
    let id = put(store, "a");
    let before = row(store, &id);
    record(store, step(before.clone(), None)).unwrap();
    assert_eq!(record(store, step(before, None)), Err(StoreError::Stale(format!("invoice {id}"))));
    assert_eq!(row(store, &id).version, 2);
}

fn steps_succeed_or_fail_alone(store: &dyn Store) {
    let (a, b) = (put(store, "a"), put(store, "b"));
    let good = |id: &str| Step {
        events: vec![event("done")],
        report: Some(format!("{{\"of\":\"{id}\"}}")),
        ..step(row(store, id), None)
    };
    // The middle one fails after it has written an event and a report: nothing of it may stay.
    let bad = Step { problems: vec![problem("P1", "another", "A2")], ..good(&a) };
    let answers = store.record(&[good(&a), bad, good(&b)]).unwrap();
    assert!(matches!(answers[..], [Ok(()), Err(StoreError::Stale(_)), Ok(())]), "{answers:?}");
    let late = Step { problems: vec![problem("P1", "another", "A2")], ..good(&a) };
    assert!(matches!(record(store, late), Err(StoreError::Stale(_))));
    assert_eq!(store.events(None, 0, 10).unwrap().len(), 4);
    assert_eq!(store.report(&a).unwrap(), Some(format!("{{\"of\":\"{a}\"}}")));
    assert_eq!(row(store, &a).version, 2);
}

fn what_a_step_changes_elsewhere_goes_with_it(store: &dyn Store) {
    let (new, old) = (put(store, "new"), put(store, "old"));
    let mut replaced = row(store, &old);
    replaced.state = Some(State::Cancelled);
    replaced.replaced_by = Some(new.clone());
    let replace = |version: u64| Step {
        events: vec![event("ready")],
        take_number: Some(key("F-1")),
        also: vec![Step { events: vec![event("replaced")], ..step(InvoiceRow { version, ..replaced.clone() }, None) }],
        ..step(row(store, &new), None)
    };
    assert_eq!(record(store, replace(7)), Err(StoreError::Stale(format!("invoice {old}"))));
    assert_eq!(store.holder(&key("F-1")).unwrap(), None, "the number went back with the rest");
    assert_eq!(store.events(None, 0, 10).unwrap().len(), 2);
    record(store, replace(1)).unwrap();
    assert_eq!(row(store, &old).state, Some(State::Cancelled));
    assert_eq!(store.holder(&key("F-1")).unwrap().map(|row| row.id), Some(new));
}

fn a_number_is_held_once(store: &dyn Store) {
    let (a, b) = (put(store, "a"), put(store, "b"));
    let take = |id: &str, number: &str| {
        let mut row = row(store, id);
        row.number_key = Some(key(number));
        record(store, Step { take_number: Some(key(number)), ..step(row, None) })
    };
    take(&a, "F-1").unwrap();
    take(&a, "F-1").unwrap();
    assert_eq!(take(&b, "F-1"), Err(StoreError::NumberTaken { by: a.clone() }));
    assert_eq!(row(store, &b).number_key, None, "the refused step left nothing");
    take(&b, "F-2").unwrap();
    take(&a, "F-3").unwrap();
    assert_eq!(store.holder(&key("F-1")).unwrap(), None, "an invoice holds one number");
    take(&b, "F-1").unwrap();
    record(store, Step { free_number: true, ..step(row(store, &b), None) }).unwrap();
    assert_eq!(store.holder(&key("F-1")).unwrap(), None);
    // Bearing a number and holding it are two things. Only what rests may be replaced.
    assert_eq!(store.bearers(&key("F-1")).unwrap(), []);
    for state in [State::Blocked, State::Refused] {
        let mut rests = row(store, &b);
        rests.state = Some(state);
        record(store, step(rests, None)).unwrap();
        assert_eq!(store.bearers(&key("F-1")).unwrap().len(), 1);
    }
    let mut replaced = row(store, &b);
    replaced.replaced_by = Some(a);
    record(store, step(replaced, None)).unwrap();
    assert_eq!(store.bearers(&key("F-1")).unwrap(), []);
    let other_year = NumberKey { year: 2027, ..key("F-3") };
    assert_eq!(store.bearers(&other_year).unwrap(), []);
}

fn lanes_are_due_apart(store: &dyn Store) {
    for (bytes, platform, due) in [("a", "p1", 50), ("b", "p1", 40), ("c", "p2", 60)] {
        let mut row = row(store, &put(store, bytes));
        row.state = Some(State::Ready);
        row.platform = Some(platform.into());
        row.due_at = Some(due);
        record(store, step(row, None)).unwrap();
    }
    let judged = put(store, "d");
    let mut rest = row(store, &put(store, "e"));
    rest.state = Some(State::Blocked);
    rest.due_at = None;
    record(store, step(rest, None)).unwrap();
    let mut due = store.due().unwrap();
    due.sort_by_key(|due| due.at);
    let due: Vec<_> = due.iter().map(|due| (due.lane.as_deref(), due.at)).collect();
    assert_eq!(due, [(Some("p1"), 40), (Some("p2"), 60), (None, 1_000)]);
    assert_eq!(store.next_due().unwrap(), Some(40));
    let lane = |lane: &str| Claim { lane: Some(lane.into()), ..all(1_000) };
    let order: Vec<_> = store.claim(&lane("p1")).unwrap().iter().map(|lease| lease.row.due_at).collect();
    assert_eq!(order, [Some(40), Some(50)], "oldest due first, and no other lane's");
    assert_eq!(store.claim(&all(1_000)).unwrap()[0].row.id, judged);
    assert_eq!(store.claim(&lane("p3")).unwrap(), []);
    let counts = store.counts().unwrap();
    assert_eq!(counts, [("blocked".into(), 1), ("ready".into(), 3), ("received".into(), 1)]);
}

fn a_seal_goes_with_its_step_and_the_last_is_in_force(store: &dyn Store) {
    let (a, b) = (put(store, "a"), put(store, "b"));
    let sealed = |id: &str, seal: &[u8]| {
        let mut row = row(store, id);
        row.seal = Some(SealFacts { subject: "Imprimerie".into(), ..SealFacts::default() });
        Step { seal: Some(seal.to_vec()), ..step(row, None) }
    };
    assert_eq!(store.seal(&a).unwrap(), None);
    record(store, sealed(&a, b"one")).unwrap();
    assert_eq!(store.seal(&a).unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(row(store, &a).seal.unwrap().subject, "Imprimerie");
    // A refused step leaves no seal, nor does its neighbour's.
    let stale = Step { row: Some(InvoiceRow { version: 99, ..row(store, &a) }), ..sealed(&a, b"never") };
    assert!(matches!(record(store, stale), Err(StoreError::Stale(_))));
    let late = Step { fence: Some(7), ..sealed(&a, b"never") };
    assert_eq!(record(store, late), Err(StoreError::LeaseLost));
    assert_eq!(store.seal(&a).unwrap().as_deref(), Some(&b"one"[..]));
    record(store, step(row(store, &a), None)).unwrap();
    record(store, sealed(&a, &[0, 255, 10])).unwrap();
    assert_eq!(store.seal(&a).unwrap().as_deref(), Some(&[0, 255, 10][..]));
    assert_eq!((store.seal(&b).unwrap(), store.seal("none").unwrap()), (None, None));
}

fn events_are_dense_and_in_order(store: &dyn Store) {
    let (a, b) = (put(store, "a"), put(store, "b"));
    for n in 0..5 {
        let id = if n % 2 == 0 { &a } else { &b };
        let good = Step { events: vec![event("x"), event("y")], ..step(row(store, id), None) };
        let bad = Step { events: vec![event("never")], ..step(InvoiceRow { version: 99, ..row(store, id) }, None) };
        store.record(&[bad.clone(), good, bad]).unwrap();
    }
    let every = store.events(None, 0, 100).unwrap();
    assert_eq!(every.iter().map(|e| e.cursor).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    assert_eq!(store.events(Some(&b), 0, 100).unwrap().len(), 5);
    let page = store.events(None, 4, 3).unwrap();
    assert_eq!(page.iter().map(|e| e.cursor).collect::<Vec<_>>(), [5, 6, 7]);
    assert_eq!(page[0].data, json!({ "n": 1 }));
    assert_eq!(store.events(None, u64::MAX, usize::MAX).unwrap(), []);
}

fn a_document_goes_with_its_step_and_is_kept_once(store: &dyn Store) {
    let sha256_of =
        |bytes: &[u8]| -> String { crate::crypto::sha256(bytes).iter().map(|byte| format!("{byte:02x}")).collect() };
    let id = put(store, "UNB");
    // One beyond a piece, and a small one that somebody sends by itself as well.
    let long = Bytes::from(vec![b'x'; 2 * PIECE + 5]);
    for document in [long.clone(), Bytes::from_static(b"<cii/>")] {
        let outgoing = Outgoing {
            sha256: sha256_of(&document),
            bytes: document.len() as u64,
            syntax: "cii".into(),
            ..Outgoing::default()
        };
        let mut written = row(store, &id);
        written.outgoing = Some(outgoing.clone());
        let given = Step { document: Some(document.clone()), ..step(written.clone(), None) };
        record(store, given.clone()).unwrap();
        assert!(matches!(record(store, given), Err(StoreError::Stale(_))));
        let again = Step { document: Some(document.clone()), ..step(row(store, &id), None) };
        record(store, again).unwrap();
        assert_eq!(store.document(&outgoing.sha256).unwrap(), Some(document.clone()));
        assert_eq!(store.size(&outgoing.sha256).unwrap(), Some(document.len() as u64));
        let kept = row(store, &id);
        assert_eq!((kept.outgoing.as_ref(), kept.leaving()), (Some(&outgoing), outgoing.sha256.as_str()));
        assert_eq!(store.document(&kept.sha256).unwrap(), Some("UNB".into()), "what came stays");
    }
    let other = put(store, "<cii/>");
    assert_eq!((row(store, &other).outgoing, row(store, &other).state), (None, Some(State::Received)));
    // What came by itself may be written of another.
    put(store, "<other/>");
    let given = Step { document: Some(Bytes::from_static(b"<other/>")), ..step(row(store, &id), None) };
    record(store, given).unwrap();
    // A step that is refused keeps nothing.
    let stale = InvoiceRow { version: 0, ..row(store, &id) };
    let refused = Step { document: Some(Bytes::from_static(b"<stale/>")), ..step(stale, None) };
    assert!(record(store, refused).is_err());
    assert_eq!(store.document(&sha256_of(b"<stale/>")).unwrap(), None);
}

fn problems_keep_their_history_and_are_one_a_cause(store: &dyn Store) {
    let id = put(store, "a");
    let save =
        |problem: Problem| record(store, Step { invoice_id: id.clone(), problems: vec![problem], ..Step::default() });
    save(problem("P1", &id, "A2")).unwrap();
    assert!(matches!(save(problem("P2", &id, "A2")), Err(StoreError::Stale(_))), "one a cause");
    save(problem("P2", &id, "C4")).unwrap();
    let change = |author: &str| Change {
        at: 9,
        author: author.into(),
        what: "comment".into(),
        from: None,
        to: Some("called".into()),
        was_inferred: None,
    };
    let commented = Problem { changes: vec![change("ann")], ..problem("P1", &id, "A2") };
    save(commented.clone()).unwrap();
    let forgetful = Problem { changes: vec![change("bob")], ..commented.clone() };
    assert!(matches!(save(forgetful), Err(StoreError::Stale(_))), "ann's comment would be lost");
    save(Problem { closed_at: Some(10), changes: vec![change("ann"), change("bob")], ..commented }).unwrap();
    assert_eq!(store.problem("P1").unwrap().unwrap().changes.len(), 2);
    let ids = |filter: ProblemFilter| -> Vec<String> {
        store.problems(&filter).unwrap().into_iter().map(|problem| problem.id).collect()
    };
    assert_eq!(ids(ProblemFilter::default()), ["P1", "P2"]);
    assert_eq!(ids(ProblemFilter { open_only: true, ..Default::default() }), ["P2"]);
    assert_eq!(ids(ProblemFilter { cause: Some("A2".into()), ..Default::default() }), ["P1"]);
    assert_eq!(ids(ProblemFilter { invoice_id: Some(id.clone()), ..Default::default() }), ["P1", "P2"]);
    assert!(ids(ProblemFilter { customer: Some("nobody".into()), ..Default::default() }).is_empty());
    assert_eq!(store.problem("P9").unwrap(), None);
}

fn lists_page_newest_first(store: &dyn Store) {
    let ids: Vec<String> = (0..5).map(|n| put(store, &n.to_string())).collect();
    let mut named = row(store, &ids[2]);
    named.facts.number = Some("F-9".into());
    named.state = Some(State::Blocked);
    record(store, step(named, None)).unwrap();
    let list = |filter: InvoiceFilter| -> Vec<String> {
        store.invoices(&filter).unwrap().into_iter().map(|row| row.id).collect()
    };
    let first = list(InvoiceFilter { limit: 2, ..Default::default() });
    assert_eq!(first, [ids[4].clone(), ids[3].clone()]);
    let rest = list(InvoiceFilter { after: Some(first[1].clone()), ..Default::default() });
    assert_eq!(rest, [ids[2].clone(), ids[1].clone(), ids[0].clone()]);
    assert_eq!(list(InvoiceFilter { number: Some("F-9".into()), ..Default::default() }), [ids[2].clone()]);
    assert_eq!(list(InvoiceFilter { states: vec![State::Blocked], ..Default::default() }), [ids[2].clone()]);
    assert!(list(InvoiceFilter { after: Some("unknown".into()), ..Default::default() }).is_empty());
}

fn problems_page_while_others_arrive(store: &dyn Store) {
    let open = |n: usize, cause: &str, closed: bool| {
        let id = put(store, &n.to_string());
        let record_of = problem(&format!("P{n}"), &id, cause);
        let record_of = Problem { closed_at: closed.then_some(9), ..record_of };
        record(store, Step { invoice_id: id, problems: vec![record_of], ..Step::default() }).unwrap();
    };
    for (n, cause) in ["A2", "A7", "C4", "A2"].into_iter().enumerate() {
        open(n, cause, n == 1);
    }
    let ids = |filter: ProblemFilter| -> Vec<String> {
        store.problems(&filter).unwrap().into_iter().map(|problem| problem.id).collect()
    };
    let page = |after: Option<&str>| ProblemFilter { after: after.map(Into::into), limit: 2, ..Default::default() };
    assert_eq!(ids(page(None)), ["P0", "P1"]);
    open(4, "A2", false);
    assert_eq!(ids(page(Some("P1"))), ["P2", "P3"], "what arrived comes at the end");
    assert_eq!(ids(page(Some("P3"))), ["P4"]);
    assert!(ids(page(Some("P4"))).is_empty() && ids(page(Some("nobody"))).is_empty());
    assert_eq!(ids(ProblemFilter::default()).len(), 5, "no limit is all of them");
    let inside = ProblemFilter { category: Some("A".into()), after: Some("P0".into()), ..Default::default() };
    assert_eq!(ids(inside), ["P1", "P3", "P4"]);
    assert_eq!(ids(ProblemFilter { closed_only: true, ..Default::default() }), ["P1"]);
    assert!(ids(ProblemFilter { category: Some("Z".into()), ..Default::default() }).is_empty());
}

fn keyed(key: &str, request: &str) -> Option<Keyed> {
    Some(Keyed { key: key.into(), request: request.into(), answer: format!("answer to {request}") })
}

fn a_step_under_a_key_is_taken_once_and_its_answer_kept(store: &dyn Store) {
    let id = put(store, "a");
    let act = |request: &str| Step {
        events: vec![event("parked")],
        under: keyed("erp/k", request),
        ..step(row(store, &id), None)
    };
    // Two that were made of the same row: the second is neither stale nor done again, it is told what the first was told.
    let (first, second) = (act("r1"), act("r1"));
    let answers = store.record(&[first, second, act("r2")]).unwrap();
    let used = StoreError::KeyUsed(keyed("erp/k", "r1").unwrap());
    assert_eq!(answers, [Ok(()), Err(used.clone()), Err(used)]);
    assert_eq!(store.events(Some(&id), 0, 10).unwrap().len(), 2, "received, parked");
    assert_eq!(row(store, &id).version, 2);
    assert_eq!(store.answered("erp/k").unwrap(), keyed("erp/k", "r1"));
    assert_eq!(store.answered("other/k").unwrap(), None, "another bearer's key is another key");
    // A step that is refused keeps no key: nothing was done under it.
    let stale = Step { under: keyed("erp/k2", "r"), ..step(InvoiceRow { version: 9, ..row(store, &id) }, None) };
    assert!(matches!(record(store, stale), Err(StoreError::Stale(_))));
    assert_eq!(store.answered("erp/k2").unwrap(), None);
    // A step that changes nothing keeps it.
    let nothing = Step { invoice_id: id.clone(), under: keyed("erp/k2", "r"), ..Step::default() };
    record(store, nothing).unwrap();
    assert_eq!((store.answered("erp/k2").unwrap(), row(store, &id).version), (keyed("erp/k2", "r"), 2));
}

fn a_key_is_used_for_one_thing(store: &dyn Store) {
    let id = put(store, "a");
    store.accept(&[incoming("b", Some("erp/k"))]).unwrap();
    let act = Step { invoice_id: id.clone(), under: keyed("erp/k", "r"), ..Step::default() };
    let refused = record(store, act).unwrap_err();
    assert!(matches!(&refused, StoreError::KeyUsed(used) if used.request.starts_with("3e23e816")), "{refused:?}");
    record(store, Step { invoice_id: id, under: keyed("erp/k2", "r"), ..Step::default() }).unwrap();
    let conflict = store.accept(&[incoming("c", Some("erp/k2"))]).unwrap().remove(0);
    assert!(matches!(conflict, Accepted::KeyConflict { .. }), "{conflict:?}");
}

fn a_mixed_commit_answers_in_order(store: &dyn Store) {
    let id = put(store, "a");
    let note = Step { invoice_id: id.clone(), events: vec![event("note")], ..Step::default() };
    let answers = store
        .commit(&[
            Write::Record(Box::new(note)),
            Write::Accept(incoming("b", None)),
            Write::Claim(all(1_000)),
            Write::Record(Box::new(Step { invoice_id: "none".into(), ..Step::default() })),
        ])
        .unwrap();
    assert_eq!(answers[0], Written::Recorded(Ok(())));
    assert!(matches!(answers[1], Written::Accepted(Accepted::New { .. })));
    assert!(matches!(&answers[2], Written::Claimed(leases) if leases.len() == 2), "the claim sees the accept");
    assert_eq!(answers[3], Written::Recorded(Err(StoreError::NoInvoice("none".into()))));
    assert_eq!(store.commit(&[]).unwrap(), []);
}

fn the_probe_is_read_back(store: &dyn Store) {
    store.check().unwrap();
    store.check().unwrap();
}
