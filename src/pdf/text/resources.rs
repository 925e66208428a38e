//! What the names in a content stream stand for: fonts, forms, states, colour spaces, layers. Read once for each object that
//! names them, however many pages share it.

use std::rc::Rc;

use lopdf::{Dictionary, Object};

use super::super::file::{File, Found};
use super::super::refusal::Refusal;
use super::{Held, held};

/// A dictionary of its own object, or one inside another.
#[derive(Clone)]
enum Shelf {
    Own(Rc<Dictionary>),
    Shared(Rc<Found>),
}

/// The resources of a page or a form.
#[derive(Clone, Default)]
pub(super) struct Resources {
    fonts: Option<Shelf>,
    objects: Option<Shelf>,
    states: Option<Shelf>,
    spaces: Option<Shelf>,
    properties: Option<Shelf>,
}

/// What a name is looked up as.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    Font,
    Object,
    State,
    Space,
    Property,
}

impl Resources {
    pub fn read(file: &mut File<'_>, object: &Object) -> Result<Self, Refusal> {
        let object = held(file, object)?;
        let Ok(dictionary) = object.object().as_dict() else { return Ok(Self::default()) };
        let mut shelf = |key: &[u8]| -> Result<Option<Shelf>, Refusal> {
            let Ok(object) = dictionary.get(key) else { return Ok(None) };
            Ok(match held(file, object)? {
                Held::Here(object) => object.as_dict().ok().map(|own| Shelf::Own(Rc::new(own.clone()))),
                Held::There(found) => Some(Shelf::Shared(found)),
            })
        };
        Ok(Self {
            fonts: shelf(b"Font")?,
            objects: shelf(b"XObject")?,
            states: shelf(b"ExtGState")?,
            spaces: shelf(b"ColorSpace")?,
            properties: shelf(b"Properties")?,
        })
    }

    pub fn get(&self, of: Of, name: &[u8]) -> Option<&Object> {
        let shelf = match of {
            Of::Font => &self.fonts,
            Of::Object => &self.objects,
            Of::State => &self.states,
            Of::Space => &self.spaces,
            Of::Property => &self.properties,
        };
        let dictionary = match shelf.as_ref()? {
            Shelf::Own(dictionary) => dictionary,
            Shelf::Shared(found) => found.object.as_dict().ok()?,
        };
        dictionary.get(name).ok()
    }
}
