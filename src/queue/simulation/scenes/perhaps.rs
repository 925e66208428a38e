//! What may be at the platform after all: its number stays taken, and it is not sent again.

use super::telling::{BUYER, cdar, stage};
use super::*;
use crate::platforms::UNSEEN;
use crate::queue::judged::{Standing, judged};

impl Stage {
    /// A deposit is lost, shown to be absent, and another one taken.
    fn resent(&self) -> String {
        let id = self.post(&paper(1, Kind::Good));
        self.deposit(lost());
        self.step();
        self.step();
        while self.state(&id) == State::Unknown {
            self.search(Search::Absent { raw: raw() });
        }
        self.deposit(Deposit::Taken { reference: "R2".into(), raw: raw() });
        self.step();
        assert_eq!(self.state(&id), State::Delivered);
        id
    }

    /// Nobody can prove that a lost deposit is not there; a person says so.
    fn given_up(&self) -> String {
        let id = self.post(&paper(1, Kind::Good));
        self.deposit(lost());
        self.step();
        self.step();
        while self.state(&id) == State::Unknown {
            self.search(Search::Absent { raw: raw() });
        }
        assert_eq!(self.state(&id), State::Parked);
        now_or_never(acts::release(&self.store, &id, "ann", "I looked there", self.clock.now())).unwrap();
        while self.state(&id) == State::Unknown {
            self.search(Search::Absent { raw: raw() });
        }
        assert_eq!((self.state(&id), self.row(&id).perhaps_there), (State::Ready, true));
        id
    }

    /// Another document of its number: blocked where that is taken.
    fn second(&self) -> State {
        let id = self.post(&paper(2, Kind::Good));
        let lease = self.claim(None).remove(0);
        now_or_never(self.worker.advance(lease)).unwrap();
        self.state(&id)
    }
}

#[test]
fn a_person_s_word_allows_another_deposit_and_frees_no_number() {
    let stage = Stage::new(None);
    let id = stage.given_up();
    now_or_never(acts::cancel(&stage.store, &id, "ann", "not due", stage.clock.now())).unwrap();
    assert_eq!((stage.state(&id), stage.second()), (State::Cancelled, State::Blocked));

    let stage = Stage::new(None);
    let id = stage.given_up();
    stage.deposit(Deposit::Refused { code: "20001".into(), text: "no".into(), raw: raw() });
    // Judged again first: it is another day.
    while matches!(stage.state(&id), State::Ready | State::Received) {
        stage.step();
    }
    assert_eq!(stage.state(&id), State::Refused);
    let again = now_or_never(acts::retry(&stage.store, &id, "ann", stage.clock.now()));
    assert!(matches!(again, Err(ActError::NotNow { state: State::Refused, .. })), "{again:?}");
    assert_eq!((stage.second(), stage.state(&id)), (State::Blocked, State::Refused));
}

#[test]
fn a_proven_absence_frees_the_number() {
    let stage = Stage::new(Some(600_000));
    let id = stage.post(&paper(1, Kind::Good));
    stage.deposit(lost());
    stage.step();
    stage.step();
    while stage.state(&id) == State::Unknown {
        stage.search(Search::Absent { raw: raw() });
    }
    stage.deposit(Deposit::Refused { code: "20001".into(), text: "no".into(), raw: raw() });
    stage.step();
    assert_eq!((stage.state(&id), stage.second()), (State::Refused, State::Ready));
    assert_eq!(stage.state(&id), State::Cancelled, "the second took its place");
}

/// The platform has a flow already, and none that is ours: no absence proves anything, and nothing is deposited again.
#[test]
fn a_flow_that_is_there_and_not_ours_goes_to_a_person() {
    let stage = stage();
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.deposit(Deposit::Unknown { why: UNSEEN.into(), retry_after_ms: None, raw: raw() });
    stage.step();
    assert_eq!(stage.row(&id).last_error.as_deref(), Some(UNSEEN));
    while stage.state(&id) == State::Unknown {
        stage.search(Search::Absent { raw: raw() });
    }
    let row = stage.row(&id);
    assert_eq!((row.state, stage.script.sent.lock().unwrap().len()), (Some(State::Parked), 1));
    assert!(row.parked_why.as_deref().unwrap().contains("duplicate"), "{row:?}");
}

/// 213 for a number that is there is about the second deposit of it: the first is looked for, and stands.
#[test]
fn a_rejection_as_a_duplicate_after_a_resend_never_touches_the_first() {
    let stage = stage();
    let id = stage.resent();
    let at = stage.later(60_000);
    let one = stage.bring(cdar("WK", "0123", at, &[("213", "DOUBLON")]), None);
    assert_eq!(one.state, MessageState::Told);
    assert_eq!((stage.state(&id), stage.problems(&id)), (State::Unknown, vec![]));
    stage.search(Search::Found { reference: Some("R1".into()), platform_invoice: None, raw: raw() });
    let row = stage.row(&id);
    assert_eq!((row.state, row.existed, row.reference.as_deref()), (Some(State::Delivered), true, Some("R1")));
    stage.bring(cdar("BY", BUYER, at + 1_000, &[("205", "")]), None);
    assert_eq!((stage.state(&id), stage.problems(&id)), (State::Accepted, vec![]));
}

/// What a correction stands for is not sent again beside it, also where both are decided at once.
#[test]
fn a_refused_invoice_that_is_corrected_is_not_sent_again() {
    let stage = stage();
    let old = stage.delivered(1);
    stage.tell(&[("FLOW_ERROR", Some("InvalidSchema"), "1", Voice::Platform)]);
    assert_eq!((stage.state(&old), stage.row(&old).existed), (State::Refused, false));
    let right = Paper { number: "F-2".into(), ..paper(2, Kind::Good) };
    let id = stage.post(&right);
    let decided = |held: &InvoiceRow| {
        let day = crate::clock::day_of(stage.clock.now());
        let mut verdict = SimJudge::default().judge(&right.bytes().into(), &id, day, None);
        verdict.facts.cites = vec![crate::invoice::Cited { number: "F-1".into(), issued: None }];
        let standing = Standing { cited: vec![held.clone()], ..Standing::default() };
        judged(&stage.row(&id), &verdict, &standing, &[], stage.clock.now()).unwrap().finish(None).unwrap()
    };
    // A person was faster: the correction is decided on anew.
    let before = stage.row(&old);
    now_or_never(acts::retry(&stage.store, &old, "ann", stage.clock.now())).unwrap();
    let late = now_or_never(stage.store.record(decided(&before)));
    assert!(matches!(late, Err(StoreError::Stale(_))), "{late:?}");
    stage.change(&old, |row| (row.state, row.due_at) = (Some(State::Refused), None));
    now_or_never(stage.store.record(decided(&stage.row(&old)))).unwrap();
    assert_eq!(stage.row(&old).corrected_by.as_ref(), Some(&id));
    let again = now_or_never(acts::retry(&stage.store, &old, "ann", stage.clock.now()));
    assert!(matches!(again, Err(ActError::NotNow { why, .. }) if why.contains("corrects it")), "{again:?}");
    // Withdrawn, it corrects nothing any more.
    now_or_never(acts::cancel(&stage.store, &id, "ann", "wrong as well", stage.clock.now())).unwrap();
    assert_eq!(stage.row(&old).corrected_by, None);
    now_or_never(acts::retry(&stage.store, &old, "ann", stage.clock.now())).unwrap();
    assert_eq!(stage.state(&old), State::Received);
}
