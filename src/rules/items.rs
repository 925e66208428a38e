//! Every rule in Rust, by the name under which rows of the catalogue call it (`item NAME 'told'`).

pub use super::chorus::{chorus_attachment, chorus_flow};
pub use super::en16931::*;
pub use super::extended::*;
pub use super::facturx::*;
pub use super::france::*;
