//! What all elements of a shape have in common, so that it is asked of the shape and not of each of them: that each has a child of
//! some name, that none has two, that none of those is empty.

use crate::rules::check::Check;
use crate::xml::{Name, NodeId, ShapeId, Tree};

use super::{Ask, From, Path};

/// What is known of each shape of a document.
pub struct Alike<'t, 'a> {
    tree: &'t Tree<'a>,
    shapes: Vec<Known>,
}

#[derive(Clone, Copy)]
struct Known {
    elements: u32,
    /// How many elements of the shape around hold one, or more.
    holders: u32,
    last_holder: NodeId,
    /// Does any element hold two?
    repeated: bool,
    /// Is any without a text, even of blanks?
    empty: bool,
}

/// What a path finds from each element of a shape.
struct Found {
    /// Does it find something from each?
    always: bool,
    /// Does it find two from any?
    repeated: bool,
    last: Known,
}

impl<'t, 'a> Alike<'t, 'a> {
    pub fn of(tree: &'t Tree<'a>) -> Self {
        let none = Known { elements: 0, holders: 0, last_holder: NodeId::MAX, repeated: false, empty: false };
        let mut shapes = vec![none; tree.shapes().len()];
        for node in tree.nodes() {
            let Some(known) = shapes.get_mut(node.shape as usize) else { continue };
            known.elements += 1;
            known.empty |= node.text.is_empty();
            // Children of one element stand before those of the next.
            match known.last_holder == node.parent {
                true => known.repeated = true,
                false => (known.holders, known.last_holder) = (known.holders + 1, node.parent),
            }
        }
        Self { tree, shapes }
    }

    /// Is the answer yes, and never an error, for every element of the shape? Where that is not plain to see, no.
    pub fn holds(&self, shape: ShapeId, ask: &'static Ask) -> bool {
        match ask {
            Ask::Check(path, Check::Exists) => self.find(shape, path).is_some_and(|found| found.always),
            Ask::Check(path, Check::NotEmpty) => {
                self.find(shape, path).is_some_and(|found| found.always && !found.repeated && !found.last.empty)
            }
            Ask::Count(path, min, max) => match self.find(shape, path) {
                Some(found) => *max > 0 && !found.repeated && (*min == 0 || *min == 1 && found.always),
                None => false,
            },
            Ask::All(all) => all.iter().all(|one| self.holds(shape, one)),
            // Those before it must not end in an error.
            Ask::Any(any) => {
                let heard = any.iter().take_while(|one| matches!(one, Ask::Check(path, Check::Exists) if plain(path)));
                let heard = heard.count();
                any.iter().take(heard + 1).any(|one| self.holds(shape, one))
            }
            _ => false,
        }
    }

    /// None where it finds nothing at all, or where it is more than names.
    fn find(&self, shape: ShapeId, path: &'static Path) -> Option<Found> {
        let names = path.names.filter(|names| plain(path) && !names.is_empty())?;
        let mut found = Found { always: true, repeated: false, last: *self.shapes.get(shape as usize)? };
        let mut here = shape;
        for name in names {
            here = self.inside(here, *name)?;
            let known = *self.shapes.get(here as usize)?;
            found.always &= known.holders == found.last.elements;
            found.repeated |= known.repeated;
            found.last = known;
        }
        Some(found)
    }

    fn inside(&self, shape: ShapeId, name: Name) -> Option<ShapeId> {
        self.tree.shapes_inside(shape).find(|(_, inside)| *inside == name).map(|(inside, _)| inside)
    }
}

/// Names alone, from the element itself down to elements.
fn plain(path: &Path) -> bool {
    path.from == From::Here && path.names.is_some() && path.attribute.is_none()
}
