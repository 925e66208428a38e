//! Colours of a terminal, or none; and how wide a character is there.

use crate::rules::Severity;

/// Puts colours around texts of ours. What comes from outside went through [`crate::text::visible`] before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint(pub bool);

impl Paint {
    pub fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Fatal => "1;31",
            Severity::Warning => "1;33",
            Severity::Information => "1;36",
        };
        self.with(code, text)
    }

    pub fn good(self, text: &str) -> String {
        self.with("1;32", text)
    }

    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// Line numbers, arrows and rules: what is around the source.
    pub fn frame(self, text: &str) -> String {
        self.with("34", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Cells of a terminal that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

/// Two for what East Asian Width calls wide or full-width, none for marks that sit on the character before (Unicode 16, by blocks:
/// what is not assigned there counts as its neighbours do).
pub(super) fn cells(c: char) -> usize {
    const NONE: [(u32, u32); 10] = [
        (0x0300, 0x036F),
        (0x0483, 0x0489),
        (0x0591, 0x05BD),
        (0x0610, 0x061A),
        (0x064B, 0x065F),
        (0x0E34, 0x0E3A),
        (0x1AB0, 0x1AFF),
        (0x1DC0, 0x1DFF),
        (0x20D0, 0x20FF),
        (0xFE20, 0xFE2F),
    ];
    const TWO: [(u32, u32); 18] = [
        (0x1100, 0x115F),
        (0x231A, 0x231B),
        (0x23E9, 0x23EC),
        (0x2614, 0x2615),
        (0x2705, 0x2705),
        (0x270A, 0x270B),
        (0x2728, 0x2728),
        (0x274C, 0x274C),
        (0x2E80, 0x303E),
        (0x3041, 0xA4CF),
        (0xA960, 0xA97F),
        (0xAC00, 0xD7A3),
        (0xF900, 0xFAFF),
        (0xFE30, 0xFE6F),
        (0xFF01, 0xFF60),
        (0xFFE0, 0xFFE6),
        (0x1F300, 0x1FAFF),
        (0x20000, 0x3FFFD),
    ];
    let within = |ranges: &[(u32, u32)]| {
        let code = u32::from(c);
        let at = ranges.partition_point(|(_, last)| *last < code);
        ranges.get(at).is_some_and(|(first, _)| *first <= code)
    };
    match c {
        ' '..='~' => 1,
        _ if within(&NONE) => 0,
        _ if within(&TWO) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gives_each_its_cells() {
        for (text, cells) in
            [("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("１", 2), ("한", 2), ("🙂", 2), ("Ω€", 2)]
        {
            assert_eq!(width(text), cells, "{text}");
        }
    }

    #[test]
    fn no_colour_where_none_is_wanted() {
        assert_eq!(Paint(false).severity(Severity::Fatal, "x"), "x");
        assert_eq!(Paint(true).severity(Severity::Fatal, "x"), "\u{1b}[1;31mx\u{1b}[0m");
        assert_eq!(Paint(true).dim(""), "");
    }
}
