//! An interchange under way: its groups, messages and packages, their counts and references.

use std::collections::VecDeque;
use std::sync::Arc;

use super::charset::Charset;
use super::detect::HeadOddity;
use super::envelope::Envelope;
use super::events::Event;
use super::fault::{Answer, Concern, Fault, Level, Place};
use super::segment::Segment;
use super::strictness::Strictness;
use super::window::Found;
use crate::text::Text;

pub(super) struct Session {
    envelope: Arc<Envelope>,
}

impl Session {
    pub fn new(envelope: Arc<Envelope>, _: Charset, _: Strictness) -> Session {
        Session { envelope }
    }

    pub fn begin(&mut self, _: Segment<'_>, _: Option<HeadOddity>, _: u64, _: bool, _: &mut VecDeque<Event>) {}

    pub fn cut_off(&mut self, _: Option<u64>, _: u64, _: &mut VecDeque<Event>) {}

    pub fn end_without_trailer(&mut self, _: u64, _: &mut VecDeque<Event>) {}

    pub fn segment(
        &mut self,
        _: &[u8],
        _: Found,
        _: &[u32],
        _: u64,
        _: Vec<(u64, u64)>,
        _: &mut VecDeque<Event>,
    ) -> Option<u64> {
        let _ = &self.envelope;
        None
    }

    pub fn octets(&mut self, _: u64, _: u64, _: u64, _: Vec<u8>, _: &mut VecDeque<Event>) {}

    pub fn is_over(&self) -> bool {
        false
    }
}

pub(super) fn fault(
    answer: Answer,
    concern: Concern,
    code: u8,
    level: Level,
    tag: &str,
    place: Place,
    what: Text,
) -> Option<Fault> {
    (answer != Answer::Ignore).then(|| Fault { code, level, concern, answer, tag: tag.to_owned(), place, what })
}
