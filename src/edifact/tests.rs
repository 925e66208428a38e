//! Interchanges read whole: each fault with its code and level, what is odd and read all the same, borders of pieces, bounds.

mod borders;
mod corpus;
mod faults;
mod odd;
mod written;

use super::*;

/// The head and tail of an ordinary interchange around `body`.
fn around(body: &str) -> String {
    format!("UNB+UNOC:3+SENDER:14+RECIPIENT:14+260102:1200+R1'{body}UNZ+1+R1'")
}

/// An ordinary message of one segment.
const MESSAGE: &str = "UNH+M1+INVOIC:D:96A:UN:EAN008'BGM+380+F1+9'UNT+3+M1'";

fn strict() -> Options {
    Options { strictness: Strictness::STRICT, ..Options::default() }
}

fn one(text: impl AsRef<[u8]>) -> Whole {
    one_with(text, &Options::default())
}

fn one_with(text: impl AsRef<[u8]>, options: &Options) -> Whole {
    let (mut wholes, refusal) = read(text.as_ref(), options);
    assert_eq!((wholes.len(), &refusal), (1, &None), "{}", String::from_utf8_lossy(text.as_ref()));
    wholes.remove(0)
}

/// Code, level, tag, segment, element and component of all faults, those of messages and packages last.
fn found(whole: &Whole) -> Vec<(u8, Level, String, [u32; 3])> {
    let of = |fault: &Fault| {
        let Place { segment, element, component, .. } = fault.place;
        (fault.code, fault.level, fault.tag.clone(), [segment, element, component])
    };
    let messages = whole.messages.iter().flat_map(|m| &m.faults);
    let packages = whole.packages.iter().flat_map(|p| &p.faults);
    whole.faults.iter().chain(messages).chain(packages).map(of).collect()
}

/// All that a message says, segment by segment.
fn said(message: &Message) -> Vec<String> {
    let text = |e: &Element<'_>| {
        let each = e.repetitions().map(|r| {
            (1..=r.components()).map(|c| r.component(c).unwrap_or_default().into_owned()).collect::<Vec<_>>().join("|")
        });
        each.collect::<Vec<_>>().join("~")
    };
    let segment = |s: Segment<'_>| {
        let elements: Vec<String> = (1..=s.elements()).filter_map(|e| s.element(e)).map(|e| text(&e)).collect();
        format!("{}={}", s.tag(), elements.join(";"))
    };
    message.segments().map(segment).collect()
}
