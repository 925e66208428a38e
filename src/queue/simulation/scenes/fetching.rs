//! Messages that are still to be fetched: no platform keeps those of another one waiting, and nothing that comes is slept over.

use tokio::sync::oneshot;

use super::*;
use crate::platforms::{Content, Inbox, Message};
use crate::store::{Collect, Collected};

/// A platform whose inbox has messages, each to be fetched alone.
struct Post {
    name: &'static str,
    /// It takes the question for a message, and never answers.
    hangs: bool,
    messages: usize,
}

#[async_trait]
impl Platform for Post {
    fn name(&self) -> &str {
        self.name
    }
    async fn deposit(&self, _: &Intent, _: &crate::store::Document) -> Deposit {
        lost()
    }
    async fn search(&self, _: &Intent) -> Search {
        Search::Absent { raw: vec![] }
    }
    async fn follow(&self, _: &Intent, _: Option<&str>, _: Option<&str>) -> Follow {
        Follow::Statuses { platform_invoice: None, statuses: vec![], raw: vec![] }
    }
    async fn check(&self) -> std::result::Result<(), String> {
        Ok(())
    }
    async fn inbox(&self, since: &Mark) -> Inbox {
        let missing = || Content::Missing { why: "fetch it alone".into(), gone: false, line: Line::Unused };
        let one = |n: usize| Message {
            flow: format!("{} {n}", self.name),
            kind: "CustomerInvoiceLC".into(),
            updated_at: None,
            tracking_id: None,
            name: None,
            content: missing(),
        };
        let messages = (0..self.messages).map(one).collect();
        Inbox::Page { messages, unread: 0, next: since.clone(), more: false, retry_after_ms: None, raw: vec![] }
    }
    async fn fetch(&self, flow: &str) -> (Content, Vec<Raw>) {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        (Content::Bytes(format!("<{flow}/>").into_bytes().into()), vec![])
    }
}

async fn state(store: &Handle, platform: &str, flow: String) -> Option<MessageState> {
    let named = MessagesOf::Named { platform: platform.to_owned(), flow };
    store.messages(named).await.unwrap().pop().map(|one| one.state)
}

/// Waits for it, but not as long as the worker sleeps where nothing wakes it.
async fn parked(store: &Handle, platform: &str, flow: &str) {
    let began = std::time::Instant::now();
    while state(store, platform, flow.to_owned()).await != Some(MessageState::Parked) {
        assert!(began.elapsed() < Duration::from_secs(30), "{flow} of {platform} is not looked at");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_hangs_keeps_no_message_of_others_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let store = Handle::start(Arc::new(Sqlite::open(&folder.path().join("s.db")).unwrap())).unwrap();
    let route = |name, hangs, messages| {
        let settings = PlatformSettings { call_timeout: 600_000, ..PlatformSettings::default() };
        (String::from(name), Route::new(Arc::new(Post { name, hangs, messages }), settings))
    };
    let ports = Arc::new(Ports {
        clock: Arc::new(RealClock::default()),
        judge: Arc::new(SimJudge::default()),
        sealer: None,
        routes: HashMap::from([route("dead", true, 80), route("well", false, 20)]),
        settings: Settings::default(),
    });
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(run::run(store.clone(), ports, async move { _ = stopped.await }));
    for n in 0..20 {
        parked(&store, "well", &format!("well {n}")).await;
    }
    assert_ne!(state(&store, "dead", "dead 0".into()).await, Some(MessageState::Parked));
    // What comes while others are read, or nobody reads, is read at once.
    for n in 0..200 {
        let flow = format!("by hand {n}");
        let message = Collect {
            flow: flow.clone(),
            kind: "CDAR".into(),
            name: String::new(),
            tracking: String::new(),
            updated_at: String::new(),
            content: Ok("<none/>".into()),
        };
        let page =
            Collected { platform: String::new(), at: START, messages: vec![message], handed_by: None, mark: None };
        store.collect(page).await.unwrap();
        if n % 3 == 0 {
            parked(&store, "", &flow).await;
        }
    }
    parked(&store, "", "by hand 199").await;
    stop.send(()).unwrap();
    running.await.unwrap();
}
