//! The report on billing problems: cause × amount × invoices × customers, today or at a past day, with its Pareto.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use super::Web;
use super::frame::{Frame, html};
use super::guard::Visitor;
use super::list::{Asked, unknown};
use super::overview::part;
use super::pareto::{self, Pareto};
use super::show;
use super::trouble::{Done, Trouble};
use crate::clock::{Millis, day_of};
use crate::problems::{By, Money, ReportRow, Summary, as_at, summarise};
use crate::store::ProblemFilter;
use crate::text::Text;

const DAY: i64 = 86_400_000;

/// A row of the table.
struct Row {
    /// A cause's id; the place of a customer, as under its bar.
    code: String,
    /// What identifies a customer.
    key: String,
    label: String,
    /// The problems that it counts.
    link: Option<String>,
    part_of: bool,
    amount: String,
    unknown: usize,
    share: String,
    percent: i128,
    invoices: usize,
    customers: usize,
    open: usize,
    closed: usize,
    inferred: usize,
    mean: String,
    median: String,
}

/// One currency: its table and its chart.
struct Section {
    currency: Option<String>,
    rows: Vec<Row>,
    total: Row,
    pareto: Option<Pareto>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    f: Frame,
    by: &'static str,
    at: String,
    today: String,
    past: bool,
    sections: Vec<Section>,
    invoices: usize,
    customers: usize,
    left_out: usize,
    csv: String,
}

pub async fn page(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Done {
    let asked = Asked(pairs);
    let (by, summary) = counted(&web, &asked, visitor.now).await?;
    let frame = Frame::new(&visitor, "report", "report.title");
    let lang = visitor.lang;
    let sections = summary.sections.iter().zip(0..).map(|(section, n)| {
        let whole = section.total.amount;
        let mut rows = Vec::new();
        for (one, place) in section.rows.iter().zip(1..) {
            let customer =
                Row { code: format!("{place}"), key: show::said(&one.id, 40), ..row(one, false, whole, by, &frame) };
            rows.push(if by == By::Client { customer } else { row(one, false, whole, by, &frame) });
            rows.extend(one.parts.iter().map(|part| row(part, true, whole, by, &frame)));
        }
        let bars: Vec<ReportRow> = match by {
            By::Cause => section.rows.iter().flat_map(|row| row.parts.iter().cloned()).collect(),
            // Identifiers are longer than a bar is wide.
            By::Client => {
                section.rows.iter().zip(1..).map(|(row, n)| ReportRow { id: format!("{n}"), ..row.clone() }).collect()
            }
        };
        let currency = section.currency.as_deref().map(|currency| show::said(currency, 8));
        let title = super::words::fill(
            if by == By::Client { "report.pareto_customers" } else { "report.pareto" },
            lang,
            &[("currency", currency.as_deref().unwrap_or("?"))],
        );
        Section {
            pareto: pareto::of(&format!("pareto-{n}"), &bars, title, frame.t("report.others"), lang),
            currency,
            rows,
            total: row(&section.total, false, whole, by, &frame),
        }
    });
    let today = day_of(visitor.now).to_string();
    let at = asked.day("at")?.map(|day| day.to_string()).unwrap_or_default();
    html(&Page {
        sections: sections.collect(),
        by: if by == By::Client { "client" } else { "cause" },
        past: !at.is_empty(),
        today,
        invoices: summary.invoices,
        customers: summary.customers,
        left_out: summary.left_out.invoices,
        csv: format!("/report.csv{}", asked.with(&[])),
        at,
        f: frame,
    })
}

async fn counted(web: &Web, asked: &Asked, now: Millis) -> Result<(By, Summary), Trouble> {
    let by = match asked.get("by") {
        "" => By::Cause,
        by => By::parse(by).ok_or_else(|| unknown(by))?,
    };
    let at = asked.day("at")?;
    let today = day_of(now);
    if let Some(day) = at.filter(|day| *day > today) {
        return Err(Trouble::asked(Text::new(
            format!("Le {day} n'est pas encore là : le rapport s'arrête au {today} (UTC)."),
            format!("{day} has not come yet: the report goes up to {today} (UTC)."),
        )));
    }
    let mut problems = web.app.store.problems(ProblemFilter::default()).await?;
    if let Some(day) = at {
        // A day stands for its end (UTC), as in the API.
        problems = as_at(&problems, (day.since_epoch() + 1) * DAY - 1);
    }
    Ok((by, summarise(&problems, by)))
}

fn row(row: &ReportRow, part_of: bool, whole: Option<Money>, by: By, frame: &Frame) -> Row {
    let lang = frame.lang;
    let share = row.amount.zip(whole).and_then(|(amount, whole)| amount.per_mille_of(whole));
    let span = |long: Option<i64>| long.map_or_else(|| "–".to_owned(), |long| show::span(long, lang));
    let key = if by == By::Client { "customer" } else { "cause" };
    let links = row.id != "total" && row.id != "?" && !row.id.is_empty();
    Row {
        link: links.then(|| format!("/problems?state=all&{key}={}", show::in_query(&row.id))),
        code: show::said(&row.id, 12),
        key: String::new(),
        label: show::said(row.label.get(lang), 80),
        part_of,
        amount: row.amount.map_or_else(|| "–".to_owned(), |amount| show::money_of(amount, lang)),
        unknown: row.amount_unknown,
        share: share.map_or_else(|| "–".to_owned(), |share| show::per_mille(share, lang)),
        percent: part(row.amount, whole),
        invoices: row.invoices,
        customers: row.customers,
        open: row.open,
        closed: row.closed,
        inferred: row.inferred,
        mean: span(row.mean_ms),
        median: span(row.median_ms),
    }
}

/// `GET /report.csv`: the same rows, as RFC 4180, with the headings of the page's language.
pub async fn csv(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Done {
    let (_, summary) = counted(&web, &Asked(pairs), visitor.now).await?;
    let mut response: Response = summary.csv_in(visitor.lang).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"problems.csv\""));
    Ok(response)
}
