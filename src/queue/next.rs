//! What comes next for an invoice and why, and what a person may do with it: one judgement for the page, the API and the command
//! line. What is offered is what the acts themselves would take.

use super::acts::{Act, Bar, rival};
use super::judged::DUPLICATE;
use super::reception::{CANNOT, COULD_NOT};
use super::stating;
use crate::decimal;
use crate::lifecycle::State;
use crate::problems::Problem;
use crate::store::{Handle, InvoiceRow, ProblemFilter, StoreError};
use crate::story::next::{Next as Words, next as words};
use crate::text::blank;

/// What comes next.
#[derive(Debug)]
pub struct Next {
    /// Id of its sentence: the state, or the state and a cause.
    pub id: &'static str,
    /// The sentence, and who acts.
    pub words: &'static Words,
    /// What would be taken now, the most fitting first.
    pub acts: Vec<Act>,
    /// Another invoice that holds its number.
    pub rival: Option<InvoiceRow>,
}

/// What comes next for this invoice, as it and the store stand.
///
/// # Errors
/// The store does not answer.
pub async fn of(store: &Handle, row: &InvoiceRow) -> Result<Next, StoreError> {
    let (mut rival_row, mut open) = (None, Vec::new());
    // Nothing of it matters in other states: a list asks for its few.
    if matches!(row.state, Some(State::Blocked | State::Parked | State::Refused)) {
        rival_row = rival(store, row).await?;
        let of = ProblemFilter { invoice_id: Some(row.id.clone()), open_only: true, ..ProblemFilter::default() };
        open = store.problems(of).await?;
    }
    let id = match row.state {
        Some(State::Delivered | State::Accepted) if is_cashed(store, row).await? => "accepted-cashed",
        _ => id(row, rival_row.as_ref(), &open),
    };
    Ok(judged(row, rival_row, id))
}

/// Did all that is due come in, as we said of it?
async fn is_cashed(store: &Handle, row: &InvoiceRow) -> Result<bool, StoreError> {
    let Some(due) = row.facts.payable.as_deref().and_then(|due| decimal::parse(due).ok()) else { return Ok(false) };
    let said = stating::before(store, &row.id).await?.cashed;
    let sum = decimal::sum(said.iter().map(|one| one.amount));
    Ok(!said.is_empty() && sum.is_some_and(|sum| sum == due))
}

fn judged(row: &InvoiceRow, rival: Option<InvoiceRow>, id: &'static str) -> Next {
    let mut acts: Vec<Act> = Act::ALL.into_iter().filter(|act| act.check(row, rival.as_ref()).is_ok()).collect();
    // What the sentence asks for stands first.
    let first = match id {
        "blocked-copy"
        | "blocked-number"
        | "blocked-number-refused"
        | "blocked-unreadable"
        | "blocked-numberless"
        | "blocked-keyless"
        | "parked-number" => Some(Act::Cancel),
        "blocked-number-free" | "blocked-not-judged" | "parked-recipient" => Some(Act::Retry),
        _ => None,
    };
    acts.sort_by_key(|act| Some(*act) != first);
    static NOTHING: std::sync::LazyLock<Words> =
        std::sync::LazyLock::new(|| Words { who: "nobody".into(), words: crate::text::Text::default() });
    // Each id has its words; a test looks.
    Next { id, words: words(id).unwrap_or(&NOTHING), acts, rival }
}

fn id(row: &InvoiceRow, rival: Option<&InvoiceRow>, open: &[Problem]) -> &'static str {
    let state = row.state.unwrap_or(State::Received);
    let release = Act::Release.check(row, rival);
    match (state, &release) {
        (State::Received, _) if row.verdict.is_some() => "received-again",
        (State::Blocked, _) if row.facts.number.as_deref().is_none_or(blank) => match row.verdict.as_deref() {
            Some("not-judged") => "blocked-unreadable",
            _ => "blocked-numberless",
        },
        (State::Blocked, _) if row.number_key.is_none() => "blocked-keyless",
        (State::Blocked | State::Parked, _) if rival.is_some() => match rival {
            _ if state == State::Parked => "parked-number",
            Some(rival) if rival.state == Some(State::Refused) => "blocked-number-refused",
            Some(rival) if is_copy(row, rival) => "blocked-copy",
            _ => "blocked-number",
        },
        (State::Blocked, _) if open.iter().any(|problem| problem.code == DUPLICATE) => "blocked-number-free",
        (State::Blocked, Err(_)) => "blocked-correct",
        (State::Blocked, Ok(())) if row.verdict.as_deref() == Some("not-judged") => "blocked-not-judged",
        (State::Parked, Ok(())) if row.parked_from.is_some_and(State::may_exist_at_platform) => "parked-unknown",
        (State::Parked, Err(Bar::NotNow(_))) if row.parked_from.is_some_and(State::may_exist_at_platform) => {
            "parked-there"
        }
        (State::Parked, Ok(())) if matches!(row.parked_why.as_deref(), Some(CANNOT | COULD_NOT)) => "parked-recipient",
        (State::Parked, Err(_)) => "parked-held",
        (State::Refused, _) if row.keeps_number() => "refused-existed",
        (State::Refused, _) if open.iter().any(is_duplicate) => "refused-duplicate",
        (State::Cancelled, _) if row.replaced_by.is_some() => "replaced",
        (State::Cancelled, _) if row.existed => "cancelled-there",
        _ => state.as_str(),
    }
}

/// The platform says that the number is there already.
fn is_duplicate(problem: &Problem) -> bool {
    problem.cause == "A6" && !problem.number_reusable
}

/// Do both ask the same customer for the same, as far as was read?
fn is_copy(row: &InvoiceRow, other: &InvoiceRow) -> bool {
    let (a, b) = (&row.facts, &other.facts);
    a.customer == b.customer
        && a.issued == b.issued
        && a.currency == b.currency
        && a.amount() == b.amount()
        && a.is_credit() == b.is_credit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Facts, NumberKey};

    fn row(id: &str, state: State) -> InvoiceRow {
        let facts = Facts { number: Some("F-1".into()), payable: Some("10.00".into()), ..Facts::default() };
        InvoiceRow { id: id.into(), state: Some(state), facts, ..InvoiceRow::default() }
    }

    /// One that could leave, were nothing said against it.
    fn able(state: State) -> InvoiceRow {
        let key = NumberKey { seller: "s".into(), number: "F-1".into(), year: 2026 };
        let intent = serde_json::json!({ "number": "F-1" });
        InvoiceRow { platform: Some("p".into()), intent: Some(intent), number_key: Some(key), ..row("1", state) }
    }

    #[test]
    fn each_cause_has_its_sentence_and_offers_what_the_acts_take() {
        let judge = |row: &InvoiceRow, rival: Option<&InvoiceRow>| judged(row, rival.cloned(), id(row, rival, &[]));
        let acts = |next: &Next| next.acts.iter().map(|act| act.as_str()).collect::<Vec<_>>();
        let blocked = able(State::Blocked);
        let next = judge(&blocked, None);
        assert_eq!((next.id, acts(&next)), ("blocked", vec!["release", "retry", "park", "cancel"]));
        let twin = row("2", State::Delivered);
        let next = judge(&blocked, Some(&twin));
        assert_eq!(
            (next.id, acts(&next)),
            ("blocked-copy", vec!["cancel", "retry", "park"]),
            "nothing that is refused"
        );
        let mut other = twin.clone();
        other.facts.payable = Some("10.01".into());
        assert_eq!(judge(&blocked, Some(&other)).id, "blocked-number");
        assert_eq!(judge(&blocked, Some(&row("2", State::Refused))).id, "blocked-number-refused");
        let unread = InvoiceRow { facts: Facts::default(), ..row("1", State::Blocked) };
        assert_eq!(judge(&unread, None).id, "blocked-numberless");
        let unread = InvoiceRow { verdict: Some("not-judged".into()), ..unread };
        let next = judge(&unread, None);
        assert_eq!((next.id, acts(&next)), ("blocked-unreadable", vec!["cancel", "retry", "park"]));
        let keyless = InvoiceRow { number_key: None, ..blocked.clone() };
        assert_eq!(judge(&keyless, None).id, "blocked-keyless");
        let unjudged = InvoiceRow { verdict: Some("not-judged".into()), ..blocked.clone() };
        assert_eq!(judge(&unjudged, None).id, "blocked-not-judged");
        assert_eq!(judge(&InvoiceRow { platform: None, ..blocked }, None).id, "blocked-correct");
        let parked = |from| InvoiceRow { parked_from: Some(from), ..able(State::Parked) };
        assert_eq!(judge(&parked(State::Blocked), None).id, "parked");
        let unreachable = InvoiceRow { parked_why: Some(CANNOT.into()), ..parked(State::Ready) };
        let next = judge(&unreachable, None);
        assert_eq!((next.id, acts(&next)), ("parked-recipient", vec!["retry", "release", "cancel"]));
        assert_eq!(judge(&parked(State::Unknown), None).id, "parked-unknown");
        let next = judge(&parked(State::Delivered), None);
        assert_eq!((next.id, acts(&next)), ("parked-there", vec!["retry"]));
        assert_eq!(judge(&parked(State::Received), Some(&twin)).id, "parked-number");
        assert_eq!(judge(&InvoiceRow { platform: None, ..parked(State::Received) }, None).id, "parked-held");
        let refused = able(State::Refused);
        assert_eq!(judge(&refused, None).id, "refused");
        assert_eq!(judge(&InvoiceRow { existed: true, ..refused }, None).id, "refused-existed");
        let replaced = InvoiceRow { replaced_by: Some("2".into()), ..able(State::Cancelled) };
        assert_eq!(judge(&replaced, None).id, "replaced");
    }

    #[test]
    fn no_id_is_without_words_and_no_words_without_an_id() {
        let source = include_str!("next.rs").split("#[cfg(test)]").next().unwrap();
        let named: Vec<&str> = source.split('"').filter(|piece| piece.contains('-') && !piece.contains(' ')).collect();
        for id in crate::story::next::ids() {
            let by_itself = State::parse(id).is_some() || source.contains(&format!("\"{id}\""));
            assert!(by_itself, "nothing comes to `{id}`");
        }
        for id in named.into_iter().filter(|id| *id != "not-judged") {
            assert!(words(id).is_some(), "`{id}` has no words");
        }
    }
}
