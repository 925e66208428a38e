//! Chorus Pro, the platform of French public buyers, through PISTE (its historical deposit channel).
//!
//! A deposit is a flow (`numeroFluxDepot`) that the platform integrates or refuses some time later; an integrated invoice
//! has a number of its own there (`identifiantFactureCPP`) and a history of statuses. Paths and fields: PISTE APIs
//! "Factures" and "Transverses" v1.0.0. HTTP 200 with a `codeRetour` other than zero is an error.

mod answer;
mod calls;
mod complete;
mod config;
mod directory;
mod statuses;

use async_trait::async_trait;
use serde_json::Value;

use self::calls::Line;
pub use self::config::ChorusConfig;
use self::statuses::Deposited;
pub use super::line::ConfigError;
use super::line::{Trouble, not_taken, text_of};
use crate::store::Document;

use super::{Deposit, Follow, Heard, Intent, Known, Platform, PlatformStatus, Raw, Recipient, STATEMENT, Search};
use crate::formats::cdar::COMPLETED;

/// As sentences call it.
const NAME: &str = "Chorus Pro";

/// A connection to Chorus Pro. One serves any number of tasks; they share its token.
pub struct ChorusPro {
    line: Line,
}

impl ChorusPro {
    /// Checks the configuration; calls nothing.
    ///
    /// # Errors
    /// [`ConfigError`] where an address or a secret cannot be used, or where this machine has no trust roots for https.
    pub fn new(config: ChorusConfig) -> Result<Self, ConfigError> {
        Ok(Self { line: Line::new(config)? })
    }
}

#[async_trait]
impl Platform for ChorusPro {
    fn name(&self) -> &str {
        self.line.name()
    }

    async fn deposit(&self, intent: &Intent, document: &Document) -> Deposit {
        if intent.syntax == STATEMENT {
            return self.complete(intent, document).await;
        }
        let mut raw = Vec::new();
        let result = self.line.deposit(intent, document, &mut raw).await;
        match result {
            Ok(answer) => match text_of(&answer, "numeroFluxDepot") {
                Some(reference) => Deposit::Taken { reference, raw },
                None => Deposit::Unknown {
                    why: "the answer holds no numeroFluxDepot: it proves nothing".into(),
                    retry_after_ms: None,
                    raw,
                },
            },
            Err(Trouble::Refused { code, text, answer }) => match text_of(&answer, "numeroFluxDepot") {
                Some(flow) => Deposit::Unknown {
                    why: format!("error {code} ({text}), yet a flow {flow} was given"),
                    retry_after_ms: None,
                    raw,
                },
                None => Deposit::Refused { code, text, raw },
            },
            Err(trouble) => not_taken(trouble, raw),
        }
    }

    /// By invoice number, seller and year: the key under which Chorus Pro holds an invoice once. An invoice shows only
    /// after its flow was integrated, so that [`Search::Absent`] is no proof until some time has gone by.
    async fn search(&self, intent: &Intent) -> Search {
        if intent.syntax == STATEMENT {
            return self.is_completed(intent).await;
        }
        let mut raw = Vec::new();
        if intent.number.trim().is_empty() {
            let why = "the invoice has no number (BT-1) to search by".into();
            return Search::NoAnswer { why, line: super::Line::Unused, raw };
        }
        match self.line.invoices("numeroFacture", &intent.number, &mut raw).await {
            Ok(rows) => match ours(&rows, intent) {
                Ok(Some(row)) => Search::Found {
                    reference: text_of(row, "numeroFluxDepot"),
                    platform_invoice: text_of(row, "identifiantFactureCPP"),
                    raw,
                },
                Ok(None) => Search::Absent { raw },
                Err(why) => Search::NoAnswer { why: why.into(), line: super::Line::Answers, raw },
            },
            Err(trouble) => Search::NoAnswer { line: trouble.line(), why: trouble.into_why(NAME).0, raw },
        }
    }

    async fn follow(&self, intent: &Intent, reference: Option<&str>, platform_invoice: Option<&str>) -> Follow {
        if intent.syntax == STATEMENT {
            return self.completion(intent).await;
        }
        let mut raw = Vec::new();
        let none = |why, line, raw| Follow::NoAnswer { why, retry_after_ms: None, line, raw };
        let (mut reference, mut invoice) = (reference.map(str::to_owned), platform_invoice.map(str::to_owned));
        if reference.is_none() && invoice.is_none() {
            // Told by a message to be there, with no answer to its deposit: it is found as a lost answer is.
            match self.search(intent).await {
                Search::Found { reference: flow, platform_invoice: named, raw: told } => {
                    (reference, invoice, raw) = (flow, named, told);
                }
                Search::Absent { raw } => {
                    return none(format!("{NAME} shows no invoice of this number"), super::Line::Answers, raw);
                }
                Search::NoAnswer { why, line, raw } => return none(why, line, raw),
            }
        }
        match self.statuses(intent, reference.as_deref(), invoice.as_deref(), &mut raw).await {
            Ok((platform_invoice, statuses)) => Follow::Statuses { platform_invoice, statuses, raw },
            Err(trouble) => {
                let line = trouble.line();
                let (why, retry_after_ms) = trouble.into_why(NAME);
                Follow::NoAnswer { why, retry_after_ms, line, raw }
            }
        }
    }

    /// Documents that complete a suspended invoice; what came in (212) concerns private customers.
    fn hears(&self) -> &'static [u16] {
        &[COMPLETED]
    }

    fn kind(&self) -> &'static str {
        "chorus-pro"
    }

    async fn reception(&self, recipient: &Recipient, known: &dyn Known) -> Heard {
        directory::ask(&self.line, recipient, known).await
    }

    async fn check_directory(&self) -> Option<Result<(), String>> {
        directory::check(&self.line).await
    }

    async fn check(&self) -> Result<(), String> {
        self.line.health(&mut Vec::new()).await.map_err(|trouble| trouble.into_why(NAME).0)
    }
}

impl ChorusPro {
    async fn statuses(
        &self,
        intent: &Intent,
        reference: Option<&str>,
        known: Option<&str>,
        raw: &mut Vec<Raw>,
    ) -> Result<(Option<String>, Vec<PlatformStatus>), Trouble> {
        let mut statuses = Vec::new();
        let invoice = match (known, reference) {
            (Some(invoice), _) => Some(invoice.to_owned()),
            (None, None) => None,
            (None, Some(reference)) => {
                let report = self.line.report(reference, raw).await?;
                match statuses::deposited(&report) {
                    None => return Err(Trouble::Beside { why: "the answer holds no etatCourantDepotFlux".into() }),
                    Some(Deposited::Pending) => return Ok((None, statuses)),
                    Some(Deposited::Ended(status)) => return Ok((None, vec![status])),
                    Some(Deposited::Integrated(partly)) => {
                        let rows = self.line.invoices("numeroFluxDepot", reference, raw).await?;
                        let ours = newest(rows.iter().filter(|row| is_number(row, &intent.number)));
                        // A flow holds one invoice of ours: one that went in whole is ours however the number is written.
                        let ours = ours.or(if partly.is_none() && rows.len() == 1 { rows.first() } else { None });
                        // Errors of a flow integrated in part are ours only if our invoice is not in it.
                        statuses.extend(partly.filter(|_| ours.is_none()));
                        ours.and_then(|row| text_of(row, "identifiantFactureCPP"))
                    }
                }
            }
        };
        if let Some(invoice) = &invoice {
            let (entries, current) = self.line.history(invoice, raw).await?;
            statuses.extend(statuses::history(&entries, current));
        }
        Ok((invoice, statuses))
    }
}

fn is_number(row: &Value, number: &str) -> bool {
    text_of(row, "numeroFacture").is_some_and(|n| n == number.trim())
}

/// The row of this invoice: its number, seller and year, of the rows the last one.
///
/// # Errors
/// Only rows whose seller cannot be compared with ours: a technical account may serve several sellers, so that they prove neither that ours is there nor
/// that it is not.
fn ours<'a>(rows: &'a [Value], intent: &Intent) -> Result<Option<&'a Value>, &'static str> {
    let alike = |seller| rows.iter().filter(move |row| is_alike(row, intent) && is_seller(row, intent) == seller);
    match newest(alike(Some(true))) {
        None if alike(None).next().is_some() => {
            Err("Chorus Pro shows this number of a seller that cannot be compared with ours")
        }
        found => Ok(found),
    }
}

/// Same number, and no other year.
fn is_alike(row: &Value, intent: &Intent) -> bool {
    let year = |date: &str| date.get(..4).filter(|y| y.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned);
    let own = intent.issued.as_deref().and_then(year);
    let other = own.zip(text_of(row, "dateFacture").as_deref().and_then(year)).is_some_and(|(own, row)| own != row);
    is_number(row, &intent.number) && !other
}

/// Is it of our seller? None where nothing tells. A row that names no seller is of the account's own.
fn is_seller(row: &Value, intent: &Intent) -> Option<bool> {
    let Some(theirs) = text_of(row, "codeFournisseur") else { return Some(true) };
    let ours = intent.seller.as_deref()?;
    let (own, other) = (digits(ours), digits(&theirs));
    let comparable = [own.len(), other.len()].iter().all(|n| [SIREN, SIRET].contains(n));
    match comparable {
        true => Some(own.get(..SIREN) == other.get(..SIREN)),
        false => (ours.trim() == theirs.trim()).then_some(true),
    }
}

/// Digits of a company's and of an establishment's number; the second begins with the first.
const SIREN: usize = 9;
const SIRET: usize = 14;

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The row that Chorus Pro numbered last.
fn newest<'a>(rows: impl Iterator<Item = &'a Value>) -> Option<&'a Value> {
    newest_of(rows, "identifiantFactureCPP")
}

fn newest_of<'a>(rows: impl Iterator<Item = &'a Value>, id: &str) -> Option<&'a Value> {
    rows.max_by_key(|row| text_of(row, id).and_then(|id| id.parse::<u64>().ok()))
}

#[cfg(test)]
mod tests;
