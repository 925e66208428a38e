//! Billing problems: listed, shown, and worked on. What people change is added to the history; nothing is forgotten.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Caller;
use super::problem::{Answer, Code, Problem as Wrong};
use super::query::{Asked, bad};
use super::{App, body, view};
use crate::clock::Millis;
use crate::day::Day;
use crate::problems::{self, Change, Problem};
use crate::store::{NewEvent, ProblemFilter, Step, StoreError};

/// How often a change is offered again where another came in between.
const OFFERS: usize = 5;
/// Longest owner, comment or action, in characters.
const WORDS: usize = 4_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    invoice: Option<String>,
    cause: Option<String>,
    customer: Option<String>,
    open: Option<bool>,
}

/// `GET /v1/problems`: oldest first.
pub async fn list(State(app): State<App>, Asked(filter): Asked<Filter>) -> Answer<Json<Value>> {
    let category = filter.cause.as_deref().and_then(problems::category);
    if let Some(wrong) = filter.cause.as_deref().filter(|cause| category.is_none() && problems::cause(cause).is_none())
    {
        return Err(no_cause(wrong));
    }
    let wanted = ProblemFilter {
        invoice_id: filter.invoice,
        cause: filter.cause.filter(|_| category.is_none()),
        customer: filter.customer,
        open_only: filter.open == Some(true),
    };
    let mut found = app.store.problems(wanted).await?;
    if let Some(category) = category {
        found.retain(|problem| problems::cause(&problem.cause).is_some_and(|cause| cause.category == category.id));
    }
    if filter.open == Some(false) {
        found.retain(|problem| problem.closed_at.is_some());
    }
    let shown: Vec<Value> = found.iter().map(|problem| view::problem(problem, &app.owners)).collect();
    Ok(Json(json!({ "problems": shown })))
}

fn no_cause(wrong: &str) -> Wrong {
    let ids = problems::categories().iter().map(|c| &c.id).chain(problems::causes().iter().map(|c| &c.id));
    let known = ids.map(String::as_str).collect::<Vec<_>>();
    let (mut fr, mut en) = (
        format!("`cause` : l'un de {} est attendu.", known.join(", ")),
        format!("`cause`: one of {} is expected.", known.join(", ")),
    );
    if let Some(meant) = crate::config::nearest(wrong, known.iter().copied()) {
        fr += &format!(" Vouliez-vous dire `{meant}` ?");
        en += &format!(" Did you mean `{meant}`?");
    }
    bad(fr, en)
}

/// `GET /v1/problems/{id}`
pub async fn one(State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    Ok(Json(view::problem(&find(&app, &id).await?, &app.owners)))
}

async fn find(app: &App, id: &str) -> Answer<Problem> {
    app.store.problem(id).await?.ok_or_else(|| Wrong::no_problem(id))
}

/// What a person changes; what is absent stays. An empty owner or action takes it away.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    author: Option<String>,
    pub comment: Option<String>,
    pub owner: Option<String>,
    pub next_action: Option<String>,
    pub next_action_on: Option<Day>,
    /// Another sub-cause: it is requalified.
    pub cause: Option<String>,
    pub closed: Option<bool>,
}

/// `PATCH /v1/problems/{id}`
pub async fn change(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Value>> {
    let wish: Wish = body::json(&headers, body, &app.budget).await?;
    let author = caller.author(wish.author.as_deref()).ok_or_else(|| {
        let (fr, en) =
            ("Sans jeton, le membre `author` dit qui agit.", "Without a token, the member `author` says who acts.");
        Wrong::new(Code::Refused, fr, en)
    })?;
    let (problem, _) = alter(&app, &id, &wish, &author).await?;
    Ok(Json(view::problem(&problem, &app.owners)))
}

/// Applies a wish and keeps it; the problem as it then stands, and whether anything changed.
pub(crate) async fn alter(app: &App, id: &str, wish: &Wish, author: &str) -> Answer<(Problem, bool)> {
    check(wish)?;
    let mut stale = StoreError::Stale(String::new());
    for _ in 0..OFFERS {
        let mut problem = find(app, id).await?;
        let before = problem.changes.len();
        apply(&mut problem, wish, author, app.clock.now());
        if problem.changes.len() == before {
            return Ok((problem, false));
        }
        match app.store.record(step(&problem, before, author, app.clock.now())).await {
            Ok(()) => return Ok((problem, true)),
            Err(error @ (StoreError::Stale(_) | StoreError::Busy(_))) => stale = error,
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Err(stale.into())
}

fn check(wish: &Wish) -> Answer<()> {
    let texts = [&wish.author, &wish.comment, &wish.owner, &wish.next_action];
    if texts.into_iter().flatten().any(|text| text.chars().count() > WORDS) {
        let (fr, en) = (format!("{WORDS} caractères au plus."), format!("{WORDS} characters at most."));
        return Err(Wrong::new(Code::BadBody, fr, en));
    }
    match wish.cause.as_deref() {
        Some(cause) if problems::cause(cause).is_none() => {
            let known = problems::causes().iter().map(|cause| cause.id.as_str()).collect::<Vec<_>>().join(", ");
            let fr = format!("`cause` : une sous-cause de la taxonomie est attendue ({known}).");
            let en = format!("`cause`: a sub-cause of the taxonomy is expected ({known}).");
            Err(Wrong::new(Code::Refused, fr, en))
        }
        _ => Ok(()),
    }
}

/// Applies the wish; each change leaves a line in the history.
fn apply(problem: &mut Problem, wish: &Wish, author: &str, at: Millis) {
    let change = |what: &str, from: Option<String>, to: Option<String>| Change {
        at,
        author: author.to_owned(),
        what: what.to_owned(),
        from,
        to,
        was_inferred: None,
    };
    let note = |problem: &mut Problem, what: &str, from: Option<String>, to: Option<String>| {
        problem.changes.push(change(what, from, to));
    };
    let given = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    // The same cause said again by a person confirms what was inferred.
    if let Some(cause) = wish.cause.as_ref().filter(|cause| **cause != problem.cause || problem.inferred) {
        let from = std::mem::replace(&mut problem.cause, cause.clone());
        if from != *cause {
            problem.suggestion = problems::cause(cause).map(|cause| cause.advice.clone());
        }
        let was_inferred = Some(std::mem::replace(&mut problem.inferred, false));
        problem.changes.push(Change { was_inferred, ..change("cause", Some(from), Some(cause.clone())) });
    }
    if let Some(owner) = wish.owner.as_ref().map(given).filter(|owner| *owner != problem.owner) {
        let from = std::mem::replace(&mut problem.owner, owner.clone());
        note(problem, "owner", from, owner);
    }
    let (action, on) = (wish.next_action.as_ref().map(given), wish.next_action_on);
    let differs = action.as_ref().is_some_and(|action| *action != problem.next_action);
    if differs || on.is_some_and(|on| Some(on) != problem.next_action_on) {
        let from = problem.next_action.clone();
        if let Some(action) = action {
            problem.next_action = action;
        }
        // A new action without a date has none: the old one was for the old action.
        problem.next_action_on = on;
        note(problem, "next-action", from, problem.next_action.clone());
    }
    if let Some(comment) = wish.comment.as_ref().and_then(given) {
        note(problem, "comment", None, Some(comment));
    }
    match (wish.closed, problem.closed_at) {
        (Some(true), None) => {
            problem.closed_at = Some(at);
            problem.closed_why = Some("person".to_owned());
            note(problem, "closed", None, Some("person".to_owned()));
        }
        (Some(false), Some(_)) => {
            problem.closed_at = None;
            let from = problem.closed_why.take();
            note(problem, "reopened", from, None);
        }
        _ => {}
    }
}

fn step(problem: &Problem, before: usize, author: &str, at: Millis) -> Step {
    let what: Vec<&str> = problem.changes[before..].iter().map(|change| change.what.as_str()).collect();
    let data = json!({ "problem": problem.id, "cause": problem.cause, "what": what });
    Step {
        invoice_id: problem.invoice_id.clone(),
        at,
        events: vec![NewEvent { kind: "problem-changed".into(), actor: author.to_owned(), data }],
        problems: vec![problem.clone()],
        ..Step::default()
    }
}
