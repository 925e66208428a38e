//! The scenario (`fixtures/demo/scenario.toml`) and what a seed draws from it: which invoices, what strikes each, and what must come of it.

use serde::Deserialize;

use crate::crypto::sha256;
use crate::platforms::sandbox::{Behaviour, Script};
use crate::text::Text;
use crate::validate::hex;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    schema: String,
    sandbox: Script,
    #[serde(rename = "fault")]
    pub faults: Vec<Fault>,
    #[serde(rename = "buyer")]
    pub buyers: Vec<Buyer>,
}

/// The two platforms that the sandbox plays, as its ledger calls them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    ChorusPro,
    Accredited,
}

/// What strikes an invoice on its way.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub id: String,
    fr: String,
    en: String,
    #[serde(default = "both")]
    on: Vec<Side>,
    #[serde(default = "once")]
    weight: usize,
    #[serde(default)]
    behaviour: Vec<toml::Table>,
    /// What its documents say otherwise.
    #[serde(default)]
    replace: Vec<(String, String)>,
    #[serde(default)]
    ends: Ends,
}

/// What becomes of the deposit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ends {
    #[default]
    Taken,
    Refused,
    Parked,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buyer {
    fr: String,
    en: String,
    #[serde(default)]
    behaviour: Vec<toml::Table>,
    state: States,
    says: Option<u16>,
    when: Option<String>,
    /// What strikes what we say.
    #[serde(default)]
    statement: Vec<toml::Table>,
}

/// Where the invoice ends, by platform.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct States {
    chorus_pro: String,
    accredited: String,
}

/// One invoice of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub number: String,
    pub side: Side,
    /// Places in [`Scenario::faults`] and [`Scenario::buyers`]; no buyer sees what is not taken.
    pub fault: usize,
    pub buyer: Option<usize>,
    pub text: String,
    pub sha256: String,
    /// Where it must end.
    pub state: String,
    /// How many invoices the platform must have of it.
    pub kept: usize,
    /// What we say of it, once it is in that state.
    pub says: Option<(u16, String)>,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub invoices: Vec<Planned>,
    /// How the sandbox behaves.
    pub script: Script,
}

/// Documents, each with its platform and the number that it bears.
const TEMPLATES: [(Side, &str, &str); 4] = [
    (Side::ChorusPro, "PD-2026-0131", include_str!("../../../../fixtures/demo/invoices/01-good-ubl-mairie.xml")),
    (Side::ChorusPro, "ANR-2026-0310", include_str!("../../../../fixtures/demo/invoices/02-good-cii-hopital.xml")),
    (Side::Accredited, "FA-2026-0044", include_str!("../../../../fixtures/invoices/ubl-minimal-fr.xml")),
    (Side::Accredited, "FA-2026-0044", include_str!("../../../../fixtures/invoices/cii-minimal-fr.xml")),
];

fn both() -> Vec<Side> {
    vec![Side::ChorusPro, Side::Accredited]
}

fn once() -> usize {
    1
}

impl Scenario {
    /// # Errors
    /// The file is no scenario.
    pub fn parse(text: &str) -> Result<Self, String> {
        let scenario: Self = toml::from_str(text).map_err(|e| format!("scenario.toml: {e}"))?;
        match scenario.schema.as_str() {
            "facteur-scenario/1" => Ok(scenario),
            other => Err(format!("scenario.toml: schema {other} is not known")),
        }
    }

    /// Draws so many invoices: the same from the same seed.
    ///
    /// # Errors
    /// Fewer than one for each fault at each of its platforms; or the scenario has a behaviour that is none.
    pub fn draw(&self, count: usize, seed: u64) -> Result<Plan, String> {
        let mut dice = Dice(seed);
        let of_fault = |(at, fault): (usize, &Fault)| {
            let sides = fault.on.iter().flat_map(|side| std::iter::repeat_n((at, *side), fault.weight));
            sides.collect::<Vec<_>>()
        };
        let faults: Vec<(usize, Side)> = self.faults.iter().enumerate().flat_map(of_fault).collect();
        if count < faults.len() {
            return Err(format!("every fault needs an invoice: at least {}", faults.len()));
        }
        let struck = dice.rounds(&faults, count);
        let all: Vec<usize> = (0..self.buyers.len()).collect();
        let mut buyers = dice.rounds(&all, count).into_iter();
        let mut plan = Plan { invoices: Vec::with_capacity(count), script: self.sandbox.clone() };
        for (nth, (fault, side)) in struck.into_iter().enumerate() {
            let buyer = if self.faults[fault].ends == Ends::Taken { buyers.next() } else { None };
            let number = format!("SC-2026-{:04}", nth + 1);
            let behaviours =
                self.faults[fault].behaviour.iter().chain(buyer.iter().flat_map(|b| &self.buyers[*b].behaviour));
            let planned = self.planned(number.clone(), side, fault, buyer, &mut dice)?;
            let answers = buyer.filter(|_| planned.says.is_some()).map(|buyer| &self.buyers[buyer].statement);
            for table in behaviours.chain(answers.into_iter().flatten()) {
                plan.script.behaviour.push(behaviour(table, &number)?);
            }
            plan.invoices.push(planned);
        }
        plan.script.check()?;
        Ok(plan)
    }

    fn planned(
        &self,
        number: String,
        side: Side,
        fault: usize,
        buyer: Option<usize>,
        dice: &mut Dice,
    ) -> Result<Planned, String> {
        let templates: Vec<_> = TEMPLATES.iter().filter(|(own, ..)| *own == side).collect();
        let (_, old, text) = templates[dice.roll(templates.len())];
        let mut text = text.replace(old, &number);
        let struck = &self.faults[fault];
        for (from, to) in &struck.replace {
            if !text.contains(from) {
                return Err(format!("fault {}: no document says {from}", struck.id));
            }
            text = text.replace(from, to);
        }
        let buyer_is = buyer.map(|buyer| &self.buyers[buyer]);
        let state = match (struck.ends, buyer_is) {
            (Ends::Refused, _) => "refused",
            (Ends::Parked, _) => "parked",
            (Ends::Taken, None) => "delivered",
            (Ends::Taken, Some(buyer)) if side == Side::ChorusPro => &buyer.state.chorus_pro,
            (Ends::Taken, Some(buyer)) => &buyer.state.accredited,
        };
        let says = buyer_is.filter(|_| side == Side::Accredited).and_then(|buyer| buyer.says.zip(buyer.when.clone()));
        Ok(Planned {
            sha256: hex(&sha256(text.as_bytes())),
            kept: usize::from(struck.ends == Ends::Taken),
            state: state.to_owned(),
            number,
            side,
            fault,
            buyer,
            text,
            says,
        })
    }
}

impl Fault {
    pub fn words(&self) -> Text {
        Text::new(self.fr.clone(), self.en.clone())
    }
}

impl Buyer {
    pub fn words(&self) -> Text {
        Text::new(self.fr.clone(), self.en.clone())
    }
}

/// A behaviour of one invoice: it strikes its number, or what `match` makes of that.
fn behaviour(table: &toml::Table, number: &str) -> Result<Behaviour, String> {
    let mut table = table.clone();
    let matches = table.get("match").and_then(toml::Value::as_str).unwrap_or("{number}").replace("{number}", number);
    table.insert("match".into(), matches.into());
    table.try_into().map_err(|e| format!("scenario.toml: {e}"))
}

/// SplitMix64: a seed says all.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % below.max(1) as u64).unwrap_or(0)
    }

    /// So many of the cards: the whole pack in a new order, again and again, so that each comes about as often.
    fn rounds<T: Copy>(&mut self, pack: &[T], count: usize) -> Vec<T> {
        let mut all = Vec::with_capacity(count + pack.len());
        while all.len() < count {
            let mut round = pack.to_vec();
            (1..round.len()).rev().for_each(|i| round.swap(i, self.roll(i + 1)));
            all.extend(round);
        }
        all.truncate(count);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario() -> Scenario {
        Scenario::parse(include_str!("../../../../fixtures/demo/scenario.toml")).unwrap()
    }

    #[test]
    fn a_seed_says_all_and_every_fault_is_drawn_on_each_of_its_platforms() {
        let scenario = scenario();
        let plan = scenario.draw(200, 7).unwrap();
        assert_eq!(plan, scenario.draw(200, 7).unwrap());
        assert_ne!(plan, scenario.draw(200, 8).unwrap());
        for count in [40, 200] {
            let plan = scenario.draw(count, 3).unwrap();
            for (at, fault) in scenario.faults.iter().enumerate() {
                for side in &fault.on {
                    let is = |one: &&Planned| one.fault == at && one.side == *side;
                    assert!(plan.invoices.iter().any(|one| is(&one)), "{} {side:?}", fault.id);
                }
            }
            for at in 0..scenario.buyers.len() {
                assert!(plan.invoices.iter().any(|one| one.buyer == Some(at)), "{}", scenario.buyers[at].en);
            }
        }
        assert!(scenario.draw(3, 7).is_err());
    }

    /// Whatever the sandbox can do, the scenario has it done.
    #[test]
    fn no_fault_of_the_sandbox_is_left_out() {
        let script = scenario().draw(200, 7).unwrap().script;
        let actions = [
            "lose-answer",
            "drop-before",
            "fail",
            "code-retour",
            "expire-token",
            "delay",
            "garble",
            "hold",
            "incident",
            "refuse",
            "suspend",
            "dispute",
            "accept",
            "pay",
            "repeat",
            "reorder",
        ];
        for action in actions {
            let action: crate::platforms::sandbox::Action = serde_json::from_value(action.into()).unwrap();
            assert!(script.behaviour.iter().any(|behaviour| behaviour.action == action), "{action:?}");
        }
        assert!(script.page_size < 10 && script.clock_skew_ms != 0 && script.token_seconds < 60);
    }
}
