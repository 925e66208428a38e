//! Life-cycle messages that a platform had: of which invoice each speaks, and what it makes of it. What cannot be read, or speaks of nothing known, waits or
//! is parked with the reason; nothing else waits for it.

use std::panic::catch_unwind;
use std::time::Duration;

use serde_json::{Value, json};

use super::acts;
use super::cashed;
use super::collect::READS;
use super::draft::{Draft, Fault};
use super::entitled;
use super::heard;
use super::number::Rival;
use super::settings::backoff;
use super::worker::Worker;
use crate::clock::Millis;
use crate::formats;
use crate::formats::cdar::{self, Told, Who};
use crate::formats::peppol;
use crate::invoice::{Draft as Said, Syntax};
use crate::platforms::{PlatformStatus, Voice};
use crate::problems::Problem;
use crate::store::{
    Held, InvoiceFilter, InvoiceRow, Looked, MessageState, MessagesOf, NumberKey, PlatformMessage, ProblemFilter, Step,
    StoreError, Turn,
};
use crate::text::{folded, visible};

/// Who reads: parked messages that another one could not read are looked at again.
pub(super) const READER: &str = concat!(env!("CARGO_PKG_VERSION"), "/1");

/// Messages looked at in one round.
const ROUND: usize = 64;
/// How long a large message waits for room in memory.
const HOLDING: Duration = Duration::from_secs(2);
/// How often a decision is taken anew because a person changed a problem meanwhile.
const DECISIONS: usize = 8;
/// Who speaks where a message came by the HTTP door, and not from a platform.
const BY_HAND: &str = "http";
/// Invoices that may bear one number.
const BEARERS: usize = 50;
/// A message that speaks of nothing known is looked at again after so long, and longer each time; after so many times a person looks.
const FIRST: Millis = 2_000;
const MOST: Millis = 6 * 3_600_000;
const LOOKS: u32 = 40;
/// Pause while somebody else works on the invoice.
const BESIDE: Millis = 200;
const BESIDE_MOST: Millis = 5_000;

/// How a look at a message ended.
enum Look {
    /// It is in a timeline, or somebody else put it there.
    Told,
    /// Nothing is wrong with it, and it could not be told now: again at this moment, however often.
    Later(Millis, String),
    /// Again at this moment, for a reason of its own.
    Again(Millis, String),
    /// What is here cannot be read, and may never have been the message: it is fetched once more, at this time.
    Fetch(Millis, String),
    /// A person looks.
    Park(String),
}

/// The invoice that is meant.
enum Meant {
    Row(Box<InvoiceRow>),
    Unknown(String),
    Several(usize),
}

impl Worker {
    /// Looks at the messages that are due and here: no platform is waited for. When the next one is due, where one is.
    pub(super) async fn read_messages(&self) -> Result<Option<Millis>, StoreError> {
        let turn = Turn::Read { fetched_from: self.ports.routes.keys().cloned().collect() };
        loop {
            let due = MessagesOf::Due { turn: turn.clone(), now: self.now(), limit: ROUND };
            let due = self.store.messages(due).await?;
            let last = due.len() < ROUND;
            for message in due {
                self.read_message(message).await?;
            }
            if last {
                return self.store.messages_due(turn).await;
            }
        }
    }

    async fn read_message(&self, message: PlatformMessage) -> Result<(), StoreError> {
        let Some(sha256) = &message.sha256 else {
            let why = format!("its platform ({}) is not in the configuration: add it there", message.platform);
            // Looked at again at each start: the configuration may be another one then.
            let (tries, reader) = (message.tries, String::new());
            let looked = Looked { seq: message.seq, why, again: None, tries, reader, content: None, refetch: false };
            return self.store.looked(looked).await;
        };
        let look = match self.store.hold(sha256, HOLDING).await? {
            Held::NoRoom => Look::Later(self.now() + 1_000, "there is no room in memory for it".into()),
            Held::Absent => Look::Park(format!("the store has no document {sha256}")),
            Held::Here(bytes) => {
                // Whatever brings the reader down does so once.
                let panicked = || Err("reading it ended in a panic".into());
                let work = move || catch_unwind(|| read(&bytes)).unwrap_or_else(|_| panicked());
                let read = if self.ports.settings.judge_inline {
                    work()
                } else {
                    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| panicked())
                };
                match read {
                    Err(why) => self.unreadable(&message, why),
                    Ok(told) => self.tell(&message, &told).await?,
                }
            }
        };
        let tries = message.tries;
        let refetch = matches!(look, Look::Fetch(..));
        let (why, again, tries) = match look {
            Look::Told => return Ok(()),
            Look::Fetch(at, why) => (why, Some(at), tries + 1),
            Look::Later(at, why) => (why, Some(at), tries),
            Look::Again(at, why) if tries < LOOKS => (why, Some(at), tries + 1),
            Look::Again(_, why) | Look::Park(why) => (why, None, tries + 1),
        };
        let (platform, seq) = (&message.platform, message.seq);
        match again {
            None => tracing::warn!(platform, message = seq, why, "a message of the platform is parked"),
            Some(_) => tracing::debug!(platform, message = seq, why, "a message of the platform waits"),
        }
        let looked = Looked { seq, why, again, tries, reader: READER.to_owned(), content: None, refetch };
        self.store.looked(looked).await
    }

    /// Tells the timelines of the invoices of which it speaks, all of them in one commit.
    async fn tell(&self, message: &PlatformMessage, all: &[Told]) -> Result<Look, StoreError> {
        for _ in 0..DECISIONS {
            let spoken_of = match self.spoken_of(message, all).await? {
                Ok(spoken_of) => spoken_of,
                Err(look) => return Ok(look),
            };
            let mut whole: Option<Step> = None;
            for (row, told) in &spoken_of {
                let filter = ProblemFilter { invoice_id: Some(row.id.clone()), ..ProblemFilter::default() };
                let known = self.store.problems(filter).await?;
                let sums = match told.iter().any(|told| cashed::of_message(told).is_some()) {
                    true => cashed::so_far(&self.store, &row.id).await?,
                    false => cashed::Sums::new(),
                };
                let rival = self.rival(row).await?;
                let step = match self.told(message, told, row, &known, rival.as_ref(), sums) {
                    Ok(step) => step,
                    // Tried again by the next program; nothing else waits for it.
                    Err(fault) => return Ok(Look::Park(fault.to_string())),
                };
                match &mut whole {
                    None => whole = Some(step),
                    Some(whole) => whole.also.push(step),
                }
            }
            let Some(mut whole) = whole else { return Ok(Look::Park("it names no invoice".into())) };
            whole.told_message = Some(message.seq);
            match self.store.record(whole).await {
                Ok(()) => {
                    for (row, _) in &spoken_of {
                        self.corrected(&row.id).await?;
                    }
                    return Ok(Look::Told);
                }
                // Its step is under way: in a moment.
                Err(StoreError::Busy(_)) => {
                    return Ok(Look::Later(self.soon(message), "its invoice is being worked on".into()));
                }
                // Told by somebody else, or changed since it was read: which of the two shows when it is looked at again.
                Err(StoreError::Stale(_)) if self.is_told(message).await? => return Ok(Look::Told),
                Err(StoreError::Stale(_) | StoreError::NumberTaken { .. }) => {}
                Err(error @ StoreError::Failed(_)) => return Err(error),
                Err(error) => return Ok(Look::Park(error.to_string())),
            }
        }
        Ok(Look::Later(self.now() + 1_000, "its invoice changes all the time".into()))
    }

    /// An answer may be cut short, or a page of something else: what comes over a connection is fetched until it can be read, or comes the same once more. Whoever
    /// takes it up again has it fetched at once.
    fn unreadable(&self, message: &PlatformMessage, why: String) -> Look {
        let asked = message.state == MessageState::New && message.tries > 0;
        match self.is_fetched(message) && (asked || message.tries < READS) {
            true if asked => Look::Fetch(self.now(), why),
            true => Look::Fetch(self.now() + backoff(1_000, 600_000, message.tries, &message.flow), why),
            false => Look::Park(why),
        }
    }

    /// Did it come over the connection of a platform that can be asked for it again?
    fn is_fetched(&self, message: &PlatformMessage) -> bool {
        !is_by_hand(message) && self.ports.routes.contains_key(&message.platform)
    }

    /// In a moment, and in a longer one the longer it is here: a call may last a minute.
    fn soon(&self, message: &PlatformMessage) -> Millis {
        let now = self.now();
        now + ((now - message.at) / 4).clamp(BESIDE, BESIDE_MOST)
    }

    /// The invoices of which it speaks, each once, with all that it says of it; else why it is not told.
    async fn spoken_of<'t>(
        &self,
        message: &PlatformMessage,
        all: &'t [Told],
    ) -> Result<Result<Vec<(InvoiceRow, Vec<&'t Told>)>, Look>, StoreError> {
        let mut found: Vec<(InvoiceRow, Vec<&Told>)> = Vec::new();
        for told in all {
            let row = match self.meant(message, told).await? {
                Meant::Row(row) => *row,
                Meant::Unknown(why) => {
                    let again = self.now() + backoff(FIRST, MOST, message.tries, &message.flow);
                    return Ok(Err(Look::Again(again, why)));
                }
                Meant::Several(count) => {
                    return Ok(Err(Look::Park(format!("{count} invoices bear the number that it names"))));
                }
            };
            if let Some(why) = entitled::objection(message, told, &row) {
                return Ok(Err(Look::Park(why)));
            }
            match found.iter_mut().find(|(other, _)| other.id == row.id) {
                Some((_, said)) => said.push(told),
                None => found.push((row, vec![told])),
            }
        }
        Ok(Ok(found))
    }

    async fn is_told(&self, message: &PlatformMessage) -> Result<bool, StoreError> {
        let found = self.store.messages(MessagesOf::One(message.seq)).await?;
        Ok(found.first().is_none_or(|one| one.invoice.is_some()))
    }

    /// Another invoice that holds its number, where it is not known yet that the platform has this one.
    async fn rival(&self, row: &InvoiceRow) -> Result<Option<Rival>, StoreError> {
        let rival = if row.existed { None } else { acts::rival(&self.store, row).await? };
        let Some(row) = rival else { return Ok(None) };
        let filter = ProblemFilter { invoice_id: Some(row.id.clone()), ..ProblemFilter::default() };
        Ok(Some(Rival { problems: self.store.problems(filter).await?, row }))
    }

    /// What it says of one invoice, in one step: several statuses of it are in order of their times, as those of several messages are.
    fn told(
        &self,
        message: &PlatformMessage,
        all: &[&Told],
        row: &InvoiceRow,
        known: &[Problem],
        rival: Option<&Rival>,
        mut sums: cashed::Sums,
    ) -> Result<Step, Fault> {
        let at = self.now();
        let platform = row.platform.as_ref().filter(|_| message.platform.is_empty()).unwrap_or(&message.platform);
        let settings = self.ports.routes.get(platform).map(|route| &route.settings).cloned().unwrap_or_default();
        let mut draft = Draft::new(row, at);
        draft.row.failures = row.failures;
        // Whatever platform it is said to be of: that one said nothing.
        draft.speaker = is_by_hand(message).then(|| BY_HAND.to_owned());
        let speaker = draft.speaker.clone().unwrap_or_else(|| message.platform.clone());
        for told in all {
            let mut data = event(message, told);
            if let Some(now) = cashed::of_message(told) {
                data["cashed"] = cashed::standing(row, &mut sums, told.at.as_deref().unwrap_or_default(), now);
            }
            draft.say_as(&speaker, "message", data);
        }
        let statuses: Vec<PlatformStatus> = all.iter().flat_map(|told| statuses(told)).collect();
        let elsewhere = !is_by_hand(message) && row.platform.as_ref() != Some(&message.platform);
        let from = if elsewhere { heard::Source::Elsewhere } else { heard::Source::Message };
        heard::by_message(&mut draft, &statuses, known, rival, &settings, from)?;
        draft.finish(None)
    }

    /// The invoice of which a message speaks: the one that we sent under its `trackingId`; else the one of that seller, number and year at that platform.
    async fn meant(&self, message: &PlatformMessage, told: &Told) -> Result<Meant, StoreError> {
        let year = told.issued.as_deref().and_then(|day| day.get(..4)?.parse::<i16>().ok());
        let same = |row: &InvoiceRow| {
            let number = row.facts.number.as_deref().is_none_or(|own| folded(own) == folded(&told.number));
            let key = row.number_key.as_ref();
            let key_of = |seller: &str, year: i16| NumberKey::of(seller, &told.number, year);
            let own_year = key.map(|key| key.year);
            let seller = match (&told.seller, key) {
                (Some(theirs), Some(own)) => {
                    key_of(theirs, own.year).is_none_or(|theirs| is_one(&theirs.seller, &own.seller))
                }
                _ => true,
            };
            number && seller && own_year.zip(year).is_none_or(|(own, theirs)| own == theirs)
        };
        if !message.tracking.is_empty()
            && let Some(row) =
                self.store.invoice(&message.tracking).await?.filter(|row| is_sent(row, message) && same(row))
        {
            return Ok(Meant::Row(Box::new(row)));
        }
        if told.number.is_empty() {
            return Ok(Meant::Unknown("it names no invoice".into()));
        }
        let filter = InvoiceFilter { number: Some(told.number.clone()), limit: BEARERS, ..InvoiceFilter::default() };
        let mut found = self.store.invoices(filter).await?;
        found.retain(|row| is_sent(row, message) && same(row));
        // The newest of those that were replaced one after the other is meant only where it is the only one that is there.
        if found.len() > 1 {
            let there: Vec<InvoiceRow> = found
                .iter()
                .filter(|row| row.state.is_some_and(|state| state.may_exist_at_platform()))
                .cloned()
                .collect();
            let standing: Vec<InvoiceRow> = there.iter().filter(|row| row.replaced_by.is_none()).cloned().collect();
            found = if standing.is_empty() { there } else { standing };
        }
        match (found.len(), found.pop()) {
            (1, Some(row)) => Ok(Meant::Row(Box::new(row))),
            (0, _) => Ok(Meant::Unknown("no invoice that was sent there bears the number that it names".into())),
            (count, _) => Ok(Meant::Several(count)),
        }
    }
}

/// Was it given to the platform whose message this is, now or by an earlier deposit? What came by the HTTP door without one may be about any.
fn is_sent(row: &InvoiceRow, message: &PlatformMessage) -> bool {
    match message.platform.as_str() {
        "" => row.deposits > 0 || row.existed,
        platform => row.was_sent_to(platform),
    }
}

/// A SIREN and the SIRET of one of its establishments are one seller.
fn is_one(one: &str, other: &str) -> bool {
    let siren =
        |id: &str| (matches!(id.len(), 9 | 14) && id.bytes().all(|b| b.is_ascii_digit())).then(|| id[..9].to_owned());
    match (siren(one), siren(other)) {
        (Some(one), Some(other)) => one == other,
        // Numbers of other kinds name the same company differently: they prove nothing against each other.
        _ => true,
    }
}

/// What a life-cycle message says: a CDAR, or a Peppol Invoice Response.
///
/// # Errors
/// It is neither, or says no status: why.
pub fn read(bytes: &[u8]) -> Result<Vec<Told>, String> {
    if let Some(told) = peppol::told(bytes) {
        return told;
    }
    let read = formats::read_any(bytes).map_err(|e| format!("it cannot be read ({})", e.rule()))?;
    if read.invoice.syntax() != Syntax::Cdar {
        return Err(format!("it is no life-cycle message (CDAR) but {}", read.invoice.syntax().as_str()));
    }
    let told = cdar::told(&Said::of(&read.invoice));
    if told.iter().any(|told| told.code.is_empty()) {
        return Err("it says no status (MDT-105)".into());
    }
    Ok(told)
}

/// Did somebody hand it in, by HTTP?
pub(super) fn is_by_hand(message: &PlatformMessage) -> bool {
    message.platform.is_empty() || message.handed_by.is_some()
}

/// Who speaks, as the role of the author tells.
pub(super) fn voice(told: &Told) -> Voice {
    match told.author.role.as_deref() {
        Some("BY" | "AB" | "IV" | "PR") => Voice::Buyer,
        Some("SE" | "SR" | "II" | "PE") => Voice::Seller,
        _ => Voice::Platform,
    }
}

/// What a message says, as statuses: one for each reason.
fn statuses(told: &Told) -> Vec<PlatformStatus> {
    let voice = voice(told);
    let status = |reason: Option<&String>, text: Option<String>| PlatformStatus {
        code: told.code.clone(),
        reason: reason.cloned(),
        text,
        at: told.at.clone(),
        voice,
    };
    let detail = |detail: &cdar::Detailed| {
        let parts = [&detail.words, &detail.comment, &detail.rule, &detail.place];
        let text = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" – ");
        status(detail.reason.as_ref(), Some(cut(&text)).filter(|text| !text.is_empty()))
    };
    if told.details.is_empty() { vec![status(None, None)] } else { told.details.iter().map(detail).collect() }
}

/// What the timeline keeps of the message beside its statuses.
fn event(message: &PlatformMessage, told: &Told) -> Value {
    let who = |who: &Who| json!({ "role": who.role, "name": who.name.as_deref().map(cut), "id": who.id });
    let details = told.details.iter().take(20).map(|detail| {
        let data = detail.data.iter().take(20).map(|figure| {
            json!({ "kind": figure.kind, "term": figure.term, "amount": figure.amount.as_ref().map(|(amount, _)| amount),
                "currency": figure.amount.as_ref().map(|(_, currency)| currency), "rate": figure.rate, "date": figure.date })
        });
        json!({ "reason": detail.reason, "action": detail.action, "rule": detail.rule, "data": data.collect::<Vec<Value>>() })
    });
    json!({
        "message": message.seq, "flow": message.flow, "kind": message.kind, "name": told.message.as_deref().map(cut),
        "handed_by": message.handed_by, "status": told.code, "at": told.at, "came_at": message.at, "author": who(&told.author), "sender": who(&told.sender),
        "details": details.collect::<Vec<Value>>(), "files": told.files.iter().take(20).map(|name| cut(name)).collect::<Vec<_>>(),
    })
}

/// As much of a text as timelines keep: the whole is in the message itself.
fn cut(text: &str) -> String {
    const CHARACTERS: usize = 1000;
    visible(text).chars().take(CHARACTERS).collect()
}

/// What kind of message it is, as [`PlatformMessage::kind`] names what came over HTTP.
pub fn kind(bytes: &[u8]) -> &'static str {
    if peppol::told(bytes).is_some() { "PeppolInvoiceResponse" } else { "CDAR" }
}
