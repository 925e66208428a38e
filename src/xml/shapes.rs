//! Shapes: the ways of names from the document element down to elements. A document says the same few over and over, so what depends
//! on names alone is worked out once for each of them rather than for each element.
//!
//! They come in the same order over and over, too: what followed last is most likely what follows, and costs one comparison.

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
    pub(super) first: ShapeId,
    last: ShapeId,
    pub(super) next: ShapeId,
}

pub(super) const NO_SHAPE: ShapeId = ShapeId::MAX;

/// How an element of a shape was written last, and what came then.
#[derive(Clone, Copy)]
struct Habit<'s> {
    written: &'s str,
    /// The declarations of name spaces that it was written under.
    epoch: u32,
    /// The shape of the first element inside it, and of the one beside it.
    inside: ShapeId,
    beside: ShapeId,
}

/// The shapes of a document, as far as it was read.
pub(super) struct Shapes<'s> {
    pub all: Vec<Shape>,
    habits: Vec<Habit<'s>>,
    /// What stands too far behind in its list to be walked to.
    beyond: HashMap<(ShapeId, Name), ShapeId>,
}

/// How far a list is walked: no element of an ordinary document has more kinds of children.
const WALKED: usize = 32;

impl<'s> Shapes<'s> {
    pub fn new() -> Self {
        Self { all: Vec::with_capacity(128), habits: Vec::with_capacity(128), beyond: HashMap::new() }
    }

    /// The shape of the element that most likely comes next, inside one of that shape and after one of the other (or of none), and
    /// its name as written; none where it was written under other declarations.
    #[inline]
    pub fn likely(&self, around: ShapeId, before: ShapeId, epoch: u32) -> Option<(ShapeId, &'s str)> {
        let likely = match self.habits.get(before as usize) {
            Some(before) => before.beside,
            None => self.habits.get(around as usize)?.inside,
        };
        self.habits.get(likely as usize).filter(|habit| habit.epoch == epoch).map(|habit| (likely, habit.written))
    }

    /// The shape of an element of that name inside one of that shape and after one of the other (or of none), however likely.
    pub fn of(&mut self, around: ShapeId, before: ShapeId, name: Name, (written, epoch): (&'s str, u32)) -> ShapeId {
        let found = self.look_up(around, name);
        match self.habits.get_mut(found as usize) {
            Some(habit) => (habit.written, habit.epoch) = (written, epoch),
            None => self.habits.push(Habit { written, epoch, inside: NO_SHAPE, beside: NO_SHAPE }),
        }
        match self.habits.get_mut(before as usize) {
            Some(before) => before.beside = found,
            None => self.habits.get_mut(around as usize).into_iter().for_each(|around| around.inside = found),
        }
        found
    }

    fn look_up(&mut self, around: ShapeId, name: Name) -> ShapeId {
        let mut at = self.all.get(around as usize).map_or(NO_SHAPE, |shape| shape.first);
        let mut walked = 0;
        while let Some(shape) = self.all.get(at as usize).filter(|_| walked < WALKED) {
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
        }
        self.append(around, new);
        self.all.push(Shape { name, around, first: NO_SHAPE, last: NO_SHAPE, next: NO_SHAPE });
        new
    }

    /// Puts a new shape at the end of the list of the one around it.
    fn append(&mut self, around: ShapeId, new: ShapeId) {
        let Some(parent) = self.all.get_mut(around as usize) else { return };
        let last = std::mem::replace(&mut parent.last, new);
        if last == NO_SHAPE {
            parent.first = new;
        } else if let Some(last) = self.all.get_mut(last as usize) {
            last.next = new;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_names_has_one_shape() {
        let mut shapes = Shapes::new();
        let root = shapes.of(NO_SHAPE, NO_SHAPE, Name(7), ("r", 0));
        let [one, other] = [400, 401].map(|name| shapes.of(root, NO_SHAPE, Name(name), ("a", 0)));
        // A name inside itself is another way; more names than are walked over; each met again, in another order.
        let mut met = HashMap::new();
        for round in [1u16, 7] {
            for n in 0..300u16 {
                let name = Name(n * round % 300);
                for around in [root, one, other] {
                    let found = shapes.of(around, NO_SHAPE, name, ("n", 0));
                    assert_eq!(*met.entry((around, name)).or_insert(found), found);
                    assert_eq!((shapes.all[found as usize].around, shapes.all[found as usize].name), (around, name));
                }
            }
        }
        assert_eq!((met.len(), shapes.all.len()), (3 * 300, 3 * 300 + 3));
    }

    #[test]
    fn what_followed_last_is_likely() {
        let mut shapes = Shapes::new();
        let root = shapes.of(NO_SHAPE, NO_SHAPE, Name(0), ("r", 0));
        assert_eq!(shapes.likely(root, NO_SHAPE, 0), None);
        let first = shapes.of(root, NO_SHAPE, Name(1), ("a", 0));
        let second = shapes.of(root, first, Name(2), ("p:b", 0));
        assert_eq!(shapes.likely(root, NO_SHAPE, 0), Some((first, "a")));
        assert_eq!(shapes.likely(root, first, 0), Some((second, "p:b")));
        assert_eq!(shapes.likely(root, first, 1), None);
        assert_eq!(shapes.likely(root, second, 0), None);
        assert_eq!(shapes.of(root, first, Name(1), ("q:a", 0)), first);
        assert_eq!(shapes.likely(root, first, 0), Some((first, "q:a")));
    }
}
