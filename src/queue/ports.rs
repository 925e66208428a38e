//! What the queue needs from others: a judge, platforms, the time. Real ones and simulated ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Notify;

use super::circuit::Circuit;
use super::settings::{PlatformSettings, Settings};
use crate::clock::{Clock, Millis};
use crate::day::Day;
use crate::formats::NotCarried;
use crate::lifecycle::{
    About, CdarStatus, FlowState, State, cdar_status, chorus_flow_state, chorus_status, flow_ack, peppol_status,
};
use crate::platforms::Platform;
pub use crate::report::Verdict;
use crate::rules::{self, Severity, SeverityWas, Waived};
use crate::signature::SealFacts;
use crate::store::{Facts, JudgedOn, NumberKey};
use crate::text::Text;

/// Everything a worker works with.
pub struct Ports {
    pub clock: Arc<dyn Clock>,
    pub judge: Arc<dyn Judge>,
    /// Seals what leaves; none where no key is configured.
    pub sealer: Option<Arc<dyn Sealer>>,
    /// By the platform's name.
    pub routes: HashMap<String, Route>,
    pub settings: Settings,
}

/// A platform and how it is dealt with.
pub struct Route {
    pub platform: Arc<dyn Platform>,
    pub settings: PlatformSettings,
    /// Whoever learns that the platform has something for us says so here: it is listed sooner then.
    pub nudge: Arc<Notify>,
    /// The platform's own health, and that of its directory.
    pub(super) line: Mutex<Circuit>,
    pub(super) directory: Mutex<Circuit>,
    /// What keeps its messages from coming, where anything does.
    pub(super) inbox: Mutex<Stuck>,
}

/// What keeps the messages of a platform from coming. In memory only: after a restart it shows again, or is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stuck {
    /// Nothing could be listed since then, and why the last time.
    pub silent: Option<(Millis, String)>,
    /// When messages without a name were listed last, and how many: nobody can fetch these.
    pub nameless: Option<(Millis, usize)>,
}

impl Route {
    pub fn new(platform: Arc<dyn Platform>, settings: PlatformSettings) -> Self {
        Self {
            platform,
            settings,
            nudge: Arc::default(),
            line: Mutex::default(),
            directory: Mutex::default(),
            inbox: Mutex::default(),
        }
    }

    /// Until when the platform is left alone, where it is: nothing goes there before.
    pub fn rests_until(&self, now: Millis) -> Option<Millis> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).closed_to_calls(now)
    }

    /// What keeps its messages from coming.
    pub fn stuck(&self) -> Stuck {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads and judges a document. Called from a thread that may block; may be called again with the same bytes.
pub trait Judge: Send + Sync {
    /// `as_of` is the day that rules take for today.
    ///
    /// `kept` is the document that was written of this one before, where a deposit was begun with it. It leaves whatever would be
    /// written by now, so where that is another text, `kept` itself is judged.
    fn judge(&self, bytes: &Bytes, id: &str, as_of: Day, kept: Option<&Bytes>) -> Judged;

    /// What it would judge by now, beside the day: a word that changes whenever customer files do, the same after a restart.
    fn basis(&self) -> String;
}

/// Seals documents before they leave.
#[async_trait]
pub trait Sealer: Send + Sync {
    /// Seals a document, known by its SHA-256. Waits while others are sealed; whoever goes away meanwhile takes nothing.
    async fn seal(&self, document: &[u8; 32], at: Millis) -> Result<Sealed, NoSeal>;
}

/// A seal, and what is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub bytes: Vec<u8>,
    pub facts: SealFacts,
}

/// Why no seal can be made now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSeal {
    /// A stable word: `expired`, `not-yet-valid`, `unreadable`, `slow`, …
    pub code: String,
    pub why: Text,
}

/// What judging brought.
#[derive(Debug, Clone)]
pub struct Judged {
    pub verdict: Verdict,
    pub facts: Facts,
    /// Where seller, number and date could be read.
    pub number_key: Option<NumberKey>,
    /// The report as the API shows it, a JSON object with `verdict` and `findings`.
    pub report_json: String,
    pub findings: Vec<JudgedFinding>,
    /// The day and what else it was judged by: [`Judge::basis`] as it was then.
    pub judged_on: JudgedOn,
    /// The name of the platform it goes to.
    pub platform: Option<String>,
    /// What the intent will say, where the document can be sent at all (also where it should not be: it may be released).
    pub sendable: Option<Sendable>,
    /// What leaves in the place of the document, where no platform takes its syntax: exactly the text that was judged. What is sent is
    /// never the document itself then.
    pub written: Option<Written>,
}

/// A document that was written of one that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub bytes: Bytes,
    /// Of these bytes, such as `cii`.
    pub syntax: String,
    /// What the document that came says and these bytes do not.
    pub not_carried: Vec<NotCarried>,
}

/// A finding, as far as problems need it. The whole is in the report.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedFinding {
    pub rule: String,
    pub group: String,
    pub severity: Severity,
    pub terms: Vec<String>,
    pub message: Text,
    pub found: Option<String>,
    pub expected: Option<String>,
    /// Who answers for it: then it neither blocks nor opens a problem.
    pub waived: Option<Waived>,
    /// Does it open a problem, where it blocks? What a cut message does not say opens none beside that it is cut: first all of it has to come.
    pub opens: bool,
    /// The rule's own severity, where a customer's file or the platform's configuration gives another one.
    pub severity_was: Option<SeverityWas>,
}

impl JudgedFinding {
    /// Does it stand in the invoice's way?
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Fatal && self.waived.is_none()
    }

    /// Did a customer's file, or its platform's part of the configuration, take the fatal severity of an official rule from it? Who did, then.
    pub fn lowered(&self) -> Option<&SeverityWas> {
        rules::lowered(&self.rule, self.severity, self.severity_was.as_ref())
    }
}

/// The parts of an intent that come from the document and its route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sendable {
    /// The platform's own name of the syntax.
    pub syntax: String,
    /// Unique to the invoice.
    pub file_name: String,
    /// BT-1.
    pub number: String,
    pub seller: Option<String>,
    pub issued: Option<String>,
}

/// What a status means here. The default is that of a code nobody knows: it is kept and changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meaning {
    pub known: bool,
    /// The state our invoice takes; none where the status changes nothing.
    pub state: Option<State>,
    /// Some(true): the platform has it as an invoice. Some(false): it refused the file, and nothing of it exists there.
    pub exists: Option<bool>,
    /// The platform did not process the deposit and wants it again.
    pub resend: bool,
    /// It speaks of something else than the invoice: of tax data, reports, the directory or messages of ours.
    pub beside: bool,
    /// The life-cycle status (CDAR) it stands for.
    pub cdar: Option<u16>,
    pub label: Text,
}

/// Reads a Chorus Pro code: of a deposit (`IN_…`) or of an invoice.
pub fn chorus_meaning(code: &str) -> Meaning {
    let of = |state: Option<State>, exists: Option<bool>| Meaning { known: true, state, exists, ..Meaning::default() };
    match chorus_flow_state(code) {
        FlowState::Pending => return of(None, None),
        FlowState::Integrated => return of(Some(State::Delivered), Some(true)),
        // Which of its invoices went in is not said here: the invoice's own status tells.
        FlowState::PartlyIntegrated => return of(None, None),
        FlowState::Rejected => return of(Some(State::Refused), Some(false)),
        FlowState::Incident => return Meaning { resend: true, ..of(None, None) },
        FlowState::Unknown => {}
    }
    let Some(status) = chorus_status(code) else { return Meaning::default() };
    let exists = Some(status.existed);
    Meaning { cdar: status.cdar, label: status.label.clone(), ..of(status.state, exists) }
}

/// Reads a code of an accredited platform: the acknowledgement of a flow (`FLOW_…`), or a status of the life cycle.
pub fn accredited_meaning(code: &str) -> Meaning {
    if let Some(ack) = flow_ack(code) {
        let label = ack.label.clone();
        return Meaning { known: true, state: ack.state, exists: ack.exists, label, ..Meaning::default() };
    }
    let Some(status) = code.parse().ok().and_then(cdar_status) else { return Meaning::default() };
    of_cdar(status)
}

/// Is it a status of the life cycle? Its number is none of any other table, and it says the same of an invoice wherever that one was deposited.
pub fn is_of_life_cycle(code: &str) -> bool {
    code.parse().ok().and_then(cdar_status).is_some()
}

/// Reads a code of a Peppol Invoice Response: whatever the buyer says of it, the invoice is there.
pub fn peppol_meaning(code: &str) -> Option<Meaning> {
    let status = peppol_status(code)?;
    let meaning = cdar_status(status.cdar).map(of_cdar)?;
    Some(Meaning { label: status.label.clone(), ..meaning })
}

fn of_cdar(status: &CdarStatus) -> Meaning {
    let exists = match status.about {
        // Also one that was refused or rejected: its number is taken.
        About::Invoice => Some(true),
        // A file that could not be read never was an invoice; one that could (500) is not yet one.
        About::File => status.ends.then_some(false),
        // These speak of something else than the invoice.
        About::TaxData | About::EReporting | About::Directory | About::Status => None,
    };
    Meaning {
        known: true,
        state: status.state,
        exists,
        beside: !matches!(status.about, About::Invoice | About::File),
        cdar: Some(status.code),
        label: status.label.clone(),
        ..Meaning::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_is_no_invoice_and_a_status_is() {
        let of = |code: &str| {
            let meaning = accredited_meaning(code);
            (meaning.known, meaning.state, meaning.exists)
        };
        for (code, expected) in [
            ("FLOW_PENDING", (true, None, None)),
            ("FLOW_OK", (true, None, None)),
            ("FLOW_ERROR", (true, Some(State::Refused), Some(false))),
            ("FLOW_PARTI", (false, None, None)),
            ("200", (true, Some(State::Delivered), Some(true))),
            ("205", (true, Some(State::Accepted), Some(true))),
            ("210", (true, Some(State::Refused), Some(true))),
            ("212", (true, None, Some(true))),
            ("213", (true, Some(State::Refused), Some(true))),
            ("251", (true, None, None)),
            ("500", (true, None, None)),
            ("501", (true, Some(State::Refused), Some(false))),
            ("601", (true, None, None)),
            ("299", (false, None, None)),
            ("REJETEE", (false, None, None)),
        ] {
            assert_eq!(of(code), expected, "{code}");
        }
        assert_eq!(accredited_meaning("210").cdar, Some(210));
    }
}
