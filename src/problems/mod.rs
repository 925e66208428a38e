//! The billing problem: cause, amount, customer, owner; and the report that counts them.

mod cause;
mod record;
mod summary;

pub use cause::{Category, Cause, Mapped, cause_of_code, cause_of_rule, causes};
pub use record::{Change, Problem, Said};
pub use summary::{By, ReportRow, Summary, summarise};
