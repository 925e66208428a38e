//! What is agreed with a partner on what is written for it: plain data, read from `partners/*.toml` by whoever reads configuration.

use crate::edifact::write::{LineEnds, Settings};
use crate::edifact::{Acknowledge, Address, Service};
use crate::invoice::Term;

use super::super::binding::{Binding, Route, Step};
use super::super::structure::Directory;

/// How interchanges for a partner are written.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// 0001: UNOA to UNOL, UNOW, UNOY.
    pub charset: String,
    /// 0002: 3 or 4.
    pub version: String,
    pub service: Service,
    pub una: bool,
    pub line_ends: LineEnds,
    /// What we are called; without it, what the invoice says of the seller (of a self-billed one, of the buyer).
    pub sender: Option<Address>,
    /// What the partner is called; without it, what the invoice says of the buyer (of a self-billed one, of the seller).
    pub recipient: Option<Address>,
    /// 0057: EAN008, EAN010 or what else is agreed; with EAN… the customs of EANCOM hold.
    pub association: String,
    /// The same of one directory, where it has one of its own: EAN008 is of D96A, EAN010 of D01B.
    pub associations: Vec<(Directory, String)>,
    /// 0026.
    pub application: String,
    /// 0032.
    pub agreement: String,
    pub acknowledge: Acknowledge,
    pub test: bool,
    /// 0062, of the one message of the interchange.
    pub message: String,
    /// Codes in place of those by default, by term: BG-4 = SU, BT-112 = 86, BT-16 = DQ, BT-157 = EN.
    pub qualifiers: Vec<(Term, String)>,
    /// Terms that the partner knows without being told, as its file has them: for what is written for it, else for what it writes.
    pub constants: Vec<(Term, String)>,
    /// Are units written as older lists call them (PCE for H87)? Without a word: in D96A and in EANCOM.
    pub older_units: Option<bool>,
}

impl Default for Agreement {
    fn default() -> Agreement {
        let service = Service { declared: true, ..Service::DEFAULT };
        Agreement {
            charset: "UNOC".to_owned(),
            version: "3".to_owned(),
            service,
            una: true,
            line_ends: LineEnds::None,
            sender: None,
            recipient: None,
            association: String::new(),
            associations: Vec::new(),
            application: String::new(),
            agreement: String::new(),
            acknowledge: Acknowledge::No,
            test: false,
            message: "1".to_owned(),
            qualifiers: Vec::new(),
            constants: Vec::new(),
            older_units: None,
        }
    }
}

impl Agreement {
    /// 0057 of a message of that directory.
    pub(super) fn association(&self, directory: Directory) -> &str {
        let own = self.associations.iter().find(|(of, _)| *of == directory);
        own.map_or(&self.association, |(_, association)| association)
    }

    pub(super) fn is_eancom(&self, directory: Directory) -> bool {
        self.association(directory).starts_with("EAN")
    }

    pub(super) fn older_units(&self, directory: Directory) -> bool {
        self.older_units.unwrap_or(directory == Directory::D96A || self.is_eancom(directory))
    }

    pub(super) fn settings(&self) -> Settings {
        Settings { service: self.service, una: self.una, line_ends: self.line_ends, transliterate: true }
    }

    /// The code agreed for a term, if there is one.
    pub(super) fn qualifier(&self, term: Term) -> Option<&str> {
        self.qualifiers.iter().find(|(known, _)| *known == term).map(|(_, code)| code.as_str())
    }
}

/// The terms whose code may be agreed, beside those whose place the reader finds by several.
const OTHER_CODES: [(&str, &[&str]); 1] = [("BT-120", &["TXD", "AGM", "BAQ"])];

/// Would the reader find the term by that code in one of the directories written?
pub fn may_be(term: Term, code: &str) -> bool {
    let other = OTHER_CODES.iter().any(|(id, codes)| *id == term.id() && codes.contains(&code));
    other || [Directory::D96A, Directory::D01B].into_iter().any(|directory| with_code(directory, term, code).is_some())
}

/// The way to a term by which the reader finds it under that code, with no other code on it.
pub(super) fn with_code(directory: Directory, term: Term, code: &str) -> Option<Route> {
    let bound = Binding::of(directory).inside(term.group())?;
    let routes = &bound.terms.iter().chain(&bound.groups).find(|(known, _)| *known == term)?.1;
    routes.iter().find_map(|route| {
        let mut own = route.clone();
        let has = |step: &Step| step.conditions.iter().any(|c| !c.not && c.values.iter().any(|v| &**v == code));
        let value = own.value.as_mut().map(|value| &mut value.conditions);
        let on_value = value.into_iter().flatten().find(|c| !c.not && c.values.iter().any(|v| &**v == code));
        if let Some(condition) = on_value {
            condition.values = vec![code.into()];
            return Some(own);
        }
        let step = own.steps.iter_mut().rev().find(|step| has(step))?;
        for condition in step.conditions.iter_mut().filter(|c| c.values.iter().any(|v| &**v == code)) {
            condition.values = vec![code.into()];
        }
        Some(own)
    })
}
