//! Lost answers and duplicates: nothing leaves a second time but on proof or on a person's word.

use super::*;

#[test]
fn a_duplicate_said_by_the_platform_never_touches_what_it_has() {
    let stage = Stage::new(None);
    let id = stage.delivered(1);
    stage.tell(&[("DEPOSEE", None, "1", Voice::Platform), ("IN_REJETE", Some("DOUBLON"), "2", Voice::Platform)]);
    assert_eq!((stage.state(&id), stage.problems(&id)), (State::Delivered, vec![]));
    // The buyer who says so means this invoice.
    stage.tell(&[("REJETEE", Some("DOUBLE_FACT"), "3", Voice::Buyer)]);
    assert_eq!((stage.state(&id), stage.problems(&id)[0].cause.as_str()), (State::Refused, "A6"));
}

#[test]
fn a_lost_answer_is_asked_about_and_sent_again_only_on_proof() {
    let stage = Stage::new(Some(600_000));
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.deposit(lost());
    stage.step();
    let doubt = stage.row(&id);
    assert_eq!(doubt.state, Some(State::Unknown));
    let proof = doubt.call_until.unwrap() + 600_000;
    while stage.state(&id) == State::Unknown {
        stage.script.searches.lock().unwrap().push_back(Search::Absent { raw: raw() });
        stage.step();
        assert!(stage.state(&id) == State::Unknown || stage.clock.now() >= proof, "sent again before the proof");
    }
    assert_eq!((stage.state(&id), stage.clock.now()), (State::Ready, proof), "asked right when absence is proof");
    // The platform knows it after all: the first one got through. That is no refusal.
    stage.deposit(Deposit::Refused { code: "DOUBLON".into(), text: "facture en doublon".into(), raw: raw() });
    stage.step();
    assert_eq!((stage.state(&id), stage.problems(&id)), (State::Unknown, vec![]), "{:?}", stage.kinds(&id));
    let found = Search::Found { reference: None, platform_invoice: Some("42".into()), raw: raw() };
    stage.script.searches.lock().unwrap().push_back(found);
    stage.step();
    assert_eq!((stage.state(&id), stage.row(&id).existed), (State::Delivered, true));
}

#[test]
fn without_proof_a_person_decides() {
    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.deposit(lost());
    stage.step();
    let mut asked = 0;
    while stage.state(&id) == State::Unknown {
        stage.script.searches.lock().unwrap().push_back(Search::Absent { raw: raw() });
        stage.step();
        asked += 1;
    }
    let row = stage.row(&id);
    assert_eq!((row.state, row.parked_from), (Some(State::Parked), Some(State::Unknown)));
    assert!(asked > 10 && row.parked_why.unwrap().contains("no proof"));
    assert!(stage.clock.now() >= START + 24 * 3_600_000);
    assert_eq!(stage.script.sent.lock().unwrap().len(), 1);
    let newcomer = stage.post(&paper(2, Kind::Good));
    stage.step();
    assert_eq!(stage.state(&newcomer), State::Blocked, "it may exist: its number stays taken");
    let cancel = now_or_never(acts::cancel(&stage.store, &id, "ann", "lost", START));
    assert!(matches!(cancel, Err(acts::ActError::NotNow { .. })));
    let released =
        now_or_never(acts::release(&stage.store, &id, "ann", "not there, I looked", stage.clock.now())).unwrap();
    assert_eq!((released.state, released.released.map(|r| r.author)), (Some(State::Unknown), Some("ann".into())));
    stage.search(Search::NoAnswer { why: "502".into(), line: Line::Silent, raw: raw() });
    assert_eq!(stage.state(&id), State::Unknown, "no answer allows nothing");
    stage.search(Search::Absent { raw: raw() });
    assert_eq!((stage.state(&id), stage.script.sent.lock().unwrap().len()), (State::Ready, 1));
    let events = now_or_never(stage.store.events(Some(&id), 0, 500)).unwrap();
    let settled = events.iter().rfind(|event| event.kind == "settled").unwrap();
    assert_eq!((settled.data["how"].as_str(), settled.data["released_by"].as_str()), (Some("absent"), Some("ann")));
    // It was judged a day ago: once more before it leaves.
    stage.step();
    assert_eq!(stage.state(&id), State::Received);
    stage.step();
    // The release allowed one deposit: whoever loses the next answer looks again.
    stage.deposit(lost());
    stage.step();
    stage.search(Search::Absent { raw: raw() });
    assert_eq!((stage.state(&id), stage.script.sent.lock().unwrap().len()), (State::Unknown, 2));
}

#[test]
fn a_release_out_of_a_doubt_asks_before_it_sends() {
    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.deposit(lost());
    stage.step();
    now_or_never(acts::park(&stage.store, &id, "ann", "wait", stage.clock.now())).unwrap();
    let due = stage.clock.now();
    let row = now_or_never(acts::release(&stage.store, &id, "ann", "go on", due)).unwrap();
    assert_eq!((row.state, row.due_at), (Some(State::Unknown), Some(due)), "asked at once");
    // The lost call may still be on its way: what is absent now may be there in a moment.
    stage.search(Search::Absent { raw: raw() });
    assert_eq!(stage.state(&id), State::Unknown);
    stage.search(Search::Found { reference: Some("R9".into()), platform_invoice: None, raw: raw() });
    assert_eq!((stage.state(&id), stage.script.sent.lock().unwrap().len()), (State::Delivered, 1));
    // A release taken back by setting it aside again allows nothing.
    let other = stage.post(&Paper { number: "F-2".into(), ..paper(2, Kind::Good) });
    stage.step();
    stage.deposit(lost());
    while stage.state(&other) != State::Unknown {
        stage.script.follows.lock().unwrap().push_back(Follow::NoAnswer {
            why: "502".into(),
            retry_after_ms: None,
            line: Line::Silent,
            raw: vec![],
        });
        stage.step();
    }
    let now = || stage.clock.now();
    now_or_never(acts::park(&stage.store, &other, "ann", "wait", now())).unwrap();
    now_or_never(acts::release(&stage.store, &other, "ann", "go on", now())).unwrap();
    now_or_never(acts::park(&stage.store, &other, "ann", "no, wait", now())).unwrap();
    let row = now_or_never(acts::retry(&stage.store, &other, "ann", now())).unwrap();
    assert_eq!((row.state, row.released.map(|r| r.of)), (Some(State::Unknown), Some(ReleasedOf::DoubtSettled)));
}

#[test]
fn a_repeated_deposit_refused_as_a_duplicate_is_looked_for_and_followed() {
    let stage = Stage::new(Some(600_000));
    let id = stage.delivered(1);
    stage.tell(&[("IN_INCIDENTE", None, "1", Voice::Platform)]);
    assert_eq!(stage.state(&id), State::Ready);
    stage.deposit(Deposit::Taken { reference: "R2".into(), raw: raw() });
    stage.step();
    stage.tell(&[("IN_REJETE", Some("DOUBLON"), "2", Voice::Platform)]);
    let row = stage.row(&id);
    assert_eq!((row.state, row.reference, row.said_duplicate), (Some(State::Unknown), None, true));
    assert_eq!(stage.problems(&id), [], "no refusal");
    stage.search(Search::Found { reference: Some("R1".into()), platform_invoice: Some("42".into()), raw: raw() });
    let row = stage.row(&id);
    assert_eq!((row.state, row.existed, row.said_duplicate), (Some(State::Delivered), true, false));
    stage.tell(&[("DEPOSEE", None, "1", Voice::Platform), ("MISE_EN_PAIEMENT", None, "3", Voice::Buyer)]);
    assert_eq!(stage.state(&id), State::Paid);
    let events = now_or_never(stage.store.events(Some(&id), 0, 100)).unwrap();
    for reference in ["R1", "R2"] {
        assert!(events.iter().any(|event| event.kind == "delivered" && event.data["reference"] == reference));
    }
}

/// A platform that answers and never decides is asked for a day; then a person looks, and what they found counts.
#[test]
fn a_search_that_decides_nothing_goes_to_a_person_whose_word_counts() {
    for proof in [None, Some(600_000)] {
        let stage = Stage::new(proof);
        let id = stage.post(&paper(1, Kind::Good));
        stage.step();
        stage.deposit(lost());
        stage.step();
        let doubt =
            |line| Search::NoAnswer { why: "flow f1 does not say which document it holds".into(), line, raw: raw() };
        let last_call = stage.row(&id).call_until.unwrap();
        while stage.state(&id) == State::Unknown {
            stage.search(doubt(Line::Answers));
        }
        let row = stage.row(&id);
        assert_eq!((row.state, row.parked_from), (Some(State::Parked), Some(State::Unknown)));
        assert!(row.parked_why.unwrap().contains("flow f1") && stage.clock.now() >= last_call + 24 * 3_600_000);
        assert_eq!(now_or_never(next::of(&stage.store, &stage.row(&id))).unwrap().id, "parked-unknown");
        now_or_never(acts::release(&stage.store, &id, "ann", "not there, I looked", stage.clock.now())).unwrap();
        // Silence proves nothing, whoever looked.
        stage.search(doubt(Line::Silent));
        assert_eq!(stage.state(&id), State::Unknown);
        stage.search(doubt(Line::Answers));
        assert_eq!((stage.state(&id), stage.script.sent.lock().unwrap().len()), (State::Ready, 1));
    }
    // Without an answer, however long, nobody is called for: it is asked on.
    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.deposit(lost());
    stage.step();
    while stage.clock.now() < START + 48 * 3_600_000 {
        stage.search(Search::NoAnswer { why: "502".into(), line: Line::Silent, raw: raw() });
    }
    assert_eq!(stage.state(&id), State::Unknown);
}

/// The platform had it three times, and says each time that it has nothing: that is no place to wait at.
#[test]
fn what_the_platform_never_processed_may_leave_again_or_be_withdrawn() {
    let stage = Stage::new(Some(600_000));
    let id = stage.delivered(1);
    for n in 1..=2 {
        stage.tell(&[("IN_INCIDENTE", None, &n.to_string(), Voice::Platform)]);
        stage.deposit(taken());
        stage.step();
    }
    stage.tell(&[("IN_INCIDENTE", None, "3", Voice::Platform)]);
    let row = stage.row(&id);
    assert_eq!((row.state, row.parked_from, row.deposits), (Some(State::Parked), Some(State::Ready), 3));
    let next = now_or_never(next::of(&stage.store, &row)).unwrap();
    assert_eq!((next.id, next.acts.len()), ("parked", 3), "{:?}", next.acts);
    now_or_never(acts::retry(&stage.store, &id, "ann", stage.clock.now())).unwrap();
    assert_eq!(stage.state(&id), State::Ready);
    stage.deposit(taken());
    while stage.state(&id) != State::Delivered {
        stage.step();
    }
    assert_eq!(stage.script.sent.lock().unwrap().len(), 4);
    stage.tell(&[("IN_INCIDENTE", None, "4", Voice::Platform)]);
    now_or_never(acts::cancel(&stage.store, &id, "ann", "sent by paper", stage.clock.now())).unwrap();
    assert_eq!(stage.state(&id), State::Cancelled);
}

#[test]
fn a_duplicate_that_the_platform_does_not_show_goes_to_a_person() {
    let stage = Stage::new(Some(600_000));
    let id = stage.delivered(1);
    stage.tell(&[("IN_INCIDENTE", None, "1", Voice::Platform)]);
    stage.deposit(taken());
    stage.step();
    stage.tell(&[("IN_REJETE", Some("DOUBLON"), "2", Voice::Platform)]);
    stage.absent(&id);
    assert_eq!((stage.state(&id), stage.script.sent.lock().unwrap().len()), (State::Parked, 2));
    assert!(stage.row(&id).parked_why.unwrap().contains("duplicate"));
}
