//! Texts over several components.

use std::borrow::Cow;

use crate::edifact::Segment;

/// The components as one text. Senders cut at the length of a component: one that is full goes on in the next without a blank, since nobody
/// can say whether it was cut within a word; between others stands a blank, which was cut as insignificant.
pub fn joined(segment: Segment<'_>, element: usize, first: usize, last: usize) -> String {
    if first == last {
        return ended(segment.text(element, first));
    }
    let Some(element) = segment.element(element) else { return String::new() };
    let (mut text, mut full) = (String::new(), false);
    for component in first..=last.min(element.components()) {
        let part = ended(element.component(component).unwrap_or_default());
        if part.is_empty() {
            continue;
        }
        let blank = !text.is_empty() && !full;
        full = part.len() >= FULL[0] && FULL.contains(&part.chars().count());
        if text.is_empty() {
            text = part;
        } else {
            text.extend(blank.then_some(' '));
            text.push_str(&part);
        }
    }
    text
}

/// Without the blanks at its end.
pub fn ended(text: Cow<'_, str>) -> String {
    match text {
        Cow::Borrowed(text) => text.trim_end().to_owned(),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end().len());
            text
        }
    }
}

/// Lengths at which components of texts end: names and descriptions of D96A, free text of D96A and D01B, descriptions of D01B.
pub const FULL: [usize; 4] = [35, 70, 256, 512];

#[cfg(test)]
mod tests {
    use crate::edifact::{Options, read};

    #[test]
    fn components_are_one_text() {
        let full = "x".repeat(70);
        let text = format!(
            "UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'FTX+AAI+++un :deux::trois'FTX+AAI+++{full}y:z'FTX+AAI+++{full}:z'UNT+5+1'UNZ+1+1'"
        );
        let (wholes, _) = read(text.as_bytes(), &Options::default());
        let message = &wholes[0].messages[0];
        let joined = |n| super::joined(message.segment(n).unwrap(), 4, 1, 5);
        assert_eq!(joined(2), "un deux trois");
        assert_eq!(joined(3), format!("{full}y z"));
        assert_eq!(joined(4), format!("{full}z"));
    }
}
