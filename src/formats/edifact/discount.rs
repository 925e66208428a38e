//! A discount for early payment as a code (PAT+22, PYT+22) beside a text (FTX+AAB) that says there is none.

use crate::formats::discount::is_denied;
use crate::invoice::bt;
use crate::text::Text;

use super::Remark;
use super::fill::Filler;
use super::groups::MESSAGE;
use super::structure::{Directory, tag};

pub(super) fn doubts(filler: &mut Filler<'_>) {
    let groups = filler.groups;
    let trigger = tag(if filler.directory == Directory::D16B { "PYT" } else { "PAT" });
    let mut terms = groups.heads().iter().filter(|node| groups.tag(groups.trigger(**node)) == trigger);
    let discount = terms.find(|node| {
        let is_discount = groups.segment(groups.trigger(**node)).is_some_and(|pat| &*pat.text(1, 1) == "22");
        let some = |name: &str| {
            let says = |text: &str| text.bytes().any(|b| (b'1'..=b'9').contains(&b));
            filler.segments(**node, tag(name)).any(|(_, one)| says(&one.text(1, 2)))
        };
        is_discount && (some("PCD") || some("MOA"))
    });
    let Some(discount) = discount.map(|node| groups.trigger(*node)) else { return };
    let texts = filler.segments(MESSAGE, tag("FTX")).filter(|(_, ftx)| &*ftx.text(1, 1) == "AAB");
    let denies = texts.map(|(at, _)| groups.text(at, 4, 1, 5)).find(|text| is_denied(text));
    let Some(said) = denies.map(|text| text.chars().take(60).collect::<String>()) else { return };
    let place = filler.place(discount, 0, 0);
    filler.remarks.push(Remark {
        open: false,
        terms: vec![bt::BT_20],
        place,
        what: Text::new(
            format!("les conditions codées (4279 = 22) donnent un escompte, le texte (FTX+AAB) dit « {said} »"),
            format!("the coded terms (4279 = 22) give a discount, the text (FTX+AAB) says \"{said}\""),
        ),
        fix: Text::new(
            "Demander à l’émetteur si l’escompte est accordé, et un message qui ne dise que l’un des deux ; le texte est repris.",
            "Ask the sender whether the discount is granted, and for a message that says one of the two; the text is taken up.",
        ),
    });
}
