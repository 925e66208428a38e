//! The number of an invoice that is told late to be at the platform: it holds it again, in the same commit. Whatever bears it by then and did not leave is judged
//! again; where both may be at a platform, or this one was cancelled here, persons are told.

use super::again::{self, Why};
use super::draft::{Draft, FACTEUR, Fault};
use super::judged::{self, DUPLICATE};
use super::trouble::{self, Trouble};
use crate::lifecycle::State;
use crate::problems::{Problem, Said, cause_of_rule};
use crate::store::{InvoiceRow, Step};
use crate::text::Text;

/// Another invoice that holds the number, with its problems as stored.
#[derive(Debug)]
pub(super) struct Rival {
    pub row: InvoiceRow,
    pub problems: Vec<Problem>,
}

/// `draft` is of an invoice that the platform has, which was not known before this step; `known` are its problems as stored, `before` is its state before the
/// step.
///
/// # Errors
/// A move that the table does not allow.
pub(super) fn hold_again(
    draft: &mut Draft,
    rival: Option<&Rival>,
    known: &[Problem],
    before: State,
) -> Result<(), Fault> {
    let Some(key) = draft.row.number_key.clone() else { return Ok(()) };
    let given_back = match rival {
        None => {
            draft.take_number = Some(key);
            true
        }
        Some(rival) => match back(rival, draft) {
            Some(back) => {
                let (invoice_id, at) = (draft.row.id.clone(), draft.at);
                draft.also.push(back.finish(None)?);
                // Once it is free: steps are taken in this order.
                draft.also.push(Step { invoice_id, at, take_number: Some(key), ..Step::default() });
                true
            }
            None => {
                let mut told = Draft::beside(&rival.row, draft.at);
                judged::taken(&mut told, &draft.row, &rival.problems);
                draft.also.push(told.finish(None)?);
                judged::taken(draft, &rival.row, known);
                false
            }
        },
    };
    if given_back {
        let taken = |problem: &Problem| problem.said == Said::Rule && problem.code == DUPLICATE;
        trouble::close(draft, known, "number-free", FACTEUR, None, taken);
        // What is told to be cancelled where it is was not cancelled here.
        if before == State::Cancelled {
            lives(draft, known);
        }
    }
    Ok(())
}

/// The step that takes the number from one that did not leave; it is judged again, and finds it taken. None where it may be at a platform.
fn back(rival: &Rival, of: &Draft) -> Option<Draft> {
    let Rival { row, problems } = rival;
    let never_left = |state: State| matches!(state, State::Received | State::Blocked | State::Ready);
    let mut draft = match row.state.unwrap_or(State::Received) {
        _ if row.existed => return None,
        State::Ready => again::judge_again(row, Why::Number, of.at),
        State::Parked if row.parked_from.is_none_or(never_left) => {
            let mut draft = Draft::new(row, of.at);
            draft.row.parked_from = Some(State::Received);
            judged::taken(&mut draft, &of.row, problems);
            draft
        }
        state if never_left(state) => Draft::beside(row, of.at),
        _ => return None,
    };
    draft.free_number = true;
    Some(draft)
}

/// It was withdrawn here, or replaced, and lives at the platform.
fn lives(draft: &mut Draft, known: &[Problem]) {
    let code = draft.row.statuses.last().map(|heard| heard.code.clone()).unwrap_or_default();
    let message = Text::new(
        "La plateforme dit avoir cette facture, qui a été annulée ici : elle y vit. Annulez-la chez elle ou par un avoir ; rien d'autre ne part sous ce numéro.",
        "The platform says that it has this invoice, which was cancelled here: it lives there. Cancel it there or by a credit note; nothing else leaves under this \
         number.",
    );
    let (mapped, message) = (cause_of_rule(DUPLICATE, &["BT-1"]), Some(&message));
    let trouble =
        Trouble { said: Said::Platform, code: &code, text: None, message, mapped, passed: None, outweighs: true };
    trouble::open(draft, known, &trouble);
}
