//! What an answer makes of a statement. Pure: as `deposit.rs`, `asked.rs` and `heard.rs` have it for invoices.

use crate::clock::Millis;
use crate::platforms::{Deposit, Follow, Raw, Search};
use crate::problems::cause_of_code;
use crate::queue::deposit::DUPLICATE;
use crate::queue::settings::{PlatformSettings, backoff};
use crate::store::{ReleasedOf, Statement, StatementState};

/// A statement after a step, the answers that led there, and what is told of it.
#[derive(Debug)]
pub(in crate::queue) struct Next {
    pub statement: Statement,
    pub raw: Option<(&'static str, Vec<Raw>)>,
    pub word: Option<Word>,
}

/// What the timeline tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::queue) enum Word {
    Made,
    /// It waits, and why: told when that is another reason than before.
    Waits,
    Delivered,
    Taken,
    Refused {
        code: String,
        text: Option<String>,
    },
    Parked,
    /// A person let it go, and why.
    Released(String),
    /// A person took it back.
    Withdrawn,
}

impl Next {
    fn of(statement: Statement, raw: Option<(&'static str, Vec<Raw>)>, word: Option<Word>) -> Next {
        Next { statement, raw, word }
    }

    /// Set aside for a person.
    pub fn parked(mut statement: Statement, why: &str) -> Next {
        go(&mut statement, StatementState::Parked, None);
        statement.why = why.into();
        Next::of(statement, None, Some(Word::Parked))
    }

    /// On disk before the call.
    pub fn begun(mut statement: Statement, settings: &PlatformSettings, at: Millis) -> Next {
        let attempt = statement.attempt;
        go(&mut statement, StatementState::Sending, Some(at));
        // Counts on over deposits that did not leave, so that their waits grow.
        statement.attempt = attempt;
        statement.deposits += 1;
        statement.absent = false;
        statement.reference = None;
        statement.call_until = Some(at + settings.call_timeout);
        Next::of(statement, None, None)
    }

    pub fn ended(mut statement: Statement, outcome: Deposit, settings: &PlatformSettings, at: Millis) -> Next {
        match outcome {
            Deposit::Taken { reference, raw } => {
                delivered(&mut statement, Some(reference), settings, at);
                Next::of(statement, Some(("deposit", raw)), Some(Word::Delivered))
            }
            Deposit::Refused { code, text, raw } => {
                let mut next = Next::refused(statement, &code, Some(text));
                next.raw = Some(("deposit", raw));
                next
            }
            Deposit::NotSent { why, retry_after_ms, raw } => {
                let attempt = statement.attempt.saturating_add(1);
                let wait = backoff(settings.retry_first, settings.retry_most, statement.attempt, &statement.id);
                go(&mut statement, StatementState::Ready, Some(at + wait.max(millis(retry_after_ms))));
                statement.attempt = attempt;
                statement.deposits = statement.deposits.saturating_sub(1);
                statement.absent = true;
                statement.call_until = None;
                Next::waits(statement, why, Some(("deposit", raw)))
            }
            Deposit::Unknown { why, raw, .. } => {
                let until = statement.call_until.map_or(at, |until| until.max(at));
                let mut next = doubt(statement, until, &why, settings, at);
                next.raw = Some(("deposit", raw));
                next
            }
        }
    }

    /// The process ended under the call, or somebody else's slept and is making it now.
    pub fn interrupted(statement: Statement, settings: &PlatformSettings, at: Millis) -> Next {
        let why = "facteur stopped between the intent and the answer";
        doubt(statement, at + settings.call_timeout, why, settings, at)
    }

    /// `asked_at` is when the question was about to leave.
    pub fn asked(
        mut statement: Statement,
        search: Search,
        asked_at: Millis,
        settings: &PlatformSettings,
        at: Millis,
    ) -> Next {
        match search {
            Search::Found { reference, raw, .. } => {
                delivered(&mut statement, reference, settings, at);
                Next::of(statement, Some(("search", raw)), Some(Word::Delivered))
            }
            Search::Absent { raw } => {
                let last_call = statement.call_until.unwrap_or(statement.made_at);
                let released = statement.released.as_ref().filter(|released| released.of == ReleasedOf::Doubt);
                // A question older than the release says nothing, and the word counts for what time cannot prove.
                let by_person = released.map(|one| (last_call + settings.absence_proof.unwrap_or(0)).max(one.at));
                let proof = by_person.or(settings.absence_proof.map(|wait| last_call + wait));
                statement.absent = proof.is_some_and(|proof| asked_at >= proof);
                let mut next = match proof {
                    Some(proof) if asked_at >= proof && by_person.is_some() => {
                        go(&mut statement, StatementState::Ready, Some(at));
                        Next::waits(
                            statement,
                            "asked after its release, the platform does not have it: deposited again".into(),
                            None,
                        )
                    }
                    Some(proof) if asked_at >= proof && statement.deposits >= settings.deposits => Next::parked(
                        statement,
                        "deposited several times, lost each time, and never found at the platform: something eats deposits",
                    ),
                    Some(proof) if asked_at >= proof => {
                        go(&mut statement, StatementState::Ready, Some(at));
                        Next::waits(statement, "the platform proves not to have it: deposited again".into(), None)
                    }
                    None if at >= last_call + settings.park_unknown_after => Next::parked(
                        statement,
                        "the answer to its deposit was lost, and this platform gives no proof of absence: look there for it",
                    ),
                    proof => {
                        let attempt = statement.attempt.saturating_add(1);
                        let pause = backoff(settings.ask_first, settings.ask_most, attempt, &statement.id);
                        let next = proof.filter(|proof| *proof > at).map_or(at + pause, |proof| proof.min(at + pause));
                        statement.attempt = attempt;
                        statement.due_at = Some(next);
                        Next::of(statement, None, None)
                    }
                };
                next.raw = next.word.is_some().then_some(("search", raw));
                next
            }
            Search::NoAnswer { why, raw, .. } => {
                let attempt = statement.attempt.saturating_add(1);
                statement.attempt = attempt;
                let pause = backoff(settings.ask_first, settings.ask_most, attempt, &statement.id);
                statement.due_at = Some(at + pause);
                Next::waits(statement, why, Some(("search", raw)))
            }
        }
    }

    /// Its acknowledgement: technical, and the only word that a platform owes to a statement.
    pub fn followed(mut statement: Statement, follow: Follow, settings: &PlatformSettings, at: Millis) -> Next {
        let attempt = statement.attempt.saturating_add(1);
        let pause = backoff(settings.follow_first, settings.follow_most, attempt, &statement.id);
        match follow {
            Follow::NoAnswer { why, retry_after_ms, raw, .. } => {
                statement.attempt = attempt;
                statement.due_at = Some(at + pause.max(millis(retry_after_ms)));
                Next::waits(statement, why, Some(("follow", raw)))
            }
            Follow::Statuses { statuses, raw, .. } => {
                let raw = Some(("follow", raw));
                let error = statuses.iter().find(|status| status.code == "FLOW_ERROR");
                if let Some(error) = error {
                    let code = error.reason.clone().unwrap_or_else(|| error.code.clone());
                    let mapped = cause_of_code(settings.family, &error.code, Some(&code), error.text.as_deref());
                    if mapped.cause.id == "A6" && statement.deposits > 1 {
                        // An earlier deposit of it is there after all: asking finds it.
                        statement.reference = None;
                        let until = statement.call_until.unwrap_or(at);
                        let mut next = doubt(statement, until, DUPLICATE, settings, at);
                        next.raw = raw;
                        return next;
                    }
                    let mut next = Next::refused(statement, &code, error.text.clone());
                    next.raw = raw;
                    return next;
                }
                if statuses.iter().any(|status| status.code == "FLOW_OK") {
                    go(&mut statement, StatementState::Taken, None);
                    statement.why = String::new();
                    return Next::of(statement, raw, Some(Word::Taken));
                }
                statement.attempt = attempt;
                statement.due_at = Some(at + pause);
                Next::of(statement, None, None)
            }
        }
    }

    fn refused(mut statement: Statement, code: &str, text: Option<String>) -> Next {
        go(&mut statement, StatementState::Refused, None);
        statement.why = text.clone().unwrap_or_else(|| code.to_owned());
        Next::of(statement, None, Some(Word::Refused { code: code.to_owned(), text }))
    }

    /// The same reason again is no news.
    fn waits(mut statement: Statement, why: String, raw: Option<(&'static str, Vec<Raw>)>) -> Next {
        let news = statement.why != why;
        statement.why = why;
        Next::of(statement, raw.filter(|_| news), news.then_some(Word::Waits))
    }
}

fn go(statement: &mut Statement, to: StatementState, due_at: Option<Millis>) {
    statement.state = to;
    statement.due_at = due_at;
    statement.attempt = 0;
    // A release that was about a doubt allows nothing more: the doubt is over, or somebody looks at it anew.
    if let Some(released) = &mut statement.released
        && to != StatementState::Unknown
    {
        released.of = ReleasedOf::DoubtSettled;
    }
}

fn delivered(statement: &mut Statement, reference: Option<String>, settings: &PlatformSettings, at: Millis) {
    let wait = backoff(settings.follow_first, settings.follow_most, 0, &statement.id);
    go(statement, StatementState::Delivered, Some(at + wait));
    statement.reference = reference.or(statement.reference.take());
    statement.why = String::new();
}

fn doubt(mut statement: Statement, until: Millis, why: &str, settings: &PlatformSettings, at: Millis) -> Next {
    let wait = backoff(settings.ask_first, settings.ask_most, 0, &statement.id);
    go(&mut statement, StatementState::Unknown, Some(at + wait));
    statement.call_until = Some(until);
    Next::waits(statement, why.to_owned(), None)
}

fn millis(wait: Option<u64>) -> Millis {
    wait.map_or(0, |ms| Millis::try_from(ms).unwrap_or(Millis::MAX / 2))
}
