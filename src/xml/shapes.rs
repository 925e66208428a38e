//! Shapes: the ways of names from the document element down to elements. A document says the same few over and over, so what depends
//! on names alone is worked out once for each of them rather than for each element.

use std::collections::HashMap;

use super::name::Name;

/// Index of a shape in its tree; an element around another has a lower one.
pub type ShapeId = u32;

/// The names of an element and of those around it.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub name: Name,
    /// The shape of the element around; [`NO_SHAPE`] around the document element.
    pub around: ShapeId,
    /// The shapes directly inside, as a list.
    first: ShapeId,
    last: ShapeId,
    next: ShapeId,
}

pub const NO_SHAPE: ShapeId = ShapeId::MAX;

/// Those of a document, as far as it was read.
pub(super) struct Shapes {
    pub all: Vec<Shape>,
    /// Those met lately, by a hash of both of their parts.
    lately: [ShapeId; LATELY],
    /// What lists too long to be walked do not hold.
    beyond: HashMap<(ShapeId, Name), ShapeId>,
}

const LATELY: usize = 128;

/// How far a list is walked: no element of an ordinary document has more kinds of children.
const WALKED: usize = 32;

impl Shapes {
    pub fn new() -> Self {
        Self { all: Vec::with_capacity(LATELY), lately: [NO_SHAPE; LATELY], beyond: HashMap::new() }
    }

    /// The shape of an element of that name inside one of that shape.
    pub fn inside(&mut self, around: ShapeId, name: Name) -> ShapeId {
        let mixed = (around << 16 ^ u32::from(name.0)).wrapping_add(around >> 16).wrapping_mul(0x9E37_79B1);
        let slot = (mixed >> 25) as usize % LATELY;
        let known = self.lately[slot];
        if self.all.get(known as usize).is_some_and(|shape| shape.around == around && shape.name == name) {
            return known;
        }
        let found = self.look_up(around, name);
        self.lately[slot] = found;
        found
    }

    fn look_up(&mut self, around: ShapeId, name: Name) -> ShapeId {
        let mut at = self.all.get(around as usize).map_or(NO_SHAPE, |shape| shape.first);
        let mut walked = 0;
        while let Some(shape) = self.all.get(at as usize) {
            if shape.name == name {
                return at;
            }
            (at, walked) = (shape.next, walked + 1);
        }
        let new = ShapeId::try_from(self.all.len()).unwrap_or(NO_SHAPE);
        if walked >= WALKED {
            if let Some(known) = self.beyond.get(&(around, name)) {
                return *known;
            }
            self.beyond.insert((around, name), new);
        } else {
            self.append(around, new);
        }
        self.all.push(Shape { name, around, first: NO_SHAPE, last: NO_SHAPE, next: NO_SHAPE });
        new
    }

    /// Puts a new shape at the end of the list of the one around it.
    fn append(&mut self, around: ShapeId, new: ShapeId) {
        let Some(parent) = self.all.get_mut(around as usize) else { return };
        let last = std::mem::replace(&mut parent.last, new);
        match self.all.get_mut(last as usize) {
            Some(last) => last.next = new,
            None => self.all[around as usize].first = new, // invariant: it was found above
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_names_has_one_shape() {
        let mut shapes = Shapes::new();
        let root = shapes.inside(NO_SHAPE, Name(7));
        // A name inside itself is another way; more names than a list holds; each met twice, in another order.
        let mut met = HashMap::from([((NO_SHAPE, Name(7)), root)]);
        for round in [1u16, 3] {
            for n in 0..300u16 {
                let name = Name(n * round % 300);
                for around in [root, 1, 2, 40] {
                    let found = shapes.inside(around, name);
                    assert_eq!(*met.entry((around, name)).or_insert(found), found);
                    assert_eq!((shapes.all[found as usize].around, shapes.all[found as usize].name), (around, name));
                }
            }
        }
        assert_eq!(met.len(), 1 + 4 * 300);
        assert_eq!(shapes.all.len(), met.len());
    }
}
