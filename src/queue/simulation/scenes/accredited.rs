//! What accredited platforms say: an acknowledgement is technical, and a repeated flow is not the first.

use super::*;
use crate::formats::cdar::Moment;
use crate::problems::Family;
use crate::queue::{draft::Draft, heard};

fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let store = Handle::direct(Arc::new(Sqlite::open(&folder.path().join("s.db")).unwrap()));
    let settings = PlatformSettings { family: Family::Pa, absence_proof: Some(600_000), ..PlatformSettings::default() };
    Stage::of(folder, store, settings, None)
}

impl Stage {
    /// Statuses that come by themselves.
    pub(super) fn message(&self, id: &str, statuses: &[(&str, Option<&str>, &str, Voice)]) {
        let statuses: Vec<PlatformStatus> = statuses
            .iter()
            .map(|(code, reason, at, voice)| PlatformStatus {
                code: (*code).into(),
                reason: reason.map(Into::into),
                text: None,
                at: Some((*at).into()),
                voice: *voice,
            })
            .collect();
        let settings = PlatformSettings { family: Family::Pa, ..PlatformSettings::default() };
        let mut draft = Draft::new(&self.row(id), self.clock.now());
        heard::by_message(&mut draft, &statuses, &self.problems(id), None, &settings, heard::Source::Message).unwrap();
        now_or_never(self.store.record(draft.finish(None).unwrap())).unwrap();
    }
}

#[test]
fn a_repeated_flow_never_touches_the_first() {
    let stage = stage();
    let id = stage.lost(1);
    stage.absent(&id);
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

/// A message that tells, while it waits to be deposited again, that an earlier deposit is there: it stays the only one.
#[test]
fn what_a_message_tells_to_be_there_is_not_sent_again() {
    let stage = stage();
    let id = stage.lost(1);
    stage.absent(&id);
    assert_eq!(stage.state(&id), State::Ready);
    stage.message(&id, &[("200", None, "2026-11-21T10:00:00Z", Voice::Platform)]);
    let cancelled = now_or_never(acts::cancel(&stage.store, &id, "ann", "not due", stage.clock.now()));
    assert!(cancelled.is_err(), "it is at the platform");
    stage.step();
    assert_eq!(
        (stage.state(&id), stage.row(&id).existed, stage.script.sent.lock().unwrap().len()),
        (State::Delivered, true, 1)
    );
}

/// The end of a former deposit, told late, is no end of the one that counts.
#[test]
fn what_is_told_of_a_former_deposit_changes_nothing() {
    let stage = stage();
    let id = stage.lost(1);
    let before = Moment::from_millis(stage.clock.now()).unwrap().rfc3339();
    stage.absent(&id);
    stage.deposit(Deposit::Taken { reference: "R2".into(), raw: raw() });
    stage.step();
    stage.message(&id, &[("501", Some("IRR_SYNTAX"), &before, Voice::Platform)]);
    assert_eq!((stage.state(&id), stage.problems(&id).len()), (State::Delivered, 0));
    let after = Moment::from_millis(stage.clock.now() + 1_000).unwrap().rfc3339();
    stage.message(&id, &[("501", Some("IRR_SYNTAX"), &after, Voice::Platform)]);
    assert_eq!((stage.state(&id), stage.problems(&id).len()), (State::Refused, 1));
}

/// What came while it was set aside holds once it is taken up again, though the platform tells nothing new then.
#[test]
fn what_was_told_meanwhile_holds_when_it_is_taken_up_again() {
    let stage = stage();
    let id = stage.delivered(1);
    now_or_never(acts::park(&stage.store, &id, "ann", "wait for the contract", stage.clock.now())).unwrap();
    stage.message(
        &id,
        &[("200", None, "2026-11-21T10:00:00Z", Voice::Platform), ("205", None, "2026-11-21T11:00:00Z", Voice::Buyer)],
    );
    assert_eq!(stage.state(&id), State::Parked);
    now_or_never(acts::retry(&stage.store, &id, "ann", stage.clock.now())).unwrap();
    stage.tell(&[]);
    assert_eq!(stage.state(&id), State::Accepted);
}
