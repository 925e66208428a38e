//! What the service segments say: interchange (UNB), group (UNG), message (UNH).

use super::segment::Segment;
use super::service::Service;
use crate::day::Day;

/// A sender or a recipient (S002, S003, S006, S007).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// 0004, 0010, 0040 or 0044.
    pub id: String,
    /// 0007: whose identifier it is (14 GS1, 5 SIRET, 22 SIREN, ZZ mutual...); not the list of 3055.
    pub qualifier: String,
    /// 0008 or 0014: the internal or reverse-routing address.
    pub internal: String,
    /// 0042 or 0046, from syntax version 4 on.
    pub sub: String,
}

/// Date and time of preparation (S004), as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prepared {
    /// 0017: YYMMDD or CCYYMMDD.
    pub date: String,
    /// 0019: HHMM.
    pub time: String,
}

impl Prepared {
    /// The day, where the date is one. Two digits of a year are 1970 to 2069.
    pub fn day(&self) -> Option<Day> {
        match self.date.len() {
            8 => Day::parse_102(&self.date),
            6 if self.date.is_ascii() => {
                let century = if self.date.as_str() < "70" { "20" } else { "19" };
                Day::parse_102(&format!("{century}{}", self.date))
            }
            _ => None,
        }
    }
}

/// The head of an interchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    pub service: Service,
    /// 0001: UNOA to UNOY, or what a community has agreed.
    pub syntax: String,
    /// 0002: 1 to 4, or X.
    pub version: String,
    /// 0133: 5 UCS-2, 6 UCS-4, 7 UTF-8, 8 UTF-16.
    pub encoding: String,
    pub sender: Address,
    pub recipient: Address,
    pub prepared: Prepared,
    /// 0020.
    pub reference: String,
    /// 0026: often the type of the messages.
    pub application: String,
    /// 0029: A is the highest.
    pub priority: String,
    /// 0031 is 1 (acknowledge) or 2 (receipt only).
    pub acknowledge: Acknowledge,
    /// 0032.
    pub agreement: String,
    /// 0035 as written: 1 is a test, and so are 2 to 5 of version 4 (syntax only, echo...). Test files must reach nobody's books.
    pub test: String,
    /// Bytes before the U of UNB.
    pub offset: u64,
}

/// What the sender asks to be answered (0031).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Acknowledge {
    #[default]
    No,
    /// A CONTRL.
    Yes,
    /// A CONTRL that says no more than that it was received.
    Receipt,
}

/// A functional group (UNG).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// 0038: the type of its messages.
    pub kind: String,
    pub sender: Address,
    pub recipient: Address,
    pub prepared: Prepared,
    /// 0048.
    pub reference: String,
    /// 0051.
    pub agency: String,
    /// S008: 0052, 0054, 0057.
    pub version: String,
    pub release: String,
    pub association: String,
    pub offset: u64,
}

/// The identifier of a message (S009).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageType {
    /// 0065: INVOIC, CONTRL...
    pub name: String,
    /// 0052: D for the directories of the UN.
    pub version: String,
    /// 0054: 96A, 01B...
    pub release: String,
    /// 0051: UN.
    pub agency: String,
    /// 0057: EAN008, EAN011...
    pub association: String,
    /// 0110: the directory of the codes, from syntax version 4 on.
    pub codes: String,
    /// 0113.
    pub subfunction: String,
}

impl Envelope {
    /// Does the sender call it a test (0035)? A 0 does not.
    pub fn is_test(&self) -> bool {
        !matches!(self.test.as_str(), "" | "0")
    }

    pub(super) fn of(unb: Segment<'_>, service: Service) -> Envelope {
        let said = |element, component| said(unb, element, component);
        Envelope {
            service,
            syntax: said(1, 1),
            version: said(1, 2),
            encoding: said(1, 4),
            sender: Address::of(unb, 2),
            recipient: Address::of(unb, 3),
            prepared: Prepared { date: said(4, 1), time: said(4, 2) },
            reference: said(5, 1),
            application: said(7, 1),
            priority: said(8, 1),
            acknowledge: match said(9, 1).as_str() {
                "1" => Acknowledge::Yes,
                "2" => Acknowledge::Receipt,
                _ => Acknowledge::No,
            },
            agreement: said(10, 1),
            test: said(11, 1),
            offset: unb.offset(),
        }
    }
}

impl Address {
    pub(super) fn of(segment: Segment<'_>, element: usize) -> Address {
        let said = |component| said(segment, element, component);
        Address { id: said(1), qualifier: said(2), internal: said(3), sub: said(4) }
    }
}

impl Group {
    pub(super) fn of(ung: Segment<'_>) -> Group {
        let said = |element, component| said(ung, element, component);
        Group {
            kind: said(1, 1),
            sender: Address::of(ung, 2),
            recipient: Address::of(ung, 3),
            prepared: Prepared { date: said(4, 1), time: said(4, 2) },
            reference: said(5, 1),
            agency: said(6, 1),
            version: said(7, 1),
            release: said(7, 2),
            association: said(7, 3),
            offset: ung.offset(),
        }
    }
}

impl MessageType {
    pub(super) fn of(unh: Segment<'_>) -> MessageType {
        let said = |component| said(unh, 2, component);
        MessageType {
            name: said(1),
            version: said(2),
            release: said(3),
            agency: said(4),
            association: said(5),
            codes: said(6),
            subfunction: said(7),
        }
    }
}

/// What a component says, trailing blanks cut; empty where it says nothing.
pub(super) fn said(segment: Segment<'_>, element: usize, component: usize) -> String {
    segment.component(element, component).map(|text| text.trim_end().to_owned()).unwrap_or_default()
}
