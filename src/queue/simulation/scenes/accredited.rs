//! What accredited platforms say: an acknowledgement is technical, and a repeated flow is not the first.

use super::*;
use crate::problems::Family;

fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let store = Handle::direct(Arc::new(Sqlite::open(&folder.path().join("s.db")).unwrap()));
    let settings = PlatformSettings { family: Family::Pa, absence_proof: Some(600_000), ..PlatformSettings::default() };
    Stage::of(folder, store, settings, None)
}

#[test]
fn a_repeated_flow_never_touches_the_first() {
    let stage = stage();
    let id = stage.post(&paper(1, Kind::Good));
    stage.deposit(lost());
    stage.step();
    stage.step();
    while stage.state(&id) == State::Unknown {
        stage.search(Search::Absent { raw: raw() });
    }
    stage.deposit(Deposit::Taken { reference: "R2".into(), raw: raw() });
    stage.step();
    stage.tell(&[("FLOW_ERROR", Some("AlreadyExistingFlow"), "2", Voice::Platform)]);
    let row = stage.row(&id);
    assert_eq!((row.state, row.reference, row.said_duplicate), (Some(State::Unknown), None, true));
    assert_eq!(stage.problems(&id), [], "no refusal");
    stage.search(Search::Found { reference: Some("R1".into()), platform_invoice: None, raw: raw() });
    assert_eq!((stage.state(&id), stage.row(&id).existed), (State::Delivered, true));
    stage.tell(&[("FLOW_OK", None, "1", Voice::Platform), ("205", None, "3", Voice::Buyer)]);
    assert_eq!((stage.state(&id), stage.script.sent.lock().unwrap().len()), (State::Accepted, 2));
}

#[test]
fn an_acknowledgement_that_is_told_late_takes_nothing_back() {
    let stage = stage();
    let id = stage.delivered(1);
    stage.tell(&[("FLOW_PENDING", None, "1", Voice::Platform)]);
    assert_eq!((stage.state(&id), stage.problems(&id).len()), (State::Delivered, 0));
    stage.tell(&[("208", Some("JUSTIF_ABS"), "2", Voice::Buyer)]);
    stage.tell(&[("FLOW_OK", None, "9", Voice::Platform)]);
    assert_eq!(stage.state(&id), State::Suspended);
}

#[test]
fn an_error_of_the_checks_refuses_what_never_was_an_invoice() {
    let stage = stage();
    let id = stage.delivered(1);
    stage.tell(&[("FLOW_ERROR", Some("InvalidSchema"), "1", Voice::Platform)]);
    assert_eq!((stage.state(&id), stage.row(&id).existed), (State::Refused, false));
    let problems = stage.problems(&id);
    assert_eq!((problems.len(), problems[0].cause.as_str(), problems[0].code.as_str()), (1, "A8", "InvalidSchema"));
}
