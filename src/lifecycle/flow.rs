//! The acknowledgements of the AFNOR Flow Service and the syntaxes that platforms take, from `schemas/lifecycle/`.

use std::sync::LazyLock;

use super::State;
use crate::table::{Table, TableError, built_in};
use crate::text::Text;

/// What a platform says of a flow after its technical checks. It is never a word of the buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowAck {
    /// `FLOW_` and the word of the norm, such as `FLOW_OK`.
    pub code: String,
    /// The state our invoice takes; none where it changes nothing.
    pub state: Option<State>,
    /// Some(false): no invoice came of it. None: nothing is said of that.
    pub exists: Option<bool>,
    pub label: Text,
    pub meaning: Text,
}

/// All acknowledgements.
pub fn flow_acks() -> &'static [FlowAck] {
    &ACKS
}

/// Looks an acknowledgement up; `None` where the table does not know it.
pub fn flow_ack(code: &str) -> Option<&'static FlowAck> {
    ACKS.iter().find(|ack| ack.code == code)
}

/// How a platform calls a syntax, and how file names of it end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformSyntax {
    /// The kind of platform, as the configuration calls it.
    pub platform: String,
    /// Our name of the syntax, such as `cii` or `facturx-pdf`.
    pub syntax: String,
    pub says: String,
    pub ending: String,
}

/// How this kind of platform calls this syntax; none where it takes no such document.
pub fn platform_syntax(platform: &str, syntax: &str) -> Option<&'static PlatformSyntax> {
    SYNTAXES.iter().find(|row| row.platform == platform && row.syntax == syntax)
}

static ACKS: LazyLock<Vec<FlowAck>> = LazyLock::new(|| built_in("lifecycle/flow_acks.csv", read_acks(ACK_TEXT)));
static SYNTAXES: LazyLock<Vec<PlatformSyntax>> =
    LazyLock::new(|| built_in("lifecycle/platform_syntaxes.csv", read_syntaxes(SYNTAX_TEXT)));

const ACK_TEXT: &str = include_str!("../../schemas/lifecycle/flow_acks.csv");
const SYNTAX_TEXT: &str = include_str!("../../schemas/lifecycle/platform_syntaxes.csv");

fn read_acks(text: &str) -> Result<Vec<FlowAck>, TableError> {
    let table = Table::parse(text)?;
    let [code, state, exists] = [table.column("code")?, table.column("state")?, table.column("exists")?];
    let texts = [table.column("label_fr")?, table.column("label_en")?];
    let meanings = [table.column("meaning_fr")?, table.column("meaning_en")?];
    let ack = |row: &crate::table::Row<'_>| {
        Ok(FlowAck {
            code: row.get(code).to_owned(),
            state: match row.get(state) {
                "" => None,
                name => Some(State::parse(name).ok_or_else(|| row.error(format!("unknown state `{name}`")))?),
            },
            exists: if row.get(exists).is_empty() { None } else { Some(row.yes(exists)?) },
            label: Text::new(row.get(texts[0]), row.get(texts[1])),
            meaning: Text::new(row.get(meanings[0]), row.get(meanings[1])),
        })
    };
    table.rows.iter().map(ack).collect()
}

fn read_syntaxes(text: &str) -> Result<Vec<PlatformSyntax>, TableError> {
    let table = Table::parse(text)?;
    let [platform, syntax] = [table.column("platform")?, table.column("syntax")?];
    let [says, ending] = [table.column("says")?, table.column("ending")?];
    let row = |row: &crate::table::Row<'_>| PlatformSyntax {
        platform: row.get(platform).to_owned(),
        syntax: row.get(syntax).to_owned(),
        says: row.get(says).to_owned(),
        ending: row.get(ending).to_owned(),
    };
    Ok(table.rows.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_never_says_that_somebody_accepted() {
        assert_eq!(flow_acks().len(), 3);
        for ack in flow_acks() {
            // That it was taken, its deposit said: told late, an acknowledgement must not move what has happened since.
            assert_eq!(ack.state.is_some(), ack.code == "FLOW_ERROR", "{}", ack.code);
            assert_ne!(ack.exists, Some(true), "{}", ack.code);
            assert!(!ack.label.fr.is_empty() && ack.meaning.fr != ack.meaning.en);
        }
        assert_eq!(
            flow_ack("FLOW_ERROR").map(|ack| (ack.state, ack.exists)),
            Some((Some(State::Refused), Some(false)))
        );
        assert_eq!(flow_ack("FLOW_PARTI"), None);
    }

    #[test]
    fn both_kinds_of_platform_take_the_same_syntaxes() {
        for syntax in ["ubl-invoice", "ubl-creditnote", "cii", "facturx-pdf"] {
            for platform in ["chorus-pro", "afnor"] {
                assert!(platform_syntax(platform, syntax).is_some(), "{platform} {syntax}");
            }
        }
        assert_eq!(platform_syntax("afnor", "facturx-pdf").map(|row| row.ending.as_str()), Some("pdf"));
        assert_eq!(platform_syntax("afnor", "edifact-d96a"), None);
    }
}
