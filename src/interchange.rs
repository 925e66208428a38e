//! What interchanges of EDIFACT and of X12 have in common: how a place in one is told, what may stand around its segments and means nothing,
//! and what becomes of a file that is taken apart.

use serde::{Deserialize, Serialize};

/// Where something is in an interchange, as acknowledgements count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// Position of the segment within its message or transaction set, its header (UNH, ST) being 1; 0 where it is outside of them.
    pub segment: u32,
    /// Position of the element within its segment, 1 for the first behind the tag; 0 for the segment as a whole.
    pub element: u32,
    /// Position of the component within its element, from 1; 0 for the element as a whole.
    pub component: u32,
    /// Bytes before it in the file, from 0.
    pub offset: u64,
}

/// What is done about a fault. X12 ignores none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    Ignore,
    Warn,
    Refuse,
}

/// A message or transaction set of a file with several, that becomes an interchange of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// 0062 of UNH, ST02.
    pub reference: String,
    /// Of the interchange it came in: 0020 of UNB, ISA13.
    pub interchange: String,
    /// Bytes of the file before its UNH or ST.
    pub offset: u64,
    /// What concerns it and others together, and cannot be seen in the part alone. EDIFACT: the codes of CONTRL (0085), 26 where its reference came
    /// before, 30 where messages stand in groups and outside of them. X12: a control number came before, 25 (TA105) that of its interchange, 19
    /// (AK905) of its group, 23 (AK502) its own.
    pub around: Vec<u8>,
}

/// What stands beside the parts, in the file alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// 0065 or `UNO` (a package that no part names); ST01 or `TA1`.
    pub kind: String,
    pub reference: String,
    /// Bytes of the file before it.
    pub offset: u64,
}

/// More than a file that is taken apart may hold: [`crate::limits::EDIFACT_MESSAGES`], [`crate::limits::EDIFACT_SPLIT_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

/// How far [`is_wide`] looks.
const HEAD_BYTES: usize = 64;

/// Is this an interchange with one of these heads in two or four bytes a character (UTF-16, UCS-2, UCS-4)?
pub fn is_wide(bytes: &[u8], heads: &[&[u8]]) -> bool {
    let bytes = bytes.strip_prefix(b"\xFF\xFE").or_else(|| bytes.strip_prefix(b"\xFE\xFF")).unwrap_or(bytes);
    let start = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    let narrow: Vec<u8> = start.iter().copied().filter(|b| *b != 0).collect();
    narrow.len() * 2 <= start.len() + 1 && heads.iter().any(|head| narrow.starts_with(head))
}

/// Without a byte order mark and blanks.
pub fn after_blanks(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let start = bytes.iter().position(|b| !is_blank(*b)).unwrap_or(bytes.len());
    &bytes[start..]
}

/// What may stand between segments and means nothing.
pub fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0 | 0x0B | 0x0C | 0x1A)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_wide_characters() {
        assert_eq!(after_blanks(b"\xEF\xBB\xBF \r\n\x1AISA"), b"ISA");
        assert_eq!(after_blanks(b" \t"), b"");
        let wide = |text: &str| text.bytes().flat_map(|b| [b, 0]).collect::<Vec<u8>>();
        assert!(is_wide(&wide("ISA*00"), &[b"ISA"]));
        assert!(is_wide(&wide("UNB+UNOA"), &[b"UNA", b"UNB"]));
        assert!(!is_wide(&wide("ISA*00"), &[b"UNB"]) && !is_wide(b"ISA*00", &[b"ISA"]) && !is_wide(b"", &[b"ISA"]));
    }
}
