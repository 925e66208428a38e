//! Character maps (`ToUnicode`, and the code lengths of composite fonts): ISO 32000-1, 9.7.5 and 9.10.3.

use std::collections::HashMap;

use lopdf::Object;

use super::super::budget::Budget;
use super::super::lex::{Lexer, Token};
use super::super::refusal::Refusal;

/// Most characters that one glyph may stand for: ligatures have three. More is no reading of a glyph.
const OF_A_GLYPH: usize = 8;

/// What the codes of a font mean, and how long they are.
#[derive(Debug, Default)]
pub(super) struct CMap {
    spaces: Vec<Space>,
    characters: HashMap<u32, Vec<u16>>,
    /// By their first code.
    ranges: Vec<Range>,
}

/// Codes of one length.
#[derive(Debug)]
struct Space {
    length: usize,
    low: u32,
    high: u32,
}

#[derive(Debug)]
struct Range {
    low: u32,
    high: u32,
    /// What the first code means; the last unit counts up from code to code.
    to: Vec<u16>,
}

impl CMap {
    /// Reads a map as far as it can be read: what is damaged ends it, a limit that is met is an error.
    pub fn read(bytes: &[u8], budget: &mut Budget) -> Result<Self, Refusal> {
        let mut map = CMap::default();
        let mut lexer = Lexer::new(bytes, 0);
        let mut waiting: Vec<Object> = Vec::new();
        loop {
            match lexer.token(budget) {
                Ok(Some(Token::Operand(object))) => waiting.push(object),
                Ok(Some(Token::Operator(word))) => {
                    map.take(word, &waiting, budget)?;
                    waiting.clear();
                }
                Ok(None) => break,
                Err(refusal) if refusal.is_bound() => return Err(refusal),
                Err(_) => break,
            }
        }
        // The sort is stable: of two ranges from the same code, the later one stands behind.
        map.ranges.sort_by_key(|range| range.low);
        Ok(map)
    }

    fn take(&mut self, word: &[u8], waiting: &[Object], budget: &mut Budget) -> Result<(), Refusal> {
        match word {
            b"endcodespacerange" => {
                for pair in waiting.chunks_exact(2) {
                    if let [low, high] = pair
                        && let (Some((low, length)), Some((high, _))) = (code(low), code(high))
                        && length > 0
                    {
                        self.spaces.push(Space { length, low, high });
                    }
                }
            }
            b"endbfchar" => {
                for pair in waiting.chunks_exact(2) {
                    if let [from, to] = pair
                        && let (Some((from, _)), Some(to)) = (code(from), units(to))
                    {
                        self.characters.insert(from, to);
                    }
                }
            }
            b"endbfrange" => {
                for three in waiting.chunks_exact(3) {
                    let [low, high, to] = three else { continue };
                    let (Some((low, _)), Some((high, _))) = (code(low), code(high)) else { continue };
                    if let Object::Array(each) = to {
                        for (from, to) in (low..=high).zip(each) {
                            budget.object()?;
                            if let Some(to) = units(to) {
                                self.characters.insert(from, to);
                            }
                        }
                    } else if let Some(to) = units(to) {
                        self.ranges.push(Range { low, high, to });
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Adds what a code means; false where the map does not say.
    pub fn meaning(&self, code: u32, out: &mut String) -> bool {
        let up;
        let units = match self.characters.get(&code) {
            Some(units) => units,
            None => {
                let behind = self.ranges.partition_point(|range| range.low <= code);
                let Some(range) = self.ranges.get(behind.wrapping_sub(1)).filter(|range| code <= range.high) else {
                    return false;
                };
                let mut units = range.to.clone();
                if let Some(last) = units.last_mut() {
                    *last = last.wrapping_add((code - range.low) as u16);
                }
                up = units;
                &up
            }
        };
        out.extend(char::decode_utf16(units.iter().copied()).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        true
    }

    /// The code at the beginning of these bytes, and its length; none where the map does not say how long codes are.
    pub fn code(&self, bytes: &[u8]) -> Option<(u32, usize)> {
        let shortest = self.spaces.iter().map(|space| space.length).min()?;
        for length in shortest..=4 {
            let Some(code) = bytes.get(..length).map(number) else { break };
            if self.spaces.iter().any(|s| s.length == length && (s.low..=s.high).contains(&code)) {
                return Some((code, length));
            }
        }
        let length = shortest.min(bytes.len());
        Some((bytes.get(..length).map(number)?, length))
    }
}

/// A code and its length in bytes.
fn code(object: &Object) -> Option<(u32, usize)> {
    let bytes = object.as_str().ok().filter(|bytes| bytes.len() <= 4)?;
    Some((number(bytes), bytes.len()))
}

pub(super) fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// UTF-16BE.
fn units(object: &Object) -> Option<Vec<u16>> {
    let bytes = object.as_str().ok()?;
    let units: Vec<u16> = match bytes {
        [one] => vec![u16::from(*one)],
        bytes => bytes.chunks_exact(2).map(|pair| number(pair) as u16).collect(),
    };
    (!units.is_empty() && units.len() <= OF_A_GLYPH).then_some(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> CMap {
        CMap::read(text.as_bytes(), &mut Budget::for_file(text.len())).unwrap()
    }

    fn meaning(map: &CMap, code: u32) -> Option<String> {
        let mut out = String::new();
        map.meaning(code, &mut out).then_some(out)
    }

    #[test]
    fn characters_ranges_and_lists_are_read() {
        let map = read(
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CIDSystemInfo << /Registry (Adobe) >> def
             1 begincodespacerange <0000> <FFFF> endcodespacerange
             2 beginbfchar <0003> <0020> <0004> <006600660069> endbfchar
             3 beginbfrange <0010> <0019> <0030> <0020> <0022> [<20AC> <0041> <D83DDCDE>] <0030><0031><00FF> endbfrange
             endcmap",
        );
        let all = [(3, " "), (4, "ffi"), (0x10, "0"), (0x19, "9"), (0x20, "€"), (0x22, "📞"), (0x31, "Ā")];
        for (code, means) in all {
            assert_eq!(meaning(&map, code).as_deref(), Some(means), "{code}");
        }
        assert_eq!(meaning(&map, 0x1A), None);
        assert_eq!(map.code(&[0, 0x10, 0, 0x11]), Some((0x10, 2)));
        assert_eq!(map.code(&[7]), Some((7, 1)));
    }

    #[test]
    fn codes_of_several_lengths_are_told_apart() {
        let map = read("2 begincodespacerange <00> <80> <8140> <9FFC> endcodespacerange");
        assert_eq!(map.code(&[0x41, 0x42]), Some((0x41, 1)));
        assert_eq!(map.code(&[0x81, 0x42]), Some((0x8142, 2)));
        assert_eq!(read("").code(&[1, 2]), None);
    }

    #[test]
    fn what_is_wide_costs_nothing_and_what_says_a_book_says_nothing() {
        let map = read(&format!(
            "1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange 1 beginbfchar <01> <{}> endbfchar",
            "0041".repeat(500)
        ));
        assert_eq!(meaning(&map, 1).as_deref(), Some("B"));
        assert!(meaning(&map, u32::MAX).is_some());
    }

    proptest::proptest! {
        #[test]
        fn no_map_breaks_it(tokens in proptest::collection::vec(
            "(<[0-9A-F]{0,10}>|\\[|\\]|endbfchar|endbfrange|endcodespacerange|[0-9]|\\(a\\)) ?", 0..60), code: u32
        ) {
            let map = read(&tokens.concat());
            let _ = (meaning(&map, code), map.code(&code.to_be_bytes()));
        }
    }
}
