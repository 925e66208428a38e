//! Codes of one byte to characters (ISO 32000-1, annex D), and names of glyphs.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A character for each code; none where nobody can say.
pub(super) type Table = [Option<char>; 256];

/// From 0x80 on; the rest is Latin-1. Codes without a glyph show a bullet.
const WIN_ANSI: &str = "€•‚ƒ„…†‡ˆ‰Š‹Œ•Ž••‘’“”•–—˜™š›œ•žŸ";
/// From 0x80 on.
const MAC_ROMAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»… ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄¤‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ�ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
/// From 0xA0 on.
const STANDARD: &str =
    "�¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ�–†‡·�¶•‚„”»…‰�¿�`´ˆ˜¯˘˙¨�˚¸�˝˛ˇ—����������������Æ�ª����ŁØŒº�����æ���ı��łøœß����";
/// What the strings above have where there is nothing.
const NOTHING: char = '\u{FFFD}';

/// An encoding by the name that PDF gives it. The one for experts has figures in old style alone and is not read.
pub(super) fn named(name: &[u8]) -> Option<Table> {
    match name {
        b"WinAnsiEncoding" => {
            let mut table = upper(WIN_ANSI, 0x80);
            for (code, place) in table.iter_mut().enumerate().skip(0xA0) {
                *place = u32::try_from(code).ok().and_then(char::from_u32);
            }
            put(&mut table, 0xA0, ' ');
            put(&mut table, 0xAD, '-');
            Some(table)
        }
        b"MacRomanEncoding" => Some(upper(MAC_ROMAN, 0x80)),
        b"StandardEncoding" => {
            let mut table = upper(STANDARD, 0xA0);
            put(&mut table, 0x27, '\u{2019}');
            put(&mut table, 0x60, '\u{2018}');
            Some(table)
        }
        _ => None,
    }
}

fn upper(characters: &str, from: usize) -> Table {
    let mut table: Table = [None; 256];
    for code in 0x20..0x7Fu8 {
        put(&mut table, usize::from(code), char::from(code));
    }
    for (n, character) in characters.chars().enumerate().filter(|(_, c)| *c != NOTHING) {
        put(&mut table, from + n, character);
    }
    table
}

fn put(table: &mut Table, code: usize, character: char) {
    if let Some(place) = table.get_mut(code) {
        *place = Some(character);
    }
}

/// The character that a glyph of this name shows: by the list of names, or as `uni20AC` and `u20AC` say it. What follows a point
/// tells which form of the character it is (`one.tnum`).
pub(super) fn glyph(name: &[u8]) -> Option<char> {
    static NAMES: LazyLock<HashMap<&'static str, char>> = LazyLock::new(|| {
        let rows = include_str!("../../../schemas/pdf/glyphs.txt").lines().filter(|row| !row.starts_with('#'));
        let parts = rows.filter_map(|row| row.split_once(' '));
        let parts = parts.filter_map(|(code, names)| Some((of_hex(code)?, names)));
        parts.flat_map(|(c, names)| names.split(' ').map(move |name| (name, c))).collect()
    });
    let name = std::str::from_utf8(name).ok()?;
    let name = name.split_once('.').map_or(name, |(before, _)| if before.is_empty() { name } else { before });
    NAMES.get(name).copied().or_else(|| {
        let digits = name.strip_prefix("uni").filter(|digits| digits.len() == 4);
        of_hex(digits.or_else(|| name.strip_prefix('u').filter(|digits| (4..=6).contains(&digits.len())))?)
    })
}

fn of_hex(digits: &str) -> Option<char> {
    let upper = digits.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
    char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| upper)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_have_a_character_where_the_norm_has_one() {
        let at = |name: &[u8], code: usize| named(name).unwrap()[code];
        assert_eq!(WIN_ANSI.chars().count(), 32);
        assert_eq!(MAC_ROMAN.chars().count(), 128);
        assert_eq!(STANDARD.chars().count(), 96);
        for name in [&b"WinAnsiEncoding"[..], b"MacRomanEncoding", b"StandardEncoding"] {
            assert_eq!((at(name, 0x30), at(name, 0x39), at(name, 0x7F)), (Some('0'), Some('9'), None));
        }
        let euro_e_acute = |name: &[u8]| [0x80, 0xE9].map(|code| at(name, code));
        assert_eq!(euro_e_acute(b"WinAnsiEncoding"), [Some('€'), Some('é')]);
        assert_eq!(euro_e_acute(b"MacRomanEncoding"), [Some('Ä'), Some('È')]);
        assert_eq!(euro_e_acute(b"StandardEncoding"), [None, Some('Ø')]);
        assert_eq!(at(b"MacRomanEncoding", 0x8E), Some('é'));
        assert!(named(b"MacExpertEncoding").is_none());
    }

    #[test]
    fn glyphs_are_known_by_their_names() {
        let names = [("one", '1'), ("one.tnum", '1'), ("sevenoldstyle", '7'), ("Euro", '€'), ("uni20AC", '€')];
        for (name, character) in names.into_iter().chain([("u1F4DE", '📞'), ("eacute", 'é'), ("hyphen", '-')]) {
            assert_eq!(glyph(name.as_bytes()), Some(character), "{name}");
        }
        for name in ["g36", "union", "uniD800", "u12", "", ".notdef", "cid_4711", "\u{FFFD}"] {
            assert_eq!(glyph(name.as_bytes()), None, "{name}");
        }
    }
}
