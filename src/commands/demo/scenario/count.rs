//! Holds what facteur says against what the platforms have: the promises, and the table. What the platforms have is read in the sandbox's
//! ledger, not in our own store.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use super::plan::{Plan, Planned, Scenario};
use crate::text::{Lang, Text};

/// What is read of a line of the ledger.
#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    pub what: String,
    pub number: Option<String>,
    pub sha256: Option<String>,
    pub kept: Option<bool>,
    pub code: Option<String>,
}

/// What facteur says of one invoice.
#[derive(Debug, Clone, Default)]
pub struct Ours {
    pub state: String,
    /// Code, reason, speaker and time of each status in its timeline.
    pub told: Vec<[String; 4]>,
}

/// By number.
pub type All = BTreeMap<String, Ours>;

/// Where an invoice that is at its platform may stand.
const THERE: [&str; 5] = ["delivered", "accepted", "suspended", "disputed", "paid"];

/// # Errors
/// A line is none.
pub fn read(ledger: &str) -> Result<Vec<Line>, String> {
    ledger.lines().map(|line| serde_json::from_str(line).map_err(|e| format!("the ledger: {e}"))).collect()
}

/// Every promise that is broken, with the invoice's number; none where all is well.
pub fn broken(plan: &Plan, ledger: &[Line], ours: &All) -> Vec<String> {
    let mut wrong = Vec::new();
    let planned: BTreeSet<&str> = plan.invoices.iter().map(|one| one.number.as_str()).collect();
    let strangers = ledger.iter().filter(|line| line.number.as_deref().is_none_or(|number| !planned.contains(number)));
    wrong.extend(strangers.map(|line| format!("the ledger has what nobody sent: {line:?}")));
    for one in &plan.invoices {
        let mut say = |what: String| wrong.push(format!("{}: {what}", one.number));
        let own: Vec<&Line> = ledger.iter().filter(|line| line.number.as_deref() == Some(&one.number)).collect();
        let kept = kept(&own, "deposit");
        match kept.len() {
            0 | 1 => {}
            times => say(format!("{times} times at the platform")),
        }
        if kept.len() != one.kept {
            say(format!("{} at the platform, expected {}", kept.len(), one.kept));
        }
        if kept.iter().any(|line| line.sha256.as_deref() != Some(&one.sha256)) {
            say("what came there is not what was sent".into());
        }
        let Some(ours) = ours.get(&one.number) else {
            say("facteur does not know it".into());
            continue;
        };
        if ours.state != one.state {
            say(format!("{}, expected {}", ours.state, one.state));
        }
        if THERE.contains(&ours.state.as_str()) && kept.is_empty() {
            say(format!("{}, and the platform does not have it", ours.state));
        }
        if let Some((code, _)) = &one.says {
            let of_it: Vec<&Line> = own.iter().copied().filter(|line| line.code == Some(code.to_string())).collect();
            let times = self::kept(&of_it, "statement").len();
            if times != 1 {
                say(format!("our {code} is there {times} times"));
            }
        }
        statuses(&own, ours, &mut say);
    }
    wrong
}

/// Faults that struck none of those that they were for: a scenario that only says that it had them proves nothing. (One alone may be spared: a lost
/// answer need not be asked for where a message tells of it first.) `behaviours` is what the sandbox shows of its own.
pub fn idle(behaviours: &Value) -> Vec<String> {
    let mut kinds: BTreeMap<String, (u64, Vec<String>)> = BTreeMap::new();
    for one in behaviours.pointer("/behaviours").and_then(Value::as_array).into_iter().flatten() {
        let mut kind = one.clone();
        let parts = kind.as_object_mut().map(|kind| (kind.remove("match"), kind.remove("struck")));
        let Some((Some(Value::String(number)), Some(struck))) = parts else { continue };
        let Some(struck) = struck.as_u64() else { continue };
        // What is said of an invoice is named after it.
        let said = number.find('_').map_or("", |at| &number[at..]);
        let of_it = kinds.entry(format!("{said} {kind}")).or_default();
        of_it.0 += struck;
        of_it.1.push(number);
    }
    let idle = kinds.into_iter().filter(|(_, (struck, _))| *struck == 0);
    idle.map(|(kind, (_, numbers))| format!("{}: never struck: {kind}", numbers.join(", "))).collect()
}

/// No status is lost, none is told twice.
fn statuses(own: &[&Line], ours: &Ours, say: &mut dyn FnMut(String)) {
    let said: BTreeSet<&str> =
        own.iter().filter(|line| line.what == "status").filter_map(|line| line.code.as_deref()).collect();
    for code in said {
        if !ours.told.iter().any(|told| told[0] == code) {
            say(format!("status {code} is not in its timeline"));
        }
    }
    let once: BTreeSet<&[String; 4]> = ours.told.iter().collect();
    if once.len() < ours.told.len() {
        say("a status is told twice in its timeline".into());
    }
}

fn kept<'l>(own: &[&'l Line], what: &str) -> Vec<&'l Line> {
    own.iter().copied().filter(|line| line.what == what && line.kept == Some(true)).collect()
}

/// One row of the table: of so many invoices, where they stand, and what the platforms have of them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Row {
    invoices: usize,
    delivered: usize,
    refused: usize,
    parked: usize,
    /// Whatever is none of these.
    unknown: usize,
    kept: usize,
    deposits: usize,
}

impl Row {
    fn of<'p>(invoices: impl Iterator<Item = &'p Planned>, ledger: &[Line], ours: &All) -> Row {
        let mut row = Row::default();
        for one in invoices {
            let own: Vec<&Line> = ledger.iter().filter(|line| line.number.as_deref() == Some(&one.number)).collect();
            let kept = kept(&own, "deposit").len();
            row.invoices += 1;
            row.kept += kept;
            row.deposits += own.iter().filter(|line| line.what == "deposit").count();
            match ours.get(&one.number).map_or("", |ours| ours.state.as_str()) {
                state if THERE.contains(&state) && kept == 1 => row.delivered += 1,
                "refused" => row.refused += 1,
                "parked" => row.parked += 1,
                _ => row.unknown += 1,
            }
        }
        row
    }

    fn line(&self, name: &str) -> String {
        let Row { invoices, delivered, refused, parked, unknown, kept, deposits } = self;
        format!("{name:<44}{invoices:>9}{delivered:>15}{refused:>9}{parked:>8}{unknown:>9}{kept:>17}{deposits:>10}\n")
    }
}

/// The final table: by fault, then by what the buyer did, with the total.
pub fn table(scenario: &Scenario, plan: &Plan, ledger: &[Line], ours: &All, lang: Lang) -> String {
    let head = Text::new(
        format!(
            "{:<44}{:>9}{:>15}{:>9}{:>8}{:>9}{:>17}{:>10}\n",
            "panne", "factures", "livrées 1 fois", "refusées", "parquée", "inconnue", "à la plateforme", "dépôts"
        ),
        format!(
            "{:<44}{:>9}{:>15}{:>9}{:>8}{:>9}{:>17}{:>10}\n",
            "fault", "invoices", "delivered once", "refused", "parked", "unknown", "at the platform", "deposits"
        ),
    );
    let mut out = head.get(lang).to_owned();
    for (at, fault) in scenario.faults.iter().enumerate() {
        let own = plan.invoices.iter().filter(|one| one.fault == at);
        out.push_str(&Row::of(own, ledger, ours).line(fault.words().get(lang)));
    }
    out.push_str(Text::new("acheteur\n", "buyer\n").get(lang));
    for (at, buyer) in scenario.buyers.iter().enumerate() {
        let own = plan.invoices.iter().filter(|one| one.buyer == Some(at));
        out.push_str(&Row::of(own, ledger, ours).line(buyer.words().get(lang)));
    }
    let unseen = plan.invoices.iter().filter(|one| one.buyer.is_none());
    out.push_str(&Row::of(unseen, ledger, ours).line(Text::new("n'en voit rien", "sees nothing of it").get(lang)));
    let _ = write!(out, "{}", Row::of(plan.invoices.iter(), ledger, ours).line("total"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A world in which all is well: what each platform would have and say.
    fn well() -> (Scenario, Plan, Vec<Line>, All) {
        let scenario = Scenario::parse(include_str!("../../../../fixtures/demo/scenario.toml")).unwrap();
        let plan = scenario.draw(60, 1).unwrap();
        let mut ledger = Vec::new();
        let mut ours = All::new();
        for one in &plan.invoices {
            let line = |what: &str, code: Option<&str>| Line {
                what: what.into(),
                number: Some(one.number.clone()),
                sha256: Some(one.sha256.clone()),
                kept: (what != "status").then_some(one.kept == 1),
                code: code.map(str::to_owned),
            };
            ledger.extend([line("deposit", None), line("status", Some("S1"))]);
            ledger.extend(one.says.as_ref().map(|(code, _)| line("statement", Some(&code.to_string()))));
            let told = vec![["S1".to_owned(), String::new(), "platform".into(), "1".into()]];
            ours.insert(one.number.clone(), Ours { state: one.state.clone(), told });
        }
        (scenario, plan, ledger, ours)
    }

    fn with(change: impl FnOnce(&Plan, &mut Vec<Line>, &mut All)) -> Vec<String> {
        let (_, plan, mut ledger, mut ours) = well();
        change(&plan, &mut ledger, &mut ours);
        broken(&plan, &ledger, &ours)
    }

    fn first(plan: &Plan, is: impl Fn(&Planned) -> bool) -> &str {
        &plan.invoices.iter().find(|one| is(one)).unwrap().number
    }

    /// A forged ledger is seen through, whatever was forged in it, and the invoice is named.
    #[test]
    fn each_promise_can_be_seen_to_break() {
        assert_eq!(with(|_, _, _| {}), Vec::<String>::new());
        let named = |wrong: Vec<String>, words: &str| {
            let one = wrong.iter().any(|line| line.starts_with("SC-2026-") && line.contains(words));
            assert!(one, "{words}: {wrong:?}");
        };
        let deposit = |line: &&Line| line.what == "deposit" && line.kept == Some(true);
        named(
            with(|_, ledger, _| ledger.extend(ledger.clone().iter().find(deposit).cloned())),
            "2 times at the platform",
        );
        let without = with(|plan, ledger, _| {
            let accepted = first(plan, |one| one.state == "accepted").to_owned();
            ledger.retain(|line| line.what != "deposit" || line.number.as_ref() != Some(&accepted));
        });
        assert!(without.len() == 2 && without[1].ends_with("the platform does not have it"), "{without:?}");
        named(without, "0 at the platform, expected 1");
        named(with(|_, ledger, _| ledger[0].sha256 = Some("00".into())), "is not what was sent");
        named(with(|_, ledger, _| ledger[1].code = Some("S2".into())), "status S2 is not in its timeline");
        named(with(|_, ledger, _| ledger.retain(|line| line.what != "statement")), "is there 0 times");
        named(
            with(|plan, ledger, _| {
                let parked = first(plan, |one| one.state == "parked");
                ledger
                    .iter_mut()
                    .filter(|line| line.number.as_deref() == Some(parked))
                    .for_each(|line| line.kept = Some(true));
            }),
            "1 at the platform, expected 0",
        );
        let state = |state: &str| {
            with(|plan, _, ours| {
                let number = first(plan, |one| one.state == "accepted");
                ours.get_mut(number).unwrap().state = state.into();
            })
        };
        named(state("unknown"), "unknown, expected accepted");
        named(state("refused"), "refused, expected accepted");
        named(with(|_, _, ours| ours.values_mut().for_each(|ours| ours.told.extend(ours.told.clone()))), "told twice");
        named(with(|_, _, ours| ours.clear()), "does not know it");
        let stranger = with(|_, ledger, _| ledger[0].number = Some("F-1".into()));
        assert!(stranger[0].contains("nobody sent"), "{stranger:?}");
    }

    #[test]
    fn a_fault_that_never_struck_is_named() {
        let row = |number: &str, what: &str, struck: Value| serde_json::json!({ "match": number, "do": what, "struck": struck });
        let rows = [
            row("A", "garble", 1.into()),
            row("B", "garble", 0.into()),
            row("C", "pay", Value::Null),
            row("D_209_*", "garble", 0.into()),
            row("E", "delay", 0.into()),
            row("F", "delay", 0.into()),
        ];
        let idle = idle(&serde_json::json!({ "behaviours": rows }));
        assert!(idle.len() == 2 && idle[0].starts_with("E, F: ") && idle[1].starts_with("D_209_*: "), "{idle:?}");
    }

    #[test]
    fn the_table_counts_what_the_ledger_has() {
        let (scenario, plan, mut ledger, mut ours) = well();
        let last = |ledger: &[Line], ours: &All| {
            let table = table(&scenario, &plan, ledger, ours, Lang::En);
            let last = table.lines().last().unwrap().split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
            last.split(' ').map(|number| number.parse().unwrap()).collect::<Vec<usize>>()
        };
        let before = last(&ledger, &ours);
        assert_eq!((before[0], before[1..=4].iter().sum::<usize>(), before[4]), (60, 60, 0));
        let one = first(&plan, |one| one.state == "accepted");
        ours.get_mut(one).unwrap().state = "unknown".into();
        ledger.push(ledger.iter().find(|line| line.what == "deposit" && line.kept == Some(true)).unwrap().clone());
        let after = last(&ledger, &ours);
        assert_eq!((after[4], after[5], after[6]), (1, before[5] + 1, before[6] + 1));
    }
}
