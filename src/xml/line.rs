//! Lines and columns of a text.

/// Line and column (in characters) of a byte offset, both from 1. An offset inside a character counts as before it.
pub(super) fn of(text: &str, offset: usize) -> (u32, u32) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    (number(line), number(column(&before[start..])))
}

/// Where each line starts, for texts that are asked about often.
pub(super) fn starts(text: &str) -> Vec<u32> {
    let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| number(at + 1));
    std::iter::once(0).chain(ends).collect()
}

/// As [`of`], with the table of [`starts`].
pub(super) fn with(starts: &[u32], text: &str, offset: usize) -> (u32, u32) {
    let line = starts.partition_point(|&start| start as usize <= offset).max(1);
    let start = starts[line - 1] as usize;
    (number(line), number(column(&text.as_bytes()[start..offset.min(text.len())])))
}

fn column(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| (b & 0xC0) != 0x80).count() + 1
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters() {
        let text = "a\né€x\n";
        let starts = starts(text);
        for (offset, place) in [(0, (1, 1)), (2, (2, 1)), (4, (2, 2)), (7, (2, 3)), (9, (3, 1))] {
            assert_eq!(of(text, offset), place);
            assert_eq!(with(&starts, text, offset), place);
        }
    }
}
