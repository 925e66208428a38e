//! Sealing, promise by promise.

use super::super::sealer::{no_seal, sealed};
use super::*;
use crate::crypto::sha256;
use crate::queue::{NoSeal, Sealed};
use crate::signature::verify;

/// Seals as told: in order, then the last for ever.
struct Told {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<u32>,
}

#[derive(Clone)]
enum Answer {
    Seal(Option<Millis>),
    No(&'static str),
    False,
}

#[async_trait]
impl Sealer for Told {
    async fn seal(&self, document: &[u8; 32], at: Millis) -> std::result::Result<Sealed, NoSeal> {
        *self.asked.lock().unwrap() += 1;
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        match answer.expect("an answer") {
            Answer::Seal(lasts) => Ok(sealed(document, at, lasts)),
            Answer::No(code) => Err(no_seal(code)),
            Answer::False => Ok(sealed(&[1; 32], at, None)),
        }
    }
}

fn stage(answers: &[Answer], absence_proof: Option<Millis>) -> (Stage, Arc<Told>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Handle::direct(Arc::new(Sqlite::open(&folder.path().join("s.db")).unwrap()));
    let told = Arc::new(Told { answers: Mutex::new(answers.iter().cloned().collect()), asked: Mutex::new(0) });
    (Stage::with(folder, store, absence_proof, Some(told.clone())), told)
}

fn seal(stage: &Stage, id: &str) -> Option<Vec<u8>> {
    now_or_never(stage.store.seal(id)).unwrap()
}

fn count(stage: &Stage, id: &str, kind: &str) -> usize {
    stage.kinds(id).iter().filter(|found| *found == kind).count()
}

#[test]
fn the_seal_is_on_disk_with_the_intent() {
    let (stage, _) = stage(&[Answer::Seal(None)], None);
    let paper = paper(1, Kind::Good);
    let id = stage.post(&paper);
    stage.step();
    assert_eq!((seal(&stage, &id), stage.row(&id).seal), (None, None), "judged, and not sealed for nothing");
    stage.deposit(taken());
    stage.step();
    assert_eq!(stage.state(&id), State::Delivered);
    let kinds = stage.kinds(&id);
    let at = kinds.iter().position(|kind| kind == "sealed").unwrap();
    assert_eq!(kinds[at + 1], "intent");
    let kept = seal(&stage, &id).unwrap();
    verify(&kept, &sha256(&paper.bytes())).unwrap();
    let facts = stage.row(&id).seal.unwrap();
    assert_eq!(
        (facts.words().en.as_str(), facts.signed_at),
        ("signed, not qualified", stage.clock.now() / 1_000 * 1_000)
    );
}

#[test]
fn a_step_that_is_tried_again_uses_the_seal_that_is_there() {
    let (stage, told) = stage(&[Answer::Seal(None)], Some(600_000));
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.deposit(Deposit::NotSent { why: "429".into(), retry_after_ms: None, raw: vec![] });
    stage.step();
    let first = seal(&stage, &id).unwrap();
    // Again, and this time the answer is lost; asked after the proof's time, it is not there; sent again.
    stage.deposit(Deposit::Unknown { why: "reset".into(), retry_after_ms: None, raw: vec![] });
    stage.step();
    assert_eq!(stage.state(&id), State::Unknown);
    stage.clock.advance_to(stage.clock.now() + 700_000);
    stage.script.searches.lock().unwrap().push_back(Search::Absent { raw: vec![] });
    stage.step();
    assert_eq!(stage.state(&id), State::Ready);
    stage.deposit(taken());
    stage.step();
    assert_eq!(stage.state(&id), State::Delivered);
    assert_eq!(seal(&stage, &id).unwrap(), first);
    assert_eq!((*told.asked.lock().unwrap(), count(&stage, &id, "sealed"), count(&stage, &id, "intent")), (1, 1, 3));
}

#[test]
fn without_a_seal_it_waits_says_why_once_and_goes_on_by_itself() {
    let waits =
        [Answer::No("expired"), Answer::No("expired"), Answer::No("expired"), Answer::False, Answer::Seal(None)];
    let (stage, _) = stage(&waits, None);
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    let mut before = stage.clock.now();
    for n in 1..=4 {
        stage.step();
        let row = stage.row(&id);
        assert_eq!((row.state, row.seal_waits, row.deposits, row.failures), (Some(State::Ready), n, 0, 0));
        assert!(row.last_error.unwrap().starts_with("waits for its seal: "));
        assert!(row.due_at.unwrap() > before && row.due_at.unwrap() <= stage.clock.now() + 150_000);
        before = stage.clock.now();
    }
    assert_eq!(count(&stage, &id, "seal-waits"), 2, "one for each reason: expired, and a seal that does not verify");
    assert!(stage.script.sent.lock().unwrap().is_empty() && seal(&stage, &id).is_none());
    stage.deposit(taken());
    stage.step();
    let row = stage.row(&id);
    assert_eq!((row.state, row.seal_waits, row.last_error), (Some(State::Delivered), 0, None));
}

#[test]
fn a_seal_whose_certificate_has_expired_is_made_anew_and_both_are_kept() {
    let (stage, _) = stage(&[Answer::Seal(Some(1_000)), Answer::Seal(None)], None);
    let paper = paper(1, Kind::Good);
    let id = stage.post(&paper);
    stage.step();
    stage.deposit(Deposit::NotSent { why: "429".into(), retry_after_ms: Some(60_000), raw: vec![] });
    stage.step();
    let first = seal(&stage, &id).unwrap();
    stage.deposit(taken());
    stage.step();
    let second = seal(&stage, &id).unwrap();
    assert_ne!(first, second);
    verify(&second, &sha256(&paper.bytes())).unwrap();
    assert_eq!(count(&stage, &id, "sealed"), 2);
    let db = rusqlite::Connection::open(stage._folder.path().join("s.db")).unwrap();
    let kept: i64 = db.query_row("SELECT count(*) FROM seals", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 2);
}

#[test]
fn a_seal_damaged_in_the_store_is_seen_and_nothing_leaves() {
    let (stage, _) = stage(&[Answer::Seal(None)], None);
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.deposit(Deposit::NotSent { why: "429".into(), retry_after_ms: None, raw: vec![] });
    stage.step();
    let db = rusqlite::Connection::open(stage._folder.path().join("s.db")).unwrap();
    db.execute_batch("DROP TRIGGER seals_no_update; UPDATE seals SET bytes = zeroblob(900)").unwrap();
    for _ in 0..Settings::default().own_failures {
        stage.step();
    }
    assert_eq!(stage.state(&id), State::Parked);
    assert!(stage.row(&id).parked_why.unwrap().contains("came out of the store as another"));
    assert_eq!(stage.script.sent.lock().unwrap().len(), 1);
}
