//! What `build.rs` reads the rule packs with, as it stands there: the tests of the catalogue ask it.

#![allow(dead_code)]

#[path = "../../build/catalogue.rs"]
pub mod catalogue;
#[path = "../../src/xml/hash.rs"]
mod hash;
#[path = "../../build/model.rs"]
mod model;
#[path = "../../build/names.rs"]
mod names;
#[path = "../../build/notation.rs"]
mod notation;
#[path = "../../build/plain.rs"]
mod plain;
#[path = "../../build/profile.rs"]
mod profile;
#[path = "../../build/syntax.rs"]
mod syntax;
#[path = "../../build/terms.rs"]
mod terms;
#[path = "../../build/text.rs"]
mod text;

use text::{csv, list};
