//! One customer: its rules in words, and a bench to try them, as they are or edited, on an invoice. Nothing is kept.

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;

use super::{Fault, Line};
use crate::api::invoices::whole;
use crate::api::{App, Ask};
use crate::clock::{self, day_of};
use crate::day::Day;
use crate::formats::Envelope;
use crate::guard;
use crate::limits;
use crate::rules::Severity;
use crate::rules::client::{ClientRules, Clients, Key, KeyKind, Outcome, Standing, Verdict, Waiver};
use crate::store::{InvoiceFilter, InvoiceRow};
use crate::text::Lang;
use crate::web::Web;
use crate::web::form;
use crate::web::frame::{Frame, html};
use crate::web::guard::Visitor;
use crate::web::invoice::findings::{Found, found, severity};
use crate::web::invoices::Line as InvoiceLine;
use crate::web::show;
use crate::web::trouble::{Done, Trouble};

/// Invoices of the customer that are offered for a trial.
const OFFERED: usize = 20;

/// A rule in words.
struct Asks {
    what: String,
    origin: String,
    severity: &'static str,
    message: String,
}

/// A waiver, safe to show.
struct Answered {
    rule: String,
    scope: String,
    author: String,
    reason: String,
    until: String,
    stands: String,
    /// The class of how it stands: `expired` is a warning, `soon` a remark.
    class: &'static str,
    origin: String,
}

/// What became of one rule on an invoice.
struct Became {
    what: String,
    origin: String,
    /// `met`, `failed` (of a severity), `not-asked`.
    verdict: &'static str,
    severity: &'static str,
    proofs: Vec<(String, String)>,
    found: Vec<Found>,
}

/// A trial.
#[derive(Default)]
struct Trial {
    file: String,
    edited: bool,
    outcomes: Vec<Became>,
    faults: Vec<Fault>,
    /// A key, where there is no outcome to show.
    failed: Option<&'static str>,
    /// Why the document could not be read, as a check would say it.
    unread: Vec<Found>,
    met: usize,
    not_met: usize,
    rest: usize,
}

#[derive(Template)]
#[template(path = "customer.html")]
struct Page {
    f: Frame,
    line: Line,
    rules: Vec<Asks>,
    /// What its files say of rules of others.
    overrules: Vec<(String, String)>,
    waivers: Vec<Answered>,
    faults: Vec<Fault>,
    offered: Vec<InvoiceLine>,
    text: String,
    trial: Option<Trial>,
    /// The invoice of the list that was tried.
    chosen: String,
}

pub async fn page(State(web): State<Web>, Extension(visitor): Extension<Visitor>, Path(id): Path<String>) -> Done {
    shown(&web, &visitor, &id, None, None, "").await
}

async fn shown(
    web: &Web,
    visitor: &Visitor,
    id: &str,
    trial: Option<Trial>,
    edited: Option<String>,
    chosen: &str,
) -> Done {
    let clients = web.app.customers.in_force().ok_or_else(Trouble::nothing_here)?;
    let client = clients.iter().find(|client| &*client.id == id).ok_or_else(Trouble::nothing_here)?;
    let lang = visitor.lang;
    let mut offered = Vec::new();
    for key in &client.keys {
        offered.extend(of_key(web, &key.value).await?);
    }
    offered.sort_by_key(|row: &InvoiceRow| std::cmp::Reverse(row.seq));
    offered.dedup_by_key(|row| row.seq);
    offered.truncate(OFFERED);
    let text = match edited {
        Some(text) => text,
        None => own_text(&web.app, id).await?,
    };
    html(&Page {
        f: Frame::new(visitor, "customers", "customers.title").titled(show::said(&client.name, 80)),
        rules: client.rules.iter().map(|rule| asks(rule, lang)).chain(limits_of(client, lang)).collect(),
        overrules: client
            .overrules_in_words()
            .into_iter()
            .map(|(words, origin)| (show::said(words.get(lang), 600), origin.to_string()))
            .collect(),
        waivers: clients.waivers_of(client).map(|waiver| answered(waiver, clock::today(), lang)).collect(),
        faults: clients
            .faults()
            .iter()
            .filter(|fault| fault.file == format!("{id}.toml"))
            .map(|f| Fault::of(f, lang))
            .collect(),
        offered: offered.iter().map(|row| InvoiceLine::of(row, visitor)).collect(),
        line: Line::of(client, lang),
        text,
        trial,
        chosen: chosen.to_owned(),
    })
}

/// The newest invoices that a key of the file means, as far as the store tells: by what identifies the customer there.
async fn of_key(web: &Web, key: &Key) -> Result<Vec<InvoiceRow>, Trouble> {
    let words = match key.kind {
        // FR, two figures, and the SIREN.
        KeyKind::Vat if key.value.starts_with("FR") && key.value.len() == 13 => key.value.get(4..).unwrap_or_default(),
        _ => &key.value,
    };
    let means = |row: &InvoiceRow| match key.kind {
        KeyKind::Name => {
            let name = row.facts.customer_name.as_deref().unwrap_or_default();
            name.trim().to_lowercase() == key.written.trim().to_lowercase()
        }
        _ => row.facts.customer.as_deref().is_some_and(|customer| customer.starts_with(words) || customer == key.value),
    };
    let filter = InvoiceFilter { words: Some(words.to_owned()), limit: 4 * OFFERED, ..InvoiceFilter::default() };
    let mut rows = web.app.store.invoices(filter).await?;
    rows.retain(means);
    Ok(rows)
}

/// The file as it is on disk now, its line ends as a form has them.
async fn own_text(app: &App, id: &str) -> Result<String, Trouble> {
    let (customers, name) = (app.customers.clone(), format!("{id}.toml"));
    let read = tokio::task::spawn_blocking(move || customers.files()).await.map_err(|_| Trouble::fault())?;
    let folder = read.map_err(Trouble::asked)?;
    Ok(folder.bytes(&name).map(|bytes| String::from_utf8_lossy(bytes).replace("\r\n", "\n")).unwrap_or_default())
}

fn answered(waiver: &Waiver, today: Day, lang: Lang) -> Answered {
    Answered {
        rule: show::said(&waiver.what(), 80),
        scope: show::said(waiver.scope().get(lang), 300),
        author: show::said(&waiver.author, 80),
        reason: show::said(&waiver.reason, 400),
        until: show::day_of(waiver.until, lang),
        stands: waiver.standing_in_words(today).get(lang).to_owned(),
        class: match waiver.standing(today) {
            Standing::InForce => "",
            Standing::Soon(_) => "sev-warning",
            Standing::Expired => "sev-fatal",
        },
        origin: waiver.origin.to_string(),
    }
}

fn asks(rule: &crate::rules::client::Rule, lang: Lang) -> Asks {
    Asks {
        what: show::said(rule.in_words().get(lang), 600),
        origin: rule.origin.to_string(),
        severity: severity(rule.severity),
        message: rule.message.as_ref().map(|text| show::said(text.get(lang), 400)).unwrap_or_default(),
    }
}

fn limits_of(client: &ClientRules, lang: Lang) -> Vec<Asks> {
    let of = |words: crate::text::Text, origin: String| Asks {
        what: words.get(lang).to_owned(),
        origin,
        severity: "fatal",
        message: String::new(),
    };
    client.limits_in_words().into_iter().map(|(words, origin)| of(words, origin.to_string())).collect()
}

/// `POST /customers/{id}`: the rules as they are, or as edited, on an invoice that was chosen or dropped.
pub async fn tried(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Done {
    let (fields, mut files, _share) = form::files(&web.app, &visitor, &headers, body).await?;
    // Whoever changed the text wants the changed one tried.
    let own = own_text(&web.app, &id).await?;
    let edited = fields.find("toml").filter(|text| *text != own).map(str::to_owned);
    if edited.as_ref().is_some_and(|text| text.len() > form::SHOWN_AGAIN) {
        return Err(Trouble::too_large_text());
    }
    if edited.as_ref().is_some_and(|text| text.len() > limits::CONFIG_BYTES) {
        let trial = Trial { edited: true, failed: Some("tester.too_large"), ..Trial::default() };
        return shown(&web, &visitor, &id, Some(trial), edited, fields.get("invoice")).await;
    }
    let (file, bytes) = match files.pop() {
        Some(upload) => (upload.name, upload.bytes),
        None => match web.app.store.invoice(fields.get("invoice")).await? {
            Some(row) => {
                let held = whole(&web.app, &row).await?;
                (row.facts.number.unwrap_or(row.id), held)
            }
            None => (String::new(), Default::default()),
        },
    };
    let app = web.app.clone();
    let turn = app.judging.clone().acquire_owned().await;
    let (lang, name, own) = (visitor.lang, id.clone(), edited.clone());
    let ask = Ask {
        file: file.chars().take(200).collect(),
        as_of: day_of(app.clock.now()),
        date: None,
        incoming: false,
        rules: None,
        client: None,
    };
    let trial = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        trial(&app, &name, own, &bytes, &ask, lang)
    });
    let trial = trial.await.map_err(|_| Trouble::fault())??;
    let trial = Trial { file: show::said(&file, 120), edited: edited.is_some(), ..trial };
    shown(&web, &visitor, &id, Some(trial), edited, fields.get("invoice")).await
}

fn trial(
    app: &App,
    id: &str,
    edited: Option<String>,
    bytes: &axum::body::Bytes,
    ask: &Ask,
    lang: Lang,
) -> Result<Trial, Trouble> {
    let (empty, is_edited) = (Trial::default(), edited.is_some());
    let clients = match edited {
        None => app.customers.in_force().ok_or_else(Trouble::nothing_here)?,
        Some(text) => {
            // With the files that it extends as they are, so that inheritance is tried as well.
            let mut folder = app.customers.files().map_err(Trouble::asked)?;
            folder.add(format!("{id}.toml"), text);
            let (clients, faults) = Clients::reload(&Clients::default(), &folder);
            let own: Vec<Fault> = faults
                .iter()
                .chain(clients.remarks())
                .filter(|fault| fault.file == format!("{id}.toml"))
                .map(|fault| Fault { tried: true, ..Fault::of(fault, lang) })
                .collect();
            if own.iter().any(|fault| fault.fatal) {
                return Ok(Trial { faults: own, failed: Some("tester.bad_file"), ..empty });
            }
            std::sync::Arc::new(clients)
        }
    };
    let client = clients.iter().find(|client| &*client.id == id).ok_or_else(Trouble::nothing_here)?;
    if bytes.is_empty() {
        return Ok(Trial { failed: Some(if is_edited { "tester.form_only" } else { "tester.no_invoice" }), ..empty });
    }
    let pdf = guard::pdf(bytes);
    let envelope = Envelope::open(bytes, &pdf);
    let partners = app.partners.in_force();
    let Ok(Ok(read)) = envelope.as_ref().map(|envelope| envelope.read_by(partners.list())) else {
        let reports = app.validator.validate(bytes, ask).map_err(Trouble::asked)?;
        let findings = reports.iter().flat_map(|judged| &judged.report.findings);
        let unread = findings.map(|one| found(one, lang, None)).collect();
        return Ok(Trial { failed: Some("tester.unreadable"), unread, ..empty });
    };
    let outcomes: Vec<Became> = client.test(&read.invoice).iter().map(|outcome| became(outcome, lang)).collect();
    let count = |verdict: &str| outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
    Ok(Trial { met: count("met"), not_met: count("failed"), rest: count("not-asked"), outcomes, ..empty })
}

fn became(outcome: &Outcome, lang: Lang) -> Became {
    let (verdict, proofs, findings) = match &outcome.verdict {
        Verdict::NotAsked => ("not-asked", Vec::new(), Vec::new()),
        Verdict::Passed(proofs) => {
            let proofs = proofs.iter().map(|proof| (proof.address.clone(), show::said(&proof.text, 120)));
            ("met", proofs.collect(), Vec::new())
        }
        Verdict::Failed(list) => ("failed", Vec::new(), list.iter().map(|one| found(one, lang, None)).collect()),
    };
    let graver = |severity: Severity| if severity == Severity::Fatal { "fatal" } else { "warning" };
    Became {
        what: show::said(outcome.asks.get(lang), 600),
        origin: outcome.origins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        verdict,
        severity: graver(outcome.severity),
        proofs,
        found: findings,
    }
}
