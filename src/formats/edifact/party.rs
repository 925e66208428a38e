//! Whose identifier it is: agencies of INVOIC (3055) and lists (1131) as schemes of ISO/IEC 6523, as EN 16931 writes them.

use crate::edifact::{Address, Segment};
use crate::invoice::{Draft, Place, Said, Term, bt};

use super::fill::Filler;
use super::structure::{Directory, tag};
use super::{Doubt, Why};

/// The part that holds the scheme, of the identifiers of NAD that have one.
pub fn scheme_of(term: Term) -> Option<Term> {
    const SCHEMES: [(Term, Term); 4] =
        [(bt::BT_29, bt::BT_29_1), (bt::BT_46, bt::BT_46_1), (bt::BT_60, bt::BT_60_1), (bt::BT_71, bt::BT_71_1)];
    SCHEMES.iter().find(|(whole, _)| *whole == term).map(|(_, part)| *part)
}

/// The scheme that an agency of UNTDID 3055 stands for, whatever the identifier.
pub fn scheme_of_agency(agency: &str) -> Option<&'static str> {
    match agency {
        "9" => Some("0088"),
        "16" => Some("0060"),
        _ => None,
    }
}

/// The scheme of an identifier by who assigned it. What sender, seller or buyer assign (86, 91, 92) has none; 5 is ISO here, not SIRET as in UNB.
pub fn scheme(id: &str, list: &str, agency: &str) -> Option<String> {
    let digits = |n: usize| id.len() == n && id.bytes().all(|b| b.is_ascii_digit());
    if let Some(scheme) = scheme_of_agency(agency.trim()) {
        return Some(scheme.to_owned());
    }
    match agency.trim() {
        "107" if digits(14) => Some("0009".to_owned()),
        "107" if digits(9) => Some("0002".to_owned()),
        // The binding of EN 16931 writes the scheme itself in the place of the list.
        _ => Some(list.trim()).filter(|l| l.len() == 4 && l.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned),
    }
}

/// The electronic address that UNB states, with its scheme: the list of 0007 is not that of 3055.
pub fn electronic(address: &Address) -> Option<(String, String)> {
    let id = address.id.trim();
    if address.qualifier.trim() == "30" {
        // ISO 6523: the scheme stands before the identifier.
        let (scheme, id) = id.split_at_checked(4)?;
        let known = scheme.starts_with('0') && scheme.bytes().all(|b| b.is_ascii_digit());
        return (known && !id.is_empty()).then(|| (id.to_owned(), scheme.to_owned()));
    }
    let scheme = match address.qualifier.trim() {
        "14" => "0088",
        "5" => "0009",
        "22" => "0002",
        "1" | "9" => "0060",
        _ => return None,
    };
    (!id.is_empty()).then(|| (id.to_owned(), scheme.to_owned()))
}

/// A party, its name, its postal address and the lines of that.
type Named = (Term, Term, Option<(Term, [Term; 3])>);

const NAMED: [Named; 4] = [
    (bt::BG_4, bt::BT_27, Some((bt::BG_5, [bt::BT_35, bt::BT_36, bt::BT_162]))),
    (bt::BG_7, bt::BT_44, Some((bt::BG_8, [bt::BT_50, bt::BT_51, bt::BT_163]))),
    (bt::BG_10, bt::BT_59, None),
    (bt::BG_11, bt::BT_62, Some((bt::BG_12, [bt::BT_64, bt::BT_65, bt::BT_164]))),
];

/// A party without a name (C080) whose name and address stand as lines (C058): the first is the name, those behind it the address.
pub(super) fn unstructured(filler: &mut Filler<'_>, draft: &mut Draft) {
    for group in &mut draft.groups {
        let Some((_, name, postal)) = NAMED.iter().find(|(own, ..)| group.term == Some(*own)) else { continue };
        let Some(Place::Edifact { segment: at @ 1.., .. }) = group.place else { continue };
        let at = at - 1;
        let Some(nad) = filler.groups.segment(at).filter(|nad| nad.tag() == "NAD") else { continue };
        let all = (1..=5).map(|c| (c, nad.text(3, c).trim().to_owned()));
        let mut lines = all.filter(|(_, text)| !text.is_empty()).collect::<Vec<_>>().into_iter();
        if group.first(*name).is_some() {
            continue;
        }
        let Some((c, text)) = lines.next() else { continue };
        let place = filler.place(at, 3, c);
        filler.read(at, 3, c..=c);
        filler.derive(*name, place.clone(), Why::FirstLine);
        group.said.push(Said::new(*name, text, place));
        let own = postal.and_then(|(own, terms)| Some((group.groups.iter_mut().find(|g| g.term == Some(own))?, terms)));
        let Some((address, terms)) = own else {
            lines.for_each(|(c, _)| filler.lose(&filler.place(at, 3, c)));
            continue;
        };
        let is_line = |said: &Said| matches!(said.place, Some(Place::Edifact { element: 3, .. }));
        address.said.retain(|said| !(terms.contains(&said.term) && is_line(said)));
        let free: Vec<Term> = terms.into_iter().filter(|term| address.first(*term).is_none()).collect();
        for (n, (c, text)) in lines.enumerate() {
            let place = filler.place(at, 3, c);
            match free.get(n) {
                Some(term) => {
                    filler.read(at, 3, c..=c);
                    address.said.push(Said::new(*term, text, place));
                }
                None => match address.said.last_mut().filter(|said| Some(&said.term) == free.last()) {
                    Some(last) => last.text = format!("{} {text}", last.text),
                    None => filler.lose(&place),
                },
            }
        }
    }
}

/// Two sellers, and two numbers (SIREN) of one party.
pub(super) fn doubts(filler: &Filler<'_>, draft: &Draft, found: &mut Vec<Doubt>) {
    for (group, term) in [(bt::BG_4, bt::BT_30), (bt::BG_7, bt::BT_47)] {
        for party in draft.groups(group) {
            let mut all = party.all(term).filter_map(|said| Some((said, siren(&said.text)?)));
            let Some((first, own)) = all.next() else { continue };
            found.extend(
                all.find(|(_, other)| *other != own)
                    .map(|(said, _)| Doubt::twice(term, &*first.text, &*said.text, said.place.clone())),
            );
        }
    }
    if filler.directory != Directory::D16B
        && let (Some((_, read)), Some((_, other))) = (Company::called(filler, "SE"), Company::called(filler, "SU"))
        && read.is_another(&other)
    {
        found.push(read.apart(&other));
    }
}

/// The nine digits by which a number names a French company: of a SIREN, or of a SIRET.
fn siren(text: &str) -> Option<String> {
    let digits: String = text.split_whitespace().collect();
    let is = matches!(digits.len(), 9 | 14) && digits.bytes().all(|b| b.is_ascii_digit());
    is.then(|| digits.chars().take(9).collect())
}

/// By what a party can be known.
pub(super) struct Company {
    numbers: Vec<String>,
    /// Its identifier, and who assigned it (3055).
    id: String,
    agency: String,
    name: String,
    /// Where it is, as far as it says.
    country: String,
    town: [String; 2],
    street: String,
    place: Option<Place>,
}

/// What two parties of a message are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kin {
    /// One party.
    Same,
    /// Two places of one company, by a number that both bear: what is of the company is of both, and nothing else.
    Company,
    /// Nothing proves that they are one, or something speaks against it.
    None,
}

impl Company {
    /// The first party under a qualifier of NAD, and its group.
    pub(super) fn called(filler: &Filler<'_>, qualifier: &str) -> Option<(u32, Company)> {
        let groups = filler.groups;
        let is_it = |nad: &Segment<'_>| nad.tag() == "NAD" && &*nad.text(1, 1) == qualifier;
        let node =
            groups.heads().iter().find(|node| groups.segment(groups.trigger(**node)).as_ref().is_some_and(is_it));
        node.and_then(|node| Some((*node, Company::of(filler, *node)?)))
    }

    fn of(filler: &Filler<'_>, node: u32) -> Option<Company> {
        let at = filler.groups.trigger(node);
        let nad = filler.groups.segment(at)?;
        let text = |e: usize| super::text::joined(nad, e, 1, 5).trim().to_owned();
        let bare = |text: &str| text.split_whitespace().collect::<String>().to_uppercase();
        let numbers = filler.segments(node, tag("RFF")).filter_map(|(_, rff)| match &*rff.text(1, 1) {
            "VA" => Some(bare(&rff.text(1, 2))),
            "GN" | "XA" => siren(&rff.text(1, 2)),
            _ => None,
        });
        let name = Some(text(4)).filter(|name| !name.is_empty()).unwrap_or_else(|| nad.text(3, 1).trim().to_owned());
        let id = |c: usize| nad.text(2, c).trim().to_owned();
        let (own, agency) = (id(1), id(3));
        // An identifier of INSEE names the company, too.
        let insee = scheme(&own, &id(2), &agency).filter(|scheme| matches!(&**scheme, "0009" | "0002"));
        let numbers = numbers.filter(|number| !number.is_empty()).chain(insee.and_then(|_| siren(&own))).collect();
        let lines = if text(4).is_empty() { super::text::joined(nad, 3, 2, 5) } else { text(3) };
        Some(Company {
            numbers,
            id: own,
            agency,
            name,
            country: text(9),
            town: [text(8), text(6)],
            street: Some(text(5)).filter(|street| !street.is_empty()).unwrap_or(lines),
            place: filler.place(at, 0, 0),
        })
    }

    /// Numbers tell, where both have one of a kind; else identifier or name.
    fn is_another(&self, other: &Company) -> bool {
        if self.numbers.iter().any(|number| other.numbers.contains(number)) {
            return false;
        }
        let kind = |number: &String| number.bytes().all(|b| b.is_ascii_digit());
        if self.numbers.iter().any(|own| other.numbers.iter().any(|number| kind(number) == kind(own))) {
            return true;
        }
        let alike = |a: &str, b: &str| !a.is_empty() && a.to_lowercase() == b.to_lowercase();
        let both = |a: &str, b: &str| !a.is_empty() && !b.is_empty();
        let same = alike(&self.id, &other.id) || alike(&self.name, &other.name);
        !same && (both(&self.id, &other.id) || both(&self.name, &other.name))
    }

    /// A number proves the company, a number with nothing else that differs, or an identifier, the party. A name alone does where neither country nor address
    /// differ: there are many of one name.
    pub(super) fn kin(&self, other: &Company) -> Kin {
        let both = |a: &str, b: &str| !a.is_empty() && !b.is_empty();
        let is_siren = |number: &&String| number.bytes().all(|b| b.is_ascii_digit());
        let siren = |one: &Company| one.numbers.iter().find(is_siren).cloned();
        let two = siren(self).zip(siren(other)).is_some_and(|(own, other)| own != other);
        if two || self.is_another(other) {
            return Kin::None;
        }
        let ids = both(&self.id, &other.id);
        let one_id = ids && (&self.id, &self.agency) == (&other.id, &other.agency);
        let names = both(&self.name, &other.name);
        let place = self.is_elsewhere(other);
        match self.numbers.iter().any(|number| other.numbers.contains(number)) {
            true if one_id || !(ids || place || names && apart(&self.name, &other.name)) => Kin::Same,
            true => Kin::Company,
            false if ids && !one_id => Kin::None,
            false if one_id && !self.is_abroad(other) => Kin::Same,
            false if names && self.name.to_lowercase() == other.name.to_lowercase() && !place && !one_id => Kin::Same,
            false => Kin::None,
        }
    }

    fn is_abroad(&self, other: &Company) -> bool {
        !self.country.is_empty() && !other.country.is_empty() && !self.country.eq_ignore_ascii_case(&other.country)
    }

    /// Does it say another country or address?
    fn is_elsewhere(&self, other: &Company) -> bool {
        let pairs = self.town.iter().zip(&other.town).chain([(&self.street, &other.street)]);
        self.is_abroad(other) || pairs.into_iter().any(|(own, other)| apart(own, other))
    }

    /// What tells two sellers apart, like beside like: names, else numbers of one kind, else identifiers.
    fn apart(&self, other: &Company) -> Doubt {
        let is_siren = |number: &&String| number.bytes().all(|b| b.is_ascii_digit());
        let number = |of: &Company, siren: bool| of.numbers.iter().find(|one| is_siren(one) == siren).cloned();
        let pairs = [
            (bt::BT_27, Some(self.name.clone()), Some(other.name.clone())),
            (bt::BT_31, number(self, false), number(other, false)),
            (bt::BT_30, number(self, true), number(other, true)),
            (bt::BT_29, Some(self.id.clone()), Some(other.id.clone())),
        ];
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        let apart = pairs.into_iter().find_map(|(term, own, other)| {
            let (own, other) = (said(own)?, said(other)?);
            (own.to_lowercase() != other.to_lowercase()).then_some((term, own, other))
        });
        let (term, own, text) = apart.unwrap_or((bt::BT_27, self.name.clone(), other.name.clone()));
        Doubt::twice(term, own, text, other.place.clone())
    }
}

/// Do two texts say different things? One that is part of the other does not, nor one that is empty.
fn apart(one: &str, other: &str) -> bool {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let (one, other) = (bare(one), bare(other));
    !one.contains(&other) && !other.contains(&one)
}

/// Is it a SIREN, as far as its digits tell?
pub fn is_siren(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    if text.chars().count() != 9 || digits.len() != 9 {
        return false;
    }
    let doubled = |n: usize, d: u32| if n % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { d };
    digits.iter().rev().enumerate().map(|(n, d)| doubled(n, *d)).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agencies_are_schemes() {
        assert_eq!(scheme("3012345678902", "", "9").as_deref(), Some("0088"));
        assert_eq!(scheme("12345678200010", "", "107").as_deref(), Some("0009"));
        assert_eq!(scheme("123456782", "", "107").as_deref(), Some("0002"));
        assert_eq!(scheme("5790000436101", "0088", "").as_deref(), Some("0088"));
        assert_eq!(scheme("C-17", "", "91"), None);
        assert_eq!(scheme("12345678200010", "", "5"), None);
    }

    #[test]
    fn in_unb_5_is_siret() {
        let address = Address { id: "12345678200010".into(), qualifier: "5".into(), ..Address::default() };
        assert_eq!(electronic(&address), Some(("12345678200010".to_owned(), "0009".to_owned())));
        let iso = Address { id: "0225123456782_A".into(), qualifier: "30".into(), ..Address::default() };
        assert_eq!(electronic(&iso), Some(("123456782_A".to_owned(), "0225".to_owned())));
        assert_eq!(electronic(&Address { id: "é02".into(), ..iso }), None);
        assert_eq!(electronic(&Address { qualifier: "ZZ".into(), ..address }), None);
        assert!(is_siren("123456782") && !is_siren("123456789") && !is_siren("12345678"));
    }
}
