//! Single promises, each in a scene with a platform that follows a script.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use super::world::{Kind, Paper, SimJudge};
use super::*;
use crate::clock::RealClock;
use crate::platforms::{Deposit, Follow, Intent, Platform, PlatformStatus, Raw, Search, Voice};
use crate::problems::Said;
use crate::store::{Lease, ReleasedOf, Step};

#[derive(Default)]
struct Script {
    deposits: Mutex<VecDeque<Deposit>>,
    searches: Mutex<VecDeque<Search>>,
    follows: Mutex<VecDeque<Follow>>,
    sent: Mutex<Vec<String>>,
}

#[async_trait]
impl Platform for Script {
    fn name(&self) -> &str {
        "vague"
    }
    async fn deposit(&self, intent: &Intent, _: &[u8]) -> Deposit {
        self.sent.lock().unwrap().push(intent.number.clone());
        self.deposits.lock().unwrap().pop_front().expect("a deposit in the script")
    }
    async fn search(&self, _: &Intent) -> Search {
        self.searches.lock().unwrap().pop_front().expect("a search in the script")
    }
    async fn follow(&self, _: &Intent, _: Option<&str>, _: Option<&str>) -> Follow {
        self.follows.lock().unwrap().pop_front().expect("a follow in the script")
    }
    async fn check(&self) -> std::result::Result<(), String> {
        Ok(())
    }
}

struct Stage {
    _folder: tempfile::TempDir,
    store: Handle,
    worker: Worker,
    clock: Arc<ManualClock>,
    script: Arc<Script>,
}

impl Stage {
    fn new(absence_proof: Option<Millis>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Handle::direct(Arc::new(Sqlite::open(&folder.path().join("s.db")).unwrap()));
        let (clock, script) = (Arc::new(ManualClock::at(START)), Arc::new(Script::default()));
        let settings = PlatformSettings { absence_proof, ..PlatformSettings::default() };
        let route = Route { platform: script.clone(), settings };
        let ports = Arc::new(Ports {
            clock: clock.clone(),
            judge: Arc::new(SimJudge),
            routes: HashMap::from([("vague".to_owned(), route)]),
            settings: Settings { judge_inline: true, ..Settings::default() },
        });
        Self { _folder: folder, worker: Worker::new(store.clone(), ports), store, clock, script }
    }

    fn post(&self, paper: &Paper) -> String {
        let incoming = Incoming {
            bytes: paper.bytes().into(),
            received_at: self.clock.now(),
            source: "cli".into(),
            idempotency_key: None,
        };
        match now_or_never(self.store.accept(incoming)).unwrap() {
            Accepted::New { id } | Accepted::Known { id } => id,
            other => panic!("{other:?}"),
        }
    }

    /// Moves to the next moment at which something is due and takes one step.
    fn step(&self) {
        let due = now_or_never(self.store.due()).unwrap().into_iter().min_by_key(|due| due.at).expect("something due");
        self.clock.advance_to(due.at);
        for lease in self.claim(due.lane) {
            now_or_never(self.worker.advance(lease)).unwrap();
        }
    }

    fn claim(&self, lane: Option<String>) -> Vec<Lease> {
        let now = self.clock.now();
        now_or_never(self.store.claim(Claim { lane, now, until: now + 90_000, limit: 1 })).unwrap()
    }

    fn row(&self, id: &str) -> InvoiceRow {
        now_or_never(self.store.invoice(id)).unwrap().unwrap()
    }

    fn state(&self, id: &str) -> State {
        self.row(id).state.unwrap()
    }

    fn problems(&self, id: &str) -> Vec<Problem> {
        now_or_never(self.store.problems(ProblemFilter { invoice_id: Some(id.into()), ..Default::default() })).unwrap()
    }

    fn kinds(&self, id: &str) -> Vec<String> {
        now_or_never(self.store.events(Some(id), 0, 100)).unwrap().into_iter().map(|event| event.kind).collect()
    }

    fn deposit(&self, deposit: Deposit) {
        self.script.deposits.lock().unwrap().push_back(deposit);
    }

    fn search(&self, search: Search) {
        self.script.searches.lock().unwrap().push_back(search);
        self.step();
    }

    fn tell(&self, statuses: &[(&str, Option<&str>, &str, Voice)]) {
        let statuses = statuses.iter().map(|(code, reason, at, voice)| PlatformStatus {
            code: (*code).into(),
            reason: reason.map(Into::into),
            text: reason
                .map(|reason| format!("{reason} : facture en doublon"))
                .filter(|_| *code == "IN_REJETE" && *reason == Some("DOUBLON")),
            at: Some((*at).into()),
            voice: *voice,
        });
        let follow = Follow::Statuses { platform_invoice: None, statuses: statuses.collect(), raw: raw() };
        self.script.follows.lock().unwrap().push_back(follow);
        self.step();
    }

    /// An invoice that the platform took.
    fn delivered(&self, n: u64) -> String {
        let id = self.post(&paper(n, Kind::Good));
        self.deposit(taken());
        self.step();
        self.step();
        assert_eq!(self.state(&id), State::Delivered);
        id
    }
}

fn paper(n: u64, kind: Kind) -> Paper {
    Paper { n, seller: "S1".into(), number: "F-1".into(), kind, platform: Some("vague".into()) }
}

fn raw() -> Vec<Raw> {
    vec![Raw { call: "POST /x".into(), http: 200, body: "{\"as\":\"it came\"}".into() }]
}

fn taken() -> Deposit {
    Deposit::Taken { reference: "R1".into(), raw: raw() }
}

fn lost() -> Deposit {
    Deposit::Unknown { why: "connection reset".into(), raw: vec![] }
}

#[test]
fn the_whole_way_leaves_its_timeline() {
    let stage = Stage::new(None);
    let id = stage.delivered(1);
    stage.tell(&[("DEPOSEE", None, "1", Voice::Platform), ("SUSPENDUE", None, "2", Voice::Buyer)]);
    assert_eq!(stage.state(&id), State::Suspended);
    let problem = stage.problems(&id).remove(0);
    assert_eq!((problem.cause.as_str(), problem.said, problem.amount.as_deref()), ("C4", Said::Buyer, Some("120.00")));
    stage.tell(&[("MISE_EN_PAIEMENT", None, "3", Voice::Buyer), ("DEPOSEE", None, "1", Voice::Platform)]);
    assert_eq!(stage.state(&id), State::Paid);
    let closed = stage.problems(&id).remove(0);
    assert_eq!(closed.closed_why.as_deref(), Some("paid"));
    assert_eq!(closed.changes.last().map(|change| change.what.as_str()), Some("closed"));
    assert_eq!(stage.row(&id).due_at, None, "nothing more is asked");
    let expected = "received judged ready intent answer delivered answer status status problem-opened suspended \
                    answer status paid problem-closed";
    let kinds = stage.kinds(&id);
    let mut sorted: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let mut wanted: Vec<&str> = expected.split_whitespace().collect();
    assert_eq!(sorted[..6], wanted[..6], "the intent stands before the answer");
    sorted.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(sorted, wanted);
    let events = now_or_never(stage.store.events(Some(&id), 0, 100)).unwrap();
    let answer = events.iter().find(|event| event.kind == "answer").unwrap();
    assert_eq!(answer.data["raw"][0]["body"], "{\"as\":\"it came\"}", "the answer as it came");
}

#[test]
fn a_taken_number_blocks_and_the_first_invoice_stands() {
    let stage = Stage::new(None);
    let first = stage.delivered(1);
    let second = stage.post(&paper(2, Kind::Good));
    stage.step();
    assert_eq!((stage.state(&first), stage.state(&second)), (State::Delivered, State::Blocked));
    let report = now_or_never(stage.store.report(&second)).unwrap().unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!((report["verdict"].as_str(), stage.row(&second).verdict.as_deref()), (Some("invalid"), Some("invalid")));
    let finding = &report["findings"][0];
    assert_eq!((finding["rule"].as_str(), finding["severity"].as_str()), (Some("FCT-DUPLICATE-NUMBER"), Some("fatal")));
    assert!(finding["message"]["fr"].as_str().unwrap().contains(&first) && finding["message"]["en"].is_string());
    let problems = stage.problems(&second);
    assert_eq!(problems.iter().map(|problem| problem.cause.as_str()).collect::<Vec<_>>(), ["A6"]);
    assert_eq!(stage.problems(&first), []);
    // Not even a person gets it past the first one.
    let release = acts::release(&stage.store, &second, "ann", "both are due", START);
    assert_eq!(now_or_never(release), Err(acts::ActError::NumberTaken { by: first }));
    assert_eq!(stage.state(&second), State::Blocked);
}

#[test]
fn a_corrected_document_replaces_the_blocked_one_and_the_one_that_never_existed() {
    let stage = Stage::new(None);
    let wrong = stage.post(&paper(1, Kind::Wrong));
    stage.step();
    let causes: Vec<String> = stage.problems(&wrong).into_iter().map(|problem| problem.cause).collect();
    assert_eq!(causes, ["A7", "A2"], "two findings of one cause are one problem");
    let second = stage.post(&paper(2, Kind::Good));
    stage.step();
    let old = stage.row(&wrong);
    assert_eq!((old.state, old.replaced_by.as_deref()), (Some(State::Cancelled), Some(second.as_str())));
    assert_eq!(stage.row(&second).replaces, Some(wrong.clone()));
    for problem in stage.problems(&wrong) {
        assert_eq!((problem.closed_why.as_deref(), problem.correction.as_ref()), (Some("replaced"), Some(&second)));
    }
    // The platform refuses the file: it never existed there, so the number is free for the next.
    stage.deposit(taken());
    stage.step();
    stage.tell(&[("IN_REJETE", Some("listeErreurDP"), "1", Voice::Platform)]);
    assert_eq!((stage.state(&second), stage.row(&second).existed), (State::Refused, false));
    let third = stage.post(&paper(3, Kind::Good));
    stage.step();
    assert_eq!((stage.state(&second), stage.state(&third)), (State::Cancelled, State::Ready));
    assert_eq!(stage.problems(&second)[0].closed_why.as_deref(), Some("replaced"));
    // Refused after it existed: its number stays taken.
    stage.deposit(taken());
    stage.step();
    stage.tell(&[("DEPOSEE", None, "1", Voice::Platform), ("REJETEE", Some("SE_ERR"), "2", Voice::Buyer)]);
    assert_eq!((stage.state(&third), stage.row(&third).existed), (State::Refused, true));
    let fourth = stage.post(&paper(4, Kind::Good));
    stage.step();
    assert_eq!((stage.state(&third), stage.state(&fourth)), (State::Refused, State::Blocked));
}

#[test]
fn a_refusal_after_an_acceptance_counts_and_a_late_status_does_not() {
    let stage = Stage::new(None);
    let id = stage.delivered(1);
    stage.tell(&[("VALIDEE_1", None, "5", Voice::Buyer)]);
    assert_eq!(stage.state(&id), State::Accepted);
    stage.tell(&[("SUSPENDUE", None, "4", Voice::Buyer)]);
    assert_eq!(stage.state(&id), State::Accepted, "said before the acceptance, heard after it");
    assert!(stage.problems(&id)[0].closed_at.is_some());
    stage.tell(&[("CODE_42", Some("?"), "6", Voice::Buyer)]);
    assert_eq!((stage.state(&id), stage.problems(&id).len()), (State::Accepted, 1), "kept, and changes nothing");
    let events = stage.kinds(&id).len();
    stage.tell(&[("VALIDEE_1", None, "5", Voice::Buyer), ("CODE_42", Some("?"), "6", Voice::Buyer)]);
    assert_eq!(stage.kinds(&id).len(), events, "repeats are no events");
    stage.tell(&[("REJETEE", Some("EJ_ERR"), "7", Voice::Buyer)]);
    assert_eq!(stage.state(&id), State::Refused);
    assert_eq!(stage.problems(&id).iter().filter(|problem| problem.closed_at.is_none()).count(), 1);
}

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
    stage.search(Search::NoAnswer { why: "502".into(), raw: raw() });
    assert_eq!(stage.state(&id), State::Unknown, "no answer allows nothing");
    stage.search(Search::Absent { raw: raw() });
    assert_eq!((stage.state(&id), stage.script.sent.lock().unwrap().len()), (State::Ready, 1));
    let events = now_or_never(stage.store.events(Some(&id), 0, 500)).unwrap();
    let settled = events.iter().rfind(|event| event.kind == "settled").unwrap();
    assert_eq!((settled.data["how"].as_str(), settled.data["released_by"].as_str()), (Some("absent"), Some("ann")));
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

#[test]
fn a_duplicate_that_the_platform_does_not_show_goes_to_a_person() {
    let stage = Stage::new(Some(600_000));
    let id = stage.delivered(1);
    stage.tell(&[("IN_INCIDENTE", None, "1", Voice::Platform)]);
    stage.deposit(taken());
    stage.step();
    stage.tell(&[("IN_REJETE", Some("DOUBLON"), "2", Voice::Platform)]);
    while stage.state(&id) == State::Unknown {
        stage.search(Search::Absent { raw: raw() });
    }
    assert_eq!((stage.state(&id), stage.script.sent.lock().unwrap().len()), (State::Parked, 2));
    assert!(stage.row(&id).parked_why.unwrap().contains("duplicate"));
}

#[test]
fn what_the_platform_said_of_a_former_deposit_closes_at_delivery_and_opens_again() {
    let stage = Stage::new(None);
    let id = stage.delivered(1);
    stage.tell(&[("IN_REJETE", Some("listeErreurDP"), "1", Voice::Platform)]);
    assert_eq!(stage.state(&id), State::Refused);
    now_or_never(acts::retry(&stage.store, &id, "ann", stage.clock.now())).unwrap();
    stage.step();
    assert_eq!(stage.problems(&id)[0].closed_at, None);
    stage.deposit(taken());
    stage.step();
    assert_eq!(stage.problems(&id)[0].closed_why.as_deref(), Some("delivered"));
    stage.tell(&[("IN_REJETE", Some("listeErreurDP"), "2", Voice::Platform)]);
    let problems = stage.problems(&id);
    assert_eq!((problems.len(), problems[0].closed_at), (1, None));
    let whats: Vec<&str> = problems[0].changes.iter().map(|change| change.what.as_str()).collect();
    assert_eq!(whats, ["closed", "reopened"]);
}

#[test]
fn what_did_not_leave_waits_as_long_as_it_was_told() {
    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Good));
    stage.step();
    stage.deposit(Deposit::NotSent { why: "429".into(), retry_after_ms: Some(3_600_000), raw: raw() });
    stage.step();
    let row = stage.row(&id);
    assert_eq!((row.state, row.due_at, row.attempt), (Some(State::Ready), Some(START + 3_600_000), 1));
    assert_eq!((row.deposits, row.last_error.as_deref()), (0, Some("429")));
    stage.deposit(taken());
    stage.step();
    assert_eq!(stage.state(&id), State::Delivered);
}

#[test]
fn a_person_releases_with_author_and_reason() {
    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Wrong));
    stage.step();
    let silent = now_or_never(acts::release(&stage.store, &id, "ann", " ", START));
    assert_eq!(silent, Err(acts::ActError::NoReason));
    now_or_never(acts::release(&stage.store, &id, "ann", "the customer agreed", START)).unwrap();
    assert!(stage.problems(&id).iter().all(|problem| problem.closed_why.as_deref() == Some("released")));
    stage.deposit(taken());
    stage.step();
    assert_eq!(stage.state(&id), State::Delivered);
    let again = now_or_never(acts::release(&stage.store, &id, "ann", "again", START));
    assert!(matches!(again, Err(acts::ActError::NotNow { state: State::Delivered, .. })));
    let unreadable = stage.post(&paper(2, Kind::Unreadable));
    stage.step();
    assert_eq!(stage.state(&unreadable), State::Blocked, "not judged is not sent");
    let nothing = now_or_never(acts::release(&stage.store, &unreadable, "ann", "send it", START));
    assert!(matches!(nothing, Err(acts::ActError::NotNow { .. })));
}

#[test]
fn a_document_that_ends_the_process_is_set_aside() {
    let stage = Stage::new(None);
    let id = stage.post(&paper(1, Kind::Good));
    for _ in 0..Settings::default().takes {
        assert_eq!(stage.claim(None).len(), 1);
        // The process ends here, each time; the lease ends by itself.
        stage.clock.advance_to(stage.clock.now() + 90_000);
    }
    stage.step();
    assert_eq!(stage.state(&id), State::Parked);
    assert!(stage.row(&id).parked_why.unwrap().contains("never ended"));
    let poison = stage.post(&paper(2, Kind::Poison));
    for _ in 0..Settings::default().own_failures {
        stage.step();
    }
    assert_eq!(stage.state(&poison), State::Parked);
    assert!(stage.row(&poison).parked_why.unwrap().contains("panicked"));
    now_or_never(acts::retry(&stage.store, &id, "ann", stage.clock.now())).unwrap();
    stage.step();
    assert_eq!(stage.state(&id), State::Ready);
}

#[test]
fn a_comment_written_meanwhile_is_kept() {
    let stage = Stage::new(None);
    let id = stage.delivered(1);
    stage.tell(&[("DEPOSEE", None, "1", Voice::Platform), ("SUSPENDUE", None, "2", Voice::Buyer)]);
    let mut problem = stage.problems(&id).remove(0);
    problem.changes.push(crate::problems::Change {
        at: START,
        author: "ann".into(),
        what: "comment".into(),
        from: None,
        to: Some("sent the delivery note".into()),
        was_inferred: None,
    });
    let comment = Step { invoice_id: id.clone(), at: START, problems: vec![problem], ..Step::default() };
    now_or_never(stage.store.record(comment)).unwrap();
    stage.tell(&[("MISE_EN_PAIEMENT", None, "3", Voice::Buyer)]);
    let whats: Vec<String> = stage.problems(&id).remove(0).changes.into_iter().map(|change| change.what).collect();
    assert_eq!(whats, ["comment", "closed"]);
}

/// Takes everything at once, or never answers anybody.
struct Blunt {
    name: &'static str,
    answers: bool,
}

#[async_trait]
impl Platform for Blunt {
    fn name(&self) -> &str {
        self.name
    }
    async fn deposit(&self, _: &Intent, _: &[u8]) -> Deposit {
        if !self.answers {
            std::future::pending::<()>().await;
        }
        taken()
    }
    async fn search(&self, _: &Intent) -> Search {
        std::future::pending().await
    }
    async fn follow(&self, _: &Intent, _: Option<&str>, _: Option<&str>) -> Follow {
        Follow::Statuses { platform_invoice: None, statuses: vec![], raw: vec![] }
    }
    async fn check(&self) -> std::result::Result<(), String> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_platform_and_a_poison_delay_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = Handle::start(Arc::new(Sqlite::open(&folder.path().join("s.db")).unwrap())).unwrap();
    let clock = Arc::new(RealClock::default());
    let route = |name, answers| {
        let settings = PlatformSettings { call_timeout: 400, ..PlatformSettings::default() };
        (String::from(name), Route { platform: Arc::new(Blunt { name, answers }), settings })
    };
    let routes = HashMap::from([route("proving", true), route("vague", false)]);
    let ports = Ports { clock: clock.clone(), judge: Arc::new(SimJudge), routes, settings: Settings::default() };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(run::run(store.clone(), Arc::new(ports), async move {
        let _ = stopped.await;
    }));
    for n in 0..60u64 {
        let platform = if n % 2 == 0 { "vague" } else { "proving" };
        let kind = if n % 10 == 4 { Kind::Poison } else { Kind::Good };
        let paper = Paper { n, seller: "S".into(), number: format!("F-{n}"), kind, platform: Some(platform.into()) };
        let incoming = Incoming {
            bytes: paper.bytes().into(),
            received_at: clock.now(),
            source: "http".into(),
            idempotency_key: None,
        };
        store.accept(incoming).await.unwrap();
    }
    let count = |state: State| {
        let store = store.clone();
        async move {
            let counts = store.counts().await.unwrap();
            counts.into_iter().find(|(name, _)| name == state.as_str()).map_or(0, |(_, n)| n)
        }
    };
    let mut waited = 0;
    while count(State::Delivered).await < 30 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        waited += 1;
        assert!(waited < 2_000, "{:?}", store.counts().await);
    }
    // Of the 24 for the dead one at most its own few are in doubt or under way, the others wait unharmed.
    let doubts = count(State::Unknown).await + count(State::Sending).await;
    assert!(doubts <= 12 && doubts + count(State::Ready).await + count(State::Received).await == 30, "{doubts}");
    let _ = stop.send(());
    running.await.unwrap();
    assert_eq!(count(State::Sending).await, 0, "the calls under way were brought to their end");
    store.shutdown().await;
}
