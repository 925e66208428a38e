//! Where the bytes of a stream begin and end (ISO 32000-1, 7.3.8).

use std::ops::Range;

use super::budget::Budget;
use super::lex::Lexer;
use super::refusal::Refusal;

const END: &[u8] = b"endstream";

/// The bytes of the stream whose dictionary was just read; none where no stream follows. A length that does not lead to
/// `endstream` is not believed: the word is looked for instead.
pub(super) fn range(
    data: &[u8],
    lexer: &mut Lexer<'_>,
    length: Option<i64>,
    budget: &mut Budget,
) -> Result<Option<Range<usize>>, Refusal> {
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
        return Ok(Some(from..end));
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
    Ok(Some(from..from + found - before))
}
