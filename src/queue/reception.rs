//! Before the first deposit of an invoice: can its recipient receive it, as the platform's directory says?
//!
//! One that cannot is set aside, visibly and with a problem, and nothing has left; one that a person released leaves all the same, and its
//! timeline says what the directory said. A directory that says nothing holds nobody back either. Answers are kept in the store for a while; silence never is. After a deposit may have left,
//! nothing is asked any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use serde_json::json;

use super::circuit::Circuit;
use super::draft::{Draft, FACTEUR};
use super::ports::Route;
use super::settings::PlatformSettings;
use super::trouble::{self, Trouble, is_of_directory};
use crate::clock::{Clock, Millis};
use crate::platforms::{Heard, Known, Line, Raw, Recipient, Silence};
use crate::problems::{Problem, Said, cause_of_rule};
use crate::store::{Handle, InvoiceRow, Lookup, Reception, ReceptionAnswer, ReleasedOf};
use crate::telemetry::metrics;

/// Why an invoice is set aside whose recipient cannot receive it.
pub(super) const CANNOT: &str = "its recipient cannot receive it, as the platform's directory says";
/// Why it stays so when it was asked for anew and nobody answered.
pub(super) const COULD_NOT: &str =
    "its recipient could not receive it when the platform's directory last answered, and now the directory is silent";
/// Longest key of an answer that is kept.
const KEY_BYTES: usize = 600;

/// What was heard of one recipient, and what follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub reception: Reception,
    raw: Vec<Raw>,
}

impl Told {
    /// Does it keep the invoice from leaving? Not one that leaves by a person's word. Silence holds nobody back, but neither does it take back a "no".
    pub(super) fn holds(&self, row: &InvoiceRow) -> bool {
        let no = match self.reception.answer {
            ReceptionAnswer::Cannot => true,
            ReceptionAnswer::NoAnswer => was_refused(row),
            ReceptionAnswer::Can => false,
        };
        no && !by_person(row)
    }
}

/// Did the directory say, when it last answered, that the recipient cannot receive it?
fn was_refused(row: &InvoiceRow) -> bool {
    row.reception.as_ref().is_some_and(|before| before.answer == ReceptionAnswer::Cannot)
}

fn by_person(row: &InvoiceRow) -> bool {
    row.released.as_ref().is_some_and(|released| released.of == ReleasedOf::Findings)
}

/// Asks about the recipient of a ready invoice; none where there is nothing to ask, or nothing to be asked any more.
pub(super) async fn look(
    store: &Handle,
    clock: &Arc<dyn Clock>,
    name: &str,
    route: &Route,
    row: &InvoiceRow,
) -> Option<Told> {
    if row.deposits > 0 || row.keeps_number() {
        return None;
    }
    ask(store, clock, name, route, &row.facts.recipient, row.look_anew).await
}

/// Asks a platform's directory about a recipient, by answers that are kept where they are no older than `since`.
pub async fn ask(
    store: &Handle,
    clock: &Arc<dyn Clock>,
    name: &str,
    route: &Route,
    recipient: &Recipient,
    since: Millis,
) -> Option<Told> {
    if recipient.is_unknown() {
        return None;
    }
    let shelf = Shelf { store, clock, name, route, since, learned: Mutex::default(), called: AtomicBool::new(false) };
    let long = route.settings.directory_timeout;
    let began = Instant::now();
    let heard = tokio::select! {
        biased;
        heard = route.platform.reception(recipient, &shelf) => heard,
        () = clock.sleep_until(clock.now() + long) => {
            let why = format!("the directory did not answer within {} s", long / 1_000);
            let silence = Silence { why, retry_after_ms: None, line: Line::Silent };
            Heard { silence: Some(silence), ..Heard::default() }
        }
    };
    if shelf.called.load(Ordering::Relaxed) {
        shelf.note(heard.silence.as_ref(), began);
    }
    shelf.keep().await;
    let Heard { findings, looked, silence, raw } = heard;
    let answer = match &silence {
        _ if !findings.is_empty() => ReceptionAnswer::Cannot,
        Some(_) => ReceptionAnswer::NoAnswer,
        None if looked.is_empty() => return None,
        None => ReceptionAnswer::Can,
    };
    let why = silence.map(|silence| silence.why).filter(|_| answer == ReceptionAnswer::NoAnswer);
    Some(Told { reception: Reception { at: clock.now(), answer, why, findings, looked }, raw })
}

/// ready → parked: nothing has left, and a person looks.
pub(super) fn hold(row: &InvoiceRow, told: &Told, known: &[Problem], at: Millis) -> Draft {
    let mut draft = Draft::new(row, at);
    tell(&mut draft, told);
    let mut causes: Vec<String> = Vec::new();
    for finding in &told.reception.findings {
        let mapped = cause_of_rule(&finding.rule, &finding.terms);
        if causes.contains(&mapped.cause.id) {
            continue;
        }
        causes.push(mapped.cause.id.clone());
        let message = Some(&finding.message);
        let code = &finding.rule;
        trouble::open(
            &mut draft,
            known,
            &Trouble { said: Said::Rule, code, text: None, message, mapped, passed: None, outweighs: false },
        );
    }
    let silent = told.reception.answer == ReceptionAnswer::NoAnswer;
    if silent {
        // What holds it is what was said before.
        draft.row.reception = row.reception.clone();
    }
    draft.park(if silent { COULD_NOT } else { CANNOT });
    if let Some(parked) = draft.events.last_mut() {
        parked.data["code"] = "recipient".into();
    }
    draft
}

/// What the directory said goes on disk with the intent, and before it.
pub(super) fn note(draft: &mut Draft, told: &Told, known: &[Problem]) {
    let own = std::mem::take(&mut draft.events);
    tell(draft, told);
    if told.reception.answer == ReceptionAnswer::Can {
        trouble::close(draft, known, "valid", FACTEUR, None, is_of_directory);
    }
    draft.events.extend(own);
}

/// Once, and not at each attempt while it says the same.
fn tell(draft: &mut Draft, told: &Told) {
    draft.keep("recipient", &told.raw);
    let said = |reception: &Reception| (reception.answer, reception.why.clone(), reception.findings.clone());
    let news = draft.row.reception.as_ref().map(said) != Some(said(&told.reception));
    if news {
        let Reception { answer, why, findings, looked, .. } = &told.reception;
        let platform = draft.platform();
        draft.say_as(
            &platform,
            "recipient",
            json!({
                "answer": answer, "why": why, "findings": findings, "looked": looked, "released": by_person(&draft.row),
                "held": told.holds(&draft.row),
            }),
        );
    }
    draft.row.reception = Some(told.reception.clone());
}

/// The answers that are kept, as far as they count for one recipient, and those that come.
struct Shelf<'a> {
    store: &'a Handle,
    clock: &'a Arc<dyn Clock>,
    name: &'a str,
    route: &'a Route,
    since: Millis,
    learned: Mutex<Vec<Lookup>>,
    /// A question was let through.
    called: AtomicBool,
}

impl Shelf<'_> {
    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.route.directory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the questions tell of the directory's health.
    fn note(&self, silence: Option<&Silence>, began: Instant) {
        let (now, settings) = (self.clock.now(), &self.route.settings);
        let silent = silence.is_some_and(|silence| matches!(silence.line, Line::Silent | Line::Rests { .. }));
        metrics().call(self.name, "directory", !silent, began.elapsed());
        let mut circuit = self.circuit();
        let was_open = circuit.is_open();
        match silent {
            true => {
                let settings = PlatformSettings { circuit_after: settings.directory_after, ..settings.clone() };
                circuit.silent(now, &settings, self.name);
            }
            false => circuit.answered(now),
        }
        let pause = silence.and_then(|silence| silence.retry_after_ms).and_then(|ms| Millis::try_from(ms).ok());
        if let Some(pause) = pause {
            circuit.rest(now.saturating_add(pause.min(settings.circuit_most)));
        }
        match (was_open, circuit.is_open()) {
            (false, true) => {
                tracing::warn!(platform = self.name, "the directory does not answer: left alone for a while")
            }
            (true, false) => tracing::info!(platform = self.name, "the directory answers again"),
            _ => {}
        }
    }

    /// A store that fails costs another question, later.
    async fn keep(&self) {
        let learned = std::mem::take(&mut *self.learned.lock().unwrap_or_else(PoisonError::into_inner));
        if learned.is_empty() {
            return;
        }
        if let Err(error) = self.store.keep_lookups(learned, self.clock.now()).await {
            tracing::warn!(%error, platform = self.name, "what the directory said is not kept");
        }
    }
}

#[async_trait]
impl Known for Shelf<'_> {
    fn now(&self) -> Millis {
        self.clock.now()
    }

    fn barred(&self) -> Option<String> {
        if self.called.load(Ordering::Relaxed) {
            return None;
        }
        let (now, mut circuit) = (self.clock.now(), self.circuit());
        if circuit.closed_to_calls(now).is_some() {
            let why = "the directory did not answer several times, or asked for a pause: it is left alone for a while";
            return Some(why.to_owned());
        }
        if circuit.is_open() {
            // One tries; the others do not wait with it.
            circuit.rest(now + self.route.settings.directory_timeout);
        }
        self.called.store(true, Ordering::Relaxed);
        None
    }

    async fn recall(&self, kind: &str, key: &str) -> Option<(String, Millis)> {
        let found = self.store.lookup(self.name, kind, key, self.clock.now()).await.ok()??;
        (found.asked_at >= self.since).then_some((found.entry, found.asked_at))
    }

    fn learn(&self, kind: &str, key: &str, entry: String, good: bool) {
        if key.len() > KEY_BYTES {
            return;
        }
        let settings = &self.route.settings;
        let long = if good { settings.directory_keep } else { settings.directory_keep_refused };
        let asked_at = self.clock.now();
        let lookup = Lookup {
            platform: self.name.to_owned(),
            kind: kind.to_owned(),
            key: key.to_owned(),
            entry,
            asked_at,
            expires_at: asked_at.saturating_add(long),
        };
        self.learned.lock().unwrap_or_else(PoisonError::into_inner).push(lookup);
    }
}
