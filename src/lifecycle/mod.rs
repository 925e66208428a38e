//! The life of an outgoing invoice: our own states, and what the statuses of platforms mean for them.
//!
//! States and transitions are DESIGN section 3; statuses come from the tables in `schemas/lifecycle/`.

mod cdar;
mod chorus;
mod files;
mod flow;
mod peppol;
mod state;

pub use cdar::{About, CdarReason, CdarStatus, Reason, cdar_reason, cdar_reasons, cdar_status, cdar_statuses};
pub use chorus::{FlowState, Status, chorus_flow_state, chorus_flow_states, chorus_status, chorus_statuses};
pub use files::{StatementFile, statement_files};
pub use flow::{FlowAck, PlatformSyntax, flow_ack, flow_acks, platform_syntax};
pub use peppol::{PeppolStatus, peppol_status, peppol_statuses};
pub use state::State;
