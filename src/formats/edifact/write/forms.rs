//! How long what stands where may be: the forms of segments by directory (`schemas/edifact/segments.txt`).

use std::sync::LazyLock;

use crate::edifact::{ComponentForm, ElementForm, Forms};
use crate::table::built_in;

use super::super::structure::{Directory, Tag};

/// The forms of the segments of a directory.
#[derive(Clone, Copy)]
pub(super) struct Lengths(&'static Forms);

impl Lengths {
    pub fn of(directory: Directory) -> Lengths {
        static ALL: LazyLock<[Forms; 3]> = LazyLock::new(|| {
            const TEXT: &str = include_str!("../../../../schemas/edifact/segments.txt");
            Directory::ALL.map(|d| built_in("edifact/segments", Forms::parse(TEXT, d.as_str())))
        });
        Lengths(&ALL[directory as usize])
    }

    /// The elements of a segment.
    pub fn elements(self, tag: Tag) -> &'static [ElementForm] {
        self.0.get(&name(tag)).unwrap_or_default()
    }

    /// Element and component from 1.
    pub fn component(self, tag: Tag, e: usize, c: usize) -> Option<&'static ComponentForm> {
        self.0.component(&name(tag), e, c)
    }

    /// Have two elements of a segment the same form, so that either may hold a value?
    pub fn alike(self, tag: Tag, a: usize, b: usize) -> bool {
        let number = |e: usize| self.elements(tag).get(e.wrapping_sub(1)).map(|form| &form.number);
        a == b || number(a).is_some() && number(a) == number(b)
    }
}

/// A tag in letters.
pub(super) fn name(tag: Tag) -> String {
    tag.to_be_bytes().iter().filter(|b| **b != 0).map(|b| char::from(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::structure::tag;
    use super::*;

    #[test]
    fn lengths_are_those_of_the_directory() {
        let most = |directory, t: &str, e, c| Lengths::of(directory).component(tag(t), e, c).map(|form| form.most);
        assert_eq!(most(Directory::D96A, "FTX", 4, 5), Some(70));
        assert_eq!(most(Directory::D01B, "FTX", 4, 5), Some(512));
        assert_eq!(most(Directory::D96A, "IMD", 3, 5), Some(35));
        assert_eq!(most(Directory::D01B, "IMD", 3, 5), Some(256));
        assert_eq!(most(Directory::D96A, "RFF", 1, 2), Some(35));
        assert_eq!(most(Directory::D01B, "BGM", 2, 1), Some(35));
    }
}
