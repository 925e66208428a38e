//! The service characters: what separates segments, elements and components, declared by UNA or by default.

use std::borrow::Cow;

/// The characters that structure an interchange (ISO 9735-1, clause 7; UNA).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    pub component: u8,
    pub element: u8,
    /// `.` or `,`; readers take both, writers write this one.
    pub decimal: u8,
    /// Takes its meaning from the character behind it; none where UNA has a blank there.
    pub release: Option<u8>,
    /// Only where 0002 is 4, UNA has no blank there, and the partner's settings do not switch it off.
    pub repetition: Option<u8>,
    pub terminator: u8,
    /// Did a UNA declare them?
    pub declared: bool,
}

impl Service {
    /// Without UNA: `:+.? '`.
    pub const DEFAULT: Service = Service {
        component: b':',
        element: b'+',
        decimal: b'.',
        release: Some(b'?'),
        repetition: None,
        terminator: b'\'',
        declared: false,
    };

    /// Level B without UNA may use the separators of ISO 646 (IS4, IS3, IS1); nothing is released there.
    pub const CONTROL: Service = Service {
        component: 0x1F,
        element: 0x1D,
        decimal: b'.',
        release: None,
        repetition: None,
        terminator: 0x1C,
        declared: false,
    };

    /// Reads the six characters that follow `UNA`. None where they cannot do their work (CONTRL 20): two that mean different things are the
    /// same, or one is a letter, a digit or, but for release and repetition, a blank.
    pub fn declared(six: [u8; 6]) -> Option<Service> {
        let [component, element, decimal, release, repetition, terminator] = six;
        let blank = |c: u8| (c != b' ').then_some(c);
        let service = Service {
            component,
            element,
            decimal,
            release: blank(release),
            repetition: blank(repetition),
            terminator,
            declared: true,
        };
        service.usable().then_some(service)
    }

    /// Could they structure anything?
    pub fn usable(&self) -> bool {
        let all = [Some(self.component), Some(self.element), self.release, self.repetition, Some(self.terminator)];
        let mut seen = [false; 256];
        all.into_iter().flatten().all(|c| separates(c) && !std::mem::replace(&mut seen[usize::from(c)], true))
    }

    /// The first of the six characters that can separate nothing, whatever the others are: its position behind `UNA`, from 0.
    pub(super) fn foreign(six: [u8; 6]) -> Option<usize> {
        // The decimal mark structures nothing; release and reserved place may be blank.
        [0, 1, 3, 4, 5].into_iter().find(|at| !separates(six[*at]) && (six[*at] != b' ' || !matches!(at, 3 | 4)))
    }

    /// A number with a point as this interchange writes it.
    pub fn number<'t>(&self, plain: &'t str) -> Cow<'t, str> {
        match self.decimal {
            b'.' => Cow::Borrowed(plain),
            mark => Cow::Owned(plain.replace('.', &char::from(mark).to_string())),
        }
    }

    /// Has this character a meaning of its own here?
    pub fn is_active(&self, c: u8) -> bool {
        c == self.component
            || c == self.element
            || c == self.terminator
            || self.release == Some(c)
            || self.repetition == Some(c)
    }
}

/// Can this be a service character at all? A letter or a digit is data, and so is what is no ASCII: it is two bytes in some character sets.
fn separates(c: u8) -> bool {
    c.is_ascii() && !c.is_ascii_alphanumeric() && c != b' ' && c != 0
}
