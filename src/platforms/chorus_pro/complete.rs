//! 209 at Chorus Pro: documents that complete a suspended invoice. They are uploaded one by one, which changes nothing yet, and then one call says that they complete
//! it. Whether it came through shows in the invoice's own history.

use super::calls::Line;
use super::{ChorusPro, NAME, ours, statuses};
use crate::formats::{self, cdar};
use crate::invoice::Draft;
use crate::platforms::line::{Trouble, not_taken, text_of};
use crate::platforms::{Deposit, Follow, Intent, Line as State, PlatformStatus, Raw, Search, Voice};
use crate::store::Document;

/// Statuses in which it waits for documents, and the one after them.
const WAITS: [&str; 2] = ["SUSPENDUE", "A_COMPLETER"];
const COMPLETED: &str = "COMPLETEE";

/// Where an invoice stands.
struct Standing {
    /// `identifiantFactureCPP`.
    id: String,
    /// Its last status.
    last: Option<String>,
    /// Documents came after it was suspended last.
    completed: bool,
}

impl ChorusPro {
    pub(super) async fn complete(&self, intent: &Intent, document: &Document) -> Deposit {
        let mut raw = Vec::new();
        let bytes = match document.whole().await {
            Ok(bytes) => bytes,
            Err(error) => return not_sent(error.to_string(), raw),
        };
        let Some(said) = formats::read_any(&bytes).ok().map(|read| Draft::of(&read.invoice)) else {
            return not_sent("facteur's own fault: its message cannot be read".into(), raw);
        };
        let (files, told) = (cdar::attachments(&said), cdar::told(&said));
        let comment = told.first().and_then(|told| told.details.iter().find_map(|detail| detail.comment.clone()));
        let invoice = match standing(&self.line, intent, &mut raw).await {
            Ok(Some(found)) => match found.last {
                Some(last) if !WAITS.contains(&last.as_str()) => {
                    let text = format!("the invoice waits for no documents there: its status is {last}");
                    return Deposit::Refused { code: last, text, raw };
                }
                _ => found.id,
            },
            Ok(None) => return not_sent("Chorus Pro does not show the invoice".into(), raw),
            Err(trouble) => return before(trouble, raw),
        };
        let kind = match self.line.any_kind(&mut raw).await {
            Ok(kind) => kind.unwrap_or_default(),
            Err(trouble) => return before(trouble, raw),
        };
        let mut uploaded = Vec::with_capacity(files.len());
        for file in &files {
            match self.line.upload(file, &mut raw).await {
                Ok(id) => uploaded.push((id, file.name.clone())),
                Err(trouble) => return before(trouble, raw),
            }
        }
        // From here on it may be completed, whatever is heard of it.
        match self.line.complete(&invoice, &uploaded, &kind, comment.as_deref(), &mut raw).await {
            Ok(_) => Deposit::Taken { reference: invoice, raw },
            Err(trouble) => not_taken(trouble, raw),
        }
    }

    pub(super) async fn is_completed(&self, intent: &Intent) -> Search {
        let mut raw = Vec::new();
        match standing(&self.line, intent, &mut raw).await {
            Ok(Some(found)) if found.completed => {
                Search::Found { reference: Some(found.id.clone()), platform_invoice: Some(found.id), raw }
            }
            Ok(Some(_)) => Search::Absent { raw },
            Ok(None) => {
                Search::NoAnswer { why: "Chorus Pro does not show the invoice".into(), line: State::Answers, raw }
            }
            Err(trouble) => Search::NoAnswer { line: trouble.line(), why: trouble.into_why(NAME).0, raw },
        }
    }

    /// What an accredited platform says of the flow, the history of the invoice says here.
    pub(super) async fn completion(&self, intent: &Intent) -> Follow {
        let mut raw = Vec::new();
        match standing(&self.line, intent, &mut raw).await {
            Ok(found) => {
                let done = found.as_ref().is_some_and(|found| found.completed);
                let status = PlatformStatus {
                    code: "FLOW_OK".into(),
                    reason: None,
                    text: None,
                    at: None,
                    voice: Voice::Platform,
                };
                let statuses = done.then_some(status).into_iter().collect();
                Follow::Statuses { platform_invoice: found.map(|found| found.id), statuses, raw }
            }
            Err(trouble) => {
                let line = trouble.line();
                let (why, retry_after_ms) = trouble.into_why(NAME);
                Follow::NoAnswer { why, retry_after_ms, line, raw }
            }
        }
    }
}

async fn standing(line: &Line, intent: &Intent, raw: &mut Vec<Raw>) -> Result<Option<Standing>, Trouble> {
    let rows = line.invoices("numeroFacture", &intent.number, raw).await?;
    let row = ours(&rows, intent).map_err(|why| Trouble::Beside { why: why.into() })?;
    let Some(id) = row.and_then(|row| text_of(row, "identifiantFactureCPP")) else { return Ok(None) };
    let (entries, current) = line.history(&id, raw).await?;
    let all = statuses::history(&entries, current);
    let at = |codes: &[&str]| all.iter().rposition(|status| codes.contains(&status.code.as_str()));
    let completed = at(&[COMPLETED]) > at(&WAITS);
    Ok(Some(Standing { id, last: all.last().map(|status| status.code.clone()), completed }))
}

/// Nothing was asked of the invoice yet.
fn before(trouble: Trouble, raw: Vec<Raw>) -> Deposit {
    match trouble {
        Trouble::Refused { code, text, .. } => Deposit::Refused { code, text, raw },
        Trouble::NotSent { why, retry_after_ms } | Trouble::Away { why, retry_after_ms } => {
            Deposit::NotSent { why, retry_after_ms, raw }
        }
        Trouble::Beside { why } | Trouble::Lost { why } | Trouble::TooLong { why } => not_sent(why, raw),
    }
}

fn not_sent(why: String, raw: Vec<Raw>) -> Deposit {
    Deposit::NotSent { why, retry_after_ms: None, raw }
}
