//! Answers in EDIFACT: what came is answered (CONTRL, APERAK), once and for good; what came as an answer is told to the invoices that it speaks of.
//!
//! The store says what is to be done, so nothing is lost by a process that ends: a file stays unanswered until its answers, and what the timelines say of them,
//! are on disk in one commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch::Receiver;

use super::shelf::Shelf;
use super::told;
use crate::answers::{self, Answered, Ask};
use crate::clock::{Clock, Millis, day_of};
use crate::config::Partners;
use crate::edifact::contrl::{How, NoAnswer, When};
use crate::edifact::{Dress, Stamp};
use crate::formats::edifact::aperak::Aperak;
use crate::formats::edifact::{AperakWhen, Came, came, partner_of};
use crate::lifecycle::State;
use crate::limits;
use crate::queue::replies;
use crate::report::Report;
use crate::store::{Addressed, Answering, Handle, Held, NewEvent, StoreError, Unanswered, Want};

/// Files and messages looked at in one round.
const ROUND: usize = 64;
/// Pause between two looks at what is not judged yet; and where nothing is known to be due.
const SOON: Duration = Duration::from_millis(100);
const LATER: Duration = Duration::from_secs(30);
/// Pause after the store failed.
const PAUSE: Duration = Duration::from_secs(1);
/// For so long, in milliseconds, another file under the same reference is a possible duplicate (180 days): some count their interchanges anew each year.
const REUSED: i64 = 180 * 86_400_000;
/// How long a large document waits for room in memory.
const HOLDING: Duration = Duration::from_secs(2);

/// Answers until told to stop.
pub(super) async fn run(
    store: Handle,
    partners: Arc<Shelf<Partners>>,
    clock: Arc<dyn Clock>,
    mut stopped: Receiver<bool>,
) {
    let desk = Desk { store, partners, clock };
    loop {
        let wait = match desk.round().await {
            Ok(true) => SOON,
            Ok(false) => LATER,
            Err(error) => {
                tracing::error!(%error, "answers in EDIFACT wait for the store");
                PAUSE
            }
        };
        tokio::select! {
            () = told(&mut stopped) => return,
            () = tokio::time::sleep(wait) => {}
            // Whatever is being judged at this moment is better asked once than at each write.
            () = desk.store.letters() => tokio::time::sleep(SOON / 4).await,
        }
    }
}

struct Desk {
    store: Handle,
    partners: Arc<Shelf<Partners>>,
    clock: Arc<dyn Clock>,
}

impl Desk {
    /// True where something waits for a judgement, or there may be more.
    async fn round(&self) -> Result<bool, StoreError> {
        let mut waits = false;
        let files = self.store.unanswered(ROUND).await?;
        waits |= files.len() == ROUND;
        for file in files {
            waits |= !self.answer(file).await?;
        }
        let wants = self.store.wants(ROUND).await?;
        waits |= wants.len() == ROUND;
        let mut read = (String::new(), Vec::new());
        for want in wants {
            self.tell(want, &mut read).await?;
        }
        Ok(waits)
    }

    /// Answers a file; false where it is not judged yet.
    async fn answer(&self, file: Unanswered) -> Result<bool, StoreError> {
        let mut reports = Vec::with_capacity(file.invoices.len());
        // An invoice of each interchange in it.
        let mut interchanges: BTreeMap<String, &str> = BTreeMap::new();
        for id in &file.invoices {
            let Some(row) = self.store.invoice(id).await? else { continue };
            if row.state.unwrap_or(State::Received) == State::Received {
                return Ok(false);
            }
            interchanges.entry(row.part_of.map(|part| part.reference).unwrap_or_default()).or_insert(id);
        }
        let mut reused = Vec::new();
        for id in interchanges.into_values() {
            reused.extend(self.reused(&file, id).await?);
        }
        for id in &file.invoices {
            reports.push(self.store.report(id).await?);
        }
        let bytes = match self.store.hold(&file.sha256, HOLDING).await? {
            Held::Here(bytes) => bytes,
            Held::NoRoom => return Ok(false),
            Held::Absent => Bytes::new(),
        };
        let (partners, at) = (self.partners.now(), self.clock.now());
        let (id, work) = (file.sha256.clone(), move || written(&bytes, &file, &reports, &reused, &partners, at));
        // Whatever it is that brings an answer down must not do so at each round.
        let done = match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            Err(_) => {
                tracing::error!(file = id, "writing the answers of a file panicked: it gets none");
                Answering { file: id.clone(), at, ..Answering::default() }
            }
        };
        let count = done.answers.len();
        if self.store.answer(done).await? && count > 0 {
            tracing::info!(file = id, answers = count, "EDIFACT answered");
        }
        Ok(true)
    }

    /// The reference (0020) of the interchange that an invoice came in, where its sender used it shortly before for another file.
    async fn reused(&self, file: &Unanswered, invoice: &str) -> Result<Option<String>, StoreError> {
        let Some(Addressed { sender, recipient, interchange, .. }) = self.store.addressed(invoice).await? else {
            return Ok(None);
        };
        let named = [interchange.as_str(), sender.as_str(), recipient.as_str()];
        for one in self.store.of_interchange(named, limits::EDIFACT_MESSAGES + 1).await? {
            if file.invoices.contains(&one.invoice) {
                continue;
            }
            let Some(row) = self.store.invoice(&one.invoice).await? else { continue };
            let of = row.part_of.as_ref().map_or(&row.sha256, |part| &part.sha256);
            if *of != file.sha256 && (0..=REUSED).contains(&(file.at - row.received_at)) {
                return Ok(Some(interchange));
            }
        }
        Ok(None)
    }

    /// Tells the invoices what a message of an answer says of them.
    /// `read` are the messages of the answer that was read last.
    async fn tell(&self, want: Want, read: &mut (String, Vec<Came>)) -> Result<(), StoreError> {
        if read.0 != want.answer {
            let Held::Here(bytes) = self.store.hold(&want.sha256, HOLDING).await? else { return Ok(()) };
            let all = tokio::task::spawn_blocking(move || came(&bytes)).await.unwrap_or_default();
            *read = (want.answer.clone(), all);
        }
        let found = match read.1.get(want.message as usize) {
            None => 0,
            Some(came) => match replies::tell(&self.store, &want, came, self.clock.now()).await {
                Ok(found) => found,
                // Somebody changes what it speaks of: at the next round.
                Err(StoreError::Stale(_)) => return Ok(()),
                Err(error) => return Err(error),
            },
        };
        if found == 0 {
            tracing::info!(
                answer = want.answer,
                message = want.message,
                "an answer speaks of no invoice that is known"
            );
            return self.store.tried(want).await;
        }
        tracing::info!(answer = want.answer, message = want.message, invoices = found, "answer read");
        Ok(())
    }
}

/// The answers of a file, as its sender is to have them.
fn written(
    bytes: &[u8],
    file: &Unanswered,
    reports: &[Option<String>],
    reused: &[String],
    partners: &Partners,
    at: Millis,
) -> Answering {
    let mut done = Answering { file: file.sha256.clone(), at, ..Answering::default() };
    let agreed = partner_of(bytes, partners.list()).map(|partner| partner.answers).unwrap_or_default();
    let read: Vec<Option<Report>> =
        reports.iter().map(|report| serde_json::from_str(report.as_deref()?).ok()).collect();
    // One that has none (parked before it was judged) takes nothing from the others.
    let read: Vec<Option<&Report>> = read.iter().map(Option::as_ref).collect();
    let ask = Ask {
        contrl: How { when: agreed.contrl.unwrap_or(When::OnErrors), warnings: false },
        warnings: false,
        lang: agreed.lang,
    };
    let (mut answered, _) = answers::answers(bytes, partners.list(), &read, ask);
    // A report is that of its own invoice, or of none.
    if answered.iter().map(|one| one.invoices.len()).sum::<usize>() != read.len() {
        (answered, _) = answers::answers(bytes, partners.list(), &[], ask);
    }
    let of_day = at.rem_euclid(86_400_000) / 60_000;
    let stamp = |kind: char, nth: usize| Stamp {
        day: day_of(at),
        hour: u8::try_from(of_day / 60).unwrap_or(0),
        minute: u8::try_from(of_day % 60).unwrap_or(0),
        reference: reference(&file.sha256, kind, nth),
    };
    let (mut contrl, mut aperak) = ((Vec::new(), 0), (Vec::new(), 0));
    for (nth, one) in answered.iter_mut().enumerate() {
        let dress = Dress::of(&one.subject.envelope);
        if agreed.contrl.is_none() && one.contrl.is_ok() {
            one.contrl = Err(NoAnswer::NotAsked);
        }
        if let Ok(contrl) = &mut one.contrl
            && reused.contains(&contrl.reference)
        {
            contrl.doubt_reference();
        }
        if let Some(bytes) = one.contrl_bytes(&dress, &stamp('C', nth)) {
            contrl.0.extend(bytes);
            contrl.1 += 1;
        }
        let wanted = |said: &Aperak| match agreed.aperak {
            None => false,
            Some(AperakWhen::Always) => true,
            Some(AperakWhen::OnErrors) => said.accepts() == Some(false),
        };
        for invoice in &mut one.invoices {
            if invoice.aperak.as_ref().is_ok_and(|said| !wanted(said)) {
                invoice.aperak = Err(answers::NoAperak::NotAsked);
            }
        }
        if let Some(bytes) = one.aperak_bytes(&dress, &stamp('A', nth)) {
            aperak.0.extend(bytes);
            aperak.1 += one.invoices.iter().filter(|invoice| invoice.aperak.is_ok()).count();
        }
        done.events.extend(events(one, file, &stamp('C', nth).reference, &stamp('A', nth).reference));
    }
    for (kind, (bytes, messages)) in [("CONTRL", contrl), ("APERAK", aperak)] {
        if !bytes.is_empty() {
            done.answers.push((kind.to_owned(), bytes.into(), u32::try_from(messages).unwrap_or(u32::MAX)));
        }
    }
    done
}

/// What the timelines of the invoices of an interchange say.
fn events(one: &Answered, file: &Unanswered, contrl: &str, aperak: &str) -> Vec<(String, NewEvent)> {
    let mut events = Vec::new();
    let to = &one.subject.envelope.sender.id;
    let mut say = |invoice: &str, data: serde_json::Value| {
        events.push((invoice.to_owned(), NewEvent { kind: "answered".into(), actor: "facteur".into(), data }));
    };
    // A file of which nothing could be taken as an invoice is a document all the same.
    if one.invoices.is_empty()
        && let (Ok(said), [alone]) = (&one.contrl, &file.invoices[..])
    {
        say(alone, json!({ "kind": "CONTRL", "to": to, "reference": contrl, "action": said.action.code() }));
    }
    for invoice in &one.invoices {
        let Some(id) = invoice.document.checked_sub(1).and_then(|n| file.invoices.get(n)) else { continue };
        if let Ok(said) = &one.contrl {
            let action = if said.rejects(&invoice.message) { "4" } else { said.action.code() };
            say(id, json!({ "kind": "CONTRL", "to": to, "reference": contrl, "action": action }));
        }
        if let Ok(said) = &invoice.aperak {
            let codes: Vec<&str> = said.errors.iter().take(20).map(|error| error.code.as_str()).collect();
            let action = said.outcome.code();
            say(id, json!({ "kind": "APERAK", "to": to, "reference": aperak, "action": action, "codes": codes }));
        }
    }
    events
}

/// The reference (0020) of an answer: of the SHA-256 of the file that it answers, in base 36. So it needs no counter that a restored backup would begin anew:
/// the same file has the same answer for ever, and two files share a reference once in 10^18.
fn reference(sha256: &str, kind: char, nth: usize) -> String {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    /// Of the 14 characters that there are, one tells the kind.
    const LENGTH: usize = 13;
    let digest = Sha256::digest(format!("{sha256}/{nth}"));
    let mut rest = digest.iter().take(16).fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
    let mut out = String::from(kind);
    for _ in 0..LENGTH {
        out.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_their_file_s_for_ever() {
        let one = reference("ab", 'C', 0);
        assert_eq!((one.len(), one == reference("ab", 'C', 0)), (14, true));
        assert!(one != reference("ab", 'A', 0) && one != reference("ab", 'C', 1) && one != reference("ac", 'C', 0));
    }
}
