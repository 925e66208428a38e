//! How an answer is dressed: envelope, character set, service characters. By default like the interchange that it answers, sender and recipient having changed
//! places.

use super::charset::Charset;
use super::envelope::{Acknowledge, Address, Envelope, Prepared};
use super::service::Service;
use super::write::{LineEnds, Settings};
use crate::day::Day;

/// The envelope of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dress {
    pub settings: Settings,
    /// 0001 and 0002, and 0133 where the version has it.
    pub syntax: String,
    pub version: String,
    pub encoding: String,
    pub sender: Address,
    pub recipient: Address,
    /// 0057 of the answer's UNH; empty for none.
    pub association: String,
    /// 0035.
    pub test: String,
}

/// What no content tells: the moment, and the reference (0020) of the answer. Neither is ever used twice by who hands it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    pub day: Day,
    pub hour: u8,
    pub minute: u8,
    /// At most 14 characters.
    pub reference: String,
}

impl Dress {
    /// As the interchange that is answered came.
    pub fn of(envelope: &Envelope) -> Dress {
        // One without a release character can write no text that has a separator in it.
        let received = envelope.service;
        let usable = received.declared && received.release.is_some() && matches!(received.decimal, b'.' | b',');
        let service = if usable { received } else { Service::DEFAULT };
        let una = received.declared || envelope.syntax != "UNOA";
        let version = match envelope.version.as_str() {
            known @ ("1" | "2" | "3" | "4" | "X") => known,
            _ => "3",
        };
        let four = version == "4";
        let fits = |address: &Address| {
            let fits =
                |text: &str| text.chars().count() <= if four { 35 } else { 14 } && !text.chars().any(char::is_control);
            let kept = |text: &String| if fits(text) { text.clone() } else { String::new() };
            let (internal, sub) = (kept(&address.internal), if four { kept(&address.sub) } else { String::new() });
            Address { internal, sub, ..address.clone() }
        };
        let test = match envelope.test.as_str() {
            known @ ("1" | "2" | "3" | "4" | "5") if four || known == "1" => known,
            _ if envelope.is_test() => "1",
            _ => "",
        };
        Dress {
            settings: Settings { service, una, line_ends: LineEnds::None, transliterate: true },
            syntax: envelope.syntax.clone(),
            version: version.to_owned(),
            encoding: envelope.encoding.clone(),
            sender: fits(&envelope.recipient),
            recipient: fits(&envelope.sender),
            association: String::new(),
            test: test.to_owned(),
        }
    }

    /// The same in a character set that has all of these texts: the one it has, if it can be written, else the first that does, in the version that has it.
    #[must_use]
    pub fn holding<'t>(mut self, texts: impl Iterator<Item = &'t str>) -> Dress {
        let texts: Vec<&str> = texts.collect();
        let addresses = [self.sender.clone(), self.recipient.clone()];
        let own = |a: &Address, holds: &dyn Fn(&str) -> bool| {
            [&a.id, &a.qualifier, &a.internal, &a.sub].into_iter().all(|text| holds(text))
        };
        let holds = |syntax: &str| {
            let holds = |text: &str| Charset::of(syntax).holds(text);
            texts.iter().all(|text| holds(text)) && addresses.iter().all(|address| own(address, &holds))
        };
        // UNOX is read as UTF-8 and has escape sequences, which are not written.
        let own = Charset::of(&self.syntax).is_known() && self.syntax != "UNOX" && holds(&self.syntax);
        if !own {
            let found = ["UNOB", "UNOC", "UNOD", "UNOE", "UNOF"].into_iter().find(|syntax| holds(syntax));
            self.syntax = found.unwrap_or("UNOW").to_owned();
            // Version 3 ends at UNOF.
            if found.is_none() {
                self.version = "4".to_owned();
            }
        }
        let wide = matches!(self.syntax.as_str(), "UNOW" | "UNOY");
        self.encoding = if wide && self.version == "4" { "7".to_owned() } else { String::new() };
        self.settings.una |= self.syntax != "UNOA";
        self
    }

    /// Its UNB.
    pub fn envelope(&self, stamp: &Stamp) -> Envelope {
        let four = self.version == "4";
        let date = format!("{:04}{:02}{:02}", stamp.day.year(), stamp.day.month(), stamp.day.day());
        Envelope {
            service: self.settings.service,
            syntax: self.syntax.clone(),
            version: self.version.clone(),
            encoding: self.encoding.clone(),
            sender: self.sender.clone(),
            recipient: self.recipient.clone(),
            prepared: Prepared {
                date: if four { date } else { date.chars().skip(2).collect() },
                time: format!("{:02}{:02}", stamp.hour, stamp.minute),
            },
            reference: stamp.reference.clone(),
            application: String::new(),
            priority: String::new(),
            acknowledge: Acknowledge::No,
            agreement: String::new(),
            test: self.test.clone(),
            offset: 0,
        }
    }
}
