//! Accredited platforms (*plateformes agréées*) through the AFNOR Flow Service and Directory Service, XP Z12-013, versions 1.1 to 1.3.
//!
//! A deposit is a flow (`flowId`) under a reference of ours (`trackingId`). Its acknowledgement is technical: what becomes of the invoice
//! comes as other flows, life-cycle messages (CDAR) that wait in an inbox. There is no idempotent call: after a lost answer the flow is
//! looked for by our reference, and a platform that has it already says so (`AlreadyExistingFlow`).

mod answer;
mod calls;
mod config;
pub mod directory;
mod flow;
mod hooks;
mod inbox;
mod multipart;
mod reception;
mod version;
pub mod webhook;

use async_trait::async_trait;

use self::calls::{Line, taken};
pub use self::config::AfnorConfig;
use self::flow::{Flow, Match};
pub use self::hooks::{Direction, Hook, NotMade, Subscription, callback};
pub use super::line::ConfigError;
use super::line::{Trouble, not_taken};
use super::{Content, Deposit, Follow, Heard, Inbox, Intent, Known, Mark, Platform, Raw, Recipient, Search, UNSEEN};
use crate::formats::cdar::{CASHED, COMPLETED};
use crate::store::Document;

/// As sentences call it.
const NAME: &str = "the platform";

/// A connection to an accredited platform. One serves any number of tasks; they share its token.
pub struct Afnor {
    line: Line,
}

impl Afnor {
    /// Checks the configuration; calls nothing.
    ///
    /// # Errors
    /// [`ConfigError`] where an address or a secret cannot be used, or where this machine has no trust roots for https.
    pub fn new(config: AfnorConfig) -> Result<Self, ConfigError> {
        Ok(Self { line: Line::new(config)? })
    }

    fn tracking(&self, intent: &Intent) -> String {
        version::tracking_id(&intent.invoice_id, self.line.config.version)
    }

    /// The flow of a deposit of this document, where the platform shows one.
    async fn find(&self, intent: &Intent, raw: &mut Vec<Raw>) -> Result<Option<Flow>, Trouble> {
        let tracking = self.tracking(intent);
        let rows = self.line.tracked(&tracking, raw).await?;
        let mut doubt = None;
        let mut ours: Vec<Flow> = Vec::new();
        for flow in rows {
            match flow.is_of(intent, &tracking) {
                Match::Another => {}
                Match::Doubt(how) => doubt = Some(format!("flow {} {how}", flow.id)),
                Match::Ours if flow.is_repetition() => {
                    doubt = Some(format!("the platform calls flow {} a repetition, and shows no earlier one", flow.id));
                }
                Match::Ours => ours.push(flow),
            }
        }
        // One that was taken counts before one that was refused, then the latest.
        let best = ours.into_iter().max_by_key(|flow| (!flow.is_refused(), flow.submitted_at.clone()));
        match (best, doubt) {
            (Some(flow), _) => Ok(Some(flow)),
            (None, Some(why)) => Err(Trouble::Beside { why }),
            (None, None) => Ok(None),
        }
    }

    /// The platform says that it has it already: the first try was taken, if a search shows it.
    async fn former(&self, intent: &Intent, mut raw: Vec<Raw>) -> Deposit {
        const THERE: &str = "the platform says that it has this flow already";
        match self.find(intent, &mut raw).await {
            Ok(Some(flow)) => Deposit::Taken { reference: flow.id, raw },
            Ok(None) => Deposit::Unknown { why: UNSEEN.into(), retry_after_ms: None, raw },
            Err(trouble) => {
                let (why, retry_after_ms) = trouble.into_why(NAME);
                Deposit::Unknown { why: format!("{THERE}: {why}"), retry_after_ms, raw }
            }
        }
    }
}

#[async_trait]
impl Platform for Afnor {
    fn name(&self) -> &str {
        &self.line.config.name
    }

    async fn deposit(&self, intent: &Intent, document: &Document) -> Deposit {
        let mut raw = Vec::new();
        let tracking = self.tracking(intent);
        let outcome = self.line.deposit(intent, &tracking, document, &mut raw).await;
        let last = raw.last().map(|raw| (raw.http, answer::is_already_there(raw.http, &raw.body)));
        match outcome {
            Ok(answer) => match taken(&answer, intent, &tracking) {
                Ok(reference) => Deposit::Taken { reference, raw },
                Err(why) => Deposit::Unknown { why, retry_after_ms: None, raw },
            },
            Err(Trouble::Refused { .. } | Trouble::Lost { .. }) if last.is_some_and(|(_, there)| there) => {
                self.former(intent, raw).await
            }
            // An error in the shape of the norm where no flow can be deposited: the address is wrong, and not the invoice.
            Err(Trouble::Refused { code, text, .. })
                if last.is_some_and(|(http, _)| matches!(http, 404 | 405 | 407)) =>
            {
                let why = format!("no flow can be deposited at this address: {code}: {text}");
                Deposit::NotSent { why, retry_after_ms: None, raw }
            }
            Err(trouble) => not_taken(trouble, raw),
        }
    }

    /// By our reference, and by the document's digest or name where the platform tells them. A platform may show a flow a moment after it
    /// took it: absence is proof only after some time.
    async fn search(&self, intent: &Intent) -> Search {
        let mut raw = Vec::new();
        match self.find(intent, &mut raw).await {
            Ok(Some(flow)) => Search::Found { reference: Some(flow.id), platform_invoice: None, raw },
            Ok(None) => Search::Absent { raw },
            Err(trouble) => Search::NoAnswer { line: trouble.line(), why: trouble.into_why(NAME).0, raw },
        }
    }

    /// The acknowledgement of the deposit. What becomes of the invoice comes through [`Platform::inbox`].
    async fn follow(&self, intent: &Intent, reference: Option<&str>, _: Option<&str>) -> Follow {
        let mut raw = Vec::new();
        let none = |why: &str| Trouble::Beside { why: why.into() };
        let flow = match reference {
            Some(reference) => self.line.metadata(reference, &mut raw).await,
            // Told by a message to be there, with no answer to the deposit: it is found as a lost answer is.
            None => {
                let found = self.find(intent, &mut raw).await;
                found.and_then(|flow| flow.ok_or_else(|| none("it shows no flow of this invoice")))
            }
        };
        match flow.and_then(|flow| flow.statuses().ok_or_else(|| none("the flow has no acknowledgement"))) {
            Ok(statuses) => Follow::Statuses { platform_invoice: None, statuses, raw },
            Err(trouble) => {
                let line = trouble.line();
                let (why, retry_after_ms) = trouble.into_why(NAME);
                Follow::NoAnswer { why, retry_after_ms, line, raw }
            }
        }
    }

    fn hears(&self) -> &'static [u16] {
        &[COMPLETED, CASHED]
    }

    fn kind(&self) -> &'static str {
        "afnor"
    }

    async fn reception(&self, recipient: &Recipient, known: &dyn Known) -> Heard {
        reception::ask(self, recipient, known).await
    }

    async fn check(&self) -> Result<(), String> {
        self.line.check().await.map_err(|trouble| trouble.into_why(NAME).0)
    }

    async fn check_directory(&self) -> Option<Result<(), String>> {
        let directory = self.line.directory.as_ref()?;
        Some(self.line.health(directory, &mut Vec::new()).await.map_err(|trouble| trouble.into_why(NAME).0))
    }

    async fn inbox(&self, since: &Mark) -> Inbox {
        inbox::page(&self.line, since, NAME).await
    }

    async fn fetch(&self, flow: &str) -> (Content, Vec<Raw>) {
        inbox::fetch(&self.line, flow, NAME).await
    }
}

#[cfg(test)]
mod tests;
