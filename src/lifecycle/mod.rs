//! The life of an outgoing invoice: our own states, and what the statuses of platforms mean for them.
//!
//! States and transitions are DESIGN section 3; statuses come from the tables in `schemas/lifecycle/`.

mod chorus;
mod state;

pub use chorus::{FlowState, Status, chorus_flow_state, chorus_status};
pub use state::State;
