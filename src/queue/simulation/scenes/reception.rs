//! The directory before the first deposit.

use super::*;
use crate::rules::Finding;
use crate::store::{LookedUp, ReceptionAnswer};
use crate::text::Text;

fn can() -> Heard {
    let looked = LookedUp { kind: "line".into(), key: "1".into(), known: true, asked_at: START, kept: false };
    Heard { looked: vec![looked], raw: raw(), ..Heard::default() }
}

fn cannot() -> Heard {
    let finding = Finding {
        rule: "FCT-DIRECTORY-UNKNOWN".into(),
        group: "FCT-DIRECTORY-UNKNOWN".into(),
        terms: vec!["BT-49".into()],
        message: Text::new("personne", "nobody"),
        ..Finding::default()
    };
    Heard { findings: vec![finding], ..can() }
}

fn silent() -> Heard {
    let silence = Silence { why: "502".into(), retry_after_ms: None, line: Line::Silent };
    Heard { silence: Some(silence), ..Heard::default() }
}

impl Stage {
    fn heard(&self, heard: Heard) {
        self.script.receptions.lock().unwrap().push_back(heard);
    }

    fn answers(&self, id: &str) -> Vec<String> {
        let events = now_or_never(self.store.events(Some(id), 0, 100)).unwrap();
        let told = events.iter().filter(|event| event.kind == "recipient");
        told.map(|event| event.data["answer"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn one_that_cannot_receive_parks_before_anything_leaves_and_a_retry_asks_anew() {
    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.heard(cannot());
    stage.step();
    let row = stage.row(&id);
    assert_eq!((row.state, row.parked_from, row.deposits), (Some(State::Parked), Some(State::Ready), 0));
    assert!(stage.script.sent.lock().unwrap().is_empty());
    let problems = stage.problems(&id);
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!((problem.cause.as_str(), problem.code.as_str()), ("A5", "FCT-DIRECTORY-UNKNOWN"));
    assert_eq!((problem.amount.as_deref(), problem.acts.as_str()), (Some("120.00"), "seller"));
    let next = now_or_never(next::of(&stage.store, &row)).unwrap();
    assert_eq!((next.id, next.acts[0]), ("parked-recipient", Act::Retry));

    let at = stage.clock.now() + 1_000;
    stage.clock.advance_to(at);
    now_or_never(acts::retry(&stage.store, &id, "ann", at)).unwrap();
    assert_eq!(stage.row(&id).look_anew, at);
    stage.heard(cannot());
    stage.step();
    assert_eq!((stage.state(&id), stage.problems(&id).len()), (State::Parked, 1), "the same again is no news");
    now_or_never(acts::retry(&stage.store, &id, "ann", at)).unwrap();
    stage.heard(can());
    stage.deposit(taken());
    stage.step();
    assert_eq!((stage.state(&id), stage.script.sent.lock().unwrap().len()), (State::Delivered, 1));
    assert_eq!(stage.answers(&id), ["cannot", "can"]);
    assert_eq!(stage.problems(&id)[0].closed_why.as_deref(), Some("valid"));
    let kinds = stage.kinds(&id);
    let place = |kind: &str| kinds.iter().rposition(|own| own == kind).unwrap();
    assert!(place("recipient") < place("intent"), "{kinds:?}");
}

#[test]
fn a_release_sends_it_all_the_same_and_silence_holds_nobody() {
    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.heard(cannot());
    stage.step();
    now_or_never(acts::release(&stage.store, &id, "ann", "they said so by phone", stage.clock.now())).unwrap();
    assert!(stage.problems(&id).iter().all(|problem| problem.closed_why.as_deref() == Some("released")));
    stage.heard(cannot());
    stage.deposit(taken());
    stage.step();
    assert_eq!((stage.state(&id), stage.answers(&id).len()), (State::Delivered, 1), "the same is said once");

    // Released for another reason: what the directory says is told, and holds it no more.
    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Wrong));
    stage.step();
    now_or_never(acts::release(&stage.store, &id, "ann", "agreed", stage.clock.now())).unwrap();
    stage.heard(cannot());
    stage.deposit(taken());
    stage.step();
    assert_eq!((stage.state(&id), stage.answers(&id)), (State::Delivered, vec!["cannot".to_owned()]));

    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.heard(silent());
    stage.deposit(Deposit::NotSent { why: "429".into(), retry_after_ms: None, raw: vec![] });
    stage.step();
    assert_eq!((stage.state(&id), stage.answers(&id)), (State::Ready, vec!["no-answer".to_owned()]));
    // It provably did not leave: the question may be put again, and the same silence is told once.
    stage.heard(silent());
    stage.deposit(Deposit::Unknown { why: "reset".into(), retry_after_ms: None, raw: vec![] });
    stage.step();
    assert_eq!((stage.state(&id), stage.answers(&id).len()), (State::Unknown, 1));
    assert_eq!(stage.row(&id).reception.unwrap().answer, ReceptionAnswer::NoAnswer);
}

/// Asked again by a retry, a directory that had said no and is silent now says no still.
#[test]
fn silence_takes_back_no_refusal_of_the_directory() {
    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.heard(cannot());
    stage.step();
    for _ in 0..2 {
        now_or_never(acts::retry(&stage.store, &id, "ann", stage.clock.now())).unwrap();
        stage.heard(silent());
        stage.step();
        let row = stage.row(&id);
        assert_eq!((row.state, stage.script.sent.lock().unwrap().len()), (Some(State::Parked), 0));
        assert_eq!(row.reception.as_ref().map(|told| told.answer), Some(ReceptionAnswer::Cannot));
        assert_eq!(now_or_never(next::of(&stage.store, &row)).unwrap().id, "parked-recipient");
        assert!(stage.problems(&id)[0].closed_at.is_none());
    }
    assert_eq!(stage.answers(&id), ["cannot", "no-answer", "no-answer"]);
    now_or_never(acts::retry(&stage.store, &id, "ann", stage.clock.now())).unwrap();
    stage.heard(can());
    stage.deposit(taken());
    stage.step();
    assert_eq!(stage.state(&id), State::Delivered);
}

#[test]
fn after_a_deposit_that_may_have_left_nothing_is_asked() {
    let stage = Stage::new(Some(600_000));
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.deposit(Deposit::Unknown { why: "reset".into(), retry_after_ms: None, raw: vec![] });
    stage.step();
    stage.clock.advance_to(stage.clock.now() + 700_000);
    stage.search(Search::Absent { raw: raw() });
    assert_eq!(stage.state(&id), State::Ready);
    stage.heard(cannot());
    stage.deposit(taken());
    stage.step();
    assert_eq!((stage.state(&id), stage.script.receptions.lock().unwrap().len()), (State::Delivered, 1));
}

/// The first few wait for a directory that is dead; then it is left alone, and what was kept still counts.
#[test]
fn a_dead_directory_is_asked_by_a_few_and_not_by_all() {
    let stage = Stage::new(None);
    for n in 0..10 {
        let number = format!("F-{n}");
        stage.post(&Paper { number, ..paper(n, Kind::Good) });
        stage.heard(silent());
        stage.deposit(taken());
    }
    let due = || now_or_never(stage.store.due()).unwrap().into_iter().any(|due| due.at <= stage.clock.now());
    while due() {
        stage.step();
    }
    assert_eq!(stage.script.sent.lock().unwrap().len(), 10);
    assert_eq!(10 - stage.script.receptions.lock().unwrap().len(), 3);
}
