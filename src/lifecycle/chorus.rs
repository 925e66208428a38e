//! The statuses of Chorus Pro and of its deposits, from `schemas/lifecycle/`.

use super::State;
use crate::text::Text;

/// A status of a platform and what it means here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The platform's code, such as `REJETEE`.
    pub code: String,
    /// The life-cycle status (CDAR) it stands for, such as 210; none where there is none.
    pub cdar: Option<u16>,
    pub label: Text,
    /// The state our invoice takes; none where the status changes nothing.
    pub state: Option<State>,
    /// Who acts next: `none`, `seller`, `buyer`, `platform`.
    pub acts: String,
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

/// Looks a Chorus Pro invoice status up; `None` where the table does not know it.
pub fn chorus_status(_code: &str) -> Option<&'static Status> {
    None
}

/// Reads `etatCourantDepotFlux`.
pub fn chorus_flow_state(_code: &str) -> FlowState {
    FlowState::Unknown
}
