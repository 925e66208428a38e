//! The statuses of a Peppol Invoice Response (UNCL4343 as OpenPEPPOL restricts it), from `schemas/lifecycle/peppol_statuses.csv`, each with the status of the French
//! life cycle that it is shown as. Which is which is our reading: no norm says it.

use std::sync::LazyLock;

use crate::table::{Table, TableError, built_in};
use crate::text::Text;

/// A status of an invoice response, such as `UQ`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeppolStatus {
    pub code: String,
    /// The status of the life cycle (CDAR) that says the same.
    pub cdar: u16,
    pub label: Text,
    pub meaning: Text,
}

/// All statuses.
pub fn peppol_statuses() -> &'static [PeppolStatus] {
    &ALL
}

/// Looks a status up; `None` where the table does not know it.
pub fn peppol_status(code: &str) -> Option<&'static PeppolStatus> {
    ALL.iter().find(|status| status.code == code)
}

static ALL: LazyLock<Vec<PeppolStatus>> = LazyLock::new(|| built_in("lifecycle/peppol_statuses.csv", read(TEXT)));

const TEXT: &str = include_str!("../../schemas/lifecycle/peppol_statuses.csv");

fn read(text: &str) -> Result<Vec<PeppolStatus>, TableError> {
    let table = Table::parse(text)?;
    let [code, cdar] = [table.column("code")?, table.column("cdar")?];
    let texts = [table.column("label_fr")?, table.column("label_en")?];
    let meanings = [table.column("meaning_fr")?, table.column("meaning_en")?];
    let status = |row: &crate::table::Row<'_>| {
        Ok(PeppolStatus {
            code: row.get(code).to_owned(),
            cdar: row.get(cdar).parse().map_err(|_| row.error("`cdar` is no status"))?,
            label: Text::new(row.get(texts[0]), row.get(texts[1])),
            meaning: Text::new(row.get(meanings[0]), row.get(meanings[1])),
        })
    };
    table.rows.iter().map(status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{State, cdar_status};

    #[test]
    fn every_status_stands_for_one_of_the_life_cycle() {
        let states: Vec<(String, Option<State>)> = peppol_statuses()
            .iter()
            .map(|status| (status.code.clone(), cdar_status(status.cdar).expect("a known status").state))
            .collect();
        let wanted = [
            ("AB", State::Delivered),
            ("IP", State::Accepted),
            ("UQ", State::Suspended),
            ("CA", State::Disputed),
            ("RE", State::Refused),
            ("AP", State::Accepted),
            ("PD", State::Paid),
        ];
        assert_eq!(states, wanted.map(|(code, state)| (code.to_owned(), Some(state))));
        assert!(peppol_status("210").is_none() && peppol_status("").is_none());
    }
}
