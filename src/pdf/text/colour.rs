//! Is it white? Colours as far as that goes (ISO 32000-1, 8.6): white letters on nothing are not seen.

use lopdf::Object;

use super::super::file::File;
use super::super::refusal::Refusal;
use super::font::real;
use super::{held, soft};

/// How near to white is white.
const NEAR: f64 = 0.03;

/// A colour space, as far as white goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Space {
    /// One is white: grey, or red, green and blue.
    #[default]
    Light,
    /// Nought is white: inks.
    Ink,
    /// Patterns and whatever else: never taken for white.
    Other,
}

impl Space {
    pub fn named(name: &[u8]) -> Option<Space> {
        match name {
            b"DeviceGray" | b"G" | b"CalGray" | b"DeviceRGB" | b"RGB" | b"CalRGB" => Some(Space::Light),
            b"DeviceCMYK" | b"CMYK" => Some(Space::Ink),
            b"Pattern" => Some(Space::Other),
            _ => None,
        }
    }

    /// A colour space that the resources describe.
    pub fn of(file: &mut File<'_>, object: &Object) -> Result<Space, Refusal> {
        let object = held(file, object)?;
        let items = match object.object() {
            Object::Name(name) => return Ok(Space::named(name).unwrap_or(Space::Other)),
            Object::Array(items) => items,
            _ => return Ok(Space::Other),
        };
        let (Some(Object::Name(kind)), second) = (items.first(), items.get(1)) else { return Ok(Space::Other) };
        match (kind.as_slice(), second) {
            (b"ICCBased", Some(profile)) => {
                let profile = held(file, profile)?;
                let Ok(profile) = profile.object().as_dict() else { return Ok(Space::Other) };
                let count = soft(file.value(profile, b"N"))?.and_then(|n| n.as_i64().ok());
                Ok(if count == Some(4) { Space::Ink } else { Space::Light })
            }
            (b"Separation", _) => Ok(Space::Ink),
            (b"CalGray" | b"CalRGB" | b"DeviceGray" | b"DeviceRGB" | b"DeviceCMYK", _) => {
                Ok(Space::named(kind).unwrap_or(Space::Other))
            }
            _ => Ok(Space::Other),
        }
    }

    /// Are these components white?
    pub fn is_white(self, components: &[Object]) -> bool {
        let mut numbers = components.iter().map(real).peekable();
        match self {
            _ if numbers.peek().is_none() => false,
            Space::Light => numbers.all(|n| n.is_some_and(|n| n >= 1.0 - NEAR)),
            Space::Ink => numbers.all(|n| n.is_some_and(|n| n <= NEAR)),
            Space::Other => false,
        }
    }
}
