//! What fails around the queue: a full disk, a document that ends the process, a platform that never answers.

use super::*;
use crate::store::gate::Gate;

#[test]
fn a_store_that_works_again_gets_its_leases_back() {
    let folder = tempfile::tempdir().unwrap();
    let inner = Sqlite::open(&folder.path().join("s.db")).unwrap();
    let gate = Gate::open(inner);
    let store = Handle::direct(gate.clone());
    let stage = Stage::on(folder, store, None);
    let id = stage.post(&paper(1, Kind::Good));
    let lease = stage.claim(None).remove(0);
    gate.broken.store(true, Ordering::Relaxed);
    assert!(matches!(now_or_never(stage.worker.advance(lease)), Err(StoreError::Failed(_))));
    assert!(now_or_never(stage.worker.give_back()).is_err() && stage.store.failed_since().is_some());
    gate.broken.store(false, Ordering::Relaxed);
    assert!(stage.claim(None).is_empty(), "the lease lasts on");
    now_or_never(stage.worker.give_back()).unwrap();
    assert_eq!(stage.store.failed_since(), None);
    stage.step();
    assert_eq!((stage.state(&id), stage.clock.now()), (State::Ready, START), "no time was lost");
    // What is given back twice, or was taken by another, does no harm.
    now_or_never(stage.worker.give_back()).unwrap();
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
fn an_error_about_one_invoice_holds_up_no_other() {
    let stage = Stage::new(None);
    let id = stage.delivered(1);
    let open = |stage: &Stage| stage.worker.health("vague").0.is_some();
    let follow = |line| {
        let follow = Follow::NoAnswer { why: "error 20001".into(), retry_after_ms: None, line, raw: raw() };
        stage.script.follows.lock().unwrap().push_back(follow);
        stage.step();
    };
    for line in [Line::Answers, Line::Unused] {
        for _ in 0..PlatformSettings::default().circuit_after * 2 {
            follow(line);
        }
        assert!(!open(&stage), "{line:?}");
    }
    assert_eq!(stage.state(&id), State::Delivered);
    for _ in 0..PlatformSettings::default().circuit_after {
        follow(Line::Silent);
    }
    assert!(open(&stage), "silence is another matter");
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
    async fn deposit(&self, _: &Intent, _: &crate::store::Document) -> Deposit {
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
        (String::from(name), Route::new(Arc::new(Blunt { name, answers }), settings))
    };
    let routes = HashMap::from([route("proving", true), route("vague", false)]);
    let ports = Ports {
        clock: clock.clone(),
        judge: Arc::new(SimJudge::default()),
        sealer: None,
        routes,
        settings: Settings::default(),
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(run::run(store.clone(), Arc::new(ports), async move {
        let _ = stopped.await;
    }));
    for n in 0..60u64 {
        let platform = if n % 2 == 0 { "vague" } else { "proving" };
        let kind = if n % 10 == 4 { Kind::Poison } else { Kind::Good };
        let paper = Paper {
            n,
            seller: "S".into(),
            number: format!("F-{n}"),
            customer: 1,
            kind,
            platform: Some(platform.into()),
            edi: n % 3 == 0,
        };
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
