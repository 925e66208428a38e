//! `GET /metrics`: what is counted, and how things stand, for Prometheus.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::App;
use super::query::Plain;
use crate::clock::Millis;
use crate::lifecycle::State as InvoiceState;
use crate::problems::cause;
use crate::store::Gauges;
use crate::telemetry::{OPEN_METRICS, Snapshot};

/// Measure
///
/// Counters and gauges as OpenMetrics text. Asked for with scope `read`, unless the configuration opens it: it names platforms and folders, never a customer.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "health",
    responses((status = 200, content((String = "application/openmetrics-text; version=1.0.0; charset=utf-8")))))]
pub async fn show(State(app): State<App>, _: Plain) -> Response {
    let now = app.clock.now();
    let mut snapshot = Snapshot {
        last_commit_failed: app.store.failed_since().is_some(),
        client_faults: app.customers.faults() as u64,
        partner_faults: app.partners.in_force().wrong() as u64,
        bodies: app.budget.held(),
        folders: app.folders.iter().map(|folder| folder.now()).collect(),
        ..Snapshot::default()
    };
    match (app.store.counts().await, app.store.gauges(now).await) {
        (Ok(counts), Ok(gauges)) => {
            let count = |state: InvoiceState| {
                counts.iter().find(|(name, _)| name == state.as_str()).map_or(0, |(_, count)| *count)
            };
            snapshot.states = InvoiceState::ALL.map(|state| (state.as_str(), count(state))).to_vec();
            of_store(&mut snapshot, gauges, now);
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "the store did not say how things stand");
            snapshot.store_silent = true;
        }
    }
    ([(CONTENT_TYPE, OPEN_METRICS)], snapshot.text()).into_response()
}

fn of_store(snapshot: &mut Snapshot, gauges: Gauges, now: Millis) {
    let age = |since: Millis| (now - since).max(0) as f64 / 1_000.0;
    let lanes = gauges.due.into_iter().map(|due| {
        let lane = due.lane.unwrap_or_else(|| "judge".to_owned());
        (lane, due.count, age(due.oldest))
    });
    snapshot.lanes = lanes.collect();
    snapshot.leases = gauges.leases;
    snapshot.unknown_age = gauges.unknown_since.map_or(0.0, age);
    for (id, count) in gauges.problems {
        let category = cause(&id).map_or("other", |cause| cause.category.as_str());
        match snapshot.problems.iter_mut().find(|(known, _)| known == category) {
            Some((_, sum)) => *sum += count,
            None => snapshot.problems.push((category.to_owned(), count)),
        }
    }
}
