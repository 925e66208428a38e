//! The names that the syntaxes know, by number.

use super::hash::hash;
use super::name::{Name, same};

/// The number of the name space of names outside every known one.
pub const UNKNOWN_SPACE: u8 = u8::MAX;

/// Known names, as an open-addressing table generated at build time.
#[derive(Debug)]
pub struct Vocabulary {
    /// Prefix as facteur writes it, and URI. Number 0 is "no name space".
    pub spaces: &'static [(&'static str, &'static str)],
    /// Space and local name of each number.
    pub names: &'static [(u8, &'static str)],
    /// Hash slots: number + 1, or 0 where free. The length is a power of two.
    pub slots: &'static [u16],
}

impl Vocabulary {
    /// The number of a name.
    pub fn find(&self, space: u8, local: &str) -> Option<Name> {
        let mask = self.slots.len() - 1;
        let mut at = hash(space, local) as usize & mask;
        loop {
            match self.slots[at] {
                0 => return None,
                found => {
                    let number = found - 1;
                    let (known, name) = self.names[usize::from(number)];
                    if known == space && same(name.as_bytes(), local.as_bytes()) {
                        return Some(Name(number));
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// The number of a name space.
    pub fn space(&self, uri: &str) -> Option<u8> {
        self.spaces.iter().position(|(_, known)| *known == uri).and_then(|n| u8::try_from(n).ok())
    }

    /// Prefix and local name of a known name.
    pub fn name(&self, name: Name) -> Option<(&'static str, &'static str)> {
        let (space, local) = self.names.get(usize::from(name.0))?;
        Some((self.spaces[usize::from(*space)].0, local))
    }
}
