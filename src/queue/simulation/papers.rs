//! What is handed in, and a judge that reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::dice::Dice;
use crate::crypto::sha256;
use crate::day::Day;
use crate::invoice::Party;
use crate::platforms::Recipient;
use crate::queue::{Judge, Judged, JudgedFinding, Sendable, Verdict, Written};
use crate::rules::{Severity, Waived};
use crate::store::{Facts, JudgedOn, NumberKey};
use crate::text::Text;

/// A document of the simulation: says itself how it will be judged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Paper {
    pub n: u64,
    pub seller: String,
    pub number: String,
    /// Which customer it asks; nobody knows which one 0 is.
    pub customer: u8,
    pub kind: Kind,
    pub platform: Option<String>,
    /// Came in a syntax that no platform takes: something is written of it, by each edition of the partner files something else.
    #[serde(default)]
    pub edi: bool,
}

/// Between the parts of what is written.
const MARK: &str = "\u{1f}";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Good,
    Wrong,
    /// Wrong, and excused by a waiver that the customer files have in every other edition.
    Excused,
    Unreadable,
    Poison,
}

impl Paper {
    pub fn random(dice: &mut Dice, n: u64) -> Self {
        let kind = match dice.below(20) {
            0..=3 => Kind::Wrong,
            4 => Kind::Unreadable,
            5 => Kind::Poison,
            6..=9 => Kind::Excused,
            _ => Kind::Good,
        };
        let platform = match dice.below(20) {
            0 => None,
            1 => Some("gone".into()),
            2..=6 => Some("vague".into()),
            7..=12 => Some("told".into()),
            _ => Some("proving".into()),
        };
        let hyphen = ["-", "-", "-", "\u{2011}", "\u{a0}-"][dice.below(5) as usize];
        // Two SIRENs: a message names the seller by that number.
        let seller = ["111111118", "222222226"][dice.below(2) as usize].to_owned();
        let number = format!("F{hyphen}{}", dice.below(9));
        let customer = [0, 1, 1, 1, 2][dice.below(5) as usize];
        let edi = dice.one_in(3);
        Self { n, seller, number, customer, kind, platform, edi }
    }

    /// What leaves of it, by this edition.
    pub fn written(&self, edition: u64) -> Vec<u8> {
        let filling = "x".repeat(if self.n.is_multiple_of(5) { 2 * crate::store::PIECE } else { 0 });
        format!("{edition}{MARK}{}{MARK}{filling}", serde_json::to_string(self).unwrap()).into_bytes()
    }

    /// Reads what was posted, or what was written of it: then the edition is told as well.
    pub fn read(bytes: &[u8]) -> (Paper, Option<u64>) {
        let text = std::str::from_utf8(bytes).unwrap();
        match text.split_once(MARK) {
            Some((edition, rest)) => {
                let paper = rest.split(MARK).next().unwrap();
                (serde_json::from_str(paper).unwrap(), Some(edition.parse().unwrap()))
            }
            None => (serde_json::from_str(text).unwrap(), None),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap()
    }

    /// The customer's, where it bears one.
    pub fn siren(&self) -> Option<String> {
        (self.customer > 0).then(|| format!("21690123{}", self.customer))
    }

    pub fn key(&self) -> NumberKey {
        NumberKey::of(&self.seller, &self.number, 2026).unwrap()
    }
}

/// Judges by what papers say of themselves, and by the edition of the customer files.
#[derive(Default)]
pub struct SimJudge {
    pub edition: Arc<AtomicU64>,
}

impl SimJudge {
    pub fn excuses(edition: u64) -> bool {
        edition.is_multiple_of(2)
    }
}

impl Judge for SimJudge {
    fn judge(&self, bytes: &bytes::Bytes, id: &str, as_of: Day, kept: Option<&bytes::Bytes>) -> Judged {
        let (mut paper, none) = Paper::read(bytes);
        assert!(none.is_none(), "what came is what is judged first");
        if paper.kind == Kind::Poison {
            // Without the hook's message: this one is meant.
            std::panic::resume_unwind(Box::new("poison"));
        }
        let edition = self.edition.load(Ordering::Relaxed);
        let excused = paper.kind == Kind::Excused && Self::excuses(edition);
        let verdict = match paper.kind {
            Kind::Excused if !excused => Verdict::Invalid,
            Kind::Good | Kind::Excused => Verdict::Valid,
            Kind::Wrong => Verdict::Invalid,
            Kind::Unreadable | Kind::Poison => Verdict::NotJudged,
        };
        let waived = excused.then(|| Waived {
            rule: "BR-CO-10".into(),
            author: "ann".into(),
            reason: "agreed".into(),
            until: as_of,
            file: "waivers.toml".into(),
            line: 1,
        });
        let finding = |rule: &str, term: &str| JudgedFinding {
            rule: rule.into(),
            group: rule.into(),
            severity: Severity::Fatal,
            terms: vec![term.into()],
            message: Text::new("faux", "wrong"),
            found: None,
            expected: None,
            waived: waived.clone(),
            opens: true,
            severity_was: None,
        };
        let findings = match paper.kind {
            Kind::Wrong => {
                vec![finding("BR-CO-10", "BT-106"), finding("BR-CO-15", "BT-112"), finding("BR-FR-X", "BT-13")]
            }
            Kind::Excused => vec![finding("BR-CO-10", "BT-106")],
            _ => vec![],
        };
        let readable = paper.kind != Kind::Unreadable;
        let mut written = (paper.edi && readable).then(|| bytes::Bytes::from(paper.written(edition / 2)));
        let syntax = (paper.edi && readable).then(|| "edifact-d96a".to_owned());
        if let Some(kept) = kept.filter(|kept| written.as_ref() != Some(kept)) {
            (paper, written) = (Paper::read(kept).0, None);
        }
        let judged = written.as_ref().or(kept).unwrap_or(bytes);
        let judged: String = sha256(judged).iter().map(|byte| format!("{byte:02x}")).collect();
        let written = written.map(|bytes| Written { bytes, syntax: "cii".into(), not_carried: vec![] });
        Judged {
            written,
            verdict,
            facts: Facts {
                number: readable.then(|| paper.number.clone()),
                customer: Some("21690123100011".into()),
                buyer: Party { siren: paper.siren(), ..Party::default() },
                recipient: Recipient { address: Some(format!("21690123{}", paper.customer)), ..Recipient::default() },
                customer_name: Some("Ville".into()),
                payable: Some("120.00".into()),
                currency: Some("EUR".into()),
                syntax,
                ..Facts::default()
            },
            number_key: readable.then(|| paper.key()),
            report_json: json!({ "verdict": verdict, "as_of": as_of, "findings": [], "judged": judged }).to_string(),
            findings,
            judged_on: JudgedOn { day: as_of, basis: edition.to_string() },
            platform: paper.platform,
            sendable: readable.then(|| Sendable {
                syntax: "IN_DP_E1_UBL_INVOICE".into(),
                file_name: format!("{id}.xml"),
                number: paper.number,
                seller: Some(paper.seller),
                issued: Some("2026-11-02".into()),
            }),
        }
    }

    fn basis(&self) -> String {
        self.edition.load(Ordering::Relaxed).to_string()
    }
}
