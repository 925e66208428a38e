//! Passes over an object without building it: which objects it names, and whether an embedded file may hang in it. Nothing
//! is set aside for what is passed, so that a whole document can be looked through for the price of its bytes.

use super::budget::Budget;
use super::lex::{is_regular, is_space};
use super::refusal::Refusal;

/// What was passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Skimmed {
    /// The place behind it.
    pub end: usize,
    /// Does it bear a name that belongs to embedded files: `EF`, `RF` or `EmbeddedFile`?
    pub holds: bool,
}

/// Passes the list or dictionary at `from` and hands the number of each object it names to `meet`. Words that mean nothing
/// are passed as other readers pass them; one that ends the object ends it too early.
pub(super) fn skim(
    data: &[u8],
    from: usize,
    budget: &mut Budget,
    mut meet: impl FnMut(u32),
) -> Result<Skimmed, Refusal> {
    let mut passed = Skimmed { end: from, holds: false };
    let whole = pass(data, &mut passed, &mut meet);
    budget.look(passed.end.saturating_sub(from))?;
    if whole { Ok(passed) } else { Err(Refusal::damaged("the file ends inside an object")) }
}

/// False where the object does not end.
fn pass(data: &[u8], passed: &mut Skimmed, meet: &mut impl FnMut(u32)) -> bool {
    let mut depth = 0usize;
    // The two whole numbers before this token, as `12 0 R` needs them.
    let mut before: (Option<u64>, Option<u64>) = (None, None);
    loop {
        let rest = data.get(passed.end..).unwrap_or_default();
        let mut numbers = (None, None);
        let length = match rest {
            [] => return false,
            [b, ..] if is_space(*b) => {
                numbers = before;
                1
            }
            [b'%', ..] => {
                numbers = before;
                rest.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(rest.len())
            }
            [b'<', b'<', ..] => {
                depth += 1;
                2
            }
            [b'[', ..] => {
                depth += 1;
                1
            }
            [b'>', b'>', ..] => {
                depth = depth.saturating_sub(1);
                2
            }
            [b']', ..] => {
                depth = depth.saturating_sub(1);
                1
            }
            [b'<', ..] => rest.iter().position(|b| *b == b'>').map_or(rest.len(), |at| at + 1),
            [b'(', ..] => literal(rest),
            [b'/', ..] => {
                let length = 1 + regular(rest.get(1..).unwrap_or_default());
                passed.holds |= is_of_files(rest.get(1..length).unwrap_or_default());
                length
            }
            [b'+' | b'-' | b'.' | b'0'..=b'9', ..] => {
                let length = rest.iter().take_while(|b| matches!(b, b'+' | b'-' | b'.' | b'0'..=b'9')).count();
                numbers = (before.1, whole(rest.get(..length).unwrap_or_default()));
                length
            }
            _ => {
                let length = regular(rest);
                match rest.get(..length).unwrap_or_default() {
                    b"R" => {
                        let generation = before.1.is_some_and(|n| n <= u64::from(u16::MAX));
                        if let (Some(Ok(id)), true) = (before.0.map(u32::try_from), generation) {
                            meet(id);
                        }
                    }
                    b"obj" | b"endobj" | b"stream" | b"endstream" => return false,
                    _ => {}
                }
                // A stray delimiter is passed.
                length.max(1)
            }
        };
        passed.end += length;
        before = numbers;
        if depth == 0 && !rest.first().is_some_and(|b| is_space(*b) || *b == b'%') {
            return true;
        }
    }
}

fn regular(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| is_regular(**b)).count()
}

/// The length of the string that begins here.
fn literal(bytes: &[u8]) -> usize {
    let (mut at, mut open) = (0usize, 0usize);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'(' => open += 1,
            b')' => open -= 1,
            b'\\' => at += 1,
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
    at.min(bytes.len())
}

fn whole(text: &[u8]) -> Option<u64> {
    let digits = text.strip_prefix(b"+").unwrap_or(text);
    if digits.is_empty() || digits.len() > 20 {
        return None;
    }
    digits.iter().try_fold(0u64, |n, b| {
        let digit = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
        n.checked_mul(10)?.checked_add(digit)
    })
}

/// A name may be written with `#` and digits; such a one is looked at more closely than it may deserve.
fn is_of_files(name: &[u8]) -> bool {
    matches!(name, b"EF" | b"RF" | b"EmbeddedFile") || name.contains(&b'#')
}

#[cfg(test)]
mod tests {
    use lopdf::Object;

    use super::super::lex::Lexer;
    use super::*;

    fn named(text: &[u8]) -> Result<(Vec<u32>, Skimmed), Refusal> {
        let mut ids = Vec::new();
        let passed = skim(text, 0, &mut Budget::for_file(text.len()), |id| ids.push(id))?;
        Ok((ids, passed))
    }

    fn named_by_lexer(object: &Object) -> Vec<u32> {
        let (mut ids, mut waiting) = (Vec::new(), vec![object]);
        while let Some(object) = waiting.pop() {
            match object {
                Object::Reference((id, _)) => ids.push(*id),
                Object::Array(items) => waiting.extend(items),
                Object::Dictionary(dictionary) => waiting.extend(dictionary.iter().map(|(_, v)| v)),
                _ => {}
            }
        }
        ids
    }

    #[test]
    fn what_is_named_is_met_and_what_only_looks_so_is_not() {
        let text =
            b"<</A 12 0 R/B[1 2 3 0R(4 0 R \\) 5 0 R)<6 0 R>% 7 0 R\n8 %c\n0 R]/C<</EF 9 0 R>>/D 1.0 0 R>> 10 0 R";
        let (ids, passed) = named(text).unwrap();
        assert_eq!(ids, [12, 3, 8, 9]);
        assert!(passed.holds);
        assert_eq!(&text[passed.end..], b" 10 0 R");
        assert!(!named(b"[/EFG/F (EF)]").unwrap().1.holds);
        assert!(named(b"[/E#46]").unwrap().1.holds);
    }

    #[test]
    fn what_does_not_end_is_damage_however_deep() {
        for text in [&b""[..], b"<</A", b"[1 endobj", b"[(", b"[<", b"[\\("] {
            assert!(named(text).is_err(), "{}", String::from_utf8_lossy(text));
        }
        let deep = [b"[".repeat(200_000), b"1 0 R".to_vec(), b"]".repeat(200_000)].concat();
        assert_eq!(named(&deep).unwrap().0, [1]);
    }

    proptest::proptest! {
        /// Whatever the lexer reads, this reads alike: no object is met by one and missed by the other.
        #[test]
        fn it_meets_what_the_lexer_reads(tokens in proptest::collection::vec(
            "(<<|>>|\\[|\\]|/[A-F#46]{0,4}|[0-9]{1,3} 0 R|[0-9]{1,2}[ ]?|R|\\(a\\\\?\\)?|\\)|<[0-9]*>?|%a\n|true| ){1}", 0..40)
        ) {
            let text = format!("[{}]", tokens.concat()).into_bytes();
            if let Ok(object) = Lexer::new(&text, 0).object(&mut Budget::for_file(text.len())) {
                let (mut ids, _) = named(&text).unwrap();
                // Of a key that is there twice the lexer keeps one value; here both are met.
                for id in named_by_lexer(&object) {
                    let at = ids.iter().position(|other| *other == id);
                    proptest::prop_assert!(at.is_some(), "{id} in {}", String::from_utf8_lossy(&text));
                    ids.swap_remove(at.unwrap_or_default());
                }
            }
        }

        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _ = named(&bytes);
        }
    }
}
