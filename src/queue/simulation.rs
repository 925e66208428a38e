//! A seeded simulation of the queue: random invoices, a platform that refuses, loses answers and repeats itself, a process
//! that ends at any point, a store that fails. The real store, the real worker, a clock moved by hand. The same seed is
//! the same run: `FACTEUR_SEED=17 cargo test simulation`; `FACTEUR_SEEDS=5000` runs more of them.

mod check;
mod dice;
mod failing;
mod papers;
mod platform;
mod scenes;
mod sealer;
mod spoken;
mod world;

use std::collections::HashMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use self::dice::Dice;
use self::failing::Failing;
use self::papers::{Paper, SimJudge};
use self::platform::SimPlatform;
use self::sealer::SimSealer;
use self::world::World;
use super::*;
use crate::clock::{Clock, ManualClock, Millis};
use crate::lifecycle::State;
use crate::platforms::Mark;
use crate::problems::{Family, Problem};
use crate::queue::acts::{Act, ActError};
use crate::store::sqlite::Sqlite;
use crate::store::{
    Accepted, Claim, Due, Event, Handle, Incoming, InvoiceFilter, InvoiceRow, Keyed, MessageState, MessagesOf,
    NumberKey, PlatformMessage, ProblemFilter, Result, Step, Store, StoreError, Turn, Write, Written,
};

const START: Millis = 1_795_219_200_000;
const SEEDS: u64 = 400;
/// Turns after which a run that has not settled never will.
const TURNS: usize = 60_000;

#[test]
fn nothing_is_lost_and_nothing_is_sent_twice() {
    let seeds = match std::env::var("FACTEUR_SEED") {
        Ok(seed) => seed.parse().map(|seed: u64| seed..seed + 1).expect("FACTEUR_SEED is a number"),
        Err(_) => 0..std::env::var("FACTEUR_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS),
    };
    let seen = all(seeds.clone());
    // A simulation that never met what it is for proves nothing.
    if seeds.end - seeds.start >= 100 {
        for what in [
            "crash",
            "lost-answer",
            "found",
            "absent",
            "resend",
            "replaced",
            "refused",
            "paid",
            "parked",
            "duplicate",
            "cut-off",
            "store-failed",
            "late",
            "answer-late",
            "said-again",
            "released",
            "absent-released",
            "sealed",
            "sealed-anew",
            "seal-waits",
            "seal-cut-off",
            "seal-false",
            "died-sealing",
            "judged-again",
            "held",
            "ready-again",
            "written",
            "written-anew",
            "judged-as-kept",
            "listed",
            "fetched",
            "message",
            "parked-message",
            "said-taken",
            "said-refused",
            "can-receive",
            "cannot-receive",
            "recalled",
            "directory-silent",
            "held-recipient",
            "sent-after-held",
        ] {
            assert!(seen.get(what).copied().unwrap_or(0) > 5, "too little of {what}: {seen:?}");
        }
    }
    println!("{} seeds: {seen:?}", seeds.end - seeds.start);
}

/// Runs all seeds, as many at once as there are cores, and counts what was seen. A run depends on its seed alone.
fn all(seeds: std::ops::Range<u64>) -> HashMap<&'static str, u64> {
    let next = AtomicU64::new(seeds.start);
    let some = || {
        let mut seen = HashMap::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return seen;
            }
            let _named = Named(seed);
            for (what, count) in run(seed) {
                *seen.entry(what).or_insert(0u64) += count;
            }
        }
    };
    let mut seen = HashMap::new();
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(some)).collect();
        for worker in workers {
            for (what, count) in worker.join().unwrap() {
                *seen.entry(what).or_insert(0) += count;
            }
        }
    });
    seen
}

/// Says the seed where a run fails.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("simulation failed: run it again with FACTEUR_SEED={}", self.0);
        }
    }
}

/// The process's life: ends when the countdown of store and platform calls is over.
pub(super) struct Life {
    countdown: AtomicI64,
    over: AtomicBool,
}

impl Life {
    fn new(calls: i64) -> Arc<Self> {
        Arc::new(Self { countdown: AtomicI64::new(calls), over: AtomicBool::new(false) })
    }

    /// Counts one point at which the process may end; true where it ends here.
    pub(super) fn ends_here(&self) -> bool {
        if self.countdown.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.over.store(true, Ordering::Relaxed);
        }
        self.is_over()
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

type Task = Pin<Box<dyn Future<Output = Result<()>>>>;

/// One run: the platform's side and what was promised to the outside outlive every crash.
struct Run {
    dice: Dice,
    clock: Arc<ManualClock>,
    world: Arc<World>,
    papers: Vec<Paper>,
    /// Papers whose acceptance was not confirmed yet, with the time at which they are posted.
    to_post: Vec<(Millis, usize)>,
    promised: Vec<(String, usize)>,
    /// Statements whose keeping was confirmed.
    spoken: Vec<String>,
    crashes_left: u32,
    /// A key is configured: nothing leaves without a seal.
    sealing: bool,
    /// The edition of the customer files; persons change them.
    edition: Arc<AtomicU64>,
    seen: HashMap<&'static str, u64>,
    turns: usize,
    /// When the platform that tells by messages is asked next.
    listen_at: Arc<AtomicI64>,
}

fn run(seed: u64) -> HashMap<&'static str, u64> {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let path = folder.path().join("s.db");
    let mut dice = Dice::new(seed);
    let clock = Arc::new(ManualClock::at(START));
    let papers: Vec<Paper> = (0..dice.below(9) + 3).map(|n| Paper::random(&mut dice, n)).collect();
    let to_post = (0..papers.len()).map(|n| (START + dice.below(6_000_000) as Millis, n)).collect();
    let mut run = Run {
        crashes_left: dice.below(9) as u32,
        sealing: dice.one_in(2),
        edition: Arc::default(),
        world: Arc::new(World::new(dice.fork(), clock.clone())),
        dice,
        clock,
        papers,
        to_post,
        promised: Vec::new(),
        spoken: Vec::new(),
        seen: HashMap::new(),
        turns: 0,
        listen_at: Arc::default(),
    };
    while !run.live(&path) {
        *run.seen.entry("crash").or_insert(0) += 1;
    }
    let store = Sqlite::open(&path).unwrap();
    check::all(&run, &store);
    let at_platform = run.world.inner.lock().unwrap().spoken.clone();
    spoken::hold(&mut run.seen, &run.spoken, &at_platform, &store);
    for what in &run.world.inner.lock().unwrap().seen {
        *run.seen.entry(what).or_insert(0) += 1;
    }
    let parked = MessagesOf::List { state: Some(MessageState::Parked), before: None, limit: 1_000 };
    *run.seen.entry("parked-message").or_insert(0) += store.messages(&parked).unwrap().len() as u64;
    let mut unreachable = std::collections::HashSet::new();
    let mut again = std::collections::HashSet::new();
    for event in store.events(None, 0, usize::MAX).unwrap() {
        let ended = matches!(event.kind.as_str(), "ready" | "blocked");
        if ended && again.remove(&event.invoice_id) {
            let what = if event.kind == "ready" { "ready-again" } else { "held" };
            *run.seen.entry(what).or_insert(0) += 1;
        }
        if event.kind == "judged-again" {
            again.insert(event.invoice_id.clone());
        }
        if event.kind == "parked" && event.data["code"] == "recipient" {
            *run.seen.entry("held-recipient").or_insert(0) += 1;
            unreachable.insert(event.invoice_id.clone());
        }
        if event.kind == "intent" && unreachable.remove(&event.invoice_id) {
            *run.seen.entry("sent-after-held").or_insert(0) += 1;
        }
        let what = match event.kind.as_str() {
            "settled" if event.data["how"] == "found" => "found",
            "settled" if event.data["how"] == "told" => "told-there",
            "settled" if event.data["released_by"].is_string() => "absent-released",
            "settled" => "absent",
            "resend" => "resend",
            "answer-late" => "answer-late",
            "problem-changed" => "said-again",
            "released" => "released",
            "problem-opened" if event.data["reopened"] == true => "reopened",
            "sealed" if event.data["anew"] == true => "sealed-anew",
            "sealed" => "sealed",
            "written" if event.data["former_sha256"].is_string() => "written-anew",
            "written" => "written",
            "judged" if event.data["kept"] == true => "judged-as-kept",
            "seal-waits" => "seal-waits",
            "judged-again" => "judged-again",
            "replaced" => "replaced",
            "refused" => "refused",
            "paid" => "paid",
            "parked" => "parked",
            "message" => "message",
            "blocked" if !event.data["number_held_by"].is_null() => "duplicate",
            _ => continue,
        };
        *run.seen.entry(what).or_insert(0) += 1;
    }
    run.seen
}

impl Run {
    /// One life of the process; true where everything settled, false where it crashed.
    fn live(&mut self, path: &Path) -> bool {
        let calls = if self.crashes_left > 0 { 1 + self.dice.below(120) as i64 } else { i64::MAX };
        self.crashes_left = self.crashes_left.saturating_sub(1);
        let life = Life::new(calls);
        let inner = Sqlite::open(path).expect("a store opens again after any crash");
        let dice = std::sync::Mutex::new(self.dice.fork());
        let clock = self.clock.clone();
        let failing = Arc::new(Failing { inner, life: life.clone(), dice, edition: self.edition.clone(), clock });
        let store = Handle::direct(failing.clone());
        let worker = Arc::new(Worker::new(store.clone(), self.ports(&life, &failing)));
        let mut tasks: Vec<Task> = Vec::new();
        let (mut idle, speaking) = (0, Arc::<AtomicBool>::default());
        while !life.is_over() {
            self.turns += 1;
            assert!(self.turns < TURNS, "does not settle: {}", self.unsettled(&store));
            self.post(&store);
            self.meddle(&store);
            self.state(&store);
            self.listen(&store, &worker, &mut tasks);
            self.speak(&store, &worker, &speaking, &mut tasks);
            // While calls are under way, new work is looked for now and then only.
            if tasks.is_empty() || self.dice.one_in(6) {
                self.claim(&store, &worker, &mut tasks);
            }
            if !tasks.is_empty() && self.dice.one_in(400) {
                // The machine was suspended under its calls: every lease is over, and others take the steps.
                self.clock.advance_to(self.clock.now() + 900_000);
                self.claim(&store, &worker, &mut tasks);
            }
            if self.poll_one(&mut tasks) {
                idle = 0;
                continue;
            }
            idle += 1;
            if tasks.is_empty() {
                if !self.pass_time(&store, &life) && !life.is_over() {
                    return true;
                }
            } else if idle > 40 {
                // All calls wait for the clock.
                self.clock.advance_to(self.clock.now() + 5_000);
                idle = 0;
            }
        }
        false
    }

    /// What still waits, for the one who reads why a run does not end.
    fn unsettled(&self, store: &Handle) -> String {
        let mut rows = now_or_never(store.invoices(InvoiceFilter::default())).unwrap_or_default();
        rows.retain(|row| row.due_at.is_some());
        let messages = MessagesOf::List { state: None, before: None, limit: 1_000 };
        let mut messages = now_or_never(store.messages(messages)).unwrap_or_default();
        messages.retain(|message| message.invoice.is_none());
        format!("{rows:#?} {messages:#?}")
    }

    fn ports(&mut self, life: &Arc<Life>, store: &Arc<Failing>) -> Arc<Ports> {
        let mut routes = HashMap::new();
        for (name, absence_proof) in [("proving", Some(600_000)), ("vague", None), ("told", Some(600_000))] {
            let seals = self.sealing.then(|| store.clone());
            let platform = SimPlatform { name, world: self.world.clone(), life: life.clone(), seals };
            let settings = PlatformSettings {
                absence_proof,
                family: if name == "told" { Family::Pa } else { Family::Chorus },
                park_unknown_after: 3_600_000,
                call_timeout: 20_000,
                follow_first: 240_000,
                follow_most: 3_600_000,
                circuit_after: 3,
                ..PlatformSettings::default()
            };
            routes.insert(name.to_owned(), Route::new(Arc::new(platform), settings));
        }
        let settings = Settings { judge_inline: true, ..Settings::default() };
        let sealer = SimSealer { world: self.world.clone(), life: life.clone() };
        let sealer = self.sealing.then(|| Arc::new(sealer) as Arc<dyn Sealer>);
        let judge = Arc::new(SimJudge { edition: self.edition.clone() });
        Arc::new(Ports { clock: self.clock.clone(), judge, sealer, routes, settings })
    }

    /// Posts what is due, again where an earlier answer was lost with the process.
    fn post(&mut self, store: &Handle) {
        let now = self.clock.now();
        let due: Vec<usize> = self.to_post.iter().filter(|(at, _)| *at <= now).map(|(_, n)| *n).collect();
        for n in due {
            let incoming = Incoming {
                bytes: self.papers[n].bytes().into(),
                received_at: now,
                source: "http".into(),
                idempotency_key: Some(format!("key-{n}")),
            };
            match now_or_never(store.accept(incoming)) {
                Ok(Accepted::New { id } | Accepted::Known { id }) => {
                    self.promised.push((id, n));
                    self.to_post.retain(|(_, other)| *other != n);
                }
                Ok(conflict) => panic!("{conflict:?}"),
                Err(_) => return,
            }
        }
    }

    /// What persons do, now and then, wherever an invoice stands.
    fn meddle(&mut self, store: &Handle) {
        if self.dice.one_in(150) {
            self.edition.fetch_add(1, Ordering::Relaxed);
        }
        if self.promised.is_empty() || !self.dice.one_in(250) {
            return;
        }
        // Persons look at what waits for them, more than at the rest.
        let (now, mut id, mut row) = (self.clock.now(), String::new(), None::<InvoiceRow>);
        for _ in 0..4 {
            let n = self.dice.below(self.promised.len() as u64) as usize;
            id = self.promised[n].0.clone();
            row = now_or_never(store.invoice(&id)).ok().flatten();
            if row.as_ref().is_some_and(|row| row.state == Some(State::Parked)) {
                break;
            }
        }
        let blocked = row.as_ref().is_some_and(|row| row.state == Some(State::Blocked));
        // Somebody who releases out of a doubt has looked: what is there can be found, and no call is leaving any more.
        let looked = row.as_ref().is_some_and(|row| {
            row.parked_from == Some(State::Unknown)
                && row.call_until.is_none_or(|until| until <= now)
                && !self.world.hidden(&id, now)
        });
        let offered = row.as_ref().and_then(|row| now_or_never(next::of(store, row)).ok()).map(|next| next.acts);
        let unreachable = row.as_ref().is_some_and(|row| {
            row.parked_from == Some(State::Ready)
                && row.reception.as_ref().is_some_and(|told| !told.findings.is_empty())
        });
        let die = self.dice.below(6);
        let (act, done) = match die {
            0 if blocked || unreachable => {
                (Act::Release, now_or_never(acts::release(store, &id, "ann", "agreed with the customer", now)))
            }
            0..=4 if looked => {
                (Act::Release, now_or_never(acts::release(store, &id, "ann", "not there, I looked", now)))
            }
            1 => (Act::Cancel, now_or_never(acts::cancel(store, &id, "ann", "not due", now))),
            2 => (Act::Park, now_or_never(acts::park(store, &id, "ann", "wait for the contract", now))),
            _ => (Act::Retry, now_or_never(acts::retry(store, &id, "ann", now))),
        };
        // What is offered is what is taken, and the other way round; a worker or a failing store may come in between.
        let taken = match &done {
            Ok(_) => Some(true),
            Err(ActError::NotNow { .. } | ActError::NumberTaken { .. }) => Some(false),
            Err(_) => None,
        };
        if let (Some(offered), Some(taken)) = (offered, taken) {
            assert_eq!(offered.contains(&act), taken, "{act:?} of {row:?}: {done:?}");
        }
        if done.is_ok() {
            *self.seen.entry("act").or_insert(0) += 1;
        }
    }

    fn claim(&mut self, store: &Handle, worker: &Arc<Worker>, tasks: &mut Vec<Task>) {
        if now_or_never(worker.give_back()).is_err() {
            return;
        }
        let now = self.clock.now();
        let Ok(due) = now_or_never(store.due()) else { return };
        for due in due.into_iter().filter(|due| due.at <= now) {
            let (left_alone, most) = due.lane.as_deref().map_or((None, 3), |lane| worker.health(lane));
            if left_alone.is_some() || tasks.len() > 6 {
                continue;
            }
            let until = now + run::lease(worker, due.lane.as_deref());
            let limit = 1 + self.dice.below(most.min(3) as u64) as usize;
            let Ok(leases) = now_or_never(store.claim(Claim { lane: due.lane, now, until, limit })) else { return };
            for lease in leases {
                let worker = worker.clone();
                tasks.push(Box::pin(async move { worker.advance(lease).await }));
            }
        }
    }

    /// Lists the messages that wait at the platform, and reads what came.
    fn listen(&mut self, store: &Handle, worker: &Arc<Worker>, tasks: &mut Vec<Task>) {
        if tasks.len() > 6 || !self.dice.one_in(5) {
            return;
        }
        let now = self.clock.now();
        let Ok(waits) = now_or_never(self.next_message(store)) else { return };
        if waits.is_none_or(|at| at > now) {
            return;
        }
        let (one, two, other) = (worker.clone(), worker.clone(), worker.clone());
        let next = self.listen_at.clone();
        tasks.push(Box::pin(async move {
            let at = one.collect("told", &mut Default::default()).await?;
            next.store(at.expect("it has an inbox"), Ordering::Relaxed);
            Ok(())
        }));
        tasks.push(Box::pin(async move { two.fetch_messages("told").await.map(|_| ()) }));
        tasks.push(Box::pin(async move { other.read_messages().await.map(|_| ()) }));
    }

    /// When the next message can be listed or is to be looked at.
    async fn next_message(&self, store: &Handle) -> Result<Option<Millis>> {
        let mark = store.mark("told").await?;
        let mark = mark.map(|(mark, _)| serde_json::from_str::<Mark>(&mark).unwrap());
        let after = mark.and_then(|mark| mark.after).map_or(START, |after| after.parse().unwrap());
        let read = store.messages_due(Turn::Read { fetched_from: vec!["told".into()] }).await?;
        let fetch = store.messages_due(Turn::Fetch("told".into())).await?;
        let listen_at = self.listen_at.load(Ordering::Relaxed);
        let letter = self.world.next_letter(after).map(|at| at.max(listen_at));
        Ok(letter.into_iter().chain(read).chain(fetch).min())
    }

    /// Polls one task at random; true where it ended.
    fn poll_one(&mut self, tasks: &mut Vec<Task>) -> bool {
        if tasks.is_empty() {
            return false;
        }
        let n = self.dice.below(tasks.len() as u64) as usize;
        match tasks[n].as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => false,
            Poll::Ready(ended) => {
                if ended.is_err() {
                    *self.seen.entry("store-failed").or_insert(0) += 1;
                }
                drop(tasks.swap_remove(n));
                true
            }
        }
    }

    /// Moves to the next moment at which something happens; false where nothing ever will.
    fn pass_time(&mut self, store: &Handle, life: &Arc<Life>) -> bool {
        let due = loop {
            match now_or_never(store.due()) {
                Ok(due) => break due,
                Err(_) if life.is_over() => return false,
                Err(_) => {}
            }
        };
        let message = loop {
            match now_or_never(self.next_message(store)) {
                Ok(message) => break message,
                Err(_) if life.is_over() => return false,
                Err(_) => {}
            }
        };
        let statement = loop {
            match now_or_never(store.statements_due(spoken::TAKES)) {
                Ok(statement) => break statement,
                Err(_) if life.is_over() => return false,
                Err(_) => {}
            }
        };
        let posts = self.to_post.iter().map(|(at, _)| *at);
        match due.iter().map(|due| due.at).chain(posts).chain(message).chain(statement).min() {
            None => false,
            Some(next) => {
                // Where something due waits for a circuit, time passes in small pieces.
                self.clock.advance_to(next.max(self.clock.now() + 1_000));
                true
            }
        }
    }
}

/// Runs a future that never waits: those of a direct handle.
pub(super) fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a direct handle waits for nothing"),
    }
}
