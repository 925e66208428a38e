//! The seal before a deposit: made once, on disk with the intent, used again by every later attempt.
//!
//! With a sealer, no document leaves without a seal. Where none can be made (the certificate expired, the key cannot be read),
//! the invoice stays `ready`, says why, and goes on by itself once a seal can be made: nothing is lost and nothing leaves as
//! something that it is not. A seal is made anew only where the certificate of the one there has expired since, which
//! whoever receives it could no longer check.

use serde_json::json;

use super::draft::{Draft, Fault};
use super::ports::{NoSeal, Sealed};
use super::settings::{Settings, backoff};
use super::worker::{Trip, Worker};
use crate::clock::Millis;
use crate::crypto::sha256;
use crate::signature::{SealFacts, verify};
use crate::store::InvoiceRow;
use crate::text::Text;

/// What a document leaves with.
pub(super) enum Seal {
    /// Nothing: no key is configured.
    Off,
    /// The seal that is on disk already.
    There,
    /// A new one, to go on disk with the intent.
    Made(Sealed),
    /// None, so it does not leave.
    Not(NoSeal),
}

impl Worker {
    /// The seal of an invoice whose document came out of the store under its own SHA-256.
    pub(super) async fn sealed(&self, row: &InvoiceRow) -> Result<Seal, Trip> {
        let Some(sealer) = &self.ports.sealer else { return Ok(Seal::Off) };
        let document = digest(row.leaving())?;
        if let Some(facts) = &row.seal {
            self.check_kept(row, facts, &document).await?;
            if facts.not_after >= self.now() {
                return Ok(Seal::There);
            }
        }
        let until = self.now() + self.ports.settings.seal_timeout;
        let made = match self.limited(until, sealer.seal(&document, self.now())).await {
            None => return Ok(Seal::Not(slow())),
            Some(Err(why)) => return Ok(Seal::Not(why)),
            Some(Ok(made)) => made,
        };
        // Nothing leaves on the word of whoever signed: it is read back first.
        match verify(&made.bytes, &document) {
            Ok(_) if hex(&sha256(&made.bytes)) == made.facts.sha256 => Ok(Seal::Made(made)),
            Ok(_) => Ok(Seal::Not(unverified("the seal is not the one described"))),
            Err(flaw) => Ok(Seal::Not(unverified(&flaw.to_string()))),
        }
    }

    async fn check_kept(&self, row: &InvoiceRow, facts: &SealFacts, document: &[u8; 32]) -> Result<(), Trip> {
        let bytes = self
            .store
            .seal(&row.id)
            .await?
            .ok_or_else(|| Fault("the store has no seal where its books have one".into()))?;
        if hex(&sha256(&bytes)) != facts.sha256 {
            return Err(Fault("the seal came out of the store as another".into()).into());
        }
        verify(&bytes, document).map_err(|flaw| Fault(format!("the seal in the store does not verify: {flaw}")))?;
        Ok(())
    }
}

/// Puts a new seal into the step that writes the intent.
pub(super) fn attach(draft: &mut Draft, sealed: Sealed) {
    let facts = sealed.facts;
    let data = json!({
        "subject": facts.subject, "issuer": facts.issuer, "serial": facts.serial, "algorithm": facts.algorithm,
        "anew": draft.row.seal.is_some(), "format": facts.format, "qualification": facts.qualification, "sha256": facts.sha256, "not_after": facts.not_after,
    });
    draft.say("sealed", data);
    // It was sealed before it was intended.
    draft.events.rotate_right(1);
    draft.row.seal = Some(facts);
    draft.row.seal_waits = 0;
    draft.seal = Some(sealed.bytes);
}

/// It waits for its seal, and says why; once, not at each attempt.
pub(super) fn hold(row: &InvoiceRow, why: &NoSeal, settings: &Settings, at: Millis) -> Draft {
    let mut draft = Draft::new(row, at);
    let said = format!("waits for its seal: {}", why.why.en);
    draft.row.seal_waits = row.seal_waits.saturating_add(1);
    let next = at + backoff(settings.seal_first, settings.seal_most, row.seal_waits, &row.id);
    draft.row.due_at = Some(next);
    if row.last_error.as_deref() != Some(&said) {
        draft.say("seal-waits", json!({ "code": why.code, "why": why.why, "next_at": next }));
    }
    draft.row.last_error = Some(said);
    draft
}

fn slow() -> NoSeal {
    let why = Text::new(
        "la signature a duré trop longtemps : la machine est surchargée",
        "signing took too long: the machine is overloaded",
    );
    NoSeal { code: "slow".into(), why }
}

fn unverified(why: &str) -> NoSeal {
    tracing::error!(why, "a seal that was just made does not verify: it is not used");
    let why = Text::new(
        format!("faute de facteur : le cachet fait ne se vérifie pas ({why})"),
        format!("facteur's own fault: the seal that was made does not verify ({why})"),
    );
    NoSeal { code: "unverified".into(), why }
}

/// The digest that a row names in hexadecimal.
fn digest(text: &str) -> Result<[u8; 32], Fault> {
    let mut digest = [0; 32];
    let wrong = || Fault(format!("the books name a document {text}, which is no SHA-256"));
    if text.len() != 64 || !text.is_ascii() {
        return Err(wrong());
    }
    for (n, byte) in digest.iter_mut().enumerate() {
        *byte = text.get(2 * n..2 * n + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).ok_or_else(wrong)?;
    }
    Ok(digest)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
