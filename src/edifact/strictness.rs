//! How strictly a partner's interchanges are held to the rules: plain data, with two presets.

use serde::{Deserialize, Serialize};

use super::fault::{Answer, Concern};

/// What is done about each kind of fault. Field by field what [`Concern`] says; in a file, what is left out is as
/// in [`Strictness::LENIENT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Strictness {
    pub counts: Answer,
    pub references: Answer,
    pub duplicates: Answer,
    pub repertoire: Answer,
    pub forms: Answer,
    pub presence: Answer,
    pub service_characters: Answer,
    pub syntax: Answer,
    pub structure: Answer,
    pub completeness: Answer,
}

impl Default for Strictness {
    fn default() -> Strictness {
        Strictness::LENIENT
    }
}

impl Strictness {
    /// Every fault refuses what it stands in, as ISO 9735 has it.
    pub const STRICT: Strictness = Strictness {
        counts: Answer::Refuse,
        references: Answer::Refuse,
        duplicates: Answer::Refuse,
        repertoire: Answer::Refuse,
        forms: Answer::Refuse,
        presence: Answer::Refuse,
        service_characters: Answer::Refuse,
        syntax: Answer::Refuse,
        structure: Answer::Refuse,
        completeness: Answer::Refuse,
    };

    /// Everything is told and nothing refused but what may have been cut off: a trailer or a header that never came.
    pub const LENIENT: Strictness = Strictness {
        counts: Answer::Warn,
        references: Answer::Warn,
        duplicates: Answer::Warn,
        repertoire: Answer::Warn,
        forms: Answer::Warn,
        presence: Answer::Warn,
        service_characters: Answer::Warn,
        syntax: Answer::Warn,
        structure: Answer::Warn,
        completeness: Answer::Refuse,
    };

    pub fn answer(&self, concern: Concern) -> Answer {
        match concern {
            Concern::Counts => self.counts,
            Concern::References => self.references,
            Concern::Duplicates => self.duplicates,
            Concern::Repertoire => self.repertoire,
            Concern::Forms => self.forms,
            Concern::Presence => self.presence,
            Concern::ServiceCharacters => self.service_characters,
            Concern::Syntax => self.syntax,
            Concern::Structure => self.structure,
            Concern::Completeness => self.completeness,
            Concern::Limit => Answer::Refuse,
        }
    }
}
