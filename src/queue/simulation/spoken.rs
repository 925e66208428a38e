//! Statements of ours in a run: what persons have said of invoices that are at the platform, what it makes of them, and what must hold at the end.

use std::sync::atomic::{AtomicBool, Ordering};

use super::world::World;
use super::*;
use crate::decimal::Decimal;
use crate::formats::cdar::{CASHED, Cashed, Moment, Saying};
use crate::platforms::{Follow, Intent, PlatformStatus, Raw, Search, Voice};
use crate::queue::stating::{self, Deed};
use crate::store::{StatementState, StatementsOf};

/// The one platform that takes statements.
pub(super) const TAKES: &str = "told";

/// A statement that the platform took in.
#[derive(Debug, Clone)]
pub struct Spoken {
    pub statement: String,
    reference: String,
    /// A search sees it from then on.
    visible_at: Millis,
    /// From then on its acknowledgement is told.
    acknowledged_at: Millis,
    refused: bool,
}

impl World {
    pub(super) fn take_statement(&self, intent: &Intent) -> String {
        let now = self.clock.now();
        self.with(|inner| {
            let reference = format!("S{}", inner.spoken.len() + 1);
            inner.spoken.push(Spoken {
                statement: intent.invoice_id.clone(),
                reference: reference.clone(),
                visible_at: now + inner.dice.below(600_000) as Millis,
                acknowledged_at: now + inner.dice.below(2_000_000) as Millis,
                refused: inner.dice.one_in(8),
            });
            reference
        })
    }

    pub(super) fn find_statement(&self, intent: &Intent, raw: Vec<Raw>) -> Search {
        let now = self.clock.now();
        let here = |one: &&Spoken| one.statement == intent.invoice_id && one.visible_at <= now;
        let found = self.with(|inner| inner.spoken.iter().rev().find(here).map(|one| one.reference.clone()));
        match found {
            Some(reference) => Search::Found { reference: Some(reference), platform_invoice: None, raw },
            None => Search::Absent { raw },
        }
    }

    pub(super) fn acknowledge(&self, reference: Option<&str>, raw: Vec<Raw>) -> Follow {
        let now = self.clock.now();
        let found = |one: &&Spoken| Some(one.reference.as_str()) == reference;
        let one = self.with(|inner| inner.spoken.iter().find(found).cloned());
        let one = one.expect("followed by a reference that the platform gave");
        let (code, reason) = match (one.acknowledged_at <= now, one.refused) {
            (false, _) => ("FLOW_PENDING", None),
            (true, true) => ("FLOW_ERROR", Some("InvalidSchema".into())),
            (true, false) => ("FLOW_OK", None),
        };
        let status = PlatformStatus { code: code.into(), reason, text: None, at: None, voice: Voice::Platform };
        Follow::Statuses { platform_invoice: None, statuses: vec![status], raw }
    }
}

impl Run {
    /// Now and then money comes in, and somebody says so; and more seldom somebody takes it back, or lets go what was set aside.
    pub(super) fn state(&mut self, store: &Handle) {
        self.reconsider(store);
        if self.promised.is_empty() || !self.dice.one_in(200) {
            return;
        }
        let n = self.dice.below(self.promised.len() as u64) as usize;
        let Ok(Some(row)) = now_or_never(store.invoice(&self.promised[n].0)) else { return };
        if row.platform.as_deref() != Some(TAKES) || stating::may_say(&row, 212).is_err() {
            return;
        }
        let now = self.clock.now();
        let amounts = vec![Cashed { rate: Decimal::from(20), amount: Decimal::ONE }];
        let text = format!("212 {} {}", row.id, self.spoken.len());
        let name = format!("212-{}.xml", self.spoken.len());
        let Ok(before) = now_or_never(stating::before(store, &row.id)) else { return };
        let reached = before.apart(CASHED, Moment::from_millis(now).unwrap());
        let mut made = stating::made(row, &Saying::Cashed { amounts }, name, text, reached, "ann", now);
        made.statement.before = before.times;
        if let Ok(statement) = now_or_never(stating::keep(store, made, None)) {
            self.spoken.push(statement.id);
        }
    }

    fn reconsider(&mut self, store: &Handle) {
        if self.spoken.is_empty() || !self.dice.one_in(300) {
            return;
        }
        let id = self.spoken[self.dice.below(self.spoken.len() as u64) as usize].clone();
        let deed = if self.dice.one_in(2) { Deed::Release } else { Deed::Withdraw };
        let now = self.clock.now();
        // Whoever releases looked at the platform itself, and not by a search that may not show it yet.
        let hidden = |one: &Spoken| one.statement == id && one.visible_at > now;
        if deed == Deed::Release && self.world.with(|inner| inner.spoken.iter().any(hidden)) {
            return;
        }
        let _ = now_or_never(stating::act(store, &id, deed, ("ann", "as agreed"), now, |_| None));
    }

    /// Has what is due said, by one at a time.
    pub(super) fn speak(
        &mut self,
        store: &Handle,
        worker: &Arc<Worker>,
        busy: &Arc<AtomicBool>,
        tasks: &mut Vec<Task>,
    ) {
        if tasks.len() > 6 || busy.load(Ordering::Relaxed) || !self.dice.one_in(4) {
            return;
        }
        let Ok(Some(due)) = now_or_never(store.statements_due(TAKES)) else { return };
        if due > self.clock.now() {
            return;
        }
        let (worker, busy) = (worker.clone(), busy.clone());
        busy.store(true, Ordering::Relaxed);
        tasks.push(Box::pin(async move {
            let ended = worker.send_statements(TAKES).await;
            busy.store(false, Ordering::Relaxed);
            ended.map(|_| ())
        }));
    }
}

/// Each statement that was accepted is at the platform once, refused by it, or visibly set aside; what it took up is in the timeline.
pub(super) fn hold(run: &mut HashMap<&'static str, u64>, spoken: &[String], world: &[Spoken], store: &dyn Store) {
    for id in spoken {
        let found = store.statements(&StatementsOf::One(id.clone())).unwrap();
        let [(_, statement)] = &found[..] else { panic!("statement {id} is lost") };
        let there: Vec<&Spoken> = world.iter().filter(|one| one.statement == *id).collect();
        let standing = there.iter().filter(|one| !one.refused).count();
        assert!(there.len() <= 1 || standing == 0, "said twice: {statement:?} {there:?}");
        let heard = store.events(Some(&statement.invoice), 0, usize::MAX).unwrap();
        let heard = heard.iter().filter(|event| event.kind == "status" && event.data["at"] == statement.reached_at);
        let heard = heard.filter(|event| event.data["code"] == "212").count();
        let what = match statement.state {
            StatementState::Taken => {
                assert!(standing == 1 && heard >= 1, "{statement:?} {there:?} {heard}");
                "said-taken"
            }
            StatementState::Refused => {
                assert_eq!(standing, 0, "{statement:?}");
                "said-refused"
            }
            StatementState::Parked => {
                assert!(!statement.why.is_empty());
                "said-parked"
            }
            StatementState::Withdrawn => {
                assert_eq!(standing, 0, "withdrawn, and there: {statement:?} {there:?}");
                "said-withdrawn"
            }
            state => panic!("left in {state:?}: {statement:?}"),
        };
        *run.entry(what).or_insert(0) += 1;
        if statement.deposits > 1 {
            *run.entry("said-again-after-proof").or_insert(0) += 1;
        }
    }
}
