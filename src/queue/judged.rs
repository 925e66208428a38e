//! received → blocked | ready: what a judgement makes of an invoice, and which ones it replaces.

use serde_json::{Value, json};

use super::draft::{Draft, FACTEUR, Fault};
use super::outgoing;
use super::ports::{Judged, Sendable, Verdict};
use super::trouble::{self, Trouble};
use crate::clock::Millis;
use crate::lifecycle::State;
use crate::platforms::Intent;
use crate::problems::{Problem, Said, cause_of_rule};
use crate::rules::{Finding, Severity};
use crate::store::{Facts, InvoiceRow, ReleasedOf, Step};
use crate::text::{Text, blank, spelled};

/// The finding that another invoice holds the number.
pub const DUPLICATE: &str = "FCT-DUPLICATE-NUMBER";
/// Most rule ids named in an event; all are in the report.
const NAMED: usize = 20;

/// What the store knows about the number at the time.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Holds the number: it may exist at a platform or is on its way there.
    pub holder: Option<InvoiceRow>,
    /// Others that bear it, with their problems.
    pub bearers: Vec<(InvoiceRow, Vec<Problem>)>,
    /// Refused invoices that it names as coming before it.
    pub cited: Vec<InvoiceRow>,
}

impl Standing {
    /// Those that never were at a platform and are not set aside: they may be replaced.
    fn rests(&self) -> impl Iterator<Item = &(InvoiceRow, Vec<Problem>)> {
        self.bearers.iter().filter(|(row, _)| match row.state {
            Some(State::Blocked | State::Refused) => !row.keeps_number(),
            _ => false,
        })
    }

    /// Does another invoice hold the number?
    pub fn held_by_another(&self, id: &str) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.id != id)
    }
}

pub(super) fn judged(
    row: &InvoiceRow,
    judged: &Judged,
    standing: &Standing,
    known: &[Problem],
    at: Millis,
) -> Result<Draft, Fault> {
    let mut draft = Draft::new(row, at);
    take_over(&mut draft, judged);
    let holder = standing.holder.as_ref().filter(|holder| holder.id != row.id);
    let mut report = judged.report_json.clone();
    if let Some(holder) = holder {
        report = with_duplicate(&report, holder, &judged.facts)?;
        draft.row.verdict = Some(Verdict::Invalid.as_str().into());
    }
    draft.row.judged_on = Some(judged.judged_on.clone());
    let (waived, lowered) = (waivers(judged), lowered(judged));
    let is_valid = draft.row.verdict.as_deref() == Some(Verdict::Valid.as_str());
    draft.row.waived = is_valid && !waived.is_empty();
    draft.row.lowered = is_valid && !lowered.is_empty();
    draft.report = Some(report);
    let fatal: Vec<_> = judged.findings.iter().filter(|finding| finding.blocks()).collect();
    let own = holder.map(|_| DUPLICATE).into_iter();
    let rules: Vec<&str> = own.chain(fatal.iter().map(|finding| finding.rule.as_str())).take(NAMED).collect();
    let count = fatal.len() + usize::from(holder.is_some());
    let (verdict, platform) = (draft.row.verdict.clone(), draft.row.platform.clone());
    let mut said = json!({ "verdict": verdict, "fatal": count, "rules": rules, "platform": platform });
    if row.fixed().is_some() && judged.written.is_none() {
        // By now something else would be written: what was judged is what a deposit was begun with.
        said["kept"] = json!(true);
    }
    if !waived.is_empty() {
        said["waived"] = json!(waived);
    }
    if !lowered.is_empty() {
        said["lowered"] = json!(lowered);
    }
    draft.say("judged", said);

    let let_go = judged.verdict == Verdict::Valid
        || row.released.as_ref().is_some_and(|released| released.of == ReleasedOf::Findings);
    if holder.is_none() && let_go {
        make_ready(&mut draft, judged);
        let by_rule = |problem: &Problem| problem.said == Said::Rule;
        let why = match judged.verdict {
            Verdict::Valid if !waived.is_empty() => "waived",
            Verdict::Valid if !lowered.is_empty() => "lowered",
            Verdict::Valid => "valid",
            _ => "released",
        };
        trouble::close(&mut draft, known, why, FACTEUR, None, by_rule);
    } else {
        block(&mut draft, judged, holder, known);
    }
    // What is blocked because its number is another's corrects nothing: both claims stand.
    if holder.is_none() {
        replace_older(&mut draft, standing)?;
        give_way(&mut draft, standing, known)?;
        stand_beside(&mut draft, standing)?;
        correct(&mut draft, standing)?;
    }
    Ok(draft)
}

/// The waivers without which it would be blocked, each once: who answers for what, why, and until when.
fn waivers(judged: &Judged) -> Vec<Value> {
    let fatal = judged.findings.iter().filter(|finding| finding.severity == Severity::Fatal);
    let mut named: Vec<Value> = Vec::new();
    for waived in fatal.filter_map(|finding| finding.waived.as_ref()) {
        let one = json!({
            "rule": waived.rule, "author": waived.author, "reason": waived.reason, "until": waived.until,
            "file": waived.file, "line": waived.line,
        });
        if named.len() < NAMED && !named.contains(&one) {
            named.push(one);
        }
    }
    named
}

/// The official rules whose fatal findings a customer's file lowered, each once: which file did, for which platform, and why.
fn lowered(judged: &Judged) -> Vec<Value> {
    let mut named: Vec<Value> = Vec::new();
    for finding in &judged.findings {
        let Some(was) = finding.lowered() else { continue };
        let mut one = json!({
            "rule": finding.rule, "to": finding.severity, "reason": was.reason, "file": was.file, "line": was.line,
        });
        if let Some(platform) = &was.platform {
            one["platform"] = json!(platform);
        }
        if named.len() < NAMED && !named.contains(&one) {
            named.push(one);
        }
    }
    named
}

fn take_over(draft: &mut Draft, judged: &Judged) {
    draft.row.facts = judged.facts.clone();
    draft.row.number_key = judged.number_key.clone();
    draft.row.verdict = Some(judged.verdict.as_str().into());
    if draft.row.platform != judged.platform {
        // Another platform's directory said that.
        draft.row.reception = None;
    }
    draft.row.platform = judged.platform.clone();
    outgoing::take_over(draft, judged.written.as_ref());
    draft.row.intent = judged.sendable.as_ref().and_then(|sendable| intent(&draft.row, sendable));
}

fn intent(row: &InvoiceRow, sendable: &Sendable) -> Option<Value> {
    let sendable = sendable.clone();
    let intent = Intent {
        invoice_id: row.id.clone(),
        sha256: row.leaving().to_owned(),
        file_name: sendable.file_name,
        syntax: sendable.syntax,
        number: sendable.number,
        seller: sendable.seller,
        issued: sendable.issued,
    };
    serde_json::to_value(intent).ok()
}

fn make_ready(draft: &mut Draft, judged: &Judged) {
    if draft.row.platform.is_none() {
        draft.park("nothing says which platform it goes to: give its customer a route, then retry");
        return;
    }
    if judged.sendable.is_none() || draft.row.is_unwritten() {
        draft.park("its platform takes no document of this kind, and nothing else was written of it: send it as UBL, CII or Factur-X");
        return;
    }
    if judged.sendable.as_ref().is_some_and(|sendable| blank(&sendable.number)) {
        draft.park("it has no number (BT-1): were the answer lost, the platform could not be asked for it");
        return;
    }
    draft.take_number = judged.number_key.clone();
    draft.go(State::Ready, Some(draft.at));
    draft.say("ready", json!({ "platform": draft.row.platform, "number": judged.number_key }));
}

fn block(draft: &mut Draft, judged: &Judged, holder: Option<&InvoiceRow>, known: &[Problem]) {
    draft.go(State::Blocked, None);
    // It may have been ready before: what cannot leave keeps no number from what can.
    draft.free_number = !draft.row.keeps_number();
    let held_by = holder.map(|holder| holder.id.as_str());
    draft.say("blocked", json!({ "verdict": draft.row.verdict, "number_held_by": held_by }));
    let mut causes: Vec<&str> = Vec::new();
    for finding in judged.findings.iter().filter(|finding| finding.blocks() && finding.opens) {
        let mapped = cause_of_rule(&finding.rule, &finding.terms);
        // The first finding of a cause speaks for it; the report lists them all.
        if !mapped.opens || causes.contains(&mapped.cause.id.as_str()) {
            continue;
        }
        causes.push(&mapped.cause.id);
        let message = Some(&finding.message);
        trouble::open(
            draft,
            known,
            &Trouble {
                said: Said::Rule,
                code: &finding.rule,
                text: None,
                message,
                mapped,
                passed: None,
                outweighs: false,
            },
        );
    }
    if let Some(holder) = holder {
        taken(draft, holder, known);
    } else {
        let number = |problem: &Problem| problem.said == Said::Rule && problem.code == DUPLICATE;
        trouble::close(draft, known, "number-free", FACTEUR, None, number);
    }
}

/// Invoices that came before under the same number, ask the same customer and never existed at a platform: this one takes their
/// place. Both are kept, each names the other.
fn replace_older(draft: &mut Draft, standing: &Standing) -> Result<(), Fault> {
    for (old, problems) in standing.rests() {
        if old.seq >= draft.row.seq || !old.facts.same_claim(&draft.row.facts) || collides(problems) {
            continue;
        }
        // Newest first: the row names the last one that it replaces.
        draft.row.replaces.get_or_insert_with(|| old.id.clone());
        draft.also.push(replaced(old, problems, &draft.row.id, draft.at)?);
    }
    Ok(())
}

/// Refused invoices that it names as coming before it (BT-25), of the same customer beyond doubt: it is what comes of the refusal, under another number. Each names
/// the other, once. What was wrong with the refused one is over once the platform has this one as an invoice (`Worker::corrected`).
fn correct(draft: &mut Draft, standing: &Standing) -> Result<(), Fault> {
    if draft.state() != State::Ready {
        return Ok(());
    }
    for old in &standing.cited {
        let (own, facts) = (&draft.row.facts, &old.facts);
        if draft.row.corrects.contains(&old.id) || !own.buyer.is_surely(&facts.buyer) {
            continue;
        }
        let same = own.payable_amount().is_some_and(|amount| Some(amount) == facts.payable_amount());
        let whole = !own.is_credit() || (same && own.currency == facts.currency && !facts.is_credit());
        let (number, credit) = (own.number.clone(), own.is_credit());
        draft.row.corrects.push(old.id.clone());
        draft.say("corrects", json!({ "of": old.id, "number": facts.number, "whole": whole }));
        let mut told = Draft::new(old, draft.at);
        if !credit {
            // On the row, so that whoever would send the refused one again meanwhile sees it.
            told.row.corrected_by = Some(draft.row.id.clone());
        }
        told.say("corrected", json!({ "by": draft.row.id, "number": number, "whole": whole }));
        draft.also.push(told.finish(None)?);
    }
    Ok(())
}

/// A document of the same claim, posted later under the same number, was judged first and is blocked as this one is: that one
/// takes the place of this one, as if they had been judged in the order in which they came.
fn give_way(draft: &mut Draft, standing: &Standing, known: &[Problem]) -> Result<(), Fault> {
    if draft.state() != State::Blocked || draft.row.keeps_number() {
        return Ok(());
    }
    let newer = standing.rests().find(|(row, problems)| {
        row.seq > draft.row.seq
            && row.state == Some(State::Blocked)
            && row.facts.same_claim(&draft.row.facts)
            && !collides(problems)
    });
    let Some((newer, _)) = newer else { return Ok(()) };
    draft.go(State::Cancelled, None);
    draft.row.replaced_by = Some(newer.id.clone());
    draft.free_number = true;
    draft.say("replaced", json!({ "by": newer.id }));
    trouble::close(draft, known, "replaced", FACTEUR, Some(&newer.id), |_| true);
    if newer.replaces.is_none() {
        let mut other = Draft::new(newer, draft.at);
        other.row.replaces = Some(draft.row.id.clone());
        draft.also.push(other.finish(None)?);
    }
    Ok(())
}

/// This one takes the number, and others that bear it are not replaced, since they may be other claims: each is told that it
/// cannot leave under it any more.
fn stand_beside(draft: &mut Draft, standing: &Standing) -> Result<(), Fault> {
    if draft.take_number.is_none() {
        return Ok(());
    }
    for (other, problems) in standing.rests() {
        if other.id == draft.row.id || draft.also.iter().any(|step| step.invoice_id == other.id) {
            continue;
        }
        let mut told = Draft::new(other, draft.at);
        taken(&mut told, &draft.row, problems);
        if !told.events.is_empty() {
            draft.also.push(told.finish(None)?);
        }
    }
    Ok(())
}

/// Is its number said to be another's? Then it is a claim of its own until a person says otherwise.
fn collides(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.code == DUPLICATE && problem.closed_at.is_none())
}

/// Opens the problem that `holder` has the number.
pub(super) fn taken(draft: &mut Draft, holder: &InvoiceRow, known: &[Problem]) {
    let mapped = cause_of_rule(DUPLICATE, &["BT-1"]);
    let message = duplicate(holder, &draft.row.facts).message;
    let message = Some(&message);
    trouble::open(
        draft,
        known,
        &Trouble { said: Said::Rule, code: DUPLICATE, text: None, message, mapped, passed: None, outweighs: false },
    );
}

fn replaced(old: &InvoiceRow, problems: &[Problem], by: &str, at: Millis) -> Result<Step, Fault> {
    let mut draft = Draft::new(old, at);
    draft.go(State::Cancelled, None);
    draft.row.replaced_by = Some(by.into());
    draft.free_number = true;
    draft.say("replaced", json!({ "by": by }));
    trouble::close(&mut draft, problems, "replaced", FACTEUR, Some(by), |_| true);
    draft.finish(None)
}

/// Adds the finding that the number is taken to a report.
fn with_duplicate(report: &str, holder: &InvoiceRow, facts: &Facts) -> Result<String, Fault> {
    let wrong = || Fault("the report is not a JSON object with a list of findings".into());
    let mut report: Value = serde_json::from_str(report).map_err(|_| wrong())?;
    let finding = serde_json::to_value(duplicate(holder, facts)).map_err(|_| wrong())?;
    report.get_mut("findings").and_then(Value::as_array_mut).ok_or_else(wrong)?.push(finding);
    report["verdict"] = Verdict::Invalid.as_str().into();
    Ok(report.to_string())
}

fn duplicate(holder: &InvoiceRow, facts: &Facts) -> Finding {
    let id = &holder.id;
    let (own, other) = [facts, &holder.facts].map(|facts| spelled(facts.number.as_deref().unwrap_or_default())).into();
    let message = if own == other {
        Text::new(
            format!(
                "La facture {id} porte déjà ce numéro pour ce vendeur et cette année, et peut exister chez la plateforme."
            ),
            format!("Invoice {id} already bears this number for this seller and year, and may exist at the platform."),
        )
    } else {
        Text::new(
            format!(
                "Le numéro « {own} » ressemble à « {other} », que porte déjà la facture {id} pour ce vendeur et cette année : \
                 personne ne les distinguerait. Celle-là peut exister chez la plateforme."
            ),
            format!(
                "The number \"{own}\" looks like \"{other}\", which invoice {id} already bears for this seller and year: nobody \
                 would tell them apart. That invoice may exist at the platform."
            ),
        )
    };
    Finding {
        rule: DUPLICATE.into(),
        group: DUPLICATE.into(),
        severity: Severity::Fatal,
        pack: "facteur".into(),
        terms: vec!["BT-1".into(), "BT-2".into(), "BT-30".into()],
        place: None,
        found: facts.number.clone(),
        expected: None,
        message,
        fix: Text::new(
            "Donner un autre numéro à cette facture, ou ne rien faire si c'est la même créance.",
            "Give this invoice another number, or do nothing where it is the same claim.",
        ),
        ..Finding::default()
    }
}
