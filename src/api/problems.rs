//! Billing problems: listed, shown, and worked on. What people change is added to the history; nothing is forgotten.

use axum::Extension;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::body::{Holds, Said};
use super::form::{self, Form};
use super::key::{self, KeyHeader};
use super::page::{linked, no_cursor};
use super::problem::{Answer, Code, Problem as Wrong};
use super::query::{Asked, Id, Plain, bad, language, page};
use super::{App, body, sheet, view};
use crate::clock::Millis;
use crate::day::Day;
use crate::limits;
use crate::problems::{self, Change, Problem};
use crate::store::{Keyed, NewEvent, ProblemFilter, Step, StoreError};
use crate::text::Lang;

/// How often a change is offered again where another came in between.
const OFFERS: usize = 5;
/// Longest owner, comment or action, in characters.
const WORDS: usize = 4_000;

/// Which problems.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Those of this invoice, by its id.
    invoice: Option<String>,
    /// Those of this cause (`A2`) or of all causes of a category (`A`).
    #[param(example = "A2")]
    cause: Option<String>,
    /// Those of this customer: SIRET, else SIREN, VAT number, GLN, else the name.
    customer: Option<String>,
    /// `true`: open ones; `false`: closed ones; both where absent.
    open: Option<bool>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Rows of a page. CSV without it is the whole list.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<usize>,
    /// The language of CSV's headings; by `Accept-Language` where absent.
    #[param(pattern = "^(fr|en)$")]
    lang: Option<String>,
}

/// A page of problems, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemPage {
    problems: Vec<view::Problem>,
    /// The `after` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// List billing problems
///
/// Oldest first, in pages that stay as they are while others arrive; JSON, or CSV for a spreadsheet.
#[utoipa::path(get, path = "/v1/problems", operation_id = "listProblems", tag = "problems", params(Filter),
    responses((status = 200, content((ProblemPage = "application/json"), (String = "text/csv")))))]
pub async fn list(State(app): State<App>, uri: Uri, Asked(filter): Asked<Filter>, headers: HeaderMap) -> Answer {
    let form = form::choose(&headers, form::TABLE)?;
    let lang = language(filter.lang.as_deref(), &headers)?;
    let whole = form == Form::Csv && filter.limit.is_none();
    let limit = page(filter.limit)?;
    let category = filter.cause.as_deref().and_then(problems::category).map(|category| category.id.clone());
    if let Some(wrong) = filter.cause.as_deref().filter(|cause| category.is_none() && problems::cause(cause).is_none())
    {
        return Err(no_cause(wrong));
    }
    if let Some(after) = &filter.after
        && app.store.problem(after).await?.is_none()
    {
        return Err(no_cursor());
    }
    let wanted = ProblemFilter {
        invoice_id: filter.invoice,
        cause: filter.cause.filter(|_| category.is_none()),
        category,
        customer: filter.customer,
        open_only: filter.open == Some(true),
        closed_only: filter.open == Some(false),
        after: filter.after,
        limit,
    };
    if whole {
        return table(&app, wanted, lang).await;
    }
    let found = app.store.problems(wanted.clone()).await?;
    let next = match found.last().filter(|_| found.len() == limit).map(|last| last.id.clone()) {
        // A full page may be the last one.
        Some(last) => {
            let beyond = ProblemFilter { after: Some(last.clone()), limit: 1, ..wanted };
            app.store.problems(beyond).await?.first().map(|_| last)
        }
        None => None,
    };
    let shown: Vec<_> = found.iter().map(|problem| view::Problem::of(problem, &app.owners)).collect();
    let response = match form {
        Form::Csv => as_file(sheet::problems(&shown, lang, lang), lang),
        _ => Form::Json.answer(view::written(&ProblemPage { problems: shown, next: next.clone() }), lang),
    };
    Ok(linked(response, &uri, next.as_deref()))
}

/// The whole list as CSV. It is read page by page: what is held beside the text is one page.
async fn table(app: &App, mut wanted: ProblemFilter, lang: Lang) -> Answer {
    wanted.limit = limits::PAGE_ROWS;
    let mut out = sheet::headed(lang);
    loop {
        let page = app.store.problems(wanted.clone()).await?;
        page.iter().for_each(|problem| sheet::add(&mut out, &view::Problem::of(problem, &app.owners), lang));
        match page.last() {
            Some(last) if page.len() == wanted.limit => wanted.after = Some(last.id.clone()),
            _ => return Ok(as_file(out, lang)),
        }
    }
}

fn as_file(text: String, lang: Lang) -> Response {
    let mut response = Form::Csv.answer(text, lang);
    let name = HeaderValue::from_static("attachment; filename=\"problems.csv\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    response
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

/// Show a billing problem
#[utoipa::path(get, path = "/v1/problems/{id}", operation_id = "getProblem", tag = "problems", params(Id),
    responses((status = 200, body = view::Problem)))]
pub async fn one(State(app): State<App>, Id(id): Id, _: Plain) -> Answer {
    Ok(Json(view::Problem::of(&find(&app, &id).await?, &app.owners)).into_response())
}

async fn find(app: &App, id: &str) -> Answer<Problem> {
    app.store.problem(id).await?.ok_or_else(|| Wrong::no_problem(id))
}

/// What a person changes; what is absent stays. An empty owner or action takes it away.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// The person who acts, where the token is not theirs alone; needed where no token is asked for.
    #[schema(max_length = 4000, example = "Marie")]
    author: Option<String>,
    /// Added to the history.
    #[schema(max_length = 4000, example = "called the accounting office")]
    pub comment: Option<String>,
    #[schema(max_length = 4000, example = "paul@example.test")]
    pub owner: Option<String>,
    #[schema(max_length = 4000)]
    pub next_action: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    pub next_action_on: Option<Day>,
    /// Another sub-cause: it is requalified. The same one confirms what was inferred.
    #[schema(example = "A2")]
    pub cause: Option<String>,
    /// `true` closes it, `false` opens it again.
    pub closed: Option<bool>,
    /// The next action loses its day: a form says so by an empty field, JSON by another action without one.
    #[serde(skip)]
    #[schema(ignore)]
    pub no_day: bool,
}

impl Said for Wish {
    const MEMBERS: &[(&str, Holds)] = &[
        ("author", Holds::Words),
        ("comment", Holds::Words),
        ("owner", Holds::Words),
        ("next_action", Holds::Words),
        ("next_action_on", Holds::Day),
        ("cause", Holds::Words),
        ("closed", Holds::YesOrNo),
    ];
}

/// Work on a billing problem
///
/// Comments, names an owner, plans the next action, requalifies, closes or reopens. Each change leaves a line in the history
/// with its author; nothing is forgotten.
#[utoipa::path(patch, path = "/v1/problems/{id}", operation_id = "changeProblem", tag = "problems",
    params(Id, KeyHeader), request_body(content((Wish = "application/json"), (Wish = "application/merge-patch+json"))),
    responses((status = 200, body = view::Problem)))]
pub async fn change(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    _: Plain,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let key = key::of_caller(&headers, &caller)?;
    let (wish, document) = body::json::<Wish>(&headers, body, &app.budget).await?;
    caller.still(&app)?;
    let asked = key.map(|key| key::Asked::new(key, &format!("PATCH /v1/problems/{id}"), &document.bytes));
    key::once(&app, asked.as_ref(), async {
        let author = caller.author(wish.author.as_deref()).ok_or_else(|| {
            let (fr, en) =
                ("Sans jeton, le membre `author` dit qui agit.", "Without a token, the member `author` says who acts.");
            Wrong::new(Code::Refused, fr, en)
        })?;
        match alter_under(&app, &id, &wish, &author, asked.as_ref(), |_| true).await? {
            Altered::Now(problem, _) => Ok(key::json(written(&app, &problem))),
            Altered::Meanwhile => Err(Wrong::fault()),
            Altered::Before(keyed) => asked.as_ref().ok_or_else(Wrong::fault)?.again(keyed),
        }
    })
    .await
}

fn written(app: &App, problem: &Problem) -> String {
    view::written(&view::Problem::of(problem, &app.owners))
}

/// What became of a wish.
enum Altered {
    /// The problem as it stands, and whether anything changed.
    Now(Box<Problem>, bool),
    /// It was done before, under the same key.
    Before(Keyed),
    /// Somebody else changed it: nothing was done.
    Meanwhile,
}

/// Applies a wish and keeps it, where the problem is `still` as its author saw it; the problem as it then stands, and whether
/// anything changed. None where somebody else changed it meanwhile: nothing is done.
pub(crate) async fn alter(
    app: &App,
    id: &str,
    wish: &Wish,
    author: &str,
    still: impl Fn(&Problem) -> bool,
) -> Answer<Option<(Problem, bool)>> {
    match alter_under(app, id, wish, author, None, still).await? {
        Altered::Now(problem, changed) => Ok(Some((*problem, changed))),
        Altered::Meanwhile => Ok(None),
        Altered::Before(_) => Err(Wrong::fault()),
    }
}

async fn alter_under(
    app: &App,
    id: &str,
    wish: &Wish,
    author: &str,
    asked: Option<&key::Asked>,
    still: impl Fn(&Problem) -> bool,
) -> Answer<Altered> {
    check(wish)?;
    if let Some(character) = crate::text::hidden(author, false) {
        return Err(Wrong::hidden("author", character));
    }
    let mut stale = StoreError::Stale(String::new());
    for _ in 0..OFFERS {
        let mut problem = find(app, id).await?;
        if !still(&problem) {
            return Ok(Altered::Meanwhile);
        }
        let before = problem.changes.len();
        apply(&mut problem, wish, author, app.clock.now());
        let changed = problem.changes.len() != before;
        if !changed && asked.is_none() {
            return Ok(Altered::Now(problem.into(), false));
        }
        let mut step = if changed {
            step(&problem, before, author, app.clock.now())
        } else {
            // Nothing changes, and the key stands for that: the same request does nothing later, either.
            Step { invoice_id: problem.invoice_id.clone(), at: app.clock.now(), ..Step::default() }
        };
        step.under = asked.map(|asked| asked.keyed(written(app, &problem)));
        match app.store.record(step).await {
            Ok(()) => return Ok(Altered::Now(problem.into(), changed)),
            Err(StoreError::KeyUsed(keyed)) if asked.is_some() => return Ok(Altered::Before(keyed)),
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
    Wrong::legible(&[
        ("author", &wish.author, false),
        ("comment", &wish.comment, true),
        ("owner", &wish.owner, false),
        ("next_action", &wish.next_action, true),
    ])?;
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
    let action = wish.next_action.as_ref().map(given).filter(|action| *action != problem.next_action);
    // A new action without a date has none: the old one was for the old action.
    let on = match wish.next_action_on {
        None if action.is_none() && !wish.no_day => problem.next_action_on,
        on => on,
    };
    let days = (problem.next_action_on, on);
    // The day first: whoever undoes the action forgets the day, and finds it here.
    if days.0 != days.1 {
        problem.next_action_on = on;
        note(problem, "due", days.0.map(|day| day.to_string()), on.map(|day| day.to_string()));
    }
    if let Some(action) = action {
        let from = std::mem::replace(&mut problem.next_action, action);
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
