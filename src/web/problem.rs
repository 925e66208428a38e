//! One problem: what, how much, whose, what next, the rule that would have caught it; and what people change of it.

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;

use super::frame::{Frame, html};
use super::guard::Visitor;
use super::invoices::{Asked, Line as InvoiceLine};
use super::login::see;
use super::overview::{Trouble as Line, label};
use super::problems::{Choice, of_taxonomy};
use super::trouble::{Done, Trouble};
use super::{Web, form, show};
use crate::api::problems::{Wish, alter};
use crate::day::Day;
use crate::invoice::Term;
use crate::problems::{Problem, Said, cause, said_once};
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

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    f: Frame,
    line: Line,
    said: &'static str,
    code: String,
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
    customer_id: String,
    catch: Option<Catch>,
    changes: Vec<Change>,
    invoice: Option<InvoiceLine>,
    correction: Option<String>,
    causes: Vec<Choice>,
    cause_value: String,
}

pub async fn page(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Done {
    let problem = find(&web, &id).await?;
    let invoice = web.app.store.invoice(&problem.invoice_id).await?;
    let lang = visitor.lang;
    let own = problem.message.as_ref().map(|message| message.get(lang)).unwrap_or_default();
    html(&Page {
        f: Frame::new(&visitor, "problems", "problem.title").after(Asked(pairs).some("did").as_deref()),
        said: match problem.said {
            Said::Rule => "said.rule",
            Said::Platform => "said.platform",
            Said::Buyer => "said.buyer",
        },
        code: show::said(&said_once(&[&problem.code], " "), 120),
        text: show::said(problem.text.as_deref().unwrap_or_default(), 4_000),
        message: show::said(own, 1_000),
        todo: show::said(&todo(&problem, lang), 1_000),
        acts: told::acts(&problem.acts, lang),
        reusable: problem.number_reusable,
        closed_why: problem.closed_why.as_deref().map(|why| told::closed_why(why, lang).to_owned()).unwrap_or_default(),
        owner_configured: problem.owner.is_none() && web.app.owners.owner(&problem.cause).is_some(),
        owner_value: problem.owner.clone().unwrap_or_default(),
        action_value: problem.next_action.clone().unwrap_or_default(),
        due_value: problem.next_action_on.map(|day| day.to_string()).unwrap_or_default(),
        customer_id: show::said(&problem.customer, 60),
        catch: problem.rule.as_deref().map(|rule| catch(&web, &problem, rule, lang)),
        changes: problem.changes.iter().rev().map(|change| changed(change, &visitor)).collect(),
        invoice: invoice.as_ref().map(|row| InvoiceLine::of(row, &visitor)),
        correction: problem.correction.clone(),
        causes: of_taxonomy(lang).into_iter().filter(|choice| choice.inner).collect(),
        cause_value: problem.cause.clone(),
        line: Line::of(&problem, &web, &visitor),
    })
}

async fn find(web: &Web, id: &str) -> Result<Problem, Trouble> {
    web.app.store.problem(id).await?.ok_or_else(Trouble::no_problem)
}

/// What is to be done: a person's words, else facteur's suggestion, else the general advice for the cause.
fn todo(problem: &Problem, lang: Lang) -> String {
    let suggestion = problem.suggestion.as_ref().or_else(|| cause(&problem.cause).map(|cause| &cause.advice));
    problem.next_action.clone().or_else(|| suggestion.map(|text| text.get(lang).to_owned())).unwrap_or_default()
}

fn catch(web: &Web, problem: &Problem, rule: &str, lang: Lang) -> Catch {
    let clients = web.app.customers.in_force();
    let client = clients.as_ref().and_then(|clients| {
        let known = clients.iter().find(|client| client.keys.iter().any(|key| is_of(&key.value, problem)));
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
fn is_of(key: &Key, problem: &Problem) -> bool {
    match key.kind {
        KeyKind::Siren => {
            problem.customer.len() == 14 && problem.customer.starts_with(&key.value) || problem.customer == key.value
        }
        KeyKind::Name => key.written.trim().to_lowercase() == problem.customer_name.trim().to_lowercase(),
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
    let before = find(&web, &id).await?;
    let person = fields.get("author");
    let author = visitor.author(person).ok_or_else(|| {
        Trouble::asked(Text::new(
            "Dites qui agit : c'est conservé avec le problème.",
            "Say who acts: it is kept with the problem.",
        ))
    })?;
    let given = |name: &str| Some(fields.get(name).trim().to_owned());
    let mut wish = Wish::default();
    match fields.get("what") {
        "follow" => {
            let day = fields.get("due").trim();
            let on = Day::parse_iso(day);
            if !day.is_empty() && on.is_none() {
                return Err(Trouble::bad_form());
            }
            wish.owner = given("owner");
            // Sent together, so that a new action keeps its day; unchanged, neither is.
            let action = given("action");
            if action.as_deref() != Some(before.next_action.as_deref().unwrap_or_default())
                || on != before.next_action_on
            {
                (wish.next_action, wish.next_action_on) = (action, on);
            }
            wish.comment = given("comment");
        }
        "cause" => {
            wish.cause = given("cause");
            wish.comment = given("comment");
        }
        "close" => (wish.closed, wish.comment) = (Some(true), given("comment")),
        "reopen" => (wish.closed, wish.comment) = (Some(false), given("comment")),
        _ => return Err(Trouble::bad_form()),
    }
    let (problem, changed) = alter(&web.app, &id, &wish, &author).await?;
    tracing::info!(problem = %problem.id, changed, "a person worked on a problem");
    Ok(see(&format!("/problems/{}?did={}", problem.id, if changed { "changed" } else { "same" })))
}
