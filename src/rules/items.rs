//! Every rule in Rust, by the name under which rows of the catalogue call it (`item NAME 'told'`).

pub use super::en16931::*;
pub use super::facturx::*;
pub use super::france::*;
