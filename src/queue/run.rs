//! The worker loop: claims what is due lane by lane, so that a slow or dead platform delays nobody but its own invoices.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::task::{Id, JoinSet};

use super::collect::Listing;
use super::messages::READER;
use super::ports::Ports;
use super::worker::Worker;
use crate::clock::Millis;
use crate::store::{Claim, Handle, Result};

/// Longest sleep, whatever is due when.
const LONGEST_SLEEP: Millis = 60_000;
/// Pause after the store failed.
const STORE_PAUSE: Millis = 1_000;

type Lane = Option<String>;

/// Works until `shutdown` resolves, then lets the calls under way end and returns. Leases that are not given back (the
/// process was killed) are void when the store is opened again.
pub async fn run(store: Handle, ports: Arc<Ports>, shutdown: impl Future<Output = ()>) {
    let worker = Arc::new(Worker::new(store.clone(), ports.clone()));
    let mut running = Running::default();
    let (stop, stopped) = watch::channel(false);
    let mut inboxes = JoinSet::new();
    for name in ports.routes.keys() {
        inboxes.spawn(until(stopped.clone(), listen(worker.clone(), name.clone())));
        inboxes.spawn(until(stopped.clone(), attend(worker.clone(), Beside::Fetch(name.clone()))));
        inboxes.spawn(until(stopped.clone(), attend(worker.clone(), Beside::Speak(name.clone()))));
    }
    inboxes.spawn(until(stopped, read(worker.clone())));
    tokio::pin!(shutdown);
    loop {
        let wake_at = match running.fill(&worker).await {
            Ok(wake_at) => wake_at,
            Err(error) => {
                tracing::error!(%error, "queue waits for the store");
                worker.now() + STORE_PAUSE
            }
        };
        tokio::select! {
            () = &mut shutdown => break,
            failed = running.one_ended(), if !running.tasks.is_empty() => {
                if failed {
                    ports.clock.sleep_until(worker.now() + STORE_PAUSE).await;
                }
            }
            () = store.work() => {}
            () = ports.clock.sleep_until(wake_at) => {}
        }
    }
    _ = stop.send(true);
    while inboxes.join_next().await.is_some() {}
    while !running.tasks.is_empty() {
        running.one_ended().await;
    }
}

/// Does something until told to stop. What it has in hand then is cut off: nothing of it is lost, since all that it keeps is kept in one commit.
async fn until(mut stopped: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = work => {}
    }
}

/// Fetches what a platform has for us, for as long as it has anything of the kind; sooner where a notice says that there is something.
async fn listen(worker: Arc<Worker>, name: String) {
    let mut listing = Listing::default();
    loop {
        let at = match worker.collect(&name, &mut listing).await {
            Ok(None) => return,
            Ok(Some(at)) => at,
            Err(error) => {
                tracing::error!(%error, platform = name, "messages of the platform wait for the store");
                worker.now() + STORE_PAUSE
            }
        };
        let sooner = async {
            match worker.ports.routes.get(&name) {
                Some(route) => route.nudge.notified().await,
                None => std::future::pending().await,
            }
            worker.ports.clock.sleep_until(listing.not_before).await;
        };
        tokio::select! {
            () = worker.ports.clock.sleep_until(at) => {}
            () = sooner => {}
        }
    }
}

/// What is done beside the invoices' own steps, each for itself: nothing of it waits for another one.
enum Beside {
    /// Messages are read as they come, and those that wait.
    Read,
    /// What pages of a platform came without is fetched.
    Fetch(String),
    /// What we say of invoices is sent to a platform.
    Speak(String),
}

impl Beside {
    /// Told when something is kept that may be due at once.
    fn news<'w>(&self, worker: &'w Worker) -> &'w Notify {
        match self {
            Beside::Read | Beside::Fetch(_) => worker.store.arrivals(),
            Beside::Speak(_) => worker.store.posts(),
        }
    }

    /// Does what is due; says when the next is.
    async fn due(&self, worker: &Worker) -> Result<Option<Millis>> {
        match self {
            Beside::Read => worker.read_messages().await,
            Beside::Fetch(platform) => worker.fetch_messages(platform).await,
            Beside::Speak(platform) => worker.send_statements(platform).await,
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Beside::Read => "messages of platforms",
            Beside::Fetch(_) => "messages still to be fetched",
            Beside::Speak(_) => "statements to platforms",
        }
    }
}

/// Does what is due, again and again.
async fn attend(worker: Arc<Worker>, beside: Beside) {
    loop {
        let told = beside.news(&worker).notified();
        tokio::pin!(told);
        // Whatever is kept from here on wakes this one, also while it looks.
        told.as_mut().enable();
        let at = match beside.due(&worker).await {
            Ok(next) => next.unwrap_or(worker.now() + LONGEST_SLEEP),
            Err(error) => {
                tracing::error!(%error, what = beside.what(), "the queue waits for the store");
                worker.now() + STORE_PAUSE
            }
        };
        tokio::select! {
            () = &mut told => {}
            () = worker.ports.clock.sleep_until(at) => {}
        }
    }
}

/// Reads messages; first those that another program could not read: this one may.
async fn read(worker: Arc<Worker>) {
    if let Err(error) = worker.store.anew(READER, None, worker.now()).await {
        tracing::error!(%error, "parked messages of platforms are not looked at again");
    }
    attend(worker, Beside::Read).await;
}

/// Steps under way.
#[derive(Default)]
struct Running {
    tasks: JoinSet<Result<()>>,
    lanes: HashMap<Id, Lane>,
    count: HashMap<Lane, usize>,
}

impl Running {
    /// Claims and starts what is due and has room; says when to look again.
    async fn fill(&mut self, worker: &Arc<Worker>) -> Result<Millis> {
        worker.give_back().await?;
        let now = worker.now();
        let mut wake_at = now + LONGEST_SLEEP;
        for due in worker.store.due().await? {
            let (left_alone, most) = match &due.lane {
                None => (None, worker.ports.settings.judges.max(1)),
                Some(platform) => worker.health(platform),
            };
            let earliest = left_alone.unwrap_or(due.at).max(due.at);
            if earliest > now {
                wake_at = wake_at.min(earliest);
                continue;
            }
            let busy = self.count.get(&due.lane).copied().unwrap_or(0);
            // Without room, the end of a running step wakes the loop.
            let limit = most.saturating_sub(busy);
            if limit == 0 {
                continue;
            }
            let until = now + lease(worker, due.lane.as_deref());
            let leases = worker.store.claim(Claim { lane: due.lane.clone(), now, until, limit }).await?;
            if leases.len() < limit {
                // The lane has more room than work now; its next work may be due before the longest sleep ends.
                wake_at = wake_at.min(now + 100);
            }
            for lease in leases {
                let worker = worker.clone();
                let task = self.tasks.spawn(async move { worker.advance(lease).await });
                self.lanes.insert(task.id(), due.lane.clone());
                *self.count.entry(due.lane.clone()).or_default() += 1;
            }
        }
        Ok(wake_at)
    }

    /// Waits for one step to end; true where the store failed under it.
    async fn one_ended(&mut self) -> bool {
        let (id, failed) = match self.tasks.join_next_with_id().await {
            None => return false,
            Some(Ok((id, ended))) => (id, ended.is_err()),
            Some(Err(error)) => {
                // A panic: its lease ends by itself, and the count of takes parks the invoice if it goes on.
                let why = if error.is_panic() { "it panicked" } else { "it was cut off" };
                tracing::error!(why, "a step of the queue ended early");
                (error.id(), false)
            }
        };
        if let Some(lane) = self.lanes.remove(&id)
            && let Some(count) = self.count.get_mut(&lane)
        {
            *count = count.saturating_sub(1);
        }
        failed
    }
}

/// How long a lease in a lane lasts: longer than the longest call made under it.
pub(super) fn lease(worker: &Worker, lane: Option<&str>) -> Millis {
    let settings = &worker.ports.settings;
    let longest = match lane {
        None => settings.judge_lease,
        Some(platform) => worker.ports.routes.get(platform).map_or(0, |route| route.settings.call_timeout),
    };
    longest + settings.lease_margin
}
