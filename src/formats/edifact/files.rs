//! Supporting documents (BG-24) of the binding of EN 16931: EFI names the file, a package (UNO to UNP) beside the message holds it.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::edifact::{Fault, Message, Package};
use crate::invoice::{Draft, Place, Said, bt};

use super::Untaken;
use super::fill::Filler;
use super::structure::tag;

/// The names by which an invoice may call a package: BT-122 of its EFI.
pub(super) fn named(message: &Message, names: &mut HashSet<String>) {
    for segment in message.segments() {
        match segment.tag() {
            "EFI" => names.insert(segment.text(1, 1).trim().to_owned()),
            "RFF" if segment.text(1, 1) == "ATS" => names.insert(segment.text(1, 2).trim().to_owned()),
            _ => false,
        };
    }
}

/// Which of these names a package bears.
fn called(package: &Package, names: &HashSet<String>) -> Option<String> {
    let reference = package.header().map(|uno| uno.text(2, 2).trim().to_owned()).unwrap_or_default();
    [&reference, &package.reference].into_iter().find(|name| names.contains(*name)).cloned()
}

/// Faults of the packages that an invoice names: what it encloses may not be what was sent.
pub(super) fn faults(message: &Message, packages: &[Package]) -> Vec<Fault> {
    let mut names = HashSet::new();
    named(message, &mut names);
    let own = packages.iter().filter(|package| called(package, &names).is_some());
    own.flat_map(|package| package.faults.iter().cloned()).collect()
}

/// Packages that no invoice takes: those that none names, and all but the first of one name. Whose they are nobody knows, so that each invoice
/// beside them tells of them.
pub(super) fn nobodys(packages: &[Package], names: &HashSet<String>) -> impl Iterator<Item = Untaken> {
    let mut known = HashSet::new();
    let left = packages.iter().filter(move |package| called(package, names).is_none_or(|called| !known.insert(called)));
    left.map(|package| Untaken {
        segment: format!("UNO+{}", package.reference.chars().take(14).collect::<String>()),
        place: Some(Place::Edifact { segment: 0, element: 0, component: 0, offset: package.offset }),
    })
}

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
