//! Drop to validate: documents judged as `POST /v1/validate` does, and nothing kept.

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;

use super::form::{self, Fields};
use super::frame::{Frame, html};
use super::guard::Visitor;
use super::invoice::findings::Judged;
use super::invoice::rendering::{Written, part};
use super::trouble::{Done, Trouble};
use super::{Web, show};
use crate::api::Ask;
use crate::clock::day_of;
use crate::day::Day;
use crate::formats;
use crate::rules::packs;
use crate::text::Text;

/// Documents of one form.
const MOST: usize = 20;

#[derive(Template)]
#[template(path = "check.html")]
struct Page {
    f: Frame,
    results: Vec<(Judged, Option<Written>)>,
    asked: bool,
    unlisted: usize,
    /// What stands in the files and is no invoice.
    others: Vec<String>,
    packs: Vec<&'static str>,
    clients: Vec<(String, String)>,
    chosen: Chosen,
}

/// What the form said, to say it again.
#[derive(Default)]
struct Chosen {
    incoming: bool,
    date: String,
    client: String,
    packs: Vec<String>,
    text: String,
}

impl Chosen {
    fn has(&self, pack: &str) -> bool {
        self.packs.iter().any(|known| known == pack)
    }
}

pub async fn page(State(web): State<Web>, Extension(visitor): Extension<Visitor>) -> Done {
    shown(&web, &visitor, (Vec::new(), Vec::new()), Chosen::default(), None)
}

fn shown(
    web: &Web,
    visitor: &Visitor,
    (results, others): (Vec<(Judged, Option<Written>)>, Vec<String>),
    chosen: Chosen,
    unlisted: Option<usize>,
) -> Done {
    let clients = web.app.customers.in_force();
    let clients = clients.iter().flat_map(|clients| clients.iter());
    html(&Page {
        f: Frame::new(visitor, "check", if unlisted.is_some() { "check.result" } else { "check.title" }),
        results,
        asked: unlisted.is_some(),
        unlisted: unlisted.unwrap_or(0),
        others,
        packs: packs().iter().map(|pack| pack.id).collect(),
        clients: clients.map(|client| (client.id.to_string(), show::said(&client.name, 60))).collect(),
        chosen,
    })
}

/// `POST /check`
pub async fn judged(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    body: Body,
) -> Done {
    let (fields, files, _share) = form::files(&web.app, &visitor, &headers, body).await?;
    let chosen = chosen(&fields);
    let date = Some(chosen.date.as_str()).filter(|date| !date.is_empty());
    let date = date.map(|date| Day::parse_iso(date).ok_or_else(wrong_day)).transpose()?;
    let mut documents: Vec<(String, axum::body::Bytes)> =
        files.into_iter().map(|upload| (upload.name, upload.bytes)).collect();
    if !chosen.text.trim().is_empty() {
        let name = super::words::say("check.pasted_name", visitor.lang).to_owned();
        documents.push((name, axum::body::Bytes::from(chosen.text.clone())));
    }
    let mut unlisted = documents.len().saturating_sub(MOST);
    let (mut results, mut others) = (Vec::new(), Vec::new());
    for (file, bytes) in documents.into_iter().take(MOST) {
        let ask = Ask {
            file: file.chars().take(200).collect(),
            as_of: day_of(web.app.clock.now()),
            date,
            incoming: chosen.incoming,
            rules: Some(chosen.packs.join(",")).filter(|packs| !packs.is_empty()),
            client: Some(chosen.client.clone()).filter(|client| !client.is_empty()),
        };
        // Judging takes a core: as many at once as there are, the others wait their turn.
        let turn = web.app.judging.clone().acquire_owned().await;
        let validator = web.app.validator.clone();
        let partners = web.app.partners.in_force();
        let (lang, before) = (visitor.lang, results.len());
        let judged = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let reports = validator.validate(&bytes, &ask)?;
            let several = reports.len() > 1;
            let rest = reports.len().saturating_sub(MOST.saturating_sub(before).max(1));
            let shown = reports.iter().take(reports.len() - rest).zip(before + 1..).map(|(judged, n)| {
                // Below the heading of its document. Of several in one file, each is shown once it is a document of its own.
                let rendering =
                    if several { None } else { part(&bytes, &judged.report, lang, (n, 3), None, partners.list()) };
                (Judged::of(&judged.report, lang, None), rendering)
            });
            Ok((shown.collect::<Vec<_>>(), rest, no_invoices(&bytes, &ask.file)))
        });
        let judged: Result<_, Text> = judged.await.map_err(|_| Trouble::fault())?;
        let (shown, rest, beside) = judged.map_err(Trouble::asked)?;
        results.extend(shown);
        others.extend(beside);
        unlisted += rest;
    }
    let text = if chosen.text.len() > form::SHOWN_AGAIN { String::new() } else { chosen.text };
    shown(&web, &visitor, (results, others), Chosen { text, ..chosen }, Some(unlisted))
}

/// The messages of other types beside the invoices of an interchange, the first of them: nobody judged them.
fn no_invoices(bytes: &[u8], file: &str) -> Vec<String> {
    let split = formats::split(bytes).ok().flatten();
    let Some(split) = split.filter(|split| !split.parts().is_empty()) else { return Vec::new() };
    let line = |other: &formats::Other| {
        let (kind, reference) = (show::said(&other.kind, 20), show::said(&other.reference, 40));
        format!("{} · {kind} {reference}", show::said(file, 120))
    };
    split.others().iter().take(MOST).map(line).collect()
}

fn chosen(fields: &Fields) -> Chosen {
    Chosen {
        incoming: fields.get("direction") == "in",
        date: fields.get("date").trim().to_owned(),
        client: fields.get("client").trim().to_owned(),
        packs: packs().iter().map(|pack| pack.id).filter(|id| fields.has("pack", id)).map(str::to_owned).collect(),
        text: fields.get("text").to_owned(),
    }
}

fn wrong_day() -> Trouble {
    Trouble::asked(Text::new("Une date comme 2026-11-21 est attendue.", "A date such as 2026-11-21 is expected."))
}
