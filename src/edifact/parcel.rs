//! A package under way, from UNO to UNP, its octets between them.

use std::sync::Arc;

use super::envelope::{Envelope, Group, said};
use super::fault::{Concern, Level, Place};
use super::faults::Faults;
use super::forms::service_forms;
use super::message::Package;
use super::segment::{Segment, Tokens};
use super::words;
use crate::limits;

pub(super) struct Parcel {
    tokens: Tokens,
    faults: Faults,
    pub reference: String,
    said: Option<u64>,
    /// Are the octets where UNO says, and UNP behind them?
    sound: bool,
    offset: u64,
    read: u64,
    data: Vec<u8>,
}

impl Parcel {
    pub fn new(tokens: Tokens, mut faults: Faults, version: &str, wrapped: bool) -> Parcel {
        let (mut reference, mut length, mut place) = (String::new(), String::new(), Place::default());
        if let Some(uno) = tokens.segment(0) {
            (reference, length) = (said(uno, 1, 1), said(uno, 4, 1));
            place = Place { segment: 0, element: 4, component: 1, offset: uno.at(4, 1) };
            if version != "4" {
                let place = Place { offset: uno.offset(), ..Place::default() };
                faults.add(Concern::Syntax, 2, Level::Message, "UNO", place, words::package_version());
            }
            faults.breaches("UNO", Level::Message, true, service_forms("4").check(uno, "4"));
        }
        let said = length.parse().ok();
        let large = said.is_some_and(|n: u64| n > limits::EDIFACT_PACKAGE_BYTES as u64);
        match () {
            () if said.is_none() => {
                faults.add(Concern::Completeness, 12, Level::Message, "UNO", place, words::package_number(&length))
            }
            () if large => faults.add(Concern::Limit, 39, Level::Message, "UNO", place, words::package_large()),
            () if wrapped => faults.add(Concern::Limit, 21, Level::Message, "UNO", place, words::package_wrapped()),
            () => {}
        }
        Parcel { tokens, faults, reference, said, sound: true, offset: 0, read: 0, data: Vec::new() }
    }

    /// How many octets follow UNO.
    pub fn announced(&self) -> Option<u64> {
        self.said
    }

    pub fn octets(&mut self, offset: u64, read: u64, data: Vec<u8>) {
        (self.offset, self.read, self.data) = (offset, read, data);
    }

    pub fn duplicate(&mut self) {
        let offset = self.tokens.segment(0).map_or(0, |uno| uno.at(1, 0));
        let place = Place { segment: 0, element: 1, component: 0, offset };
        self.faults.add(
            Concern::Duplicates,
            26,
            Level::Message,
            "UNO",
            place,
            words::duplicate("0800", &self.reference),
        );
    }

    /// Something else stands where UNP should: the octets are not as many as was said.
    pub fn strange(&mut self, offset: u64) {
        if std::mem::replace(&mut self.sound, false) {
            let place = Place { segment: 0, element: 4, component: 1, offset };
            let what = words::package_length(self.said.unwrap_or(0), self.read);
            self.faults.add(Concern::Completeness, 29, Level::Message, "UNO", place, what);
        }
    }

    pub fn trailer(&mut self, unp: Segment<'_>, version: &str) {
        self.faults.breaches("UNP", Level::Message, true, service_forms("4").check(unp, version));
        let (count, reference) = (said(unp, 1, 1), said(unp, 2, 1));
        let place = |element| Place { segment: 0, element, component: 0, offset: unp.at(element as usize, 0) };
        if count.parse() != Ok(self.read) && !count.is_empty() {
            let what = words::count("UNP", "0810", &count, self.read, ("octets", "octets"));
            self.faults.add(Concern::Counts, 29, Level::Message, "UNP", place(1), what);
        }
        if reference != self.reference && !reference.is_empty() {
            let what = words::reference("UNP", "UNO", "0800", &reference, &self.reference);
            self.faults.add(Concern::References, 28, Level::Message, "UNP", place(2), what);
        }
    }

    pub fn cut_off(&mut self, offset: u64) {
        let place = Place { offset, ..Place::default() };
        let what = words::no_trailer("UNP", "UNO", &self.reference);
        self.faults.add(Concern::Completeness, 13, Level::Message, "UNP", place, what);
    }

    pub fn package(self, envelope: Arc<Envelope>, group: Option<Arc<Group>>) -> Package {
        let Parcel { tokens, faults, reference, offset, data, .. } = self;
        Package { reference, envelope, group, faults: faults.list, data, offset, tokens }
    }
}
