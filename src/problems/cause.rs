//! The taxonomy of causes, and the maps from codes and rules to them.
pub struct Cause;
pub struct Category;
pub struct Mapped;
pub fn cause_of_code() {}
pub fn cause_of_rule() {}
pub fn causes() {}
