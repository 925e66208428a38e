//! Who subscribed, what each was told, and what is owed.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::Notify;

use super::hooks::{Hook, Owed};
use super::record::Flow;
use crate::platforms::sandbox::notices::Tried;
use crate::platforms::sandbox::record::Millis;

/// Tries remembered at most.
const TRIED: usize = 100_000;

#[derive(Default)]
pub(in crate::platforms::sandbox) struct Subscribers {
    hooks: Vec<Hook>,
    /// How many there ever were.
    made: u64,
    told: HashSet<Owed>,
    tried: Vec<Tried>,
    /// Something may be owed that was not before.
    pub changed: Arc<Notify>,
}

impl Subscribers {
    pub fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    pub fn next_id(&self) -> String {
        Hook::id_of(self.made + 1)
    }

    pub fn add(&mut self, hook: Hook) {
        self.made += 1;
        self.hooks.push(hook);
        self.changed.notify_one();
    }

    pub fn end(&mut self, id: &str) {
        self.hooks.retain(|hook| hook.id != id);
        self.told.retain(|told| told.hook != id);
    }

    pub fn told(&mut self, owed: Owed) {
        self.told.insert(owed);
    }

    pub fn tried(&mut self, tried: Tried) {
        if self.tried.len() < TRIED {
            self.tried.push(tried);
        }
    }

    pub fn tries(&self) -> &[Tried] {
        &self.tried
    }

    /// What came to pass until now and was not told, and when something more does.
    pub fn owed(&self, flows: &[Flow], now: Millis) -> (Vec<Owed>, Option<Millis>) {
        let of = |hook: &Hook, flow: &Flow| {
            let owed = |at| Owed { hook: hook.id.clone(), flow: flow.nth, at };
            hook.moments(flow).map(owed).collect::<Vec<_>>()
        };
        let all = self.hooks.iter().flat_map(|hook| flows.iter().flat_map(move |flow| of(hook, flow)));
        let (mut due, to_come): (Vec<Owed>, Vec<Owed>) =
            all.filter(|owed| !self.told.contains(owed)).partition(|owed| owed.at <= now);
        due.sort_by_key(|owed| (owed.at, owed.flow));
        (due, to_come.iter().map(|owed| owed.at).min())
    }
}
