//! `facteur profile test`: a customer's rules on one invoice, with what satisfied each.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::super::files::{self, Source};
use super::super::judging::PartnerArgs;
use super::super::{out, show, words};
use super::{Done, Format, From, Loaded, clients_of, excused, load, named};
use crate::day::Day;
use crate::formats;
use crate::guard;
use crate::invoice::{Invoice, Place};
use crate::report::{self, Report};
use crate::rules::client::{Choice, ClientRules, Outcome, Proof, Verdict};
use crate::rules::{Finding, Severity};
use crate::text::Lang;
use crate::validate::{self, Options};

pub fn run(
    name: &str,
    file: &Path,
    (from, partners): (&From, &PartnerArgs),
    as_of: Day,
    format: Format,
    lang: Lang,
) -> Done {
    let told = |why: &formats::Unreadable| {
        let judged = validate::unread(why, &file.to_string_lossy(), String::new(), as_of);
        report::text(&judged.report, lang).trim_end().to_owned()
    };
    let bytes = files::read(&Source::of(file)).map_err(|why| told(&why))?;
    let envelope = formats::Envelope::open(&bytes, &guard::pdf(&bytes)).map_err(|why| told(&why))?;
    let partners = partners.read(lang)?;
    // A life-cycle message is no invoice to try rules on.
    let read = envelope.read_by(&partners).map_err(|why| told(&why))?;
    let (loaded, by) = chosen(name, from, &read.invoice, lang)?;
    let client = named(&loaded.0, &loaded.1, lang)?;
    let mut outcomes = client.test(&read.invoice);
    let pdf = guard::pdf(&bytes);
    let options = Options {
        clients: Some(&loaded.0.clients),
        client: Some(&client.id),
        invoices_only: true,
        unpack: &pdf,
        partners: &partners,
        ..Options::new(as_of)
    };
    // Judged as `validate` does it: waivers and severities of these files, and what there is to tell of them.
    let judged = validate::validate(&bytes, &file.to_string_lossy(), &options).report;
    excused::apply(&mut outcomes, &judged);
    let text = match format {
        Format::Text => text(client, by.as_deref(), &outcomes, lang) + &excused::text(&judged, lang),
        Format::Json => json(client, by.as_deref(), &outcomes, &judged).to_string() + "\n",
    };
    let code = out::document(&text);
    Ok(if code == ExitCode::SUCCESS { ExitCode::from(u8::from(outcomes.iter().any(is_fatal))) } else { code })
}

/// The customer by name, or whoever the invoice is for and by what that is known.
fn chosen(
    name: &str,
    from: &From,
    invoice: &Invoice<'_>,
    lang: Lang,
) -> Result<((Loaded, String), Option<String>), String> {
    if name != "auto" {
        return Ok((clients_of(name, from, lang)?, None));
    }
    let folder: &PathBuf = from.clients.as_ref().ok_or_else(|| {
        words::pick(lang, "auto : donnez --clients DOSSIER", "auto: give --clients FOLDER").to_owned()
    })?;
    let (clients, faults) = load(folder, lang)?;
    let (id, by) = match clients.choose(invoice) {
        Choice::One { client, by, value } => (client.id.to_string(), format!("{} = {value}", by.key())),
        Choice::Ambiguous(several) => return Err(several.finding().message.get(lang).to_owned()),
        Choice::None => {
            let (fr, en) = (
                "aucun fichier client n'est pour l'acheteur de cette facture",
                "no customer file is for the buyer of this invoice",
            );
            return Err(words::pick(lang, fr, en).to_owned());
        }
    };
    Ok(((Loaded { folder: folder.clone(), clients, faults }, id), Some(by)))
}

fn is_fatal(outcome: &Outcome) -> bool {
    matches!(&outcome.verdict, Verdict::Failed(findings) if findings.iter().any(Finding::blocks))
}

fn text(client: &ClientRules, by: Option<&str>, outcomes: &[Outcome], lang: Lang) -> String {
    let pick = |fr: &'static str, en: &'static str| words::pick(lang, fr, en);
    let files = client.files.iter().map(|file| format!("{file}.toml")).collect::<Vec<_>>().join(" → ");
    let mut out = format!("{} ({files})", show::plain(&client.name));
    // Writing to a string cannot fail.
    if let Some(by) = by {
        let _ = write!(out, "  {} {}", pick("trouvé par", "found by"), show::plain(by));
    }
    out.push('\n');
    for outcome in outcomes {
        one(&mut out, outcome, lang);
    }
    let count = |which: fn(&Verdict) -> bool| outcomes.iter().filter(|o| which(&o.verdict)).count();
    let (met, failed) = (count(|v| matches!(v, Verdict::Passed(_))), count(|v| matches!(v, Verdict::Failed(_))));
    let rest = outcomes.len() - met - failed;
    let waived = count(excused::all_waived);
    out.push_str(&match (lang, waived) {
        (Lang::Fr, 0) => format!("{met} respectées, {failed} non respectées, {rest} sans objet\n"),
        (Lang::En, 0) => format!("{met} met, {failed} not met, {rest} not asked\n"),
        (Lang::Fr, _) => {
            format!("{met} respectées, {failed} non respectées (dont {waived} par dérogation), {rest} sans objet\n")
        }
        (Lang::En, _) => format!("{met} met, {failed} not met ({waived} of them waived), {rest} not asked\n"),
    });
    out
}

fn one(out: &mut String, outcome: &Outcome, lang: Lang) {
    let pick = |fr: &'static str, en: &'static str| words::pick(lang, fr, en);
    let verdict = match (&outcome.verdict, outcome.severity) {
        (Verdict::NotAsked, _) => pick("sans objet", "not asked"),
        (Verdict::Passed(_), _) => pick("respectée", "met"),
        (Verdict::Failed(findings), _) if findings.iter().all(|f| f.waived.is_some()) => pick("dérogation", "waived"),
        (Verdict::Failed(_), Severity::Fatal) => pick("BLOQUANTE", "FATAL"),
        (Verdict::Failed(_), Severity::Warning) => pick("avertissement", "warning"),
        (Verdict::Failed(_), Severity::Information) => "information",
    };
    let origins = outcome.origins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let asks = show::plain(outcome.asks.get(lang));
    let _ = writeln!(out, "  {verdict:13}  {}  {origins}  {asks}", ids(outcome).join(", "));
    match &outcome.verdict {
        Verdict::NotAsked => {}
        Verdict::Passed(proofs) => proofs.iter().for_each(|proof| proven(out, proof)),
        Verdict::Failed(findings) => findings.iter().for_each(|finding| found(out, finding, lang)),
    }
}

/// The ids of what was found, where anything was: a [[require]] that finds a value of the wrong form says so by another id.
fn ids(outcome: &Outcome) -> Vec<&str> {
    let mut ids: Vec<&str> = match &outcome.verdict {
        Verdict::Failed(findings) => findings.iter().map(|f| f.rule.as_str()).collect(),
        _ => Vec::new(),
    };
    if ids.is_empty() {
        ids.push(outcome.rule);
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn proven(out: &mut String, proof: &Proof) {
    let _ = writeln!(out, "    {} = {}  {}", proof.address, show::plain(&proof.text), place(&proof.place));
}

fn found(out: &mut String, finding: &Finding, lang: Lang) {
    let at = finding.place.as_ref().map(|at| format!("  {}", place(at))).unwrap_or_default();
    let _ = writeln!(out, "    {}{at}", show::plain(finding.message.get(lang)));
    let label = |fr: &'static str, en: &'static str| words::pick(lang, fr, en);
    if let Some(text) = &finding.found_in(lang) {
        let _ = writeln!(out, "    {} {}", label("trouvé :", "found:"), show::plain(text));
    }
    if let Some(text) = &finding.expected_in(lang) {
        let _ = writeln!(out, "    {} {}", label("attendu :", "expected:"), show::plain(text));
    }
    for said in report::overruled::said(finding, lang) {
        let _ = writeln!(out, "    {}", show::plain(&said));
    }
    let _ = writeln!(out, "    → {}", show::plain(finding.fix.get(lang)));
}

fn place(place: &Place) -> String {
    match place {
        Place::Xml { line, column, .. } => format!("{line}:{column}"),
        Place::Edifact { segment, element, component, .. } => format!("{segment}:{element}:{component}"),
        Place::Attachment { attachment } => show::plain(attachment),
    }
}

fn json(client: &ClientRules, by: Option<&str>, outcomes: &[Outcome], judged: &Report) -> Value {
    let outcomes = outcomes.iter().map(|outcome| {
        let (verdict, proofs, findings) = match &outcome.verdict {
            Verdict::NotAsked => ("not-asked", json!([]), json!([])),
            Verdict::Passed(proofs) => {
                let proofs = proofs.iter().map(|p| json!({ "address": p.address, "place": p.place, "text": p.text }));
                ("met", proofs.collect(), json!([]))
            }
            Verdict::Failed(findings) => ("not-met", json!([]), json!(findings)),
        };
        let origins = outcome.origins.iter().map(|o| json!({ "file": format!("{}.toml", o.file), "line": o.line, "column": o.column }));
        json!({
            "rule": outcome.rule, "severity": outcome.severity, "origins": origins.collect::<Vec<_>>(), "asks": outcome.asks,
            "verdict": verdict, "proofs": proofs, "findings": findings,
        })
    });
    json!({
        "schema": "facteur-profile-test/1", "client": &*client.id, "name": client.name, "by": by,
        "sha256": client.sha256, "as_of": judged.as_of, "outcomes": outcomes.collect::<Vec<_>>(),
        "waivers": excused::json(judged),
    })
}
