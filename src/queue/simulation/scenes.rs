//! Single promises, each in a scene with a platform that follows a script.

mod accredited;
mod again;
mod doubt;
mod faults;
mod fetching;
mod inbox;
mod later;
mod perhaps;
mod reception;
mod sealed;
mod telling;
mod withdrawn;
mod written;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use super::papers::{Kind, Paper, SimJudge};
use super::*;
use crate::clock::RealClock;
use crate::platforms::{
    Content, Deposit, Follow, Heard, Inbox, Intent, Known, Line, Platform, PlatformStatus, Raw, Recipient, Search,
    Silence, Voice,
};
use crate::problems::Said;
use crate::store::{Lease, ReleasedOf, Step};

#[derive(Default)]
struct Script {
    deposits: Mutex<VecDeque<Deposit>>,
    searches: Mutex<VecDeque<Search>>,
    follows: Mutex<VecDeque<Follow>>,
    /// What its inbox brings, page by page, and what is fetched alone; where nothing is left, there is nothing.
    pages: Mutex<VecDeque<Inbox>>,
    fetches: Mutex<VecDeque<Content>>,
    /// What the directory says; where nothing is left, there is nothing to ask.
    receptions: Mutex<VecDeque<Heard>>,
    sent: Mutex<Vec<String>>,
    /// What was sent, byte for byte.
    bytes: Mutex<Vec<bytes::Bytes>>,
}

#[async_trait]
impl Platform for Script {
    fn name(&self) -> &str {
        "vague"
    }
    async fn deposit(&self, intent: &Intent, document: &crate::store::Document) -> Deposit {
        let bytes = document.whole().await.expect("a document that can be read");
        self.bytes.lock().unwrap().push(bytes);
        self.sent.lock().unwrap().push(intent.number.clone());
        self.deposits.lock().unwrap().pop_front().expect("a deposit in the script")
    }
    async fn search(&self, _: &Intent) -> Search {
        self.searches.lock().unwrap().pop_front().expect("a search in the script")
    }
    async fn follow(&self, _: &Intent, _: Option<&str>, _: Option<&str>) -> Follow {
        self.follows.lock().unwrap().pop_front().expect("a follow in the script")
    }
    async fn reception(&self, _: &Recipient, known: &dyn Known) -> Heard {
        if let Some(why) = known.barred() {
            let silence = Silence { why, retry_after_ms: None, line: Line::Unused };
            return Heard { silence: Some(silence), ..Heard::default() };
        }
        self.receptions.lock().unwrap().pop_front().unwrap_or_default()
    }
    async fn inbox(&self, _: &Mark) -> Inbox {
        self.pages.lock().unwrap().pop_front().unwrap_or(Inbox::None)
    }
    async fn fetch(&self, _: &str) -> (Content, Vec<Raw>) {
        (self.fetches.lock().unwrap().pop_front().expect("a message in the script"), vec![])
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
    /// The edition of the customer files.
    edition: Arc<AtomicU64>,
}

impl Stage {
    fn new(absence_proof: Option<Millis>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Handle::direct(Arc::new(Sqlite::open(&folder.path().join("s.db")).unwrap()));
        Self::on(folder, store, absence_proof)
    }

    fn on(folder: tempfile::TempDir, store: Handle, absence_proof: Option<Millis>) -> Self {
        Self::with(folder, store, absence_proof, None)
    }

    fn with(
        folder: tempfile::TempDir,
        store: Handle,
        absence_proof: Option<Millis>,
        sealer: Option<Arc<dyn Sealer>>,
    ) -> Self {
        Self::of(folder, store, PlatformSettings { absence_proof, ..PlatformSettings::default() }, sealer)
    }

    fn of(
        folder: tempfile::TempDir,
        store: Handle,
        settings: PlatformSettings,
        sealer: Option<Arc<dyn Sealer>>,
    ) -> Self {
        let (clock, script) = (Arc::new(ManualClock::at(START)), Arc::new(Script::default()));
        let route = Route::new(script.clone(), settings);
        let edition = Arc::<AtomicU64>::default();
        let ports = Arc::new(Ports {
            clock: clock.clone(),
            judge: Arc::new(SimJudge { edition: edition.clone() }),
            sealer,
            routes: HashMap::from([("vague".to_owned(), route)]),
            settings: Settings { judge_inline: true, ..Settings::default() },
        });
        Self { _folder: folder, worker: Worker::new(store.clone(), ports), store, clock, script, edition }
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
            // A bare number is the order in which the platform says it, long after the deposit.
            at: Some(at.parse().map_or((*at).to_owned(), |n: Millis| (START + 2_592_000_000 + n * 1_000).to_string())),
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

    /// Deposited once, and the answer was lost.
    fn lost(&self, n: u64) -> String {
        let id = self.post(&paper(n, Kind::Good));
        self.deposit(lost());
        self.step();
        self.step();
        assert_eq!(self.state(&id), State::Unknown);
        id
    }

    /// The platform does not show it, however often it is asked, until that settles the doubt.
    fn absent(&self, id: &str) {
        while self.state(id) == State::Unknown {
            self.search(Search::Absent { raw: raw() });
        }
    }
}

fn paper(n: u64, kind: Kind) -> Paper {
    Paper {
        n,
        seller: "S1".into(),
        number: "F-1".into(),
        customer: 1,
        kind,
        platform: Some("vague".into()),
        edi: false,
    }
}

fn raw() -> Vec<Raw> {
    vec![Raw { call: "POST /x".into(), http: 200, body: "{\"as\":\"it came\"}".into() }]
}

fn taken() -> Deposit {
    Deposit::Taken { reference: "R1".into(), raw: raw() }
}

fn lost() -> Deposit {
    Deposit::Unknown { why: "connection reset".into(), retry_after_ms: None, raw: vec![] }
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
    assert_eq!(now_or_never(release), Err(acts::ActError::NumberTaken { by: first.clone() }));
    assert_eq!(stage.state(&second), State::Blocked);
    let next = now_or_never(next::of(&stage.store, &stage.row(&second))).unwrap();
    assert_eq!((next.id, next.rival.map(|row| row.id)), ("blocked-copy", Some(first)));
    assert!(!next.acts.contains(&acts::Act::Release), "and none is offered");
    // Taken up again, the old findings stand until it is judged: that is said.
    let again = now_or_never(acts::retry(&stage.store, &second, "ann", stage.clock.now())).unwrap();
    assert_eq!(now_or_never(next::of(&stage.store, &again)).unwrap().id, "received-again");
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
    assert_eq!((stage.state(&id), stage.problems(&id).len()), (State::Accepted, 2), "kept, and changes nothing");
    assert_eq!((stage.problems(&id)[1].cause.as_str(), stage.problems(&id)[1].closed_at), ("X0", None), "and told");
    let events = stage.kinds(&id).len();
    stage.tell(&[("VALIDEE_1", None, "5", Voice::Buyer), ("CODE_42", Some("?"), "6", Voice::Buyer)]);
    assert_eq!(stage.kinds(&id).len(), events, "repeats are no events");
    stage.tell(&[("REJETEE", Some("EJ_ERR"), "7", Voice::Buyer)]);
    assert_eq!(stage.state(&id), State::Refused);
    assert_eq!(stage.problems(&id).iter().filter(|problem| problem.closed_at.is_none()).count(), 2);
}

/// Documents of one number that came at once, each judged beside the others: nobody's claim goes silently, and one at most leaves.
#[tokio::test(flavor = "multi_thread")]
async fn of_documents_with_one_number_posted_at_once_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let store = Handle::start(Arc::new(Sqlite::open(&folder.path().join("s.db")).unwrap())).unwrap();
    let (clock, script) = (Arc::new(ManualClock::at(START)), Arc::new(Script::default()));
    let route = Route::new(script, PlatformSettings::default());
    let routes = HashMap::from([("vague".to_owned(), route)]);
    let ports =
        Ports { clock, judge: Arc::new(SimJudge::default()), sealer: None, routes, settings: Settings::default() };
    let worker = Arc::new(Worker::new(store.clone(), Arc::new(ports)));
    // Kinds and customers of the twelve; how many are then ready, blocked, replaced.
    type Case = (Kind, fn(u64) -> u8, [usize; 3]);
    let (good, wrong) = (Kind::Good, Kind::Wrong);
    let cases: [Case; 6] = [
        (good, |_| 1, [1, 11, 0]),
        (good, |n| n as u8 + 1, [1, 11, 0]),
        (good, |_| 0, [1, 11, 0]),
        (wrong, |_| 1, [0, 1, 11]),
        (wrong, |n| n as u8 + 1, [0, 12, 0]),
        (wrong, |_| 0, [0, 12, 0]),
    ];
    for (round, (kind, customer, expected)) in cases.iter().cycle().take(18).enumerate() {
        let mut papers = HashMap::new();
        for n in 0..12 {
            let paper = Paper { number: format!("R-{round}"), customer: customer(n), ..paper(n, *kind) };
            let (bytes, source) = (paper.bytes().into(), "http".into());
            let incoming = Incoming { bytes, received_at: START, source, idempotency_key: None };
            let Accepted::New { id } = store.accept(incoming).await.unwrap() else { panic!("each is another") };
            papers.insert(id, paper);
        }
        let leases = store.claim(Claim { lane: None, now: START, until: START + 90_000, limit: 12 }).await.unwrap();
        let steps: Vec<_> = leases
            .into_iter()
            .map(|lease| {
                let worker = worker.clone();
                tokio::spawn(async move { worker.advance(lease).await })
            })
            .collect();
        for step in steps {
            step.await.unwrap().unwrap();
        }
        let filter = InvoiceFilter { number: Some(format!("R-{round}")), ..InvoiceFilter::default() };
        let rows = store.invoices(filter).await.unwrap();
        let counts = [State::Ready, State::Blocked, State::Cancelled]
            .map(|state| rows.iter().filter(|row| row.state == Some(state)).count());
        assert_eq!((rows.len(), counts), (12, *expected), "round {round}");
        for row in rows {
            let of = ProblemFilter { invoice_id: Some(row.id.clone()), open_only: true, ..ProblemFilter::default() };
            let open = store.problems(of).await.unwrap();
            assert_eq!(!open.is_empty(), row.state == Some(State::Blocked), "{row:?}");
            assert_eq!(row.replaced_by.is_some(), row.state == Some(State::Cancelled));
            if let Some(by) = &row.replaced_by {
                assert_eq!(papers[by].customer, papers[&row.id].customer);
            }
        }
    }
    store.shutdown().await;
}

#[test]
fn a_number_that_looks_like_another_is_the_same_number() {
    for (number, spelled) in [
        ("F\u{2011}1", "F\\u{2011}1"),
        ("F-1\u{200b}", "F-1\\u{200b}"),
        ("f-\u{a0}1", "f-\\u{a0}1"),
        ("f -1", "f -1"),
        ("\u{ff26}-\u{ff11}", "\\u{ff26}-\\u{ff11}"),
    ] {
        let stage = Stage::new(None);
        let first = stage.delivered(1);
        let second = stage.post(&Paper { number: number.into(), ..paper(2, Kind::Good) });
        stage.step();
        assert_eq!((stage.state(&first), stage.state(&second)), (State::Delivered, State::Blocked), "{number:?}");
        let message = stage.problems(&second).remove(0).message.unwrap();
        for message in [message.fr, message.en] {
            assert!(message.contains(spelled) && message.contains("F-1") && message.contains(&first), "{message}");
        }
        assert_eq!(stage.row(&second).facts.number.as_deref(), Some(number), "kept as written");
    }
    // And it is sent as written.
    let stage = Stage::new(None);
    stage.post(&Paper { number: "F\u{2011}1".into(), ..paper(1, Kind::Good) });
    stage.step();
    stage.deposit(taken());
    stage.step();
    assert_eq!(*stage.script.sent.lock().unwrap(), ["F\u{2011}1"]);
}

#[test]
fn a_claim_on_another_customer_replaces_nothing_and_each_is_told() {
    let to = |n, customer, kind| Paper { customer, ..paper(n, kind) };
    for (other, first_kind) in [(2, Kind::Wrong), (0, Kind::Wrong)] {
        let stage = Stage::new(None);
        let first = stage.post(&to(1, 1, first_kind));
        stage.step();
        let second = stage.post(&to(2, other, Kind::Good));
        stage.step();
        let rows = (stage.row(&first), stage.row(&second));
        assert_eq!((rows.0.state, rows.1.state), (Some(State::Blocked), Some(State::Ready)));
        assert_eq!((rows.0.replaced_by, rows.1.replaces), (None, None));
        let told = stage.problems(&first).into_iter().find(|problem| problem.cause == "A6").unwrap();
        assert!(told.closed_at.is_none() && told.message.unwrap().en.contains(&second));
        // A correction of the first finds the number taken; it replaces nothing, and nothing gives way to it.
        let third = stage.post(&to(3, 1, Kind::Good));
        stage.step();
        assert_eq!((stage.state(&first), stage.state(&third)), (State::Blocked, State::Blocked));
        // The platform refuses the file of the second: its number is free again, and both claims are still there.
        stage.deposit(taken());
        stage.step();
        stage.tell(&[("IN_REJETE", Some("listeErreurDP"), "1", Voice::Platform)]);
        now_or_never(acts::retry(&stage.store, &first, "ann", stage.clock.now())).unwrap();
        stage.step();
        let closed = stage.problems(&first).into_iter().find(|problem| problem.cause == "A6").unwrap();
        assert_eq!((stage.state(&first), closed.closed_why.as_deref()), (State::Blocked, Some("number-free")));
        now_or_never(acts::retry(&stage.store, &third, "ann", stage.clock.now())).unwrap();
        stage.step();
        assert_eq!((stage.state(&first), stage.state(&second)), (State::Cancelled, State::Refused));
        assert_eq!((stage.state(&third), stage.row(&third).replaces), (State::Ready, Some(first)));
        assert!(stage.problems(&second).iter().any(|problem| problem.code == "FCT-DUPLICATE-NUMBER"));
    }
}

#[test]
fn a_code_that_nobody_listed_is_no_fault_of_the_document() {
    for (code, cause) in [("40001", "X0"), ("20001", "A8"), ("HTTP_400", "X0"), ("HTTP_418", "X0")] {
        let stage = Stage::new(None);
        let id = stage.post(&paper(1, Kind::Good));
        stage.step();
        stage.deposit(Deposit::Refused { code: code.into(), text: "GDP_MSG_99.999".into(), raw: raw() });
        stage.step();
        let problem = stage.problems(&id).remove(0);
        assert_eq!((stage.state(&id), problem.cause.as_str()), (State::Refused, cause), "{code}");
        assert_eq!((problem.code.as_str(), problem.text.as_deref()), (code, Some("GDP_MSG_99.999")));
    }
}

#[test]
fn a_problem_speaks_both_languages_and_names_no_rule_that_passed() {
    let stage = Stage::new(None);
    let wrong = stage.post(&paper(1, Kind::Wrong));
    stage.step();
    let problem = stage.problems(&wrong).remove(0);
    assert_eq!(problem.message.map(|text| text.en).as_deref(), Some("wrong"));
    assert!(problem.suggestion.is_some_and(|text| text.fr != text.en));
    assert_eq!((problem.text, problem.next_action), (None, None), "those are the platform's and people's");
    assert_eq!(problem.rule.as_deref(), Some("BR-CO-10"), "it caught it");

    let stage = Stage::new(None);
    let good = stage.delivered(2);
    stage.tell(&[
        ("DEPOSEE", None, "1", Voice::Platform),
        ("SUSPENDUE", None, "2", Voice::Buyer),
        ("REJETEE", Some("MONTANT_ERR"), "3", Voice::Buyer),
    ]);
    let rules: Vec<_> = stage.problems(&good).into_iter().map(|problem| (problem.cause, problem.rule)).collect();
    // BR-CO-16 is facteur's own, and passed; a customer's rule was not in force.
    assert!(crate::rules::rule("BR-CO-16").is_some());
    assert_eq!(rules, [("C4".into(), Some("customer rule BG-24".into())), ("A7".into(), None)]);
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
    let turned = now_or_never(acts::release(&stage.store, &id, "ann\u{202e}", "agreed", START));
    assert_eq!(turned, Err(acts::ActError::Hidden { member: "author", character: '\u{202e}' }));
    let forged = now_or_never(acts::release(&stage.store, &id, "ann", "agreed\u{1b}[2K", START));
    assert_eq!(forged, Err(acts::ActError::Hidden { member: "reason", character: '\u{1b}' }));
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
