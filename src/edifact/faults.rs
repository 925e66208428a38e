//! Faults as they are collected: weighed by the strictness, bounded, counted.

use super::check::Breach;
use super::fault::{Answer, Concern, Fault, Level, Place};
use super::strictness::Strictness;
use crate::limits;
use crate::text::Text;

/// The faults of a message, or of an interchange beside its messages.
#[derive(Debug)]
pub(super) struct Faults {
    pub strictness: Strictness,
    pub list: Vec<Fault>,
    told: usize,
    /// Beyond the bound.
    pub more: u64,
    /// The highest level at which one of them refuses.
    pub refused: Option<Level>,
}

impl Faults {
    pub fn new(strictness: Strictness) -> Faults {
        Faults { strictness, list: Vec::new(), told: 0, more: 0, refused: None }
    }

    pub fn add(&mut self, concern: Concern, code: u8, level: Level, tag: &str, place: Place, what: Text) {
        let answer = self.strictness.answer(concern);
        if answer == Answer::Ignore {
            return;
        }
        // What refuses is told even beyond the bound, the first time: nobody is refused without a reason. (What was told is no longer in the list.)
        let first_refusal = answer == Answer::Refuse && self.refused.is_none();
        if answer == Answer::Refuse {
            self.refused = Some(self.refused.map_or(level, |before| before.min(level)));
        }
        if self.told >= limits::EDIFACT_FAULTS && !(first_refusal && self.told == limits::EDIFACT_FAULTS) {
            self.more += 1;
            return;
        }
        self.told += 1;
        self.list.push(Fault { code, level, concern, answer, tag: tag.to_owned(), place, what });
    }

    /// What a segment's form says of it. Outside messages segments have no position.
    pub fn breaches(&mut self, tag: &str, level: Level, outside: bool, breaches: Option<Vec<Breach>>) {
        for Breach { code, concern, mut place, what } in breaches.into_iter().flatten() {
            if outside {
                place.segment = 0;
            }
            self.add(concern, code, level, tag, place, what);
        }
    }
}
