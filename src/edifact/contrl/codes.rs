//! The codes of CONTRL (0085): at which levels and in which versions each may stand, what is nearest to it elsewhere, and its words.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::edifact::fault::Level;
use crate::table::{Table, TableError, built_in};
use crate::text::Text;

struct Code {
    /// `3`, `4`, `34`, or `old` for those that are only read: of before D:3, and of what facteur never says.
    versions: &'static str,
    /// The letters of the levels (ISO 9735-4, annex A).
    levels: &'static str,
    nearest: u8,
    words: Text,
}

/// What a code means; none where no list has it.
pub fn words_of(code: &str) -> Option<&'static Text> {
    let code: u8 = code.trim().parse().ok()?;
    codes().get(&code).map(|code| &code.words)
}

/// The code itself where it may stand at this level of a CONTRL of this version, else the nearest that may; 18 where there is none.
pub(super) fn valid(code: u8, level: Level, four: bool) -> u8 {
    let mut at = code;
    // A chain is no longer than this, whatever the table says.
    for _ in 0..4 {
        match codes().get(&at) {
            Some(known) if known.stands(level, four) => return at,
            Some(known) => at = known.nearest,
            None => break,
        }
    }
    UNSPECIFIED
}

const UNSPECIFIED: u8 = 18;

impl Code {
    fn stands(&self, level: Level, four: bool) -> bool {
        let level = match level {
            Level::Interchange => 'I',
            Level::Group => 'G',
            Level::Message => 'M',
            Level::Segment => 'S',
            Level::Element => 'D',
        };
        self.versions.contains(if four { '4' } else { '3' }) && self.levels.contains(level)
    }
}

fn codes() -> &'static HashMap<u8, Code> {
    static CODES: LazyLock<HashMap<u8, Code>> = LazyLock::new(|| built_in("edifact/contrl", table()));
    &CODES
}

fn table() -> Result<HashMap<u8, Code>, TableError> {
    const TEXT: &str = include_str!("../../../schemas/edifact/contrl.csv");
    static TABLE: LazyLock<Result<Table<'static>, TableError>> = LazyLock::new(|| Table::parse(TEXT));
    let table = TABLE.as_ref().map_err(Clone::clone)?;
    let column = |name| table.column(name);
    let (code, versions, levels, nearest) =
        (column("code")?, column("versions")?, column("levels")?, column("nearest")?);
    let (fr, en) = (column("fr")?, column("en")?);
    let mut codes = HashMap::new();
    for row in &table.rows {
        let number = |c: usize| row.get(c).parse::<u8>().map_err(|_| row.error(format!("`{}` is no code", row.get(c))));
        let known = Code {
            versions: row.get(versions),
            levels: row.get(levels),
            nearest: number(nearest)?,
            words: Text::new(row.get(fr), row.get(en)),
        };
        if codes.insert(number(code)?, known).is_some() {
            return Err(row.error("the code stands twice"));
        }
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Annex A of ISO 9735-4 as another program has it that was written from the standard (the crate `edifact-rs`, `SyntaxError::permitted_at`).
    const ELSEWHERE: [(&str, &[u8]); 10] = [
        ("I", &[2, 7, 20, 23, 46]),
        ("IGMSD", &[12, 13, 14, 15, 16, 18, 21, 22]),
        ("IGMS", &[17, 25, 45]),
        ("IG", &[24, 32, 33]),
        ("IGM", &[26, 28, 29, 30]),
        ("MSD", &[35]),
        ("S", &[36]),
        ("IGMD", &[37, 39, 40]),
        ("GM", &[47]),
        // Only in version 4, and only here.
        ("IGMSD", &[48]),
    ];

    #[test]
    fn levels_are_those_that_another_program_has() {
        let mut four = 0;
        for (levels, all) in ELSEWHERE {
            for code in all {
                assert_eq!(codes()[code].levels, levels, "{code}");
                four += usize::from(codes()[code].versions.contains('4'));
            }
        }
        assert_eq!(four, codes().values().filter(|code| code.versions.contains('4')).count());
    }

    #[test]
    fn every_code_ends_at_one_that_may_stand() {
        let levels = [Level::Interchange, Level::Group, Level::Message, Level::Segment, Level::Element];
        for code in codes().keys() {
            for level in levels {
                for four in [false, true] {
                    let valid = valid(*code, level, four);
                    assert!(codes()[&valid].stands(level, four), "{code} {level:?} {four}: {valid}");
                }
            }
        }
        // Those of one version only, and those of one level only.
        assert_eq!(valid(19, Level::Element, false), 19);
        assert_eq!(valid(19, Level::Element, true), 12);
        assert_eq!(valid(38, Level::Element, true), 12);
        assert_eq!(valid(45, Level::Segment, true), 45);
        assert_eq!(valid(45, Level::Element, true), 12);
        assert_eq!(valid(46, Level::Interchange, false), 2);
        assert_eq!(valid(47, Level::Interchange, true), 18);
        assert_eq!(valid(36, Level::Element, false), 35);
        assert_eq!(valid(255, Level::Message, false), 18);
        assert!(
            words_of("28").is_some() && words_of("5").is_some() && words_of("99").is_none() && words_of("").is_none()
        );
    }
}
