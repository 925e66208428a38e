//! The segments of a message held against the forms of their directory (`schemas/edifact/segments.txt`).

use std::sync::LazyLock;

use crate::edifact::{Answer, Fault, Forms, Level, Message, Strictness};
use crate::limits;
use crate::table::built_in;

use super::structure::Directory;

impl Directory {
    /// What its segments are made of, as far as INVOIC has them: for readers that check, and for writers that must keep to it.
    pub fn forms(self) -> &'static Forms {
        static ALL: LazyLock<[Forms; 3]> = LazyLock::new(|| {
            const TEXT: &str = include_str!("../../../schemas/edifact/segments.txt");
            Directory::ALL.map(|d| built_in("edifact/segments", Forms::parse(TEXT, d.as_str())))
        });
        &ALL[self as usize]
    }
}

/// What in a message's segments breaks their forms, as strictness has it. Service segments were held against theirs when they were read.
pub(super) fn faults(message: &Message, directory: Directory, strictness: &Strictness) -> Vec<Fault> {
    let forms = directory.forms();
    let version = &message.envelope.version;
    let mut faults: Vec<Fault> = Vec::new();
    for segment in message.segments() {
        for breach in forms.check(segment, version).into_iter().flatten() {
            let answer = strictness.answer(breach.concern);
            // Nobody is refused without a reason, be it the last that is told.
            let first_refusal = answer == Answer::Refuse && !faults.iter().any(Fault::refuses);
            if answer == Answer::Ignore || (faults.len() >= limits::EDIFACT_FAULTS && !first_refusal) {
                continue;
            }
            faults.push(breach.into_fault(segment.tag(), Level::Element, answer));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::edifact::{Class, Concern, Options, read};

    const FACTS: [(&str, usize, usize, [u16; 3]); 16] = [
        ("BGM", 2, 1, [35, 35, 70]),
        ("BGM", 1, 2, [3, 17, 17]),
        ("FTX", 4, 5, [70, 512, 512]),
        ("FTX", 3, 1, [3, 17, 17]),
        ("IMD", 3, 5, [35, 256, 256]),
        ("RFF", 1, 2, [35, 70, 70]),
        ("MOA", 1, 2, [18, 35, 35]),
        ("QTY", 1, 2, [15, 35, 35]),
        ("QTY", 1, 3, [3, 3, 8]),
        ("NAD", 4, 1, [35, 35, 70]),
        ("NAD", 5, 4, [35, 35, 35]),
        ("NAD", 8, 1, [9, 17, 17]),
        ("CTA", 2, 2, [35, 35, 256]),
        ("PRI", 1, 2, [15, 15, 15]),
        ("TAX", 5, 4, [17, 17, 17]),
        ("FII", 2, 1, [35, 35, 35]),
    ];

    #[test]
    fn lengths_are_those_of_the_directory() {
        for (tag, e, c, most) in FACTS {
            for (directory, most) in Directory::ALL.into_iter().zip(most) {
                let form = directory.forms().component(tag, e, c);
                assert_eq!(form.map(|form| form.most), Some(most), "{directory:?} {tag} {e}.{c}");
            }
        }
        let simple = |directory: Directory, tag, e| !directory.forms().element(tag, e).unwrap().composite;
        assert!(simple(Directory::D96A, "BGM", 2) && !simple(Directory::D01B, "BGM", 2));
        assert!(simple(Directory::D96A, "IMD", 2) && !simple(Directory::D01B, "IMD", 2));
        assert!(simple(Directory::D96A, "NAD", 7) && !simple(Directory::D01B, "NAD", 7));
    }

    #[test]
    fn every_segment_of_the_structure_has_a_form() {
        for directory in Directory::ALL {
            let forms = directory.forms();
            for part in directory.structure().groups.iter().flat_map(|group| &group.parts) {
                let name: String = part.tag.to_be_bytes().iter().filter(|b| **b != 0).map(|b| char::from(*b)).collect();
                assert!(name == "DGS" || forms.get(&name).is_some(), "{directory:?} {name}");
            }
        }
    }

    /// Codes and places of what breaks a form.
    fn told(directory: Directory, body: &str, strictness: &Strictness) -> Vec<(u8, u32, u32, u32, Answer)> {
        let text = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+9+1'UNZ+1+1'");
        let (wholes, _) = read(text.as_bytes(), &Options::default());
        let faults = faults(&wholes[0].messages[0], directory, strictness);
        faults.iter().map(|f| (f.code, f.place.segment, f.place.element, f.place.component, f.answer)).collect()
    }

    #[test]
    fn faults_have_code_and_place() {
        use Answer::{Refuse, Warn};
        let body = "BGM+380+F-1:1:2+9'DTM+137:2026112210000000000000000000000000000'MOA+79:1O0'MOA+79:.5'RFF'QTY+47'NAD+SU++++++++FR:X+9'";
        let lenient = told(Directory::D96A, body, &Strictness::LENIENT);
        let places = [(16, 2, 2, 2), (39, 3, 1, 2), (37, 4, 1, 2), (38, 5, 1, 2), (13, 6, 1, 0), (13, 7, 1, 2)];
        let more = [(16, 8, 9, 2), (16, 8, 10, 0)];
        assert_eq!(lenient, places.into_iter().chain(more).map(|(c, s, e, p)| (c, s, e, p, Warn)).collect::<Vec<_>>());
        let strict = told(Directory::D96A, body, &Strictness::STRICT);
        assert!(strict.iter().all(|fault| fault.4 == Refuse) && strict.len() == lenient.len());
        let ignored = Strictness { forms: Answer::Ignore, ..Strictness::LENIENT };
        assert!(told(Directory::D96A, body, &ignored).iter().all(|fault| matches!(fault.0, 13 | 16)));
        // Another directory has another form.
        assert_eq!(told(Directory::D01B, "BGM+380+F-1:1:2+9'", &Strictness::LENIENT), []);
    }

    /// A text of this form, by the numbers given.
    fn made(class: Class, length: usize, at: usize) -> String {
        let letters: &[u8] = match class {
            Class::Number => b"1234567890",
            Class::Letters => b"ABCDEFGHIJ",
            Class::Any => b"A1-/ .b2(Z",
        };
        let text: String = (0..length).map(|n| char::from(letters[(n * 7 + at) % letters.len()])).collect();
        // Blanks at the end do not count.
        format!("{}{}", &text[..length.saturating_sub(1)], if length == 0 { "" } else { &text[..1] }).replace(' ', "x")
    }

    proptest! {
        /// What keeps to the form is taken; a component one longer than it may be is told, there and alone.
        #[test]
        fn whatever_keeps_to_its_form_is_taken(tag in 0usize..60, lengths in prop::collection::vec(0usize..600, 40), bad in 0usize..40, d in 0usize..3) {
            let directory = Directory::ALL[d];
            let forms = directory.forms();
            let tags: Vec<&str> = forms.tags().collect();
            let tag = tags[tag % tags.len()];
            let form = forms.get(tag).unwrap();
            let mut text = tag.to_owned();
            let (mut n, mut wrong) = (0, None);
            for (e, element) in form.iter().enumerate() {
                text.push('+');
                for (c, component) in element.components.iter().enumerate() {
                    let (least, most) = (usize::from(component.least.max(1)), usize::from(component.most));
                    let mut length = least + lengths[n % lengths.len()] % (most - least + 1);
                    if n == bad {
                        length = most + 1;
                        wrong = Some((e as u32 + 1, if element.composite { c as u32 + 1 } else { 0 }));
                    }
                    n += 1;
                    if c > 0 {
                        text.push(':');
                    }
                    text.push_str(&made(component.class, length, n));
                }
            }
            text.push('\'');
            let found: Vec<_> = told(directory, &text, &Strictness::LENIENT).into_iter().map(|f| (f.0, f.2, f.3)).collect();
            let wanted: Vec<_> = wrong.into_iter().map(|(e, c)| (39, e, c)).collect();
            prop_assert_eq!(found, wanted, "{}", text);
        }

        /// The quick look says no more than the close one: whatever it passes has nothing to be told.
        #[test]
        fn hostile_segments_end(tag in 0usize..60, rest in "[+:?0-9A-Za-z. ,é*-]{0,80}", d in 0usize..3) {
            let directory = Directory::ALL[d];
            let tags: Vec<&str> = directory.forms().tags().collect();
            let text = format!("{}+{}'", tags[tag % tags.len()], rest.trim_end_matches('?'));
            for (_, segment, ..) in told(directory, &text, &Strictness::STRICT) {
                prop_assert!(segment > 0);
            }
        }
    }

    #[test]
    fn faults_are_bounded() {
        let body = "MOA+79:x'".repeat(limits::EDIFACT_FAULTS + 50);
        assert_eq!(told(Directory::D96A, &body, &Strictness::LENIENT).len(), limits::EDIFACT_FAULTS);
        let _ = Concern::Forms;
    }
}
