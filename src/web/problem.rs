//! One problem: what, how much, whose, what next, the rule that would have caught it; and what people change of it.

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};

use super::form::{self, Fields};
use super::frame::{Frame, html};
use super::guard::Visitor;
use super::invoices::Line as InvoiceLine;
use super::list::Asked;
use super::login::{self, see};
use super::overview::{Trouble as Line, label};
use super::problems::{Choice, of_taxonomy};
use super::trouble::{Done, Trouble};
use super::words::say;
use super::{Web, notice, show};
use crate::api::problem::Code;
use crate::api::problems::{Wish, alter};
use crate::day::Day;
use crate::explain;
use crate::invoice::Term;
use crate::problems::{Problem, Said, cause, said_once};
use crate::queue::{DUPLICATE, next};
use crate::rules::client::{Key, KeyKind};
use crate::story::words as told;
use crate::text::{Lang, Text};

/// The rule that would have caught a problem.
struct Catch {
    /// An official or own rule, or the term that a customer file would ask for.
    rule: String,
    page: Option<String>,
    /// What to add to the customer's file.
    lines: Option<String>,
    client: Option<(String, String)>,
}

/// A line of the history.
struct Change {
    at: show::Instant,
    author: String,
    what: String,
    from: String,
    to: String,
}

/// What forms can change, as a page showed it.
#[derive(Debug, PartialEq, Eq)]
struct Was {
    owner: String,
    action: String,
    due: String,
    cause: String,
    /// Closed when, or nothing.
    closed: String,
}

impl Was {
    fn of(problem: &Problem) -> Self {
        Self {
            owner: problem.owner.clone().unwrap_or_default(),
            action: problem.next_action.clone().unwrap_or_default(),
            due: problem.next_action_on.map(|day| day.to_string()).unwrap_or_default(),
            cause: problem.cause.clone(),
            closed: problem.closed_at.map(|at| at.to_string()).unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    f: Frame,
    line: Line,
    said: &'static str,
    /// The codes as they came, those that are explained with the address of their page.
    code: Vec<(String, Option<String>)>,
    text: String,
    message: String,
    todo: String,
    acts: String,
    reusable: bool,
    closed_why: String,
    owner_configured: bool,
    owner_value: String,
    action_value: String,
    due_value: String,
    comment_value: String,
    /// The comment of the form that closes or reopens.
    why_value: String,
    /// Why nothing was kept, where somebody sent a form.
    wrong: String,
    author_value: String,
    /// What the forms show: sent back with them, so that what somebody else changes meanwhile is seen.
    was: Was,
    customer_id: String,
    catch: Option<Catch>,
    changes: Vec<Change>,
    invoice: Option<InvoiceLine>,
    /// Another invoice that holds the number, where that is the problem.
    rival: Option<InvoiceLine>,
    correction: Option<String>,
    causes: Vec<Choice>,
    cause_value: String,
}

pub async fn page(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Done {
    if let Some(fields) = login::typed(&web, &visitor, &headers) {
        let here = Text::new(say("login.typed_here", Lang::Fr), say("login.typed_here", Lang::En));
        let mut page = shown(&web, &visitor, &find(&web, &id).await?, None, Some((&fields, Some(&here)))).await?;
        *page.status_mut() = StatusCode::OK;
        return Ok(page);
    }
    let did = Asked(pairs).some("did");
    shown(&web, &visitor, &find(&web, &id).await?, did.as_deref(), None).await
}

/// What somebody filled in that could not be kept, and why: none where somebody else was first.
type Typed<'f> = (&'f Fields, Option<&'f Text>);

async fn shown(web: &Web, visitor: &Visitor, problem: &Problem, did: Option<&str>, typed: Option<Typed<'_>>) -> Done {
    let invoice = web.app.store.invoice(&problem.invoice_id).await?;
    // Where the other invoice is known, what comes next is known better than the general advice has it.
    let next = match &invoice {
        Some(row) if problem.code == DUPLICATE && problem.closed_at.is_none() => {
            Some(next::of(&web.app.store, row).await?).filter(|next| next.rival.is_some())
        }
        _ => None,
    };
    let lang = visitor.lang;
    let meanwhile = typed.is_some_and(|(_, wrong)| wrong.is_none());
    let wrong = typed.and_then(|(_, wrong)| wrong).map(|wrong| wrong.get(lang).to_owned()).unwrap_or_default();
    let typed = typed.map(|(fields, _)| fields);
    let sent = typed.map_or("", |typed| typed.get("what"));
    let own = problem.message.as_ref().map(|message| message.get(lang)).unwrap_or_default();
    // What this person left as it was shown is as it is now; saved once more, it would undo the other's work.
    let touched = |typed: &Fields, name: &str| {
        let text = typed.find(name)?;
        let before = typed.find(&format!("was_{name}"));
        before.is_none_or(|before| before.trim() != text.trim()).then(|| text.to_owned())
    };
    let value = |name: &str, kept: String| typed.and_then(|typed| touched(typed, name)).unwrap_or(kept);
    let was = Was::of(problem);
    let comment = |of: &[&str]| if of.contains(&sent) { value("comment", String::new()) } else { String::new() };
    let mut page = html(&Page {
        f: Frame::new(visitor, "problems", "problem.title")
            .after(visitor, did)
            .told(meanwhile.then_some("problem-meanwhile")),
        said: match problem.said {
            Said::Rule => "said.rule",
            Said::Platform => "said.platform",
            Said::Buyer => "said.buyer",
        },
        code: coded(&show::said(&said_once(&[&problem.code], " "), 120)),
        text: show::said(problem.text.as_deref().unwrap_or_default(), 4_000),
        message: show::said(own, 1_000),
        todo: show::said(&todo(problem, next.as_ref().map(|next| &next.words.words), lang), 1_000),
        acts: told::acts(&problem.acts, lang),
        reusable: problem.number_reusable,
        closed_why: problem.closed_why.as_deref().map(|why| told::closed_why(why, lang).to_owned()).unwrap_or_default(),
        owner_configured: problem.owner.is_none() && web.app.owners.owner(&problem.cause).is_some(),
        owner_value: value("owner", was.owner.clone()),
        action_value: value("action", was.action.clone()),
        due_value: value("due", was.due.clone()),
        comment_value: comment(&["follow"]),
        why_value: comment(&["close", "reopen"]),
        wrong: wrong.clone(),
        author_value: value("author", String::new()),
        customer_id: show::said(&problem.customer, 60),
        catch: problem.rule.as_deref().map(|rule| catch(web, problem, rule, lang)),
        changes: problem.changes.iter().rev().map(|change| changed(change, visitor)).collect(),
        invoice: invoice.as_ref().map(|row| InvoiceLine::of(row, visitor)),
        rival: next.as_ref().and_then(|next| next.rival.as_ref()).map(|row| InvoiceLine::of(row, visitor)),
        correction: problem.correction.clone(),
        causes: of_taxonomy(lang).into_iter().filter(|choice| choice.inner).collect(),
        cause_value: value("cause", was.cause.clone()),
        was,
        line: Line::of(problem, web, visitor),
    })?;
    if typed.is_some() {
        *page.status_mut() = if wrong.is_empty() { StatusCode::CONFLICT } else { StatusCode::BAD_REQUEST };
    }
    Ok(page)
}

async fn find(web: &Web, id: &str) -> Result<Problem, Trouble> {
    web.app.store.problem(id).await?.ok_or_else(Trouble::no_problem)
}

/// What is to be done: a person's words, else what comes `next` for its invoice, else facteur's suggestion, else the general
/// advice for the cause.
fn todo(problem: &Problem, next: Option<&Text>, lang: Lang) -> String {
    let suggestion = next.or(problem.suggestion.as_ref()).or_else(|| cause(&problem.cause).map(|cause| &cause.advice));
    problem.next_action.clone().or_else(|| suggestion.map(|text| text.get(lang).to_owned())).unwrap_or_default()
}

fn catch(web: &Web, problem: &Problem, rule: &str, lang: Lang) -> Catch {
    let clients = web.app.customers.in_force();
    let client = clients.as_ref().and_then(|clients| {
        let known =
            clients.iter().find(|client| client.keys.iter().any(|key| is_of(&key.value, &client.name, problem)));
        known.map(|client| (client.id.to_string(), format!("{}.toml", client.id)))
    });
    match rule.strip_prefix("customer rule ").and_then(Term::parse) {
        Some(term) => Catch {
            rule: format!("{term} {}", term.name(lang)),
            page: Some(format!("/rules/{term}")),
            lines: Some(lines(term, lang)),
            client,
        },
        None => {
            let known = crate::rules::explain(rule, lang).is_some();
            Catch {
                rule: show::said(rule, 80),
                page: known.then(|| format!("/rules/{rule}")),
                lines: None,
                client: None,
            }
        }
    }
}

/// Does the key mean the customer of this problem? A SIREN means all establishments of the company.
fn is_of(key: &Key, named: &str, problem: &Problem) -> bool {
    let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
    match key.kind {
        KeyKind::Siren => {
            problem.customer.len() == 14 && problem.customer.starts_with(&key.value) || problem.customer == key.value
        }
        KeyKind::Name => same(&key.written, &problem.customer_name) || same(named, &problem.customer_name),
        KeyKind::Siret | KeyKind::Vat | KeyKind::Gln => problem.customer == key.value,
    }
}

/// The lines of a customer file that would ask for the term.
fn lines(term: Term, lang: Lang) -> String {
    let values =
        if lang == Lang::Fr { "les valeurs que ce client accepte" } else { "the values this customer accepts" };
    let form = if lang == Lang::Fr { "facultatif : la forme attendue" } else { "optional: the form expected" };
    match term.id() {
        // A closed list of words rather than a presence: a missing one is seldom what was refused.
        "BT-20" | "BT-81" => format!("[[allow]]\nterm = \"{term}\"\nvalues = [\"…\"]   # {values}\n"),
        _ if term.is_group() => format!("[[require]]\nterm = \"{term}\"\n"),
        _ => format!("[[require]]\nterm = \"{term}\"\n# pattern = '^…$'   # {form}\n"),
    }
}

fn changed(change: &crate::problems::Change, visitor: &Visitor) -> Change {
    let lang = visitor.lang;
    let value = |value: &Option<String>| match (change.what.as_str(), value) {
        ("cause", Some(id)) => format!("{} {}", show::said(id, 12), label(id, lang)),
        ("due", Some(day)) => show::day(day, lang),
        ("closed" | "reopened", Some(why)) => told::closed_why(why, lang).to_owned(),
        (_, value) => show::said(value.as_deref().unwrap_or_default(), 4_000),
    };
    let confirmed = change.what == "cause" && change.from == change.to;
    Change {
        at: show::instant(change.at, visitor.now, lang),
        author: show::said(&change.author, 80),
        what: if confirmed { "confirmed".to_owned() } else { change.what.clone() },
        from: if confirmed { String::new() } else { value(&change.from) },
        to: value(&change.to),
    }
}

/// `POST /problems/{id}`: what a person changes; each form of the page sends its own fields.
pub async fn change(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Done {
    visitor.writes()?;
    let fields = form::read(&web.app, &visitor, &headers, body).await?;
    let again = async |wrong: Option<&Text>| {
        let problem = find(&web, &id).await?;
        shown(&web, &visitor, &problem, None, Some((&fields, wrong))).await
    };
    let Some(author) = visitor.author(fields.get("author").trim()) else {
        return again(Some(&Text::new(
            "Dites qui agit : c'est conservé avec le problème. Rien n'a été enregistré ; vos saisies sont restées.",
            "Say who acts: it is kept with the problem. Nothing was saved; what you typed is still there.",
        )))
        .await;
    };
    let given = |name: &str| Some(fields.get(name).trim().to_owned());
    let comment = given("comment");
    // What this person changed, against what the page showed: the rest is somebody else's.
    let changed = |name: &str| fields.get(name).trim() != fields.get(&format!("was_{name}")).trim();
    let mut wish = Wish::default();
    wish.comment = comment;
    let (mut owner, mut plan, mut cause, mut closed) = (false, false, false, false);
    match fields.get("what") {
        "follow" => {
            (owner, plan) = (changed("owner"), changed("action") || changed("due"));
            let day = fields.get("due").trim();
            let on = Day::parse_iso(day);
            if !day.is_empty() && on.is_none() {
                return again(Some(&Text::new(
                    "Une échéance comme 2026-11-21 est attendue. Rien n'a été enregistré.",
                    "A due date such as 2026-11-21 is expected. Nothing was saved.",
                )))
                .await;
            }
            if owner {
                wish.owner = given("owner");
            }
            // Sent together, so that a new action keeps its day.
            if plan {
                (wish.next_action, wish.next_action_on, wish.no_day) = (given("action"), on, on.is_none());
            }
        }
        "cause" => {
            cause = true;
            wish.cause = given("cause");
        }
        "close" | "reopen" => {
            closed = true;
            wish.closed = Some(fields.get("what") == "close");
        }
        _ => return Err(Trouble::bad_form()),
    }
    let same = |name: &str, now: &str| fields.get(&format!("was_{name}")).trim() == now.trim();
    let still = |problem: &Problem| {
        let now = Was::of(problem);
        (!owner || same("owner", &now.owner))
            && (!plan || same("action", &now.action) && same("due", &now.due))
            && (!cause || same("cause", &now.cause))
            && (!closed || same("closed", &now.closed))
    };
    match alter(&web.app, &id, &wish, &author, still).await {
        // What was filled in cannot be kept, and is not lost.
        Err(wrong) if matches!(wrong.code, Code::BadBody | Code::Refused | Code::Busy | Code::HiddenCharacter) => {
            again(Some(&wrong.detail)).await
        }
        Err(wrong) => Err(wrong.into()),
        Ok(Some((problem, changed))) => {
            tracing::info!(problem = %problem.id, changed, "a person worked on a problem");
            let did = if changed { "changed" } else { "same" };
            Ok(see(&notice::address(&visitor, &format!("/problems/{}", problem.id), did)))
        }
        Ok(None) => again(None).await,
    }
}

/// The codes of a refusal, cut for links to their explanations.
fn coded(said: &str) -> Vec<(String, Option<String>)> {
    let pieces = explain::pieces(said).into_iter();
    pieces.map(|(text, is_id)| (text.to_owned(), is_id.then(|| format!("/rules/{text}")))).collect()
}
