//! What becomes of an invoice after its deposit, as life-cycle messages: the two platforms' own, then the buyer's as the script has it.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::record::{About, Flow, MESSAGE};
use crate::day::Day;
use crate::formats::cdar::{self, Detail, Moment, Party, Statement};
use crate::lifecycle::{CdarStatus, Reason, cdar_reason, cdar_reasons, cdar_status, chorus_status};
use crate::platforms::sandbox::behaviour::{Action, Behaviour};
use crate::platforms::sandbox::record::Millis;
use crate::platforms::sandbox::script::Script;
use crate::text::{Lang, Text};

/// The number (0238) of the platforms that speak here.
const PLATFORM: &str = "0042";

/// A status to come.
struct Step {
    status: &'static CdarStatus,
    at: Millis,
    reason: Option<String>,
    comment: Option<String>,
}

/// The first statuses of a deposit: taken and passed on, or rejected.
pub(super) fn plan(
    deposit: &Flow,
    rejected: Option<(&str, String)>,
    script: &Script,
    behaviours: &[&Behaviour],
) -> Vec<Flow> {
    let step = |code: u16, nth: i64| {
        let at = deposit.due.saturating_add(script.step_ms.try_into().unwrap_or(i64::MAX).saturating_mul(nth));
        cdar_status(code).map(|status| Step { status, at, reason: None, comment: None })
    };
    let mut steps: Vec<Step> = Vec::new();
    match rejected {
        Some((reason, comment)) => {
            let said = step(213, 0);
            steps.extend(said.map(|said| Step { reason: Some(reason.to_owned()), comment: Some(comment), ..said }));
        }
        None => {
            steps.extend([200, 202, 203].iter().zip(0..).filter_map(|(code, nth)| step(*code, nth)));
            for behaviour in behaviours {
                let last = steps.last().map_or(deposit.due, |step| step.at);
                steps.extend(of_behaviour(behaviour, last, script));
            }
        }
    }
    messages(deposit, steps, behaviours)
}

/// What a behaviour that was added later makes of the deposits that are there, each after what it already has to come.
pub(in crate::platforms::sandbox) fn befall_all(
    flows: &[Flow],
    behaviour: &Behaviour,
    at: Millis,
    script: &Script,
) -> Vec<Flow> {
    let alive = |flow: &&Flow| flow.key().is_some() && behaviour.strikes(&flow.names());
    let of_it = |deposit: &Flow| {
        let same = |flow: &&Flow| flow.incoming && flow.about == deposit.about;
        let last = flows.iter().filter(same).map(|flow| flow.at).max().unwrap_or(deposit.due).max(at);
        messages(deposit, of_behaviour(behaviour, last, script), &[])
    };
    flows.iter().filter(alive).flat_map(of_it).collect()
}

/// What the buyer does once documents of ours completed the invoice for the nth time (209), where he waits for them.
pub(super) fn completed(
    deposit: &Flow,
    nth: usize,
    last: Millis,
    script: &Script,
    behaviours: &[&Behaviour],
) -> Vec<Flow> {
    let asks = |behaviour: &&&Behaviour| matches!(behaviour.action, Action::Suspend | Action::Dispute);
    let Some(asked) = behaviours.iter().filter(asks).nth(nth) else { return Vec::new() };
    let then = Behaviour::new(asked.matches.clone(), asked.then.unwrap_or(Action::Accept));
    messages(deposit, of_behaviour(&then, last, script), behaviours)
}

fn of_behaviour(behaviour: &Behaviour, last: Millis, script: &Script) -> Vec<Step> {
    let usual: &[&str] = match behaviour.action {
        Action::Refuse => &["210"],
        Action::Suspend => &["208"],
        Action::Dispute => &["207"],
        Action::Accept => &["204", "205"],
        Action::Pay => &["204", "205", "211"],
        _ => return Vec::new(),
    };
    let codes: Vec<&str> = match &behaviour.statuses {
        Some(codes) => codes.iter().map(String::as_str).collect(),
        None => usual.to_vec(),
    };
    // Chorus Pro's own words stand for the statuses that they mean.
    let number = |code: &str| code.parse().ok().or_else(|| chorus_status(code).and_then(|status| status.cdar));
    let statuses: Vec<&'static CdarStatus> = codes.into_iter().filter_map(number).filter_map(status_of).collect();
    let mut at = last;
    let mut steps: Vec<Step> = Vec::new();
    for (n, status) in statuses.iter().enumerate() {
        at = at.saturating_add(script.step_ms.try_into().unwrap_or(i64::MAX));
        let ends = n + 1 == statuses.len();
        let due = status.reason == Reason::Required;
        let first = || cdar_reasons().iter().find(|reason| reason.statuses.contains(&status.code));
        let reason = behaviour.motive.clone().filter(|_| ends || due);
        let reason = reason.or_else(|| first().filter(|_| due).map(|reason| reason.code.clone()));
        let said = behaviour.comment.clone().filter(|_| ends || due);
        let comment = said.or_else(|| due.then(|| "dit par l'acheteur du bac à sable".to_owned()));
        steps.push(Step { status, at, reason, comment });
    }
    steps
}

/// A status, or one that no table knows, which is said as a buyer says one.
fn status_of(code: u16) -> Option<&'static CdarStatus> {
    static UNKNOWN: LazyLock<Vec<CdarStatus>> = LazyLock::new(|| {
        let Some(usual) = cdar_status(204) else { return Vec::new() };
        let label = || Text::new("Inconnu", "Unknown");
        (100..1_000).map(|code| CdarStatus { code, state: None, label: label(), ..usual.clone() }).collect()
    });
    cdar_status(code).or_else(|| UNKNOWN.iter().find(|status| status.code == code))
}

/// The messages of statuses, each as a flow that shows when its time has come; twice, or in no order, where that is wanted.
fn messages(deposit: &Flow, steps: Vec<Step>, behaviours: &[&Behaviour]) -> Vec<Flow> {
    let is = |action: Action| behaviours.iter().any(|behaviour| behaviour.action == action);
    let mut shown: Vec<Millis> = steps.iter().map(|step| step.at).collect();
    if is(Action::Reorder) {
        shown.reverse();
    }
    let times = if is(Action::Repeat) { 2 } else { 1 };
    let about = deposit.about.clone().unwrap_or_default();
    let mut flows = Vec::new();
    for (step, shown) in steps.iter().zip(shown) {
        let text = statement(&about, step);
        for _ in 0..times {
            flows.push(Flow {
                id: String::new(),
                nth: 0,
                tracking: None,
                name: format!("{}_{}.xml", about.number, step.status.code),
                syntax: "CDAR".into(),
                profile: None,
                rule: None,
                kind: MESSAGE.into(),
                incoming: true,
                sha256: hex(text.as_bytes()),
                content: STANDARD.encode(&text),
                at: shown,
                due: shown,
                refused: Vec::new(),
                rejected: None,
                about: Some(about.clone()),
                status: Some((step.status.code, step.at)),
            });
        }
    }
    flows
}

/// The message itself, from the platform or from the buyer to the seller.
fn statement(about: &About, step: &Step) -> String {
    let epoch = || Moment::from_millis(0);
    let Some(at) = Moment::from_millis(step.at).or_else(epoch) else { return String::new() };
    let platform = Party { id: Some(("0238".into(), PLATFORM.into())), role: "WK".into(), ..Party::default() };
    let buyer = Party {
        id: about.buyer_siren.clone().map(|siren| ("0002".into(), siren)),
        name: about.buyer.clone(),
        role: "BY".into(),
        address: None,
    };
    let seller = Party {
        id: Some(("0002".into(), about.seller_siren.clone())),
        role: "SE".into(),
        address: about.seller_address.clone().map(|address| ("0225".into(), address)),
        ..Party::default()
    };
    let detail = step.reason.as_ref().map(|code| Detail {
        reason: Some(code.clone()),
        words: cdar_reason(code).map(|known| known.label.get(Lang::Fr).to_owned()),
        comment: step.comment.clone(),
        ..Detail::default()
    });
    let statement = Statement {
        process: "REGULATED",
        profile: cdar::ABOUT_INVOICE,
        created: at,
        at,
        sender: platform.clone(),
        issuer: if step.status.phase == "processing" { buyer } else { platform },
        recipients: vec![seller],
        about: cdar::About {
            number: about.number.clone(),
            kind: about.kind.clone(),
            issued: Day::parse_iso(&about.issued),
            seller: Some(about.seller_siren.clone()),
            received: None,
        },
        status: step.status,
        details: detail.into_iter().collect(),
        attachments: Vec::new(),
    };
    statement.write().text
}

pub(super) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
