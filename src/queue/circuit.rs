//! Leaves a platform that does not answer alone for a while, so that it costs the others nothing.

use super::settings::{PlatformSettings, backoff};
use crate::clock::Millis;

/// What is known of a platform's health. In memory only: a restart tries at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circuit {
    /// Calls in a row without an answer.
    failures: u32,
    /// No call before this moment.
    open_until: Option<Millis>,
    /// Nor before this one, whatever it answers to calls that were under way: it asked for that.
    asked_until: Option<Millis>,
}

impl Circuit {
    pub fn is_open(&self) -> bool {
        self.open_until.is_some()
    }

    pub fn answered(&mut self, now: Millis) {
        let asked_until = self.asked_until.filter(|&until| until > now);
        *self = Self { asked_until, ..Self::default() };
    }

    pub fn silent(&mut self, now: Millis, settings: &PlatformSettings, name: &str) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= settings.circuit_after.max(1) {
            let times = self.failures - settings.circuit_after.max(1);
            self.open_until = Some(now + backoff(settings.circuit_first, settings.circuit_most, times, name));
        }
    }

    /// It asked to be left alone until then. True where it is left alone for longer than before.
    pub fn asked(&mut self, until: Millis) -> bool {
        let longer = self.asked_until.is_none_or(|before| before < until);
        self.asked_until = self.asked_until.max(Some(until));
        longer
    }

    /// No call before this moment, but for an answer that comes sooner.
    pub fn rest(&mut self, until: Millis) {
        self.open_until = Some(self.open_until.map_or(until, |own| own.max(until)));
    }

    /// Until when the platform is left alone, where it is.
    pub fn closed_to_calls(&self, now: Millis) -> Option<Millis> {
        self.open_until.max(self.asked_until).filter(|&until| until > now)
    }

    /// How many calls may be under way: one that tries after a silence, all of them otherwise.
    pub fn calls(&self, all: usize) -> usize {
        if self.open_until.or(self.asked_until).is_some() { 1 } else { all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_after_silence_tries_with_one_call_and_closes_on_an_answer() {
        let settings = PlatformSettings { circuit_after: 2, circuit_first: 1_000, ..PlatformSettings::default() };
        let mut circuit = Circuit::default();
        circuit.silent(0, &settings, "p");
        assert_eq!((circuit.closed_to_calls(0), circuit.calls(4)), (None, 4));
        circuit.silent(0, &settings, "p");
        let until = circuit.closed_to_calls(0).unwrap();
        assert!((750..=1_250).contains(&until));
        assert_eq!((circuit.closed_to_calls(until), circuit.calls(4)), (None, 1), "half open");
        circuit.silent(until, &settings, "p");
        assert!(circuit.closed_to_calls(until).unwrap() >= until + 1_500, "each silence lasts longer");
        circuit.answered(until);
        assert_eq!((circuit.closed_to_calls(until), circuit.calls(4)), (None, 4));
        // What it asked for holds, though it answers what was under way.
        assert!(circuit.asked(until + 60_000) && !circuit.asked(until + 50_000));
        circuit.answered(until + 100);
        assert_eq!(circuit.closed_to_calls(until + 100), Some(until + 60_000));
        assert_eq!((circuit.closed_to_calls(until + 60_000), circuit.calls(4)), (None, 1), "one tries");
        circuit.answered(until + 60_000);
        assert_eq!(circuit.calls(4), 4);
    }
}
