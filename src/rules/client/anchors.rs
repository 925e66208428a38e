//! Does a pattern ask for the whole value? Authors anchor their patterns themselves; one that forgets is told so.

/// Is each alternative anchored at both ends, by `^`…`$` or `\A`…`\z`?
pub fn whole(pattern: &str) -> bool {
    alternatives(pattern).iter().all(|a| {
        let a = a.strip_prefix(flags(a)).unwrap_or(a);
        (a.starts_with('^') || a.starts_with(r"\A")) && (ends_with_dollar(a) || a.ends_with(r"\z"))
    })
}

/// The same pattern, anchored.
pub fn anchored(pattern: &str) -> String {
    let inner = pattern.trim_start_matches('^');
    let inner = if ends_with_dollar(inner) { &inner[..inner.len() - 1] } else { inner };
    if alternatives(inner).len() > 1 { format!("^({inner})$") } else { format!("^{inner}$") }
}

/// A `$` that is no escaped letter.
fn ends_with_dollar(pattern: &str) -> bool {
    pattern.strip_suffix('$').is_some_and(|rest| rest.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 0)
}

/// Flags set for the whole pattern, such as `(?i)`.
fn flags(pattern: &str) -> &str {
    let Some(rest) = pattern.strip_prefix("(?") else { return "" };
    let letters = rest.bytes().take_while(|b| b.is_ascii_lowercase() || *b == b'-' || *b == b'U' || *b == b'R').count();
    if rest[letters..].starts_with(')') { &pattern[..letters + 3] } else { "" }
}

/// The parts between the `|` that stand outside parentheses and brackets.
fn alternatives(pattern: &str) -> Vec<&str> {
    let (mut out, mut start, mut groups, mut classes, mut escaped) = (Vec::new(), 0, 0i32, 0i32, false);
    for (at, c) in pattern.char_indices() {
        match c {
            _ if std::mem::take(&mut escaped) => {}
            '\\' => escaped = true,
            '[' => classes += 1,
            ']' => classes = (classes - 1).max(0),
            '(' if classes == 0 => groups += 1,
            ')' if classes == 0 => groups -= 1,
            '|' if classes == 0 && groups == 0 => {
                out.push(&pattern[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(&pattern[start..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_anchored_patterns_from_others() {
        for pattern in [r"^\d{10}$", "^(a|b)$", "^a$|^b$", r"\A\d\z", "(?i)^a$", r"^[a|b\]]$", r"^a\\$", "^$"] {
            assert!(whole(pattern), "{pattern}");
        }
        for (pattern, better) in [
            (r"\d{10}", r"^\d{10}$"),
            (r"^\d{10}", r"^\d{10}$"),
            (r"\d{10}$", r"^\d{10}$"),
            ("a|b", "^(a|b)$"),
            ("^a|b$", "^(a|b)$"),
            (r"^a\$", r"^a\$$"),
            ("", "^$"),
        ] {
            assert!(!whole(pattern), "{pattern}");
            assert_eq!(anchored(pattern), better);
            assert!(whole(&anchored(pattern)), "{pattern}");
        }
    }
}
