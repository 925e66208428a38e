//! The billing problem: cause, amount, customer, owner; and the report that counts them.
//!
//! A platform's answer ([`cause_of_code`]) or a rule's finding ([`cause_of_rule`]) gives a sub-cause of the taxonomy; a
//! [`Problem`] records it for one invoice; [`summarise`] counts what was recorded. All of it comes from the tables in
//! `schemas/problems/`, where a line can be added without touching the code.

mod advice;
mod cause;
mod code;
mod code_table;
mod csv;
mod hint;
mod mapped;
mod money;
mod past;
mod print;
mod record;
mod rule;
mod said;
#[cfg(test)]
mod sample;
mod summary;
#[cfg(test)]
mod summary_laws;
mod whose;
#[cfg(test)]
mod whose_laws;

pub use crate::invoice::is_credit;
pub use cause::{Category, Cause, categories, category, cause, causes};
pub use code::cause_of_code;
pub use mapped::{Confidence, Family, Mapped, Number};
pub use money::{Money, signed};
pub use past::as_at;
pub use record::{Change, Problem, Said};
pub use rule::cause_of_rule;
pub use said::said_once;
pub use summary::{By, LeftOut, ReportRow, Section, Summary, summarise};
