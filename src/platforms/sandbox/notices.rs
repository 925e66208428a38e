//! Gives notice to whoever subscribed: each change once it came to pass, again until it is answered well.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use serde::Serialize;

use super::afnor::Owed;
use super::behaviour::Call;
use super::door::{App, now};
use super::record::Millis;
use crate::platforms::line::{Reach, client};

/// Times that one notice is tried, and the first pause between them; it doubles.
const TRIES: u32 = 8;
const PAUSE: Millis = 200;
const PATIENCE: Reach = Reach { connect_timeout: Duration::from_secs(1), timeout: Duration::from_secs(3), proxy: None };

/// One try, as `GET /sandbox/notices` shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tried {
    pub webhook_id: String,
    pub flow_id: String,
    /// Which try of this notice, from 1.
    pub attempt: u32,
    /// What was answered; none where nothing came, or nothing was sent.
    pub http: Option<u16>,
    /// The platform counts it as told.
    pub told: bool,
}

/// Never ends.
pub(super) async fn give(app: Arc<App>) {
    let changed = app.world().changed();
    let client = match client(&PATIENCE, true) {
        Ok(client) => client,
        Err(why) => return tracing::error!(%why, "the sandbox gives no notices"),
    };
    // Those that were tried in vain: how often, and when again.
    let mut again: HashMap<Owed, (u32, Millis)> = HashMap::new();
    loop {
        let (due, mut next) = app.world().owed(now());
        again.retain(|owed, _| due.contains(owed));
        for owed in due {
            let (tries, not_before) = again.get(&owed).copied().unwrap_or((0, 0));
            if not_before > now() {
                next = Some(next.map_or(not_before, |next| next.min(not_before)));
                continue;
            }
            let told = attempt(&app, &client, &owed, tries + 1).await;
            if told || tries + 1 >= TRIES {
                again.remove(&owed);
                if let Err(why) = app.world().noticed(owed) {
                    return tracing::error!(%why, "the sandbox cannot keep its state: no more notices");
                }
            } else {
                let pause = now().saturating_add(PAUSE << tries);
                next = Some(next.map_or(pause, |next| next.min(pause)));
                again.insert(owed, (tries + 1, pause));
            }
        }
        let wait = async {
            match next {
                Some(at) => tokio::time::sleep(Duration::from_millis(u64::try_from(at - now()).unwrap_or(0))).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! { () = wait => {} () = changed.notified() => {} }
    }
}

/// Sends one, as far as nothing strikes it. Was it answered well?
async fn attempt(app: &App, client: &Client, owed: &Owed, attempt: u32) -> bool {
    let (notice, flow_id, faults) = {
        let mut world = app.world();
        let Some((notice, flow_id, names)) = world.notice(owed, now()) else { return true };
        let Ok(faults) = world.strike(Call::Notice, &names) else { return false };
        (notice, flow_id, faults)
    };
    tokio::time::sleep(Duration::from_millis(faults.delay_ms)).await;
    let mut http = None;
    if faults.before.is_none() {
        let length = if faults.garble { notice.body.len() / 2 } else { notice.body.len() };
        let request = client
            .post(&notice.url)
            .header("Content-Type", "application/json")
            .header("Afnor-Signature", &notice.signature)
            .header("Afnor-Signature-Timestamp", notice.timestamp.to_string())
            .body(notice.body[..length].to_vec());
        let answer = request.send().await.ok().filter(|_| !faults.lose);
        http = answer.map(|answer| answer.status().as_u16());
    }
    let told = http.is_some_and(|http| (200..300).contains(&http));
    app.world().tried(Tried { webhook_id: owed.hook.clone(), flow_id, attempt, http, told });
    told
}
