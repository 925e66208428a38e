//! Where the bytes of a stream begin and end (ISO 32000-1, 7.3.8).

use std::ops::Range;

use super::budget::Budget;
use super::lex::{Lexer, is_space};
use super::refusal::Refusal;

const END: &[u8] = b"endstream";

/// The bytes of a stream, and what its dictionary says of their number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    pub range: Range<usize>,
    pub said: Option<i64>,
    /// Does the length lead to `endstream`? Where it does not, each reader helps itself in its own way.
    pub fits: bool,
}

/// The bytes of the stream whose dictionary was just read; none where no stream follows. A length that does not lead to
/// `endstream` is not believed: the word is looked for instead.
pub(super) fn extent(
    data: &[u8],
    lexer: &mut Lexer<'_>,
    length: Option<i64>,
    budget: &mut Budget,
) -> Result<Option<Extent>, Refusal> {
    lexer.space(budget)?;
    let Some(rest) = data.get(lexer.at..).filter(|rest| rest.starts_with(b"stream")) else { return Ok(None) };
    let from = lexer.at + b"stream".len();
    let from = from
        + match rest.get(b"stream".len()..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\n' | b'\r', ..]) => 1,
            _ => 0,
        };
    let said = length.and_then(|n| usize::try_from(n).ok()).and_then(|n| from.checked_add(n));
    if let Some(end) = said.filter(|end| *end <= data.len())
        && Lexer::new(data, end).word(END, budget)?
    {
        // White space alone may stand in between; a zero is data.
        let blank = data.get(end..).unwrap_or_default().iter().find(|b| **b == 0 || !is_space(**b)) == Some(&b'e');
        return Ok(Some(Extent { range: from..end, said: length, fits: blank }));
    }
    let body = data.get(from..).unwrap_or_default();
    let found = body.windows(END.len()).position(|w| w == END);
    budget.look(found.unwrap_or(body.len()))?;
    let found = found.ok_or_else(|| Refusal::damaged("a stream has no end: the file is cut off"))?;
    // The line end before the word belongs to it.
    let before = match body.get(..found).unwrap_or_default() {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n' | b'\r'] => 1,
        _ => 0,
    };
    Ok(Some(Extent { range: from..from + found - before, said: length, fits: false }))
}
