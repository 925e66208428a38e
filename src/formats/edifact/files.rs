//! Supporting documents (BG-24) of the binding of EN 16931: EFI names the file, a package (UNO to UNP) beside the message holds it.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::edifact::{Answer, Fault, Message, Package};
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

/// Faults of the packages that an invoice names: what it encloses may not be what was sent. Of any other, that its length is none: what stands behind may
/// then be part of it, and is read as something else.
pub(super) fn faults(message: &Message, packages: &[Package]) -> Vec<Fault> {
    let mut names = HashSet::new();
    named(message, &mut names);
    let (own, others): (Vec<&Package>, Vec<&Package>) =
        packages.iter().partition(|package| called(package, &names).is_some());
    let endless = |fault: &&Fault| (&*fault.tag, fault.place.element, fault.code) == ("UNO", 4, 12);
    let others = others.into_iter().flat_map(|package| package.faults.iter().filter(endless));
    let others = others.map(|fault| Fault { answer: Answer::Warn, ..fault.clone() });
    own.into_iter().flat_map(|package| package.faults.iter().cloned()).chain(others).collect()
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
    fn a_package_is_told_in_a_part_as_it_is_in_the_whole() {
        let message = |n: u32, own: &str| {
            let body = format!("BGM+380+F-{n}+9'DTM+137:20261122:102'{own}LIN+1'UNS+S'MOA+79:1'");
            let count = body.matches('\'').count() + 2;
            format!("UNH+{n}+INVOIC:D:16B:UN'{body}UNT+{count}+{n}'")
        };
        let package = |name: &str| format!("UNO+{name}+1:{name}+13:application/pdf+4'AAAAUNP+4+{name}'");
        let around =
            |n: u32, inside: &str, count: u32| format!("UNB+UNOC:4+A+B+20261122:1000+{n}'{inside}UNZ+{count}+{n}'");
        let left = |file: &[u8]| -> Vec<Vec<String>> {
            let told = |one: &crate::formats::edifact::Received| {
                let all = one.not_carried().into_iter().map(|one| one.what);
                all.filter(|what| what.starts_with("UNO")).collect()
            };
            crate::formats::edifact::received(file, &[]).unwrap().iter().map(told).collect()
        };
        // The order of the first is called as the file of the second is.
        let inside = message(1, "RFF+ON:P2'EFI+P1'") + &message(2, "EFI+P2'") + &package("P1") + &package("P2");
        let one = around(1, &inside, 4);
        assert_eq!(left(one.as_bytes()), [Vec::<String>::new(), Vec::new()]);
        let split = crate::edifact::split(one.as_bytes(), "INVOIC").unwrap();
        assert_eq!(split.parts().len(), 2);
        assert!(split.others().is_empty());
        for n in 0..2 {
            let part = split.bytes(n, one.as_bytes());
            assert_eq!(left(&part), [Vec::<String>::new()], "{}", String::from_utf8_lossy(&part));
            assert_eq!(String::from_utf8_lossy(&part).matches("UNO+").count(), 1);
        }
        // Who names it in another interchange does not have it.
        let two = around(1, &(message(1, "") + &package("P1")), 2) + &around(2, &message(2, "EFI+P1'"), 1);
        assert_eq!(left(two.as_bytes()), [vec!["UNO+P1".to_owned()], Vec::new()]);
    }

    #[test]
    fn octets_become_base_64_and_base_64_stays() {
        assert_eq!(super::in_base64(b"%PDF"), "JVBERg==");
        assert_eq!(super::in_base64(b"%PDF-1"), "JVBERi0x");
        let text = b"SlZCRVJpMHhMalVOQ2lVTkNqRWc=";
        assert_eq!(super::in_base64(text).as_bytes(), text);
        assert_eq!(super::in_base64(b""), "");
    }

    /// Where a package has no length, what follows it may be its octets: each invoice beside it says so.
    #[test]
    fn a_package_without_a_length_is_told() {
        let told = |length: &str| {
            let body = "BGM+380+F-1+9'DTM+137:20261122:102'LIN+1'UNS+S'MOA+79:1'";
            let package = format!("UNO+P1+1:Releve+13:application/pdf+{length}'AAAA'UNP+5+P1'");
            let file = format!("UNB+UNOC:4+A+B+20261122:1000+1'UNH+1+INVOIC:D:16B:UN'{body}UNT+7+1'{package}UNZ+2+1'");
            let received = crate::formats::edifact::received(file.as_bytes(), &[]).unwrap();
            let told = received[0].around.iter().filter(|fault| fault.tag == "UNO");
            told.map(|fault| (fault.code, fault.refuses())).collect::<Vec<_>>()
        };
        assert_eq!(
            (told("-5"), told("99999999999999999999999"), told("5")),
            (vec![(12, false)], vec![(12, false)], vec![])
        );
    }
}
