//! Invoice and rule packs to report: which packs are asked for, which ran, and the verdict.

use serde::{Deserialize, Serialize};

/// Are we about to send the invoice, or did we receive it?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    #[default]
    Out,
    In,
}
