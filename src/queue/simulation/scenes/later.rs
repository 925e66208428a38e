//! What is said later, or late: a graver word takes over, an acceptance ends what it can end, and what is there after all holds its number.

use super::inbox::stage;
use super::*;
use crate::queue::judged::DUPLICATE;
use crate::store::Statement;

const T: [&str; 5] = [
    "2026-11-21T10:00:00Z",
    "2026-11-21T11:00:00Z",
    "2026-11-21T12:00:00Z",
    "2026-11-21T13:00:00Z",
    "2026-11-21T14:00:00Z",
];
use Voice::{Buyer, Platform as Pa, Seller};

impl Stage {
    fn open_problems(&self, id: &str) -> Vec<Problem> {
        let mut problems = self.problems(id);
        problems.retain(|problem| problem.closed_at.is_none());
        problems
    }

    fn holder(&self, id: &str) -> Option<String> {
        let key = self.row(id).number_key.unwrap();
        now_or_never(self.store.holder(&key)).unwrap().map(|row| row.id)
    }

    /// One that was deposited, lost, proven absent, deposited again and refused as a file: nothing of it seems to be there.
    fn refused_after_two(&self) -> String {
        let id = self.post(&paper(1, Kind::Good));
        self.step();
        self.deposit(lost());
        self.step();
        while self.state(&id) == State::Unknown {
            self.search(Search::Absent { raw: raw() });
        }
        self.deposit(Deposit::Refused { code: "PARAMS".into(), text: "no".into(), raw: raw() });
        self.step();
        assert_eq!((self.state(&id), self.row(&id).existed, self.holder(&id)), (State::Refused, false, None));
        id
    }
}

#[test]
fn a_graver_word_under_one_cause_takes_over_and_a_lighter_one_does_not() {
    let stage = stage();
    let id = stage.delivered(1);
    stage.message(&id, &[("200", None, T[0], Pa), ("221", Some("ROUTAGE_ERR"), T[1], Pa)]);
    let problem = stage.problems(&id).remove(0);
    let said = (problem.cause.as_str(), problem.acts.as_str(), problem.number_reusable);
    assert_eq!(said, ("A5", "platform", false), "it lives there under its number");
    stage.message(&id, &[("213", Some("REJ_ADR"), T[2], Pa)]);
    let problem = stage.problems(&id).remove(0);
    assert_eq!((stage.state(&id), stage.problems(&id).len()), (State::Refused, 1));
    let said = (problem.code.as_str(), problem.acts.as_str(), problem.number_reusable);
    assert_eq!(said, ("REJ_ADR", "seller", false));
    assert_eq!(problem.changes[0].from.as_deref(), Some("ROUTAGE_ERR"), "what was said before is kept");
    stage.message(&id, &[("221", Some("ROUTAGE_ERR"), T[3], Pa)]);
    let again = stage.problems(&id).remove(0);
    assert_eq!((again.code.as_str(), again.number_reusable, again.changes.len()), ("REJ_ADR", false, 2));
    // Words of one weight: the later one counts.
    let id = stage.post(&Paper { number: "F-2".into(), ..paper(2, Kind::Good) });
    stage.step();
    stage.deposit(taken());
    stage.step();
    stage.message(&id, &[("208", Some("CMD_ERR"), T[1], Buyer), ("207", Some("REF_CT_ABSENT"), T[2], Buyer)]);
    let problem = stage.problems(&id).remove(0);
    assert_eq!((problem.cause.as_str(), problem.code.as_str()), ("A2", "REF_CT_ABSENT"));
}

#[test]
fn an_acceptance_ends_what_was_said_before_it_and_no_word_about_something_else() {
    let stage = stage();
    let id = stage.delivered(1);
    stage.message(&id, &[("200", None, T[0], Pa), ("205", None, T[2], Buyer)]);
    stage.message(&id, &[("251", Some("REJ_SEMAN"), T[1], Pa)]);
    assert_eq!(stage.state(&id), State::Accepted);
    let open = stage.open_problems(&id);
    assert_eq!(open.iter().map(|problem| problem.cause.as_str()).collect::<Vec<_>>(), ["X2"]);
    // That the State has another invoice's data under the number is no word about a deposit of ours.
    stage.message(&id, &[("251", Some("REJ_UNI"), T[3], Pa), ("204", None, T[4], Buyer)]);
    let open: Vec<String> = stage.open_problems(&id).into_iter().map(|problem| problem.cause).collect();
    assert_eq!((open.as_slice(), stage.state(&id)), (["X2".to_owned(), "A6".to_owned()].as_slice(), State::Accepted));
    // What the buyer said, or what held it up, is over.
    stage.message(&id, &[("207", Some("QTE_ERR"), "2026-11-21T15:00:00Z", Buyer)]);
    assert_eq!((stage.state(&id), stage.open_problems(&id).len()), (State::Disputed, 3));
    stage.message(&id, &[("205", None, "2026-11-21T16:00:00Z", Buyer)]);
    let open: Vec<String> = stage.open_problems(&id).into_iter().map(|problem| problem.cause).collect();
    assert_eq!(open, ["X2", "A6"]);

    // A file of the State's does not throw an invoice back that was deposited twice.
    let stage = self::stage();
    let id = stage.post(&Paper { number: "F-2".into(), ..paper(2, Kind::Good) });
    stage.step();
    stage.deposit(lost());
    stage.step();
    while stage.state(&id) == State::Unknown {
        stage.search(Search::Absent { raw: raw() });
    }
    stage.deposit(taken());
    stage.step();
    stage.message(&id, &[("251", Some("REJ_UNI"), T[1], Pa)]);
    assert_eq!((stage.state(&id), stage.open_problems(&id).len()), (State::Delivered, 1));
}

#[test]
fn what_chorus_finds_wrong_after_an_acceptance_stays() {
    let stage = Stage::new(None);
    let id = stage.delivered(1);
    stage.tell(&[("DEPOSEE", None, "1", Pa), ("VALIDEE_1", None, "2", Buyer)]);
    stage.tell(&[("TECHNIQUE_INCONNU", None, "3", Pa)]);
    assert_eq!((stage.state(&id), stage.open_problems(&id).len()), (State::Accepted, 1));
    stage.tell(&[("MISE_EN_PAIEMENT", None, "4", Buyer)]);
    assert_eq!((stage.state(&id), stage.open_problems(&id).len()), (State::Paid, 0));
}

/// What was taken stands, whatever is called its duplicate later; where nothing else left here, somebody is told. One that was never told to be there is refused.
#[test]
fn a_duplicate_said_of_what_was_taken_moves_nothing_and_is_told() {
    let stage = stage();
    let id = stage.delivered(1);
    stage.message(&id, &[("200", None, T[0], Pa), ("205", None, T[1], Buyer)]);
    stage.message(&id, &[("213", Some("DOUBLON"), T[2], Pa)]);
    let row = stage.row(&id);
    assert_eq!((row.state, row.existed, stage.holder(&id)), (Some(State::Accepted), true, Some(id.clone())));
    let open = stage.open_problems(&id);
    assert_eq!((open.len(), open[0].cause.as_str(), open[0].acts.as_str()), (1, "A6", "platform"));
    // Heard the other way round it comes to the same.
    let stage = self::stage();
    let id = stage.delivered(1);
    stage.message(&id, &[("213", Some("DOUBLON"), T[2], Pa)]);
    assert_eq!(stage.state(&id), State::Refused, "nothing says that it was there");
    stage.message(&id, &[("200", None, T[0], Pa)]);
    assert_eq!(stage.state(&id), State::Delivered);

    let stage = self::stage();
    // Where another deposit may have left, it is about that: no news for anybody.
    let id = stage.post(&Paper { number: "F-2".into(), ..paper(2, Kind::Good) });
    stage.step();
    stage.deposit(lost());
    stage.step();
    while stage.state(&id) == State::Unknown {
        stage.search(Search::Absent { raw: raw() });
    }
    stage.deposit(taken());
    stage.step();
    stage.message(&id, &[("200", None, T[0], Pa), ("213", Some("DOUBLON"), T[1], Pa)]);
    assert_eq!((stage.state(&id), stage.open_problems(&id).len()), (State::Delivered, 0));
}

/// An announced payment is taken back by a refusal, also one of the same second that is heard after it.
#[test]
fn a_refusal_after_an_announced_payment_counts() {
    for at in [T[2], T[1]] {
        let stage = stage();
        let id = stage.delivered(1);
        stage.message(&id, &[("200", None, T[0], Pa), ("211", None, T[1], Buyer)]);
        assert_eq!(stage.state(&id), State::Paid);
        stage.message(&id, &[("210", Some("TX_TVA_ERR"), at, Buyer)]);
        assert_eq!((stage.state(&id), stage.open_problems(&id).len()), (State::Refused, 1), "{at}");
    }
}

/// Whoever reads the problem and whoever reads what comes next read the same of the number.
#[test]
fn the_number_of_what_was_there_is_not_offered_again() {
    let stage = stage();
    let id = stage.delivered(1);
    stage.message(&id, &[("200", None, T[0], Pa), ("501", Some("IRR_SYNTAX"), T[1], Pa)]);
    let (row, open) = (stage.row(&id), stage.open_problems(&id));
    assert_eq!((row.state, open.len(), open[0].number_reusable), (Some(State::Refused), 1, false));
    assert_eq!(now_or_never(next::of(&stage.store, &row)).unwrap().id, "refused-existed");
}

#[test]
fn what_is_told_late_to_be_there_holds_its_number_again() {
    let stage = stage();
    let first = stage.refused_after_two();
    stage.message(&first, &[("200", None, T[0], Pa)]);
    assert_eq!((stage.state(&first), stage.holder(&first)), (State::Delivered, Some(first.clone())));
    let second = stage.post(&Paper { customer: 2, ..paper(2, Kind::Good) });
    stage.step();
    assert_eq!(stage.state(&second), State::Blocked, "no other one leaves under it");
}

/// What took the number meanwhile and did not leave gives it back; it is judged again, and held.
#[test]
fn what_did_not_leave_yet_gives_the_number_back() {
    for parked in [false, true] {
        let stage = stage();
        let first = stage.refused_after_two();
        let second = stage.post(&Paper { customer: 2, ..paper(2, Kind::Good) });
        stage.step();
        assert_eq!((stage.state(&second), stage.holder(&second)), (State::Ready, Some(second.clone())));
        if parked {
            now_or_never(acts::park(&stage.store, &second, "ann", "wait", stage.clock.now())).unwrap();
        }
        stage.late(&first);
        assert_eq!((stage.state(&first), stage.holder(&first)), (State::Delivered, Some(first.clone())));
        if parked {
            let taken = stage.open_problems(&second).remove(0);
            assert_eq!(taken.code, DUPLICATE);
            now_or_never(acts::retry(&stage.store, &second, "ann", stage.clock.now())).unwrap();
        }
        stage.step();
        assert_eq!((stage.state(&second), stage.script.sent.lock().unwrap().len()), (State::Blocked, 2));
        assert_eq!(stage.open_problems(&first), []);
    }
}

/// Where both may be there, or the one that is was given up here, persons are told.
#[test]
fn two_that_may_be_there_under_one_number_are_both_told() {
    let stage = stage();
    let first = stage.refused_after_two();
    let second = stage.post(&paper(2, Kind::Good));
    stage.step();
    assert_eq!((stage.state(&first), stage.state(&second)), (State::Cancelled, State::Ready), "it took its place");
    stage.deposit(taken());
    stage.step();
    stage.late(&first);
    for (id, other) in [(&first, &second), (&second, &first)] {
        let told = stage.open_problems(id).remove(0);
        assert_eq!((told.cause.as_str(), told.code.as_str()), ("A6", DUPLICATE));
        assert!(told.message.unwrap().en.contains(other.as_str()));
    }
    assert_eq!((stage.state(&second), stage.holder(&first)), (State::Delivered, Some(second)));

    let stage = self::stage();
    let first = stage.refused_after_two();
    now_or_never(acts::cancel(&stage.store, &first, "ann", "not due", stage.clock.now())).unwrap();
    stage.late(&first);
    let row = stage.row(&first);
    assert_eq!((row.state, row.existed, stage.holder(&first)), (Some(State::Cancelled), true, Some(first.clone())));
    assert!(stage.open_problems(&first).iter().any(|problem| problem.message.is_some()), "it lives there");
}

impl Stage {
    /// That the former deposit is there, told by a message.
    fn late(&self, id: &str) {
        self.listed("late", id, self.written(id, "200", None, START));
        self.look(2);
        assert_eq!(self.message_of("late").state, MessageState::Told, "{:?}", self.message_of("late"));
    }
}

#[test]
fn a_doubt_ends_by_what_proves_something_alone() {
    let stage = stage();
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.deposit(lost());
    stage.step();
    let due = stage.row(&id).due_at;
    for (code, voice) in [("299", Pa), ("601", Pa), ("250", Pa), ("500", Pa), ("212", Seller), ("209", Seller)] {
        stage.message(&id, &[(code, None, T[1], voice)]);
        assert_eq!((stage.state(&id), stage.row(&id).due_at), (State::Unknown, due), "{code}");
    }
    stage.message(&id, &[("204", None, T[2], Buyer)]);
    assert_eq!((stage.state(&id), stage.row(&id).existed), (State::Accepted, true));
}

/// What the buyer asked for at ten is supplied the same day, though a day begins at midnight, and though the platform's clock is two hours ahead.
#[test]
fn what_is_supplied_stands_behind_what_was_asked_for() {
    use crate::formats::cdar::{Moment, Saying};
    use crate::queue::stating;

    for ahead in [-36_000_000, 0, 7_200_000] {
        let stage = stage();
        let id = stage.delivered(1);
        // Half a day after it left.
        stage.clock.advance_to(stage.clock.now() + 43_200_000);
        let now = stage.clock.now();
        let at = |millis: Millis| Moment::from_millis(millis).unwrap();
        stage.message(&id, &[("208", Some("JUSTIF_ABS"), &at(now + ahead).rfc3339(), Buyer)]);
        assert_eq!((stage.state(&id), stating::requested(&stage.row(&id))), (State::Suspended, Some(now + ahead)));
        let (row, saying) = (stage.row(&id), Saying::Completed { files: vec![], comment: None });
        // Said of today, which began before.
        let made = stating::made(row, &saying, "s.xml".into(), "209".into(), at(now - 50_000_000), "ann", now);
        now_or_never(stating::keep(&stage.store, made, None)).unwrap();
        stage.deposit(Deposit::Taken { reference: "S1".into(), raw: raw() });
        let ok = PlatformStatus { code: "FLOW_OK".into(), reason: None, text: None, at: None, voice: Pa };
        let ok = Follow::Statuses { platform_invoice: None, statuses: vec![ok], raw: raw() };
        stage.script.follows.lock().unwrap().push_back(ok);
        while let Some(due) = now_or_never(stage.worker.send_statements("vague")).unwrap() {
            stage.clock.advance_to(due);
        }
        assert_eq!(stage.state(&id), State::Delivered, "{ahead}");
        // What is asked for after that is asked for anew.
        stage.message(&id, &[("208", Some("JUSTIF_ABS"), &at(now + ahead + 10_000_000).rfc3339(), Buyer)]);
        assert_eq!(stage.state(&id), State::Suspended);
    }
}

/// A refused statement that is taken up again counts as one more: what was read before that is decided anew.
#[test]
fn what_is_said_again_and_what_is_said_anew_do_not_pass_each_other() {
    use crate::formats::cdar::{Cashed, Moment, Saying};
    use crate::queue::stating;
    use crate::store::{StatementState, StatementsOf};

    let stage = stage();
    let id = stage.delivered(1);
    let amounts = vec![Cashed { rate: 20.into(), amount: 1.into() }];
    let made = |text: &str| {
        let (at, saying) = (stage.clock.now(), Saying::Cashed { amounts: amounts.clone() });
        let reached = Moment::from_millis(at).unwrap();
        let before = now_or_never(stating::before(&stage.store, &id)).unwrap().times;
        let row = stage.row(&id);
        let mut made = stating::made(row, &saying, "s.xml".into(), text.into(), reached, "ann", at);
        made.statement.before = before;
        made
    };
    let first = now_or_never(stating::keep(&stage.store, made("one"), None)).unwrap();
    let refused = Statement { state: StatementState::Refused, due_at: None, ..first.clone() };
    let (invoice_id, at) = (id.clone(), stage.clock.now());
    let step = Step { invoice_id, at, statement: Some(refused), ..Step::default() };
    now_or_never(stage.store.record(step)).unwrap();
    let second = made("two");
    now_or_never(stating::retry(&stage.store, &first.id, "bea", stage.clock.now())).unwrap().unwrap();
    let kept = now_or_never(stating::keep(&stage.store, second, None));
    assert!(matches!(kept, Err(acts::ActError::Store(StoreError::Stale(_)))), "{kept:?}");
    let all = now_or_never(stage.store.statements(StatementsOf::Invoice(id.clone()))).unwrap();
    assert_eq!((all.len(), all[0].1.state, Statement::times(&all)), (1, StatementState::Ready, 2));
    let kept = now_or_never(stating::keep(&stage.store, made("three"), None));
    assert!(kept.is_ok(), "read anew, it is decided anew: {kept:?}");
}

/// A life-cycle message says the same of an invoice wherever that one was deposited.
#[test]
fn a_message_about_an_invoice_at_chorus_pro_counts() {
    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.deposit(lost());
    stage.step();
    stage.listed("f", "", stage.written(&id, "213", Some("REJ_COH"), START));
    stage.look(2);
    let row = stage.row(&id);
    assert_eq!((row.state, row.existed, stage.open_problems(&id).len()), (Some(State::Refused), true, 1));
}
