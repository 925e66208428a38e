//! The codes of errors (ERC, 9321) for our rules: `schemas/edifact/erc.csv`, published, one code a rule, never changed.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::table::{Table, TableError, built_in};

/// Of a rule that has no code of its own, such as one that a customer's file names itself. Its text says which rule.
pub const UNKNOWN_RULE: &str = "FCT";

/// The code of a rule; [`UNKNOWN_RULE`] where it has none.
pub fn code_of(rule: &str) -> &'static str {
    codes().0.get(rule).copied().unwrap_or(UNKNOWN_RULE)
}

/// The rule that a code of ours stands for.
pub fn rule_of(code: &str) -> Option<&'static str> {
    codes().1.get(code).copied()
}

type Codes = (HashMap<&'static str, &'static str>, HashMap<&'static str, &'static str>);

fn codes() -> &'static Codes {
    static CODES: LazyLock<Codes> = LazyLock::new(|| built_in("edifact/erc", read()));
    &CODES
}

fn read() -> Result<Codes, TableError> {
    const TEXT: &str = include_str!("../../../../schemas/edifact/erc.csv");
    static TABLE: LazyLock<Result<Table<'static>, TableError>> = LazyLock::new(|| Table::parse(TEXT));
    let table = TABLE.as_ref().map_err(Clone::clone)?;
    let (code, rule) = (table.column("code")?, table.column("rule")?);
    let (mut by_rule, mut by_code) = (HashMap::new(), HashMap::new());
    for row in &table.rows {
        let (code, rule) = (row.get(code), row.get(rule));
        let fits = (1..=8).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !fits || code == UNKNOWN_RULE {
            return Err(row.error(format!("`{code}` is no code: one to eight capitals and digits")));
        }
        if by_rule.insert(rule, code).is_some() || by_code.insert(code, rule).is_some() {
            return Err(row.error("the code or the rule stands twice"));
        }
    }
    Ok((by_rule, by_code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_for_one_rule() {
        assert_eq!(code_of("BR-CO-10"), "BRCO10");
        assert_eq!(rule_of("BRCO10"), Some("BR-CO-10"));
        assert_eq!((code_of("ville-01"), rule_of("FCT")), ("FCT", None));
        assert!(codes().0.len() > 1000);
    }
}
