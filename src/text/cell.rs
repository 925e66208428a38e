//! Cells of CSV: RFC 4180, with everything in sight, and safe to open in a spreadsheet.

use super::visible;

/// A text cell, whose lines stay lines: what hides or turns the writing is shown, what a spreadsheet would run is disarmed, then
/// it is quoted where RFC 4180 asks for it.
pub fn text_cell(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let lines = |c: char| matches!(c, '\n' | '\r' | '\t');
    let seen: String = text
        .split_inclusive(lines)
        .map(|piece| {
            let end = piece.chars().next_back().filter(|c| lines(*c));
            visible(piece.strip_suffix(lines).unwrap_or(piece)).chars().chain(end).collect::<String>()
        })
        .collect();
    let safe = disarmed(&seen);
    if safe.contains([',', '"', '\r', '\n', ';', '\t']) || safe.starts_with(' ') || safe.ends_with(' ') {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

/// Letters, digits, and signs that mean nothing to a spreadsheet: stays as it is. Most cells do.
fn is_plain(text: &str) -> bool {
    let sign = |b: &u8| matches!(b, b' ' | b'.' | b':' | b'-' | b'_' | b'/' | b'(' | b')');
    let bytes = text.as_bytes();
    bytes.first().is_none_or(u8::is_ascii_alphanumeric)
        && bytes.last().is_none_or(|last| *last != b' ')
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || sign(b))
}

/// A name or an identifier, on one line and with nothing hidden in it.
pub fn name_cell(text: &str) -> String {
    text_cell(&visible(text))
}

fn disarmed(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let mut at_head = true;
    for (index, c) in text.char_indices() {
        if at_head {
            // Quotes and blanks do not stop a spreadsheet from seeing the sign behind them.
            let first = text[index..].chars().find(|c| !(c.is_whitespace() || *c == '"'));
            if first.is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '\'' | '＝' | '＋' | '－' | '＠')) {
                out.push('\'');
            }
        }
        out.push(c);
        at_head = is_cut(c);
    }
    out
}

/// Where a spreadsheet may begin another cell.
fn is_cut(c: char) -> bool {
    matches!(c, ';' | '\t' | '\r' | '\n')
}

/// A number stays one, also below zero; everything else is disarmed. Amounts come from invoices, and may be anything.
pub fn amount_cell(text: &str) -> String {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if number { text.to_owned() } else { text_cell(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `csv` says of the way back.
    fn armed(cell: &str) -> String {
        let mut out = String::new();
        let mut at_head = true;
        for c in cell.chars() {
            if !(at_head && c == '\'') {
                out.push(c);
            }
            at_head = is_cut(c);
        }
        out
    }

    #[test]
    fn a_formula_is_disarmed_wherever_a_spreadsheet_might_start_a_cell() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" -2", "' -2"),
            ("Lab;=cmd|' /C calc'!A0", "\"Lab;'=cmd|' /C calc'!A0\""),
            ("a\n+1", "\"a\n'+1\""),
            ("'quoted", "''quoted"),
            ("；＝1", "；＝1"),
            ("＝1", "'＝1"),
            ("Dupont - Fils", "Dupont - Fils"),
            ("Dupont, \"Fils\"", "\"Dupont, \"\"Fils\"\"\""),
        ] {
            assert_eq!(text_cell(text), cell, "{text}");
        }
    }

    #[test]
    fn lines_stay_lines_and_numbers_stay_numbers() {
        assert_eq!(text_cell("a\u{202e}\nb\u{1b}"), "\"a\\u{202e}\nb\\u{1b}\"");
        for (text, cell) in [("-12.50", "-12.50"), ("-12.50+1", "'-12.50+1"), ("=1", "'=1"), ("a,b", "\"a,b\"")] {
            assert_eq!(amount_cell(text), cell);
        }
    }

    #[test]
    fn a_name_hides_nothing() {
        assert_eq!(name_cell("Du\u{202e}pont\u{200b}\n=1"), "Du\\u{202e}pont\\u{200b}\\u{a}=1");
    }

    proptest! {
        #[test]
        fn disarming_can_be_undone(text in r#"(?s)[a;'"=+@\- \n\t]{0,12}|.*"#) {
            let safe = disarmed(&text);
            prop_assert_eq!(armed(&safe), text);
            for piece in safe.split(is_cut) {
                let first = piece.trim_start_matches(|c: char| c.is_whitespace() || c == '"').chars().next();
                prop_assert!(!first.is_some_and(|c| "=+-@".contains(c)), "{piece:?}");
            }
        }
    }
}
