//! Problems opened, said again and closed by a step. One per invoice and sub-cause, whatever says it and how often.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::draft::{Draft, FACTEUR};
use crate::problems::{Change, Mapped, Problem, Said, said_once};
use crate::text::Text;

/// What is wrong, in the words of whoever said it.
pub(super) struct Trouble<'a> {
    pub said: Said,
    /// Rule id, status or reason code, as it came.
    pub code: &'a str,
    /// As the platform or the buyer wrote it.
    pub text: Option<&'a str>,
    /// Our rule's own sentence.
    pub message: Option<&'a Text>,
    pub mapped: Mapped,
    /// Did the rule that would have caught it run here, and pass? As the registry tells, where nothing is known.
    pub passed: Option<bool>,
    /// It weighs at least as much as what was said before under the same cause: who acts and whether the number serves again is by this word.
    pub outweighs: bool,
}

/// Opens the problem, or notes on the one that this invoice already has under the same cause. `known` are the invoice's
/// problems as stored.
pub(super) fn open(draft: &mut Draft, known: &[Problem], trouble: &Trouble<'_>) {
    let cause = &trouble.mapped.cause.id;
    let found = latest(draft, known).into_iter().find(|problem| problem.cause == *cause);
    let Some(mut problem) = found else {
        let problem = new(draft, known, trouble);
        say(draft, "problem-opened", &problem, trouble, false);
        draft.problems.push(problem);
        return;
    };
    let actor = speaker(draft, trouble.said);
    let reopened = problem.closed_at.is_some();
    // Our own rule says the same at each judgement of the same bytes: no news.
    if !reopened && trouble.said == Said::Rule && problem.said == Said::Rule && problem.code == trouble.code {
        return;
    }
    // A judgement replaces the one before it.
    let outweighs = trouble.outweighs || trouble.said == Said::Rule && problem.said == Said::Rule;
    let before = || said_once(&[&problem.code, problem.text.as_deref().unwrap_or_default()], ": ");
    let (what, from) = if reopened { ("reopened", problem.closed_why.clone()) } else { ("said-again", Some(before())) };
    problem.changes.push(Change {
        at: draft.at,
        author: actor,
        what: what.into(),
        from,
        to: Some(said_once(&[trouble.code, trouble.text.unwrap_or_default()], ": ")),
        was_inferred: None,
    });
    problem.closed_at = None;
    problem.closed_why = None;
    if reopened || outweighs {
        problem.said = trouble.said;
        problem.code = trouble.code.into();
        problem.text = trouble.text.map(Into::into);
        problem.message = trouble.message.cloned();
        problem.rule = missed_rule(known, trouble);
        problem.number_reusable = reusable(draft, trouble);
        problem.acts = trouble.mapped.acts.into();
        problem.suggestion = Some(trouble.mapped.suggestion.clone());
        // What a person confirmed stays confirmed.
        problem.inferred &= trouble.mapped.inferred;
    }
    say(draft, if reopened { "problem-opened" } else { "problem-changed" }, &problem, trouble, reopened);
    put(draft, problem);
}

/// Closes the open problems that `of` picks. `correction` is the invoice that corrects this one.
pub(super) fn close(
    draft: &mut Draft,
    known: &[Problem],
    why: &str,
    author: &str,
    correction: Option<&str>,
    of: impl Fn(&Problem) -> bool,
) {
    for mut problem in latest(draft, known) {
        if problem.closed_at.is_some() || !of(&problem) {
            continue;
        }
        problem.closed_at = Some(draft.at);
        problem.closed_why = Some(why.into());
        problem.correction = correction.map(Into::into).or(problem.correction);
        let (at, to) = (draft.at, Some(why.to_owned()));
        let (author_of, what) = (author.to_owned(), "closed".to_owned());
        problem.changes.push(Change { at, author: author_of, what, from: None, to, was_inferred: None });
        let data = json!({ "problem": problem.id, "cause": problem.cause, "why": why, "correction": correction });
        draft.say_as(author, "problem-closed", data);
        put(draft, problem);
    }
}

/// The platform has it: what it said against a former deposit is over.
pub(super) fn close_at_delivery(draft: &mut Draft, known: &[Problem]) {
    let over = |problem: &Problem| problem.said == Said::Platform || is_of_directory(problem);
    close(draft, known, "delivered", FACTEUR, None, over);
}

/// Did a directory say it, before anything left?
pub(super) fn is_of_directory(problem: &Problem) -> bool {
    problem.said == Said::Rule && problem.code.starts_with("FCT-DIRECTORY-")
}

/// The problems as this step leaves them so far.
fn latest(draft: &Draft, known: &[Problem]) -> Vec<Problem> {
    let changed = |id: &str| draft.problems.iter().find(|problem| problem.id == id);
    let old = known.iter().map(|problem| changed(&problem.id).unwrap_or(problem));
    let new = draft.problems.iter().filter(|problem| known.iter().all(|old| old.id != problem.id));
    old.chain(new).cloned().collect()
}

fn put(draft: &mut Draft, problem: Problem) {
    match draft.problems.iter_mut().find(|other| other.id == problem.id) {
        Some(other) => *other = problem,
        None => draft.problems.push(problem),
    }
}

fn new(draft: &Draft, known: &[Problem], trouble: &Trouble<'_>) -> Problem {
    let facts = &draft.row.facts;
    // A customer has one name, its file's, however each invoice writes it.
    let name =
        || facts.customer_known_as.clone().or_else(|| facts.customer_name.clone()).filter(|name| !name.is_empty());
    Problem {
        id: id(&draft.row.id, latest(draft, known).len()),
        invoice_id: draft.row.id.clone(),
        invoice_number: facts.number.clone(),
        customer: facts.customer.clone().or_else(name).unwrap_or_default(),
        customer_name: name().or_else(|| facts.customer.clone()).unwrap_or_default(),
        cause: trouble.mapped.cause.id.clone(),
        code: trouble.code.into(),
        text: trouble.text.map(Into::into),
        message: trouble.message.cloned(),
        said: trouble.said,
        // Of a credit note, what it takes from what is owed: sums over problems come out right.
        amount: match facts.amount().filter(|_| facts.is_credit()) {
            Some(amount) => Some(amount.to_string()),
            None => facts.payable.clone(),
        },
        currency: facts.currency.clone(),
        opened_at: draft.at,
        closed_at: None,
        closed_why: None,
        owner: None,
        suggestion: Some(trouble.mapped.suggestion.clone()),
        next_action: None,
        next_action_on: None,
        rule: missed_rule(known, trouble),
        acts: trouble.mapped.acts.into(),
        number_reusable: reusable(draft, trouble),
        inferred: trouble.mapped.inferred,
        correction: None,
        changes: Vec::new(),
    }
}

/// May the corrected document bear the same number? Never where this one is at a platform, or may be, whatever is said of it.
fn reusable(draft: &Draft, trouble: &Trouble<'_>) -> bool {
    trouble.mapped.number_reusable() && (trouble.said == Said::Rule || !draft.row.keeps_number())
}

/// The rule that would have caught it. One of facteur's own that ran and passed would not have: it is not named. Where the
/// invoice was released in spite of its findings, one of them may be that very rule.
fn missed_rule(known: &[Problem], trouble: &Trouble<'_>) -> Option<String> {
    let rule = trouble.mapped.caught_by.clone()?;
    if let Some(passed) = trouble.passed {
        return (!passed).then_some(rule);
    }
    let ours = trouble.said == Said::Rule;
    let found = || known.iter().any(|problem| problem.said == Said::Rule && problem.code == rule);
    let passed = crate::rules::rule(&rule).is_some() && !found();
    (ours || !passed).then_some(rule)
}

/// The nth problem of an invoice has one id for ever. The cause is not part of it: people may requalify.
fn id(invoice: &str, nth: usize) -> String {
    let digest = Sha256::digest(format!("{invoice}/{nth}"));
    digest[..8].iter().fold(String::from("p"), |id, byte| id + &format!("{byte:02x}"))
}

fn say(draft: &mut Draft, kind: &str, problem: &Problem, trouble: &Trouble<'_>, reopened: bool) {
    let data = json!({
        "problem": problem.id, "cause": problem.cause, "code": trouble.code, "text": trouble.text,
        "message": trouble.message, "said": trouble.said, "acts": problem.acts, "rule": problem.rule,
        "number_reusable": problem.number_reusable, "suggestion": trouble.mapped.suggestion, "reopened": reopened,
    });
    let actor = speaker(draft, trouble.said);
    draft.say_as(&actor, kind, data);
}

fn speaker(draft: &Draft, said: Said) -> String {
    match said {
        Said::Rule => FACTEUR.into(),
        Said::Platform | Said::Buyer => draft.speaker.clone().unwrap_or_else(|| draft.platform()),
    }
}
