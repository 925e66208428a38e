//! The statuses of the French life cycle (CDAR) and their reasons, from `schemas/lifecycle/cdar_*.csv`.
//!
//! The reasons of a status are those that the French rules allow when one is *written* (BR-FR-CDV-CL-09). Platforms send others
//! as well: whoever reads a status keeps what came.

use std::sync::LazyLock;

use super::State;
use crate::table::{Row, Table, TableError, built_in};
use crate::text::Text;

/// A status of the life cycle, such as 210.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CdarStatus {
    pub code: u16,
    pub about: About,
    /// Who says it: `seller`, `buyer`, `issuing-platform`, `receiving-platform`, `tax-authority`, `chorus-pro`, `third-party`,
    /// joined by `+`.
    pub senders: String,
    /// `yes`, `no`, or `services`: due for services whose VAT falls due on payment.
    pub mandatory: String,
    /// `transmission`, `processing`, `acknowledgement`.
    pub phase: String,
    /// MDT-77, the type of the response (UNTDID 1001): 305 in transmission, 23 in processing.
    pub type_code: Option<u16>,
    /// MDT-88, the condition (UNTDID 4405); none where it is not known to us.
    pub condition_code: Option<u16>,
    pub reason: Reason,
    /// Nothing comes after it: the document is dead.
    pub ends: bool,
    /// The state our invoice takes; none where the status changes nothing.
    pub state: Option<State>,
    /// Who acts next: `none`, `seller`, `integrator` (the seller's IT), `buyer`, `platform`, joined by `+`.
    pub acts: String,
    /// May the corrected document bear the same number: `yes`, `no`, or `none` where no document is called for.
    pub number: String,
    /// What is said here was not read in a primary source, or is our reading of it.
    pub second_hand: bool,
    pub label: Text,
    pub meaning: Text,
}

/// What a status speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Invoice,
    /// The extract for the tax authority (flow 1).
    TaxData,
    EReporting,
    Directory,
    /// The file as a whole.
    File,
    /// A status message.
    Status,
}

/// Does the status bear a reason?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Required,
    Allowed,
    None,
}

/// A reason of a status, such as `TX_TVA_ERR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CdarReason {
    pub code: String,
    pub public_sector_only: bool,
    pub label: Text,
    pub meaning: Text,
    /// Statuses beside which it may be written, whoever says them.
    pub statuses: Vec<u16>,
    /// Statuses beside which Chorus Pro may write it.
    pub chorus_statuses: Vec<u16>,
}

/// All statuses, by code.
pub fn cdar_statuses() -> &'static [CdarStatus] {
    &STATUSES
}

/// Looks a status up; `None` where the table does not know it.
pub fn cdar_status(code: u16) -> Option<&'static CdarStatus> {
    STATUSES.iter().find(|status| status.code == code)
}

/// All reasons, in the order of the table.
pub fn cdar_reasons() -> &'static [CdarReason] {
    &REASONS
}

/// Looks a reason up; `None` where the table does not know it.
pub fn cdar_reason(code: &str) -> Option<&'static CdarReason> {
    REASONS.iter().find(|reason| reason.code == code)
}

static STATUSES: LazyLock<Vec<CdarStatus>> =
    LazyLock::new(|| built_in("lifecycle/cdar_statuses.csv", read_statuses(STATUS_TEXT)));
static REASONS: LazyLock<Vec<CdarReason>> =
    LazyLock::new(|| built_in("lifecycle/cdar_reasons.csv", read_reasons(REASON_TEXT, PAIR_TEXT)));

const STATUS_TEXT: &str = include_str!("../../schemas/lifecycle/cdar_statuses.csv");
const REASON_TEXT: &str = include_str!("../../schemas/lifecycle/cdar_reasons.csv");
const PAIR_TEXT: &str = include_str!("../../schemas/lifecycle/cdar_reasons_by_status.csv");

/// The columns of these names.
fn columns<const N: usize>(table: &Table<'_>, names: [&str; N]) -> Result<[usize; N], TableError> {
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(names) {
        *place = table.column(name)?;
    }
    Ok(places)
}

fn read_statuses(text: &str) -> Result<Vec<CdarStatus>, TableError> {
    let table = Table::parse(text)?;
    let [code, object, sender, mandatory, phase, kind, condition] =
        columns(&table, ["code", "object", "sender", "mandatory", "phase", "type_code", "condition_code"])?;
    let [reason, ends, state, acts, number, second_hand] =
        columns(&table, ["reason", "ends", "state", "acts", "number", "second_hand"])?;
    let texts = columns(&table, ["label_fr", "label_en", "meaning_fr", "meaning_en"])?;
    let one_of = |row: &Row<'_>, column: usize, known: &[&str]| {
        let cell = row.get(column);
        let fits = cell.split('+').all(|one| known.contains(&one));
        fits.then(|| cell.to_owned()).ok_or_else(|| row.error(format!("`{cell}` is none of {}", known.join(", "))))
    };
    const SENDERS: [&str; 7] =
        ["seller", "buyer", "issuing-platform", "receiving-platform", "tax-authority", "chorus-pro", "third-party"];
    let status = |row: &Row<'_>| {
        let [label_fr, label_en, meaning_fr, meaning_en] = texts.map(|column| row.get(column));
        Ok(CdarStatus {
            code: number_of(row, code)?.ok_or_else(|| row.error("a status has a code"))?,
            about: match row.get(object) {
                "invoice" => About::Invoice,
                "tax-data" => About::TaxData,
                "e-reporting" => About::EReporting,
                "directory" => About::Directory,
                "file" => About::File,
                "status" => About::Status,
                other => return Err(row.error(format!("unknown object `{other}`"))),
            },
            senders: one_of(row, sender, &SENDERS)?,
            mandatory: one_of(row, mandatory, &["yes", "no", "services"])?,
            phase: one_of(row, phase, &["transmission", "processing", "acknowledgement"])?,
            type_code: number_of(row, kind)?,
            condition_code: number_of(row, condition)?,
            reason: match row.get(reason) {
                "required" => Reason::Required,
                "allowed" => Reason::Allowed,
                "none" => Reason::None,
                other => return Err(row.error(format!("unknown need of a reason `{other}`"))),
            },
            ends: row.yes(ends)?,
            state: match row.get(state) {
                "" => None,
                name => Some(State::parse(name).ok_or_else(|| row.error(format!("unknown state `{name}`")))?),
            },
            acts: one_of(row, acts, &["none", "seller", "integrator", "buyer", "platform"])?,
            number: one_of(row, number, &["yes", "no", "none"])?,
            second_hand: row.yes(second_hand)?,
            label: Text::new(label_fr, label_en),
            meaning: Text::new(meaning_fr, meaning_en),
        })
    };
    table.rows.iter().map(status).collect()
}

/// A number, or nothing.
fn number_of(row: &Row<'_>, column: usize) -> Result<Option<u16>, TableError> {
    match row.get(column) {
        "" => Ok(None),
        digits => digits.parse().map(Some).map_err(|_| row.error(format!("`{digits}` is no number"))),
    }
}

fn read_reasons(reasons: &str, pairs: &str) -> Result<Vec<CdarReason>, TableError> {
    let table = Table::parse(reasons)?;
    let [code, public] = columns(&table, ["code", "public_sector_only"])?;
    let texts = columns(&table, ["label_fr", "label_en", "meaning_fr", "meaning_en"])?;
    let mut all = Vec::new();
    for row in &table.rows {
        let [label_fr, label_en, meaning_fr, meaning_en] = texts.map(|column| row.get(column));
        all.push(CdarReason {
            code: row.get(code).to_owned(),
            public_sector_only: row.yes(public)?,
            label: Text::new(label_fr, label_en),
            meaning: Text::new(meaning_fr, meaning_en),
            statuses: Vec::new(),
            chorus_statuses: Vec::new(),
        });
    }
    let table = Table::parse(pairs)?;
    let [status, sender, reason] = columns(&table, ["status", "sender", "reason"])?;
    for row in &table.rows {
        let known = all.iter_mut().find(|known| known.code == row.get(reason));
        let known = known.ok_or_else(|| row.error(format!("unknown reason `{}`", row.get(reason))))?;
        let code = number_of(row, status)?.ok_or_else(|| row.error("a status has a code"))?;
        match row.get(sender) {
            "any" => known.statuses.push(code),
            "chorus-pro" => known.chorus_statuses.push(code),
            other => return Err(row.error(format!("`any` or `chorus-pro` is expected, found `{other}`"))),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::chorus_statuses;
    use super::*;

    #[test]
    fn the_tables_are_whole() {
        let statuses = read_statuses(STATUS_TEXT).unwrap();
        let reasons = read_reasons(REASON_TEXT, PAIR_TEXT).unwrap();
        assert_eq!((statuses.len(), reasons.len()), (31, 51));
        let pairs: usize = reasons.iter().map(|r| r.statuses.len() + r.chorus_statuses.len()).sum();
        assert_eq!(pairs, 104);
        for (label, meaning) in
            statuses.iter().map(|s| (&s.label, &s.meaning)).chain(reasons.iter().map(|r| (&r.label, &r.meaning)))
        {
            for text in [label, meaning] {
                assert!(!text.fr.is_empty() && !text.en.is_empty(), "{label:?}");
            }
            assert!(meaning.fr != meaning.en && !meaning.fr.contains('’'), "{label:?}");
        }
    }

    #[test]
    fn a_reason_stands_beside_statuses_that_take_one() {
        for reason in cdar_reasons() {
            let beside = reason.statuses.iter().chain(&reason.chorus_statuses);
            for status in beside.map(|code| cdar_status(*code).expect("a status of the table")) {
                assert!(status.reason != Reason::None, "{} beside {}", reason.code, status.code);
            }
            assert!(!reason.statuses.is_empty() || reason.public_sector_only, "{}", reason.code);
        }
        for status in cdar_statuses().iter().filter(|s| s.about == About::Invoice && s.reason == Reason::Required) {
            assert!(cdar_reasons().iter().any(|r| r.statuses.contains(&status.code)), "{}", status.code);
        }
    }

    #[test]
    fn chorus_pro_leads_to_the_same_states() {
        for chorus in chorus_statuses() {
            let Some(status) = chorus.cdar.map(|code| cdar_status(code).expect("a status of the table")) else {
                continue;
            };
            assert_eq!(status.state, chorus.state, "{} and {}", chorus.code, status.code);
        }
    }

    #[test]
    fn only_what_is_not_there_frees_its_number() {
        let free: Vec<u16> = cdar_statuses().iter().filter(|s| s.number == "yes").map(|s| s.code).collect();
        // A routing error sends the same invoice elsewhere; a file that could not be read never was one.
        assert_eq!(free, [221, 501]);
        let new: Vec<u16> = cdar_statuses().iter().filter(|s| s.number == "no").map(|s| s.code).collect();
        assert_eq!(new, [210, 213]);
    }

    #[test]
    fn a_damaged_table_is_named_by_its_line() {
        let header = STATUS_TEXT.lines().next().unwrap();
        let row = "210,invoice,buyer,yes,processing,23,50,required,yes,refused,seller,no,no,a,b,c,d";
        assert!(read_statuses(&format!("{header}\n{row}\n")).is_ok());
        for (from, to) in [("invoice", "parcel"), ("buyer", "me"), ("23", "x"), ("refused", "gone"), ("yes", "si")] {
            let bad = format!("{header}\n{}\n", row.replacen(from, to, 1));
            assert_eq!(read_statuses(&bad).unwrap_err().line, 2, "{to}");
        }
        assert!(read_reasons(REASON_TEXT, "status,sender,reason\n210,any,NO_SUCH\n").is_err());
    }
}
