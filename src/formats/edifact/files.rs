//! Supporting documents (BG-24) of the binding of EN 16931: EFI names the file, a package (UNO to UNP) beside the message holds it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::edifact::Package;
use crate::invoice::{Draft, Place, Said, bt};

use super::fill::Filler;
use super::structure::tag;

pub(super) fn attach(filler: &mut Filler<'_>, draft: &mut Draft, packages: &[Package]) {
    for group in draft.groups.iter_mut().filter(|group| group.term == Some(bt::BG_24)) {
        let Some(Place::Edifact { segment, .. }) = group.place else { continue };
        let efi = filler.groups.segment(segment.saturating_sub(1)).filter(|efi| tag(efi.tag()) == tag("EFI"));
        let Some(efi) = efi else { continue };
        let Some(reference) = group.text(bt::BT_122).map(str::to_owned) else { continue };
        let package = packages.iter().find(|package| {
            package.header().is_some_and(|uno| uno.text(2, 2).trim() == reference || package.reference == reference)
        });
        let Some((package, uno)) = package.and_then(|package| Some((package, package.header()?))) else { continue };
        let place = |element, component| {
            let offset = uno.at(element, component);
            Some(Place::Edifact { segment: 0, element: element as u32, component: component as u32, offset })
        };
        let held = Place::Edifact { segment: 0, element: 0, component: 0, offset: package.offset };
        let mut file = Said::new(bt::BT_125, in_base64(&package.data), Some(held));
        let kind = uno.text(3, 2).trim().to_owned();
        if !kind.is_empty() {
            file.parts.push(Said::new(bt::BT_125_1, kind, place(3, 2)));
        }
        let name = efi.text(1, 1).trim().to_owned();
        if !name.is_empty() {
            filler.read(segment - 1, 1, 1..=1);
            file.parts.push(Said::new(bt::BT_125_2, name, filler.place(segment - 1, 1, 1)));
        }
        group.said.push(file);
    }
}

/// The content in base 64. Packages hold octets; senders put base 64 in them all the same, which is then taken as it is.
fn in_base64(data: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let body = data.iter().rev().skip_while(|b| **b == b'=');
    let is_text = data.len() >= 16 && data.len().is_multiple_of(4) && body.clone().all(|b| DIGITS.contains(b));
    if is_text && data.len() - body.count() < 3 {
        return data.iter().map(|b| char::from(*b)).collect();
    }
    STANDARD.encode(data)
}

#[cfg(test)]
mod tests {
    #[test]
    fn octets_become_base_64_and_base_64_stays() {
        assert_eq!(super::in_base64(b"%PDF"), "JVBERg==");
        assert_eq!(super::in_base64(b"%PDF-1"), "JVBERi0x");
        let text = b"SlZCRVJpMHhMalVOQ2lVTkNqRWc=";
        assert_eq!(super::in_base64(text).as_bytes(), text);
        assert_eq!(super::in_base64(b""), "");
    }
}
