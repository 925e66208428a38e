//! Chorus Pro: what its two rule packs ask that is more than a row, and what only the buyer's settings decide.
//!
//! `schemas/rules/chorus.toml` is the historical channel, `chorus-pa.toml` the way through an accredited platform; both share
//! `chorus-attachments.toml`. Which of the two an invoice asks for is `validate`'s to say.

mod bounds;
mod settings;

pub use bounds::{chorus_attachment, chorus_flow};
pub use settings::{Settings, settle};

/// The pack of the historical channel: a deposit by Chorus Pro's own API, portal or EDI.
pub const DIRECT: &str = "chorus";
/// The pack of Chorus Pro reached through an accredited platform.
pub const THROUGH_A_PLATFORM: &str = "chorus-pa";
