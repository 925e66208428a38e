//! The report as people and programs read it: a table, CSV, JSON.

use super::summary::Summary;

impl Summary {
    /// One JSON object (`facteur-problems/1`); labels in both languages, amounts as decimal strings.
    ///
    /// # Errors
    /// None in practice: the summary holds nothing that JSON can not write.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}
