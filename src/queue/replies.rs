//! CONTRL and APERAK that came: of which invoices they speak, and what they make of them: an event each, and of a rejection a billing problem.
//!
//! No answer in EDIFACT moves an invoice to another state: states say how it stands at the platform that it was delivered to, and a partner's program is
//! none. What is wrong is told by the problem.

use std::collections::HashSet;

use bytes::Bytes;
use serde_json::{Value, json};

use super::draft::{Draft, Fault};
use super::trouble::{self, Trouble};
use crate::clock::Millis;
use crate::edifact::contrl::{Action, Contrl, words_of};
use crate::formats::edifact::aperak::Aperak;
use crate::formats::edifact::write::document_of;
use crate::formats::edifact::{Came, Says, among, came, kind_of};
use crate::lifecycle::State;
use crate::problems::{Family, Mapped, Problem, Said, cause_of_code, cause_of_rule};
use crate::rules;
use crate::store::{
    Addressed, AnswerIn, Facts, Handle, InvoiceFilter, InvoiceRow, ProblemFilter, Step, StoreError, ToldBy, Want,
};
use crate::text::{Text, folded, visible};

/// Codes named in an event, and problems opened by one answer of one invoice, at most: all is in the answer itself.
const NAMED: usize = 20;
/// Invoices of one interchange.
const MOST: usize = 10_000;
/// Invoices that may bear one number.
const BEARERS: usize = 50;
/// How often a decision is taken anew because a person changed a problem meanwhile.
const DECISIONS: usize = 8;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Rejected,
    Accepted,
    /// Received, and nothing more is said (CONTRL 8).
    Received,
    Unsaid,
}

/// What a message says of one invoice.
struct Reply {
    kind: &'static str,
    outcome: Outcome,
    /// 0083 of CONTRL, 1225 of APERAK.
    action: String,
    interchange: String,
    message: String,
    notes: Vec<String>,
    complaints: Vec<Complaint>,
    /// Messages of which a CONTRL speaks and that are none of the interchange that it answers.
    strangers: Vec<String>,
}

struct Complaint {
    /// 0085 or 9321, as it came; empty where none was given.
    code: String,
    /// The rule of ours that the code stands for.
    rule: Option<String>,
    /// As the partner wrote it.
    text: Option<String>,
    /// What the code means.
    meaning: Option<Text>,
}

/// Looks for the invoices of which a message of an answer speaks, and tells their timelines. How many there were.
///
/// # Errors
/// The store's; [`StoreError::Stale`] where it was told already.
pub async fn tell(store: &Handle, want: &Want, came: &Came, at: Millis) -> Result<usize, StoreError> {
    for _ in 0..DECISIONS {
        let found = of(store, came).await?;
        if found.is_empty() {
            return Ok(0);
        }
        // A problem needs what judging tells of an invoice: amount and customer. It is looked for again at the next round.
        if found.iter().any(|(row, _)| row.state.unwrap_or(State::Received) == State::Received) {
            return Err(StoreError::Stale("what answer speaks of is not judged yet".to_owned()));
        }
        let count = found.len();
        let mut all: Option<Step> = None;
        for (row, reply) in found {
            let filter = ProblemFilter { invoice_id: Some(row.id.clone()), ..ProblemFilter::default() };
            let known = store.problems(filter).await?;
            let ran = match reply.complaints.iter().any(|one| one.rule.is_some()) {
                true => packs_of(store.report(&row.id).await?.as_deref()),
                false => Vec::new(),
            };
            let step = replied(&row, want, came, &reply, &known, &ran, at)
                .map_err(|fault| StoreError::Failed(fault.to_string()))?;
            match &mut all {
                None => all = Some(step),
                Some(all) => all.also.push(step),
            }
        }
        let Some(all) = all else { return Ok(0) };
        match store.record(all).await {
            Err(StoreError::Stale(what)) if !what.starts_with("what answer ") => {}
            other => return other.map(|()| count),
        }
    }
    Err(StoreError::Stale("problems that an answer speaks of".to_owned()))
}

/// The invoices of which it speaks, as they are known now, by id.
///
/// # Errors
/// The store's.
pub async fn known(store: &Handle, all: &[Came]) -> Result<Vec<String>, StoreError> {
    let mut ids: Vec<String> = Vec::new();
    for came in all {
        for (row, _) in of(store, came).await? {
            if !ids.contains(&row.id) {
                ids.push(row.id);
            }
        }
    }
    Ok(ids)
}

/// Takes the answers that stand among the invoices of a file, each as an interchange of its own. The same file again brings nothing new.
///
/// # Errors
/// The store's.
pub async fn take_among(store: &Handle, file: &Bytes, at: Millis, source: &str) -> Result<(), StoreError> {
    let file = file.clone();
    // What brings the reader down here brought it down when the invoices were looked for.
    let found = tokio::task::spawn_blocking(move || {
        let read = |bytes: Vec<u8>| (came(&bytes), Bytes::from(bytes));
        among(&file).into_iter().map(read).collect::<Vec<_>>()
    });
    for (all, bytes) in found.await.unwrap_or_default() {
        let (kind, names) = (kind_of(&all).to_owned(), all.iter().map(Came::names).collect());
        let taken = AnswerIn { bytes, kind, at, source: source.to_owned(), names, alone: false };
        let (id, replayed) = store.take_answer(taken).await?;
        tracing::info!(answer = %id, replayed, "answer among invoices accepted");
    }
    Ok(())
}

/// The step that tells an invoice what was said of it.
fn replied(
    row: &InvoiceRow,
    want: &Want,
    came: &Came,
    reply: &Reply,
    known: &[Problem],
    ran: &[String],
    at: Millis,
) -> Result<Step, Fault> {
    let mut draft = Draft::give_back(row, at);
    let from = short(&came.envelope.sender.id);
    // Whatever it calls itself, it is neither facteur nor a platform.
    let actor = format!("edi:{from}");
    draft.speaker = Some(actor.clone());
    let told = reply
        .complaints
        .iter()
        .take(NAMED)
        .map(|one| json!({ "code": one.code, "rule": one.rule, "text": one.text, "meaning": one.meaning }));
    let mut data = json!({
        "answer": want.answer, "kind": reply.kind, "outcome": reply.outcome.as_str(), "action": reply.action,
        "from": from, "to": short(&came.envelope.recipient.id), "interchange": short(&reply.interchange),
        "message": short(&reply.message),
        "notes": reply.notes, "errors": told.collect::<Vec<Value>>(), "more": reply.complaints.len().saturating_sub(NAMED),
    });
    if !reply.strangers.is_empty() {
        data["strangers"] = json!(reply.strangers);
    }
    draft.say_as(&actor, "edi-answer", data);
    if reply.outcome == Outcome::Rejected {
        let none = [Complaint { code: String::new(), rule: None, text: None, meaning: None }];
        let complaints = if reply.complaints.is_empty() { &none[..] } else { &reply.complaints };
        let mut causes: Vec<&str> = Vec::new();
        for one in complaints.iter().take(NAMED) {
            let mapped = mapped(reply.kind, one, &reply.notes);
            // The first of a cause speaks for it; the event has them all.
            if causes.contains(&mapped.cause.id.as_str()) {
                continue;
            }
            causes.push(&mapped.cause.id);
            let code = if one.code.is_empty() { reply.kind } else { &one.code };
            let (text, message) =
                (one.text.as_deref().or(reply.notes.first().map(String::as_str)), one.meaning.as_ref());
            let passed = one.rule.as_deref().map(|rule| passed(rule, known, ran));
            trouble::open(
                &mut draft,
                known,
                &Trouble { said: Said::Buyer, code, text, message, mapped, passed, outweighs: false },
            );
        }
    }
    let mut step = draft.finish(None)?;
    step.told_by = Some(ToldBy { answer: want.answer.clone(), message: want.message });
    Ok(step)
}

/// The cause: of a rule that the code names, that of the rule; else that of the code.
fn mapped(kind: &str, complaint: &Complaint, notes: &[String]) -> Mapped {
    let text = complaint.text.as_deref().or(notes.first().map(String::as_str));
    let code = Some(complaint.code.as_str()).filter(|code| !code.is_empty());
    let by_code = cause_of_code(Family::Edifact, kind, code, text);
    let Some(id) = &complaint.rule else { return by_code };
    let terms: Vec<String> =
        rules::rule(id).map(|rule| rule.terms.iter().map(ToString::to_string).collect()).unwrap_or_default();
    // The invoice has left, and who has it says so: what a correction may bear is told by that, the cause by the rule.
    Mapped { number: by_code.number, ..cause_of_rule(id, &terms) }
}

/// Did the rule run here, without a finding?
fn passed(id: &str, known: &[Problem], ran: &[String]) -> bool {
    let found = known.iter().any(|problem| problem.said == Said::Rule && problem.code == id);
    !found && rules::packs_of(id).any(|pack| ran.iter().any(|ran| ran == pack))
}

/// The packs that ran, by the report.
fn packs_of(report: Option<&str>) -> Vec<String> {
    let report: Option<Value> = report.and_then(|report| serde_json::from_str(report).ok());
    let packs = report.as_ref().and_then(|report| report["packs"].as_array()).map(Vec::as_slice).unwrap_or_default();
    packs.iter().filter_map(|pack| pack["id"].as_str()).map(str::to_owned).collect()
}

/// The invoices of which it speaks, and what it says of each.
async fn of(store: &Handle, came: &Came) -> Result<Vec<(InvoiceRow, Reply)>, StoreError> {
    let mut found = Vec::new();
    match &came.says {
        Says::Nothing => {}
        Says::Contrl(contrl) if contrl.reference.is_empty() => {}
        Says::Contrl(contrl) => {
            let (sender, recipient) = (&came.envelope.sender.id, &came.envelope.recipient.id);
            // UCI repeats sender and recipient of what it answers; where it does not, who answers is the recipient.
            let or = |said: &'_ str, other: &str| if said.is_empty() { other.to_owned() } else { said.to_owned() };
            let (from, to) = (or(&contrl.sender.id, recipient), or(&contrl.recipient.id, sender));
            let mut newest: Option<String> = None;
            for one in store.of_interchange([&contrl.reference, &from, &to], MOST).await? {
                let Some(row) = store.invoice(&one.invoice).await? else { continue };
                // Some count their interchanges anew each year: the last one of that reference is meant.
                let file = row.part_of.as_ref().map_or(&row.sha256, |part| &part.sha256).clone();
                if newest.get_or_insert_with(|| file.clone()) == &file {
                    found.push((row, of_contrl(contrl, &one.message)));
                }
            }
            // What is said of a message that is not among them would else be lost: one of these may be meant.
            let strangers: Vec<String> = if found.is_empty() { Vec::new() } else { strangers(contrl, &found) };
            found.iter_mut().for_each(|(_, reply)| reply.strangers = strangers.clone());
            // An interchange that facteur wrote (`facteur convert`) has one message.
            if found.is_empty()
                && let Some(row) = written_from(store, &contrl.reference).await?
            {
                let said = contrl.messages.iter().find(|one| one.package.is_none());
                let message = said.map_or("1", |one| one.reference.as_str()).to_owned();
                found.push((row, of_contrl(contrl, &message)));
            }
        }
        Says::Aperak(aperak) => {
            if let Some(row) = of_aperak(store, came, aperak).await? {
                found.push((row, reply_of(aperak)));
            }
        }
    }
    Ok(found)
}

/// The invoice from whose document an interchange of that reference was written, which the reference itself tells.
async fn written_from(store: &Handle, reference: &str) -> Result<Option<InvoiceRow>, StoreError> {
    let Some(document) = document_of(reference) else { return Ok(None) };
    let filter = InvoiceFilter { words: Some(document.clone()), limit: BEARERS, ..InvoiceFilter::default() };
    let mut found = store.invoices(filter).await?;
    found.retain(|row| row.id.starts_with(&document));
    Ok(found.pop().filter(|_| found.is_empty()))
}

/// The messages of which it speaks and of which none of ours bears the reference; each as `77 (4)`, with what is said of it.
fn strangers(contrl: &Contrl, found: &[(InvoiceRow, Reply)]) -> Vec<String> {
    let known: HashSet<&str> = found.iter().map(|(_, reply)| reply.message.as_str()).collect();
    let all = contrl.messages.iter().chain(contrl.groups.iter().flat_map(|group| &group.messages));
    let all = all.filter(|one| one.package.is_none() && !known.contains(one.reference.as_str()));
    all.take(NAMED).map(|one| format!("{} ({})", short(&one.reference), short(one.action.code()))).collect()
}

fn of_contrl(contrl: &Contrl, message: &str) -> Reply {
    let rejected = contrl.rejects(message);
    let groups = contrl.groups.iter().flat_map(|group| group.messages.iter().map(move |one| (Some(group), one)));
    let said = contrl.messages.iter().map(|one| (None, one)).chain(groups);
    let said = said.into_iter().find(|(_, one)| one.package.is_none() && one.reference == message);
    let mut codes: Vec<&str> = Vec::new();
    if let Some((group, one)) = said {
        codes.extend(one.segments.iter().flat_map(|segment| {
            std::iter::once(segment.code.as_str()).chain(segment.elements.iter().map(|element| element.code.as_str()))
        }));
        codes.extend(one.error.iter().map(|error| error.code.as_str()));
        codes.extend(group.and_then(|group| group.error.as_ref()).map(|error| error.code.as_str()));
    }
    codes.extend(contrl.error.as_ref().map(|error| error.code.as_str()));
    codes.retain(|code| !code.is_empty());
    let mut complaints: Vec<Complaint> = Vec::new();
    for code in codes {
        if complaints.iter().all(|one| one.code != code) {
            let meaning = words_of(code).cloned();
            complaints.push(Complaint { code: short(code), rule: None, text: None, meaning });
        }
    }
    let action = match said {
        _ if rejected => &Action::Rejected,
        Some((_, one)) => &one.action,
        None => &contrl.action,
    };
    let outcome = match action {
        Action::Rejected => Outcome::Rejected,
        Action::Acknowledged => Outcome::Accepted,
        Action::Received => Outcome::Received,
        Action::Other(_) => Outcome::Unsaid,
    };
    Reply {
        kind: "CONTRL",
        outcome,
        action: action.code().to_owned(),
        interchange: contrl.reference.clone(),
        message: message.to_owned(),
        notes: Vec::new(),
        complaints,
        strangers: Vec::new(),
    }
}

fn reply_of(aperak: &Aperak) -> Reply {
    let outcome = match aperak.accepts() {
        Some(true) => Outcome::Accepted,
        Some(false) => Outcome::Rejected,
        None => Outcome::Unsaid,
    };
    let complaints = aperak.errors.iter().map(|error| Complaint {
        code: short(&error.code),
        rule: error.rule.clone(),
        text: Some(cut(&error.text)).filter(|text| !text.is_empty()),
        meaning: None,
    });
    Reply {
        kind: "APERAK",
        outcome,
        action: aperak.outcome.code().to_owned(),
        interchange: aperak.interchange.clone(),
        message: aperak.message.clone(),
        notes: aperak.notes.iter().filter(|note| !note.is_empty()).take(NAMED).map(|note| cut(note)).collect(),
        complaints: complaints.collect(),
        strangers: Vec::new(),
    }
}

/// The one invoice that an APERAK means: by number and parties, or by the message that it names. A number alone is nobody's.
async fn of_aperak(store: &Handle, came: &Came, aperak: &Aperak) -> Result<Option<InvoiceRow>, StoreError> {
    let answers =
        |one: &Addressed| one.sender == came.envelope.recipient.id && one.recipient == came.envelope.sender.id;
    if !aperak.interchange.is_empty() && !aperak.message.is_empty() {
        let named = [aperak.interchange.as_str(), &came.envelope.recipient.id, &came.envelope.sender.id];
        for one in store.of_interchange(named, MOST).await? {
            if one.message != aperak.message {
                continue;
            }
            let row = store.invoice(&one.invoice).await?;
            // Where it names an invoice besides, it is that one.
            let meant = |row: &InvoiceRow| {
                let number = row.facts.number.as_deref();
                aperak.invoice.is_empty() || number.is_none_or(|number| number == aperak.invoice)
            };
            if let Some(row) = row.filter(meant) {
                return Ok(Some(row));
            }
        }
    }
    if aperak.invoice.is_empty() {
        return written_from(store, &aperak.interchange).await;
    }
    let filter = InvoiceFilter { number: Some(aperak.invoice.clone()), limit: BEARERS, ..InvoiceFilter::default() };
    let mut found: Vec<InvoiceRow> = Vec::new();
    for row in store.invoices(filter).await? {
        let parties: Vec<Option<bool>> = aperak.parties.iter().map(|party| agrees(&row.facts, party)).collect();
        let envelope = store.addressed(&row.id).await?.is_some_and(|one| answers(&one));
        let proven = envelope || parties.contains(&Some(true));
        if proven && !parties.contains(&Some(false)) {
            found.push(row);
        }
    }
    if found.len() > 1 {
        found.retain(|row| row.replaced_by.is_none());
    }
    if found.len() > 1 {
        let day = |row: &InvoiceRow| row.facts.issued.as_deref().map(|day| day.replace('-', ""));
        found.retain(|row| day(row).as_deref() == Some(&aperak.issued));
    }
    Ok(found.pop().filter(|_| found.is_empty()))
}

/// Is a party of the APERAK that of the invoice? None where nothing of it can be compared.
fn agrees(facts: &Facts, party: &crate::formats::edifact::aperak::PartySaid) -> Option<bool> {
    let seller = matches!(party.role.as_str(), "SU" | "SE" | "II");
    let buyer = matches!(party.role.as_str(), "BY" | "IV" | "PR");
    let id: String = party.id.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let (known, name): (Vec<&str>, Option<&str>) = if seller {
        (facts.seller_key.as_deref().into_iter().collect(), facts.seller.as_deref())
    } else if buyer {
        let Facts { buyer, .. } = facts;
        let ids = [&buyer.siret, &buyer.siren, &buyer.vat, &buyer.gln];
        (ids.into_iter().filter_map(|id| id.as_deref()).collect(), facts.customer_name.as_deref())
    } else {
        return None;
    };
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    let kind = |text: &str| {
        (
            digits(text, 9) || digits(text, 14),
            digits(text, 13),
            text.get(..2).is_some_and(|c| c.bytes().all(|b| b.is_ascii_uppercase())),
        )
    };
    let mut differs = false;
    for one in known.iter().filter(|_| !id.is_empty()) {
        let companies = digits(one, 9) && digits(&id, 14) || digits(&id, 9) && digits(one, 14);
        if *one == id || companies && one.get(..9) == id.get(..9) {
            return Some(true);
        }
        differs |= kind(one) == kind(&id) && kind(&id) != (false, false, false);
    }
    let name = name.filter(|name| !name.is_empty() && !party.name.is_empty());
    match name {
        Some(name) if folded(name) == folded(&party.name) => Some(true),
        _ if differs => Some(false),
        _ => None,
    }
}

/// As much of a text as timelines keep: the whole is in the answer itself.
fn cut(text: &str) -> String {
    const CHARACTERS: usize = 1000;
    text.chars().take(CHARACTERS).collect()
}

/// The same of what is no sentence, without what nobody would see.
fn short(text: &str) -> String {
    const CHARACTERS: usize = 35;
    visible(text).chars().take(CHARACTERS).collect()
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Outcome::Rejected => "rejected",
            Outcome::Accepted => "accepted",
            Outcome::Received => "received",
            Outcome::Unsaid => "unsaid",
        }
    }
}
