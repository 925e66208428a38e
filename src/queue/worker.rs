//! Takes one step of one invoice: the calls around what the rest of this room decides.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::again;
use super::asked::asked;
use super::chain::means;
use super::deposit;
use super::draft::{Draft, FACTEUR, Fault};
use super::heard::{followed, heard, there_already};
use super::judged::{Standing, judged};
use super::ports::{Judged, Ports, Route, Verdict};
use super::reception;
use super::sealing::{Seal, attach, hold};
use super::settings::backoff;
use super::trouble;
use crate::clock::{Millis, day_of};
use crate::lifecycle::State;
use crate::platforms::{Deposit, Intent, Line};
use crate::problems::Problem;
use crate::store::{Document, Handle, Held, InvoiceRow, JudgedOn, Lease, ProblemFilter, Related, Step, StoreError};
use crate::telemetry::{Outcome, metrics};

/// How often a decision is taken anew because what it stood on changed meanwhile.
const DECISIONS: usize = 8;
/// Invoices named as coming before one, of which it is looked whether it corrects them.
const CITED: usize = 10;
/// Numbers that can be decided on at the same time.
const DECIDING: usize = 32;
/// How often an answer is offered to a store that fails, and the pause between.
const OFFERS: u32 = 10;
const OFFER_PAUSE: Millis = 250;
const OFFER_PAUSE_MOST: Millis = 5_000;
/// How long a large document waits in hand for room in memory, and how long it is then left alone: others are judged meanwhile.
const HOLDING: Duration = Duration::from_secs(2);
const NO_ROOM: Millis = 1_000;

/// Takes steps. One for all invoices; what is remembered of platforms is with their routes.
pub struct Worker {
    pub(super) store: Handle,
    pub(super) ports: Arc<Ports>,
    /// Leases whose step ended when the store failed: given back as soon as it works again.
    owed: Mutex<Vec<Lease>>,
    /// Judgements of one number are decided one after the other, or two documents judged at once would not see each other. Numbers share a few locks.
    deciding: [tokio::sync::Mutex<()>; DECIDING],
}

/// Why a step did not end as it should.
#[derive(Debug)]
pub(super) enum Trip {
    Store(StoreError),
    Fault(Fault),
}

impl From<StoreError> for Trip {
    fn from(error: StoreError) -> Self {
        Trip::Store(error)
    }
}

impl From<Fault> for Trip {
    fn from(fault: Fault) -> Self {
        Trip::Fault(fault)
    }
}

impl Worker {
    pub fn new(store: Handle, ports: Arc<Ports>) -> Self {
        Self { store, ports, owed: Mutex::default(), deciding: Default::default() }
    }

    /// Takes the next step of a leased invoice and gives the lease back. An error means that the store failed: the caller
    /// waits a little before it claims more, and the lease goes back by [`Worker::give_back`]. Whatever else goes wrong is
    /// on the invoice's own row.
    pub async fn advance(&self, lease: Lease) -> Result<(), StoreError> {
        let ended = self.advance_one(&lease).await;
        if matches!(ended, Err(StoreError::Failed(_))) {
            self.owed.lock().unwrap_or_else(PoisonError::into_inner).push(lease);
        }
        ended
    }

    /// Gives back the leases that a failing store kept, so that their invoices need not wait for the end of those. What the
    /// row says by now tells how to go on: a call under way becomes a doubt. An error means that the store still fails.
    pub async fn give_back(&self) -> Result<(), StoreError> {
        let mut owed = std::mem::take(&mut *self.owed.lock().unwrap_or_else(PoisonError::into_inner));
        while let Some(lease) = owed.pop() {
            // Given back, or somebody else's by now; or the store still fails.
            let given = self.record(Draft::give_back(&lease.row, self.now()), lease.fence).await;
            if let Err(Trip::Store(error @ StoreError::Failed(_))) = given {
                owed.push(lease);
                self.owed.lock().unwrap_or_else(PoisonError::into_inner).append(&mut owed);
                return Err(error);
            }
        }
        Ok(())
    }

    async fn advance_one(&self, lease: &Lease) -> Result<(), StoreError> {
        let ended = self.step(lease).await;
        let (step, result) = (step_of(&lease.row), result_of(&ended));
        metrics().step(step, result);
        tracing::debug!(invoice = lease.row.id, step, result, "step of the queue");
        let trip = match ended {
            Ok(()) => return Ok(()),
            Err(trip) => trip,
        };
        let after = match trip {
            Trip::Store(StoreError::LeaseLost) => return Ok(()),
            Trip::Store(error @ StoreError::Failed(_)) => return Err(error),
            // Too many others changed the same things: later, then.
            Trip::Store(_) => Draft::give_back(&lease.row, self.now()),
            Trip::Fault(fault) => {
                tracing::warn!(invoice = lease.row.id, step, error = %fault, "a step failed for our own reasons; tried again");
                self.failed(&lease.row, &fault)
            }
        };
        match self.record(after, lease.fence).await {
            Err(Trip::Store(error @ StoreError::Failed(_))) => Err(error),
            // The row changed since (an intent): only the lease goes back, and the row itself says how to go on.
            Err(_) => match self.record(Draft::give_back(&lease.row, self.now()), lease.fence).await {
                Err(Trip::Store(error @ StoreError::Failed(_))) => Err(error),
                _ => Ok(()),
            },
            Ok(()) => Ok(()),
        }
    }

    /// Until when a platform is left alone, and how many calls it may have at once.
    pub fn health(&self, platform: &str) -> (Option<Millis>, usize) {
        let Some(route) = self.ports.routes.get(platform) else { return (None, 1) };
        let (all, now) = (route.settings.concurrency.max(1), self.now());
        let circuit = route.line.lock().unwrap_or_else(PoisonError::into_inner);
        (circuit.closed_to_calls(now), circuit.calls(all))
    }

    async fn step(&self, lease: &Lease) -> Result<(), Trip> {
        let row = &lease.row;
        let state = row.state.unwrap_or(State::Received);
        if lease.takes > self.ports.settings.takes && state != State::Sending {
            let mut draft = Draft::new(row, self.now());
            draft.park("taken up several times and never ended: this document may bring facteur down");
            return self.record(draft, lease.fence).await;
        }
        if state == State::Received {
            return self.judge(lease).await;
        }
        let Some((name, route)) = self.route(row) else {
            return self.park_unrouted(lease, state).await;
        };
        match state {
            State::Ready => self.deliver(lease, name, route).await,
            State::Sending => self.record(deposit::interrupted(row, &route.settings, self.now()), lease.fence).await,
            State::Unknown if row.reference.is_none() && row.platform_invoice.is_none() => {
                self.ask(lease, name, route).await
            }
            state if followed(state) => self.follow(lease, name, route).await,
            state => Err(Fault(format!("nothing is due in state {state}")).into()),
        }
    }

    async fn judge(&self, lease: &Lease) -> Result<(), Trip> {
        let row = &lease.row;
        let bytes = match self.store.hold(&row.sha256, HOLDING).await? {
            Held::Here(bytes) => bytes,
            Held::Absent => return Err(absent(&row.sha256).into()),
            // Judging goes on elsewhere meanwhile: this one comes back in a moment.
            Held::NoRoom => return self.record(Draft::later(row, self.now(), NO_ROOM), lease.fence).await,
        };
        // What a deposit was begun with is what leaves, and so what is judged, whatever would be written by now.
        let kept = match row.fixed() {
            None => None,
            Some(outgoing) => match self.store.hold(&outgoing.sha256, HOLDING).await? {
                Held::Here(kept) => Some(kept),
                Held::Absent => return Err(absent(&outgoing.sha256).into()),
                Held::NoRoom => return self.record(Draft::later(row, self.now(), NO_ROOM), lease.fence).await,
            },
        };
        let verdict = self.judge_bytes(bytes, kept, row).await?;
        let mut hasher = DefaultHasher::new();
        verdict.number_key.hash(&mut hasher);
        let _one_at_a_time = match &verdict.number_key {
            Some(_) => Some(self.deciding[hasher.finish() as usize % DECIDING].lock().await),
            None => None,
        };
        for _ in 0..DECISIONS {
            let standing = self.standing(&row.id, &verdict).await?;
            let known = self.problems(&row.id).await?;
            let draft = judged(row, &verdict, &standing, &known, self.now())?;
            // The number's holder may make a valid document invalid.
            let kept = if standing.held_by_another(&row.id) { Verdict::Invalid } else { verdict.verdict };
            match self.record(draft, lease.fence).await {
                Ok(()) => {
                    metrics().judged(kept.as_str());
                    return Ok(());
                }
                Err(Trip::Store(StoreError::NumberTaken { .. } | StoreError::Stale(_) | StoreError::Busy(_))) => {}
                other => return other,
            }
        }
        Err(StoreError::Stale(format!("what invoice {} was judged on", row.id)).into())
    }

    async fn judge_bytes(&self, bytes: Bytes, kept: Option<Bytes>, row: &InvoiceRow) -> Result<Judged, Trip> {
        let (judge, as_of) = (self.ports.judge.clone(), day_of(self.now()));
        let (id, sha256, leaving) = (row.id.clone(), row.sha256.clone(), row.leaving().to_owned());
        let work = move || {
            for (bytes, sha256) in [(Some(&bytes), sha256), (kept.as_ref(), leaving)] {
                let Some(bytes) = bytes else { continue };
                let found = hex(&Sha256::digest(bytes));
                if found != sha256 {
                    return Err(Fault(format!("document {sha256} came out of the store as {found}")));
                }
            }
            let judged = catch_unwind(AssertUnwindSafe(|| judge.judge(&bytes, &id, as_of, kept.as_ref())));
            judged.map_err(|_| Fault("judging the document panicked".into()))
        };
        let began = Instant::now();
        let ended = if self.ports.settings.judge_inline {
            work()
        } else {
            tokio::task::spawn_blocking(work)
                .await
                .unwrap_or_else(|_| Err(Fault("judging the document panicked".into())))
        };
        metrics().judging(began.elapsed());
        Ok(ended?)
    }

    async fn standing(&self, id: &str, verdict: &Judged) -> Result<Standing, Trip> {
        let Some(key) = &verdict.number_key else { return Ok(Standing::default()) };
        let mut standing = Standing { holder: self.store.holder(key).await?, ..Standing::default() };
        if standing.held_by_another(id) {
            // It is blocked whoever else bears the number, and replaces none of them.
            return Ok(standing);
        }
        for bearer in self.store.bearers(key).await? {
            let problems = self.problems(&bearer.id).await?;
            standing.bearers.push((bearer, problems));
        }
        let naming = InvoiceRow { id: id.to_owned(), facts: verdict.facts.clone(), ..InvoiceRow::default() };
        for cited in verdict.facts.cites.iter().take(CITED) {
            let Some(key) = naming.facts.key_of(cited) else { continue };
            for old in self.store.related(Related::Bearing(key)).await? {
                if old.state == Some(State::Refused) && means(&naming, cited, &old) {
                    standing.cited.push(old);
                }
            }
        }
        Ok(standing)
    }

    async fn deliver(&self, lease: &Lease, name: &str, route: &Route) -> Result<(), Trip> {
        let row = &lease.row;
        if row.is_there_already() {
            let there = |known: &[Problem], at| Ok(there_already(row, known, &route.settings, at));
            return self.decide(lease, there).await;
        }
        if let Some(why) = self.outdated(row) {
            return self.record(again::judge_again(row, why, self.now()), lease.fence).await;
        }
        let heard = reception::look(&self.store, &self.ports.clock, name, route, row).await;
        if let Some(heard) = heard.as_ref().filter(|heard| heard.holds(row)) {
            return self.decide(lease, |known, at| Ok(reception::hold(row, heard, known, at))).await;
        }
        let intent = intent_of(row)?;
        let document = self.document(row, &intent).await?;
        let seal = match self.sealed(row).await? {
            Seal::Not(why) => return self.record(hold(row, &why, &self.ports.settings, self.now()), lease.fence).await,
            Seal::Off | Seal::There => None,
            Seal::Made(sealed) => Some(sealed),
        };
        // Reading and sealing took their time: nothing may have come in between when the intent is written.
        if let Some(why) = self.outdated(row) {
            return self.record(again::judge_again(row, why, self.now()), lease.fence).await;
        }
        let mut draft = deposit::intend(row, &intent, &self.ports.settings, &route.settings, self.now());
        if let Some(sealed) = seal {
            attach(&mut draft, sealed);
        }
        if let Some(heard) = &heard {
            reception::note(&mut draft, heard, &self.problems(&row.id).await?);
        }
        // As the store has it after the intent.
        let mut sending = draft.row.clone();
        sending.version += 1;
        self.record(draft, lease.fence).await?;

        let outcome = self.call_deposit(name, route, &intent, &document).await;
        metrics().deposit(name, outcome_of(&outcome));
        self.keep_outcome(lease, &sending, &outcome, route).await
    }

    /// Why the verdict that it is to leave by is not today's; none where it is.
    fn outdated(&self, row: &InvoiceRow) -> Option<again::Why> {
        let now = JudgedOn { day: day_of(self.now()), basis: self.ports.judge.basis() };
        again::outdated(row, &now)
    }

    /// An answer is worth more than any other write: it is offered again to a store that fails for a moment, and kept as an
    /// event where the lease was lost meanwhile.
    async fn keep_outcome(
        &self,
        lease: &Lease,
        sending: &InvoiceRow,
        outcome: &Deposit,
        route: &Route,
    ) -> Result<(), Trip> {
        let mut offers = 0;
        loop {
            let decide = |known: &[Problem], at| Ok(deposit::ended(sending, outcome, known, &route.settings, at));
            match self.decide(lease, decide).await {
                Err(Trip::Store(StoreError::Failed(_))) if offers < OFFERS => {
                    let pause = OFFER_PAUSE.saturating_mul(1 << offers).min(OFFER_PAUSE_MOST);
                    offers += 1;
                    self.ports.clock.sleep_until(self.now() + pause).await;
                }
                Err(Trip::Store(StoreError::LeaseLost)) => {
                    let mut draft = deposit::ended(sending, outcome, &[], &route.settings, self.now());
                    draft.events.retain(|event| event.kind == "answer");
                    draft.say("answer-late", json!({ "why": "the answer came after the lease of its step had ended" }));
                    let (invoice_id, at) = (sending.id.clone(), draft.at);
                    let step = Step { invoice_id, at, events: draft.events, ..Step::default() };
                    return Ok(self.store.record(step).await?);
                }
                other => return other,
            }
        }
    }

    async fn ask(&self, lease: &Lease, name: &str, route: &Route) -> Result<(), Trip> {
        let row = &lease.row;
        let intent = intent_of(row)?;
        let (asked_at, search) = self.call_search(name, route, &intent).await;
        self.decide(lease, |known, at| Ok(asked(row, &search, asked_at, known, &route.settings, at))).await
    }

    async fn follow(&self, lease: &Lease, name: &str, route: &Route) -> Result<(), Trip> {
        let row = &lease.row;
        let intent = intent_of(row)?;
        let known = (row.reference.as_deref(), row.platform_invoice.as_deref());
        let follow = self.call_follow(name, route, &intent, known).await;
        self.decide(lease, |known, at| Ok(heard(row, &follow, known, &route.settings, at))).await?;
        Ok(self.corrected(&row.id).await?)
    }

    /// What was wrong with a refused invoice is over once the platform has the one that corrects it as an invoice. Looked at whenever something is heard of that one,
    /// so that it is done at last whatever comes in between; a credit note ends no claim by itself.
    pub(super) async fn corrected(&self, id: &str) -> Result<(), StoreError> {
        let Some(row) = self.store.invoice(id).await? else { return Ok(()) };
        let stands = row.state.is_some_and(|state| state.may_exist_at_platform() && state != State::Refused);
        if row.corrects.is_empty() || !row.existed || !stands || row.facts.is_credit() {
            return Ok(());
        }
        for old in &row.corrects {
            for _ in 0..DECISIONS {
                let Some(old) = self.store.invoice(old).await?.filter(|old| old.state == Some(State::Refused)) else {
                    break;
                };
                let filter = ProblemFilter { invoice_id: Some(old.id.clone()), ..ProblemFilter::default() };
                let known = self.store.problems(filter).await?;
                let mut draft = Draft::beside(&old, self.now());
                trouble::close(&mut draft, &known, "corrected", FACTEUR, Some(&row.id), |_| true);
                if draft.problems.is_empty() {
                    break;
                }
                let step = draft.finish(None).map_err(|fault| StoreError::Failed(fault.to_string()))?;
                match self.store.record(step).await {
                    // A person changed the problem meanwhile: again, on what it is by now.
                    Err(StoreError::Stale(_) | StoreError::Busy(_)) => {}
                    Ok(()) => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    async fn park_unrouted(&self, lease: &Lease, state: State) -> Result<(), Trip> {
        let mut draft = Draft::new(&lease.row, self.now());
        if state == State::Sending {
            // The doubt comes first: nothing may hide that the call may have been made.
            let settings = super::PlatformSettings::default();
            return self.record(deposit::interrupted(&lease.row, &settings, self.now()), lease.fence).await;
        }
        let name = lease.row.platform.as_deref().unwrap_or("none");
        draft.park(&format!("its platform ({name}) is not in the configuration: add it there, then retry"));
        self.record(draft, lease.fence).await
    }

    /// Decides on the invoice's problems as they stand, again where a person changed one meanwhile.
    async fn decide(
        &self,
        lease: &Lease,
        decide: impl Fn(&[Problem], Millis) -> Result<Draft, Fault>,
    ) -> Result<(), Trip> {
        let id = &lease.row.id;
        for _ in 0..DECISIONS {
            let known = self.problems(id).await?;
            match self.record(decide(&known, self.now())?, lease.fence).await {
                Err(Trip::Store(StoreError::Stale(_))) => {}
                other => return other,
            }
        }
        Err(StoreError::Stale(format!("problems of invoice {id}")).into())
    }

    /// A failure of ours: noted, tried again later, and after too many a person looks.
    fn failed(&self, row: &InvoiceRow, fault: &Fault) -> Draft {
        let (now, settings) = (self.now(), &self.ports.settings);
        let mut draft = Draft::new(row, now);
        let failures = row.failures.saturating_add(1);
        draft.row.failures = failures;
        draft.row.last_error = Some(fault.to_string());
        draft.say("failed", json!({ "why": fault.to_string(), "failures": failures }));
        if failures >= settings.own_failures {
            draft.park(&format!("failed {failures} times: {fault}"));
        } else {
            let wait = backoff(settings.failure_first, settings.failure_most, failures - 1, &row.id);
            draft.row.due_at = Some(now + wait);
        }
        draft
    }

    /// The very document that the intent names, read through once before anything is said of it; whoever sends it reads it again.
    async fn document(&self, row: &InvoiceRow, intent: &Intent) -> Result<Document, Trip> {
        let wanted = row.leaving();
        if intent.sha256 != wanted {
            return Err(Fault("the stored intent is about another document than the one that leaves".into()).into());
        }
        let document = self.store.document(wanted).await?.ok_or_else(|| absent(wanted))?;
        let sha256 = document.sha256().await?;
        if sha256 != wanted {
            return Err(Fault(format!("document {wanted} came out of the store as {sha256}")).into());
        }
        Ok(document)
    }

    async fn problems(&self, id: &str) -> Result<Vec<Problem>, Trip> {
        let filter = ProblemFilter { invoice_id: Some(id.into()), ..ProblemFilter::default() };
        Ok(self.store.problems(filter).await?)
    }

    async fn record(&self, draft: Draft, fence: u64) -> Result<(), Trip> {
        Ok(self.store.record(draft.finish(Some(fence))?).await?)
    }

    pub(super) async fn limited<T>(&self, until: Millis, call: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            answer = call => Some(answer),
            () = self.ports.clock.sleep_until(until) => None,
        }
    }

    fn route<'a>(&'a self, row: &'a InvoiceRow) -> Option<(&'a str, &'a Route)> {
        let name = row.platform.as_deref()?;
        Some((name, self.ports.routes.get(name)?))
    }

    pub(super) fn note_call(&self, name: &str, route: &Route, call: &'static str, line: Line, began: Instant) {
        if line == Line::Unused {
            return;
        }
        let answered = line == Line::Answers;
        metrics().call(name, call, answered, began.elapsed());
        let now = self.now();
        let mut circuit = route.line.lock().unwrap_or_else(PoisonError::into_inner);
        let was_open = circuit.is_open();
        if answered {
            circuit.answered(now)
        } else {
            circuit.silent(now, &route.settings, name)
        }
        let open = circuit.is_open();
        metrics().circuit(name, open);
        match (was_open, open) {
            (false, true) => tracing::warn!(platform = name, "the platform does not answer: left alone for a while"),
            (true, false) => tracing::info!(platform = name, "the platform answers again"),
            _ => {}
        }
        drop(circuit);
        if let Line::Rests { ms } = line {
            self.rest(name, route, ms);
        }
    }

    /// A platform asked to be left alone for so long: nothing is called there meanwhile, whatever it answers to what is under way.
    pub(super) fn rest(&self, name: &str, route: &Route, ms: u64) {
        let until = self.now().saturating_add(Millis::try_from(ms).unwrap_or(Millis::MAX / 2));
        if route.line.lock().unwrap_or_else(PoisonError::into_inner).asked(until) {
            tracing::info!(platform = name, wait_ms = ms, "the platform asked to be left alone for so long");
        }
    }

    pub(super) fn now(&self) -> Millis {
        self.ports.clock.now()
    }
}

/// The step that a row in this state is due for, as metrics call it.
fn step_of(row: &InvoiceRow) -> &'static str {
    match row.state.unwrap_or(State::Received) {
        State::Received => "judge",
        State::Ready => "deliver",
        State::Sending => "interrupted",
        State::Unknown if row.reference.is_none() && row.platform_invoice.is_none() => "ask",
        _ => "follow",
    }
}

fn result_of(ended: &Result<(), Trip>) -> &'static str {
    match ended {
        Ok(()) => "ok",
        Err(Trip::Store(StoreError::Failed(_))) => "store",
        // Somebody else changed the same things: taken again.
        Err(Trip::Store(_)) => "again",
        Err(Trip::Fault(_)) => "fault",
    }
}

fn outcome_of(deposit: &Deposit) -> Outcome {
    match deposit {
        Deposit::Taken { .. } => Outcome::Taken,
        Deposit::Refused { .. } => Outcome::Refused,
        Deposit::NotSent { .. } => Outcome::NotSent,
        Deposit::Unknown { .. } => Outcome::Unknown,
    }
}

fn intent_of(row: &InvoiceRow) -> Result<Intent, Fault> {
    let intent = row.intent.clone().ok_or_else(|| Fault("nothing says how to send this document".into()))?;
    // Its own words may quote what stands there.
    serde_json::from_value(intent).map_err(|e| Fault(format!("the stored intent cannot be read: {:?}", e.classify())))
}

fn absent(sha256: &str) -> Fault {
    Fault(format!("the store has no document {sha256}"))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
