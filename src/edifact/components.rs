//! Where the components of a message stand: found once, for all who ask for them.

use std::sync::LazyLock;

use super::charset::{Charset, is_level_a};
use super::service::Service;

/// The components of all elements of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Components {
    /// Of each element in turn: where each component of its first repetition begins, and the place behind the separator that would follow the last.
    starts: Vec<u32>,
    /// Of each element the index of the first of its `starts`, with the marks [`ODD`] and [`STRANGE`]. Messages are far shorter than their bits.
    firsts: Vec<u32>,
}

/// The bytes of the element are not its text: released characters, repetitions, what is not ASCII.
const ODD: u32 = 1 << 31;
/// A byte asks for a closer look under the character set.
const STRANGE: u32 = 1 << 30;
const INDEX: u32 = STRANGE - 1;

const PLAIN: u8 = 0;
const HIGH: u8 = 1;
const UNUSUAL: u8 = 2;
const COMPONENT: u8 = 4;
const RELEASE: u8 = 8;
const REPETITION: u8 = 16;

/// What bytes are without service characters: in all sets, and in that of level A.
static SETS: LazyLock<[[u8; 256]; 2]> = LazyLock::new(|| {
    [false, true].map(|level_a| {
        let mut classes = [PLAIN; 256];
        for (b, class) in (0..=u8::MAX).zip(&mut classes) {
            let unusual = !(b' '..0x7F).contains(&b) || (level_a && !is_level_a(char::from(b)));
            *class = u8::from(!b.is_ascii()) * HIGH + u8::from(unusual) * UNUSUAL;
        }
        classes
    })
});

/// What each byte means within an element.
fn classes(service: &Service, charset: Charset) -> [u8; 256] {
    let mut classes = SETS[usize::from(charset.is_level_a())];
    let service = [
        (Some(service.element), PLAIN),
        (Some(service.terminator), PLAIN),
        (service.repetition, REPETITION),
        (service.release, RELEASE),
        (Some(service.component), COMPONENT),
    ];
    for (b, class) in service {
        if let Some(b) = b {
            classes[usize::from(b)] = class;
        }
    }
    classes
}

/// Finds them, element after element.
pub(super) struct Finder {
    classes: [u8; 256],
    pub found: Components,
}

impl Finder {
    pub fn new(service: &Service, charset: Charset, elements: usize) -> Finder {
        let found =
            Components { starts: Vec::with_capacity(elements.saturating_mul(3)), firsts: Vec::with_capacity(elements) };
        Finder { classes: classes(service, charset), found }
    }

    /// The bytes of an element, and where they start in the message.
    pub fn element(&mut self, raw: &[u8], start: u32) {
        let place = |at: usize| start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        let Components { starts, firsts } = &mut self.found;
        let (mut marks, mut first_end, mut at) = (0, None, 0);
        let first = u32::try_from(starts.len()).unwrap_or(INDEX) & INDEX;
        starts.push(start);
        while let Some(b) = raw.get(at) {
            let class = self.classes[usize::from(*b)];
            if class != PLAIN {
                match class {
                    COMPONENT if first_end.is_none() => starts.push(place(at + 1)),
                    COMPONENT => {}
                    REPETITION => {
                        marks |= ODD;
                        first_end = first_end.or(Some(at));
                    }
                    RELEASE => {
                        at += 1;
                        let released = raw.get(at).map_or(PLAIN, |b| self.classes[usize::from(*b)]);
                        marks |= ODD | if released & UNUSUAL == 0 { 0 } else { STRANGE };
                    }
                    _ => {
                        marks |= if class & HIGH == 0 { 0 } else { ODD };
                        marks |= if class & UNUSUAL == 0 { 0 } else { STRANGE };
                    }
                }
            }
            at += 1;
        }
        starts.push(place(first_end.unwrap_or(raw.len()) + 1));
        firsts.push(first | marks);
    }
}

impl Components {
    /// The starts of an element's components and the place behind them, and whether its bytes are its text; none where they were not found.
    #[inline]
    pub fn starts(&self, element: u32) -> Option<(&[u32], bool)> {
        let first = *self.firsts.get(element as usize)?;
        let next = self.firsts.get(element as usize + 1).map_or(self.starts.len(), |next| (next & INDEX) as usize);
        Some((self.starts.get((first & INDEX) as usize..next)?, first & ODD == 0))
    }

    /// The elements of which a byte may stand outside of its character set, or be a control character.
    pub fn strange(&self) -> impl Iterator<Item = u32> {
        (0u32..).zip(&self.firsts).filter(|(_, marks)| *marks & STRANGE != 0).map(|(element, _)| element)
    }

    /// May a byte of an element stand outside of its character set, or be a control character?
    pub fn may_be_strange(&self, element: u32) -> bool {
        self.firsts.get(element as usize).is_none_or(|marks| marks & STRANGE != 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::edifact::charset::Charset;
    use crate::edifact::segment::Tokens;
    use crate::edifact::service::Service;

    proptest! {
        /// What was found once is what whoever looks for it finds, whatever stands in the element.
        #[test]
        fn found_and_looked_for_are_the_same(picks in prop::collection::vec(0usize..11, 0..24), four in any::<bool>(), level_a in any::<bool>()) {
            const BYTES: [u8; 11] = [b':', b':', b'?', b'*', b'+', b'A', b'a', b'1', b' ', b'\n', 0xC9];
            let raw: Vec<u8> = picks.iter().map(|pick| BYTES[*pick]).collect();
            let service = Service { repetition: four.then_some(b'*'), ..Service::DEFAULT };
            let mut looked = Tokens::new(service, Charset::of(if level_a { "UNOA" } else { "UNOC" }), 7);
            let bytes = [b"XYZ+".as_slice(), &raw, b"'"].concat();
            looked.push(&bytes, 0, bytes.len() - 1, &[4]);
            let mut found = looked.clone();
            found.index();
            let (looked, found) = (looked.segment(0).unwrap(), found.segment(0).unwrap());
            let (a, b) = (looked.element(1).unwrap(), found.element(1).unwrap());
            prop_assert_eq!(a.components(), b.components());
            prop_assert_eq!(a.is_repeated(), b.is_repeated());
            prop_assert_eq!(a.raws().collect::<Vec<_>>(), b.raws().collect::<Vec<_>>());
            prop_assert_eq!(a.saying().collect::<Vec<_>>(), b.saying().collect::<Vec<_>>());
            for c in 0..raw.len() + 3 {
                prop_assert_eq!(a.component_raw(c), b.component_raw(c));
                prop_assert_eq!(a.component(c), b.component(c));
                prop_assert_eq!(a.at(c), b.at(c));
                prop_assert_eq!(a.says(c), b.says(c));
                prop_assert_eq!(looked.code(1, c), found.code(1, c), "{:?}", raw);
            }
        }
    }
}
