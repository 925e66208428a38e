//! The statuses of Chorus Pro and of its deposits, from `schemas/lifecycle/`.

use std::sync::LazyLock;

use super::State;
use crate::table::{Row, Table, TableError, built_in};
use crate::text::Text;

/// A status of a platform and what it means here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The platform's code, such as `REJETEE`. Chorus Pro prints the number 17 for two different statuses: only the
    /// text code tells them apart.
    pub code: String,
    /// The life-cycle status (CDAR) it stands for, such as 210; none where there is none.
    pub cdar: Option<u16>,
    pub label: Text,
    /// The state our invoice takes; none where the status changes nothing.
    pub state: Option<State>,
    /// Who acts next: `none`, `seller`, `buyer`, `platform`.
    pub acts: String,
    /// The invoice exists, or existed, at the platform. False for `IN_REJETE` alone: its number is free again.
    pub existed: bool,
    /// The platform has said what became of the invoice: its own controls are over. False for what says only that it arrived
    /// (`DEPOSEE`), after which those controls may still refuse it.
    pub spoken: bool,
}

/// The state of a deposit (`etatCourantDepotFlux`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowState {
    /// Still on its way.
    Pending,
    Integrated,
    PartlyIntegrated,
    /// Refused: nothing of it exists there.
    Rejected,
    /// Not processed: the same bytes may be sent again.
    Incident,
    /// A state this table does not know; kept as it came.
    Unknown,
}

impl FlowState {
    /// Nothing more will come: no need to ask again.
    pub fn is_final(self) -> bool {
        !matches!(self, FlowState::Pending | FlowState::Unknown)
    }
}

/// Looks a Chorus Pro invoice status up; `None` where the table does not know it.
pub fn chorus_status(code: &str) -> Option<&'static Status> {
    STATUSES.iter().find(|status| status.code == code.trim())
}

/// All statuses of invoices, in the order of the table.
pub fn chorus_statuses() -> &'static [Status] {
    &STATUSES
}

/// All states of a deposit that are known, by the platform's code.
pub fn chorus_flow_states() -> impl Iterator<Item = (&'static str, FlowState)> {
    let states: &'static [(String, FlowState)] = &FLOW_STATES;
    states.iter().map(|(code, state)| (code.as_str(), *state))
}

/// Reads `etatCourantDepotFlux`.
pub fn chorus_flow_state(code: &str) -> FlowState {
    FLOW_STATES.iter().find(|(known, _)| known == code.trim()).map_or(FlowState::Unknown, |(_, state)| *state)
}

static STATUSES: LazyLock<Vec<Status>> =
    LazyLock::new(|| built_in("lifecycle/chorus_statuses.csv", read_statuses(STATUS_TEXT)));
static FLOW_STATES: LazyLock<Vec<(String, FlowState)>> =
    LazyLock::new(|| built_in("lifecycle/chorus_flow_states.csv", read_flow_states(FLOW_TEXT)));

const STATUS_TEXT: &str = include_str!("../../schemas/lifecycle/chorus_statuses.csv");
const FLOW_TEXT: &str = include_str!("../../schemas/lifecycle/chorus_flow_states.csv");

fn read_statuses(text: &str) -> Result<Vec<Status>, TableError> {
    let table = Table::parse(text)?;
    let [code, cdar, fr, en] = ["code", "cdar", "label_fr", "label_en"].map(|name| table.column(name));
    let (code, cdar, fr, en) = (code?, cdar?, fr?, en?);
    let [state, acts, existed, spoken] = ["state", "acts", "existed", "spoken"].map(|name| table.column(name));
    let (state, acts, existed, spoken) = (state?, acts?, existed?, spoken?);
    let status = |row: &Row<'_>| {
        Ok(Status {
            code: row.get(code).into(),
            cdar: match row.get(cdar) {
                "" => None,
                number => Some(number.parse().map_err(|_| row.error("`cdar` is a number, or empty"))?),
            },
            label: Text::new(row.get(fr), row.get(en)),
            state: match row.get(state) {
                "" => None,
                name => Some(State::parse(name).ok_or_else(|| row.error(format!("unknown state `{name}`")))?),
            },
            acts: match row.get(acts) {
                who @ ("none" | "seller" | "buyer" | "platform") => who.into(),
                other => return Err(row.error(format!("unknown actor `{other}`"))),
            },
            existed: row.yes(existed)?,
            spoken: row.yes(spoken)?,
        })
    };
    table.rows.iter().map(status).collect()
}

fn read_flow_states(text: &str) -> Result<Vec<(String, FlowState)>, TableError> {
    let table = Table::parse(text)?;
    let (code, state, is_final) = (table.column("code")?, table.column("state")?, table.column("final")?);
    let flow_state = |row: &Row<'_>| {
        let read = match row.get(state) {
            "pending" => FlowState::Pending,
            "integrated" => FlowState::Integrated,
            "partly-integrated" => FlowState::PartlyIntegrated,
            "rejected" => FlowState::Rejected,
            "incident" => FlowState::Incident,
            other => return Err(row.error(format!("unknown state `{other}`"))),
        };
        if row.yes(is_final)? != read.is_final() {
            return Err(row.error("`final` does not agree with the state"));
        }
        Ok((row.get(code).to_owned(), read))
    };
    table.rows.iter().map(flow_state).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_leads_where_the_life_cycle_says() {
        read_statuses(STATUS_TEXT).unwrap();
        let state = |code: &str| chorus_status(code).unwrap().state;
        for (codes, expected) in [
            ("DEPOSEE EN_COURS_ACHEMINEMENT MISE_A_DISPOSITION COMPLETEE", Some(State::Delivered)),
            (
                "PRISE_EN_COMPTE_DESTINATAIRE SERVICE_FAIT VALIDEE_1 VALIDEE_2 MANDATEE MISE_A_DISPOSITION_COMPTABLE \
                 COMPTABILISEE",
                Some(State::Accepted),
            ),
            ("SUSPENDUE A_COMPLETER", Some(State::Suspended)),
            ("REJETEE A_RECYCLER IN_REJETE", Some(State::Refused)),
            ("REFUSEE_1 REFUSEE_2", Some(State::Disputed)),
            ("MISE_EN_PAIEMENT", Some(State::Paid)),
            ("ABANDONNEE SUPPRIMEE", Some(State::Cancelled)),
            ("A_VALIDER_1 INTERPRETEE_OCR TECHNIQUE_INCONNU", None),
        ] {
            for code in codes.split_whitespace() {
                assert_eq!(state(code), expected, "{code}");
            }
        }
        assert_eq!(chorus_status("REJETEE").unwrap().cdar, Some(210));
        assert_eq!(chorus_status("JAMAIS_VU"), None);
    }

    #[test]
    fn only_a_rejected_deposit_never_existed() {
        let never: Vec<_> = STATUSES.iter().filter(|status| !status.existed).map(|s| s.code.as_str()).collect();
        assert_eq!(never, ["IN_REJETE"]);
        // Whoever reads "paid" must learn that the money is only ordered.
        assert!(chorus_status("MISE_EN_PAIEMENT").unwrap().label.fr.contains("ordre de virement"));
        for status in STATUSES.iter() {
            assert!(status.label.fr != status.label.en && !status.label.en.is_empty(), "{}", status.code);
            assert_eq!(STATUSES.iter().filter(|other| other.code == status.code).count(), 1, "{}", status.code);
        }
    }

    #[test]
    fn what_says_only_that_it_arrived_says_nothing_of_the_invoice_yet() {
        let mute: Vec<_> = STATUSES.iter().filter(|status| !status.spoken).map(|s| s.code.as_str()).collect();
        assert_eq!(mute, ["DEPOSEE", "INTERPRETEE_OCR", "TECHNIQUE_INCONNU"]);
        // Whatever moves an invoice away from `delivered` has said what became of it.
        let moves = |status: &&Status| status.state.is_some_and(|state| state != State::Delivered);
        assert!(STATUSES.iter().filter(moves).all(|status| status.spoken));
    }

    #[test]
    fn a_deposit_is_followed_until_its_end() {
        read_flow_states(FLOW_TEXT).unwrap();
        for (code, state, last) in [
            ("IN_RECU", FlowState::Pending, false),
            ("IN_EN_ATTENTE_RETRAITEMENT_CPP", FlowState::Pending, false),
            ("IN_INTEGRE", FlowState::Integrated, true),
            ("IN_INTEGRE_PARTIEL", FlowState::PartlyIntegrated, true),
            ("IN_REJETE", FlowState::Rejected, true),
            ("IN_INCIDENTE", FlowState::Incident, true),
            ("IN_NOUVEAU", FlowState::Unknown, false),
        ] {
            assert_eq!(chorus_flow_state(code), state, "{code}");
            assert_eq!(chorus_flow_state(code).is_final(), last, "{code}");
        }
    }

    #[test]
    fn a_damaged_table_is_named_by_its_line() {
        let bad = |row: &str| format!("{}\n{row}\n", STATUS_TEXT.lines().next().unwrap());
        for row in [
            "X,two,a,b,paid,none,yes,yes",
            "X,,a,b,gone,none,yes,yes",
            "X,,a,b,paid,me,yes,yes",
            "X,,a,b,paid,none,si,yes",
            "X,,a,b,paid,none,yes,si",
        ] {
            assert_eq!(read_statuses(&bad(row)).unwrap_err().line, 2, "{row}");
        }
        assert!(read_flow_states("code,state,final\nIN_X,pending,yes\n").is_err());
    }
}
