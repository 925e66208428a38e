//! What a person, or the ERP, has us say of an invoice: made of the invoice that left, and kept with its timeline in one commit. It leaves by
//! [`super::statements`].

mod acts;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use self::acts::{Deed, act};
use super::acts::ActError;
use super::cashed;
use super::draft::Draft;
use super::heard;
use super::statements::{Word, said};
use crate::clock::Millis;
use crate::decimal::{self, Decimal};
use crate::formats::cdar::{CASHED, COMPLETED, Cashed, Moment, Saying};
use crate::lifecycle::State;
use crate::platforms::{Intent, STATEMENT};
use crate::store::{Handle, InvoiceRow, Keyed, Statement, StatementState, StatementsOf, Step, StoreError};

/// A statement in the making: the message is judged before it is kept.
#[derive(Debug)]
pub struct Made {
    pub row: InvoiceRow,
    pub statement: Statement,
    pub document: Vec<u8>,
}

/// Can this be said of the invoice as it stands?
///
/// # Errors
/// Why not, in a few words.
pub fn may_say(row: &InvoiceRow, status: u16) -> Result<(), &'static str> {
    // What a person set aside is where it was.
    let state = row.state.filter(|state| *state != State::Parked).or(row.parked_from).unwrap_or(State::Received);
    match (status, state) {
        // It gives back: nothing comes in of it. What went back is said of the invoice, as a negative amount.
        (CASHED, _) if row.facts.is_credit() => Err(
            "it is a credit note, of which nothing comes in: say what was given back as a negative amount of its invoice",
        ),
        (COMPLETED, State::Suspended | State::Disputed) => Ok(()),
        (COMPLETED, _) => Err("nobody asked for documents (208, 207)"),
        (CASHED, State::Delivered | State::Accepted | State::Suspended | State::Disputed | State::Paid) => Ok(()),
        (CASHED, _) => Err("it is not at the platform: nothing can be paid of it"),
        _ => Err("this status is not the seller's to say"),
    }
}

/// What was said of an invoice by now.
#[derive(Debug, Default)]
pub struct Before {
    /// What came in, by rate, tax included: the sum of all 212 that are neither refused nor withdrawn.
    pub cashed: Vec<Cashed>,
    /// How often something was said at all.
    pub times: u64,
    /// The moments of which each status was said, and the names of the messages.
    moments: Vec<(u16, String)>,
    names: Vec<String>,
}

impl Before {
    /// The moment of another statement with this status: the first second from there of which it was not said yet. What is said of a moment is known by it, here and
    /// at the platform.
    pub fn apart(&self, status: u16, reached: Moment) -> Moment {
        let taken = |moment: Moment| self.moments.contains(&(status, moment.rfc3339()));
        self.next(reached, taken)
    }

    /// The first second from there at which a message has a name, and thereby an id (MDT-4), that no other one has.
    pub fn written(&self, from: Moment, name: impl Fn(Moment) -> String) -> Moment {
        self.next(from, |moment| self.names.contains(&name(moment)))
    }

    fn next(&self, from: Moment, taken: impl Fn(Moment) -> bool) -> Moment {
        let later = (0..=self.names.len()).scan(from, |moment, _| {
            let this = *moment;
            *moment = Moment::from_millis(this.millis() + 1_000)?;
            Some(this)
        });
        later.into_iter().find(|moment| !taken(*moment)).unwrap_or(from)
    }
}

/// All that was said by now.
///
/// # Errors
/// The store's.
pub async fn before(store: &Handle, id: &str) -> Result<Before, StoreError> {
    let all = store.statements(StatementsOf::Invoice(id.to_owned())).await?;
    let mut before = Before { times: Statement::times(&all), ..Before::default() };
    let sums = &mut before.cashed;
    for (_, one) in all {
        before.names.extend(one.intent["file_name"].as_str().map(str::to_owned));
        before.moments.push((one.status, one.reached_at.clone()));
        if one.status != CASHED || !one.state.counts() {
            continue;
        }
        for said in one.said["amounts"].as_array().into_iter().flatten() {
            let number = |key: &str| said[key].as_str().and_then(|text| decimal::parse(text).ok());
            let (Some(rate), Some(amount)) = (number("rate"), number("amount")) else { continue };
            match sums.iter_mut().find(|sum| sum.rate == rate) {
                Some(sum) => sum.amount = decimal::add(sum.amount, amount).unwrap_or(Decimal::MAX),
                None => sums.push(Cashed { rate, amount }),
            }
        }
    }
    Ok(before)
}

/// When documents were asked for the last time (207, 208), as far as the platform tells.
pub fn requested(row: &InvoiceRow) -> Option<Millis> {
    heard::requested(row).map(|(at, _)| at)
}

/// A statement of what was written: `text` is the message, `saying` what it says.
pub fn made(
    row: InvoiceRow,
    saying: &Saying,
    name: String,
    text: String,
    reached: Moment,
    author: &str,
    at: Millis,
) -> Made {
    let document = text.into_bytes();
    let sha256 = Sha256::digest(&document).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let id = sha256[..32].to_owned();
    let own = row.intent.as_ref();
    let of = |key: &str| own.and_then(|intent| intent[key].as_str().map(str::to_owned));
    let intent = Intent {
        invoice_id: id.clone(),
        sha256: sha256.clone(),
        file_name: name,
        syntax: STATEMENT.into(),
        number: row.facts.number.clone().unwrap_or_default(),
        seller: of("seller"),
        issued: of("issued"),
    };
    let statement = Statement {
        version: 0,
        before: 0,
        again: 0,
        invoice: row.id.clone(),
        platform: row.platform.clone().unwrap_or_default(),
        status: saying.status(),
        said: told(saying),
        author: author.to_owned(),
        made_at: at,
        reached_at: reached.rfc3339(),
        behind: heard::requested(&row).filter(|_| saying.status() == COMPLETED).map(|(_, at)| at),
        state: StatementState::Ready,
        intent: serde_json::to_value(&intent).unwrap_or_default(),
        reference: None,
        deposits: 0,
        attempt: 0,
        call_until: None,
        due_at: Some(at),
        why: String::new(),
        released: None,
        absent: false,
        id,
        sha256,
    };
    Made { row, statement, document }
}

/// Keeps it, and tells it in the invoice's timeline; `under` is the key of the request, with its answer.
pub async fn keep(store: &Handle, made: Made, under: Option<Keyed>) -> Result<Statement, ActError> {
    let Made { row, statement, document } = made;
    let mut draft = Draft::beside(&row, statement.made_at);
    let mut data = said(&statement, &Word::Made);
    data["said"] = statement.said.clone();
    if statement.status == CASHED {
        let mut sums = cashed::so_far(store, &row.id).await?;
        data["cashed"] = cashed::standing(&row, &mut sums, &statement.reached_at, cashed::said(&statement.said));
    }
    let author = statement.author.clone();
    draft.say_as(&author, "statement", data);
    draft.document = Some(document.into());
    draft.statement = Some(statement.clone());
    let step = Step { under, ..draft.finish(None)? };
    store.record(step).await?;
    Ok(Statement { version: 1, ..statement })
}

/// Takes up again one that was set aside or refused: asked for first where the platform may have it.
pub async fn retry(store: &Handle, id: &str, author: &str, at: Millis) -> Result<Option<Statement>, ActError> {
    let found = store.statements(StatementsOf::One(id.to_owned())).await?;
    let Some((_, mut statement)) = found.into_iter().next() else { return Ok(None) };
    let to = match statement.state {
        StatementState::Parked if statement.deposits > 0 => StatementState::Unknown,
        StatementState::Parked | StatementState::Refused => StatementState::Ready,
        StatementState::Ready | StatementState::Unknown | StatementState::Delivered => statement.state,
        state @ (StatementState::Sending | StatementState::Taken | StatementState::Withdrawn) => {
            let why = "a call is under way, or nothing is left to do";
            return Err(ActError::StatementNotNow { id: statement.id, state, why });
        }
    };
    let row =
        store.invoice(&statement.invoice).await?.ok_or_else(|| StoreError::NoInvoice(statement.invoice.clone()))?;
    if statement.state == StatementState::Refused {
        let not_now = |why| ActError::NotNow { id: row.id.clone(), state: row.state.unwrap_or(State::Received), why };
        may_say(&row, statement.status).map_err(not_now)?;
        let others = store.statements(StatementsOf::Invoice(row.id.clone())).await?;
        // What is said at the same moment counts as well.
        statement.before = Statement::times(&others);
        statement.again += 1;
        let stands = |one: &Statement| one.id != statement.id && one.status == statement.status && one.state.counts();
        if others.iter().any(|(_, one)| stands(one)) {
            let why = "another one of its kind stands: say it anew, so that both are looked at together";
            return Err(not_now(why));
        }
    }
    statement.state = to;
    statement.due_at = Some(at);
    statement.attempt = 0;
    let mut draft = Draft::beside(&row, at);
    let mut data = said(&statement, &Word::Made);
    // Whoever said it is another one than who takes it up again.
    data["again"] = json!(true);
    draft.say_as(author, "statement", data);
    draft.statement = Some(statement.clone());
    store.record(draft.finish(None)?).await?;
    Ok(Some(Statement { version: statement.version + 1, ..statement }))
}

/// What it says beside its status, for those who read it here.
fn told(saying: &Saying) -> Value {
    match saying {
        Saying::Completed { files, comment } => {
            json!({ "files": files.iter().map(|file| &file.name).collect::<Vec<_>>(), "comment": comment })
        }
        Saying::Cashed { amounts } => {
            let one = |one: &Cashed| json!({ "rate": one.rate.to_string(), "amount": one.amount.to_string() });
            json!({ "amounts": amounts.iter().map(one).collect::<Vec<_>>() })
        }
    }
}
