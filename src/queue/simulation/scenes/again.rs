//! What is ready leaves by what holds when it leaves.

use super::*;

const DAY: Millis = 86_400_000;

impl Stage {
    /// An invoice that a waiver made ready, whose deposit did not leave.
    fn waiting(&self) -> String {
        let id = self.post(&paper(1, Kind::Excused));
        self.step();
        let row = self.row(&id);
        assert_eq!((row.state, row.waived), (Some(State::Ready), true));
        self.deposit(Deposit::NotSent { why: "refused".into(), retry_after_ms: None, raw: vec![] });
        self.step();
        assert_eq!(self.state(&id), State::Ready);
        id
    }

    fn sent(&self) -> usize {
        self.script.sent.lock().unwrap().len()
    }
}

#[test]
fn a_waiver_that_ended_holds_what_did_not_leave_yet() {
    let stage = Stage::new(None);
    let id = stage.waiting();
    let key = stage.row(&id).number_key.unwrap();
    stage.edition.store(1, Ordering::Relaxed);
    stage.step();
    assert_eq!(stage.state(&id), State::Received);
    assert!(now_or_never(stage.store.holder(&key)).unwrap().is_some(), "nobody takes its number meanwhile");
    stage.step();
    let row = stage.row(&id);
    assert_eq!((row.state, row.verdict.as_deref(), row.waived), (Some(State::Blocked), Some("invalid"), false));
    let problems = stage.problems(&id);
    assert!(problems.iter().any(|problem| problem.code == "BR-CO-10" && problem.closed_at.is_none()), "{problems:?}");
    assert_eq!((stage.sent(), now_or_never(stage.store.holder(&key)).unwrap()), (1, None));
    assert!(stage.kinds(&id).ends_with(&["judged-again", "judged", "blocked", "problem-opened"].map(Into::into)));
    // A person answers for it, or the waiver is prolonged: it goes on, once.
    stage.edition.store(2, Ordering::Relaxed);
    now_or_never(acts::retry(&stage.store, &id, "ann", stage.clock.now())).unwrap();
    stage.step();
    stage.deposit(taken());
    stage.step();
    assert_eq!((stage.state(&id), stage.sent()), (State::Delivered, 2));
    assert!(stage.problems(&id).iter().all(|problem| problem.closed_why.as_deref() == Some("waived")));
}

#[test]
fn what_still_holds_leaves_after_midnight() {
    let stage = Stage::new(None);
    let id = stage.waiting();
    stage.clock.advance_to(START + DAY);
    stage.step();
    assert_eq!(stage.state(&id), State::Received);
    stage.step();
    assert_eq!(
        (stage.state(&id), stage.row(&id).judged_on.unwrap().day.to_string()),
        (State::Ready, "2026-11-22".into())
    );
    stage.deposit(taken());
    stage.step();
    assert_eq!((stage.state(&id), stage.sent()), (State::Delivered, 2));
    assert_eq!(stage.kinds(&id).iter().filter(|kind| *kind == "judged-again").count(), 1);
}

#[test]
fn who_was_released_leaves_by_that_word() {
    let stage = Stage::new(None);
    stage.edition.store(1, Ordering::Relaxed);
    let id = stage.post(&paper(1, Kind::Excused));
    stage.step();
    assert_eq!(stage.state(&id), State::Blocked);
    now_or_never(acts::release(&stage.store, &id, "ann", "agreed", stage.clock.now())).unwrap();
    stage.clock.advance_to(START + 3 * DAY);
    stage.edition.store(3, Ordering::Relaxed);
    stage.deposit(taken());
    stage.step();
    assert_eq!((stage.state(&id), stage.sent()), (State::Delivered, 1));
}

/// A row of a store from before this was written down.
#[test]
fn what_was_judged_by_nobody_knows_what_is_judged_again() {
    let stage = Stage::new(None);
    let id = stage.waiting();
    let row = InvoiceRow { judged_on: None, ..stage.row(&id) };
    let step = Step { invoice_id: id.clone(), at: stage.clock.now(), row: Some(row), ..Step::default() };
    now_or_never(stage.store.record(step)).unwrap();
    stage.step();
    stage.step();
    assert_eq!((stage.state(&id), stage.row(&id).judged_on.is_some()), (State::Ready, true));
}
