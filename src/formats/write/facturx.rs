//! Factur-X XML: CII, kept within one of its profiles.
//!
//! What a profile knows is its own schema (`schemas/syntax/facturx-*.txt`): the writer sees that table in place of CII's, so that what
//! has no place in it is a loss like any other, and the rest stands as CII has it. What the schema lets stand and the profile's rules do
//! not use is taken out afterwards: whoever knows the rules says what that is.

use std::collections::HashSet;

use crate::formats::facturx::Level;
use crate::formats::syntax;
use crate::invoice::{Draft, Invoice, Said, Syntax, bt};
use crate::text::trim;
use crate::xml::{Name, NodeId};

use super::elements::{Elements, Id};
use super::{Loss, Reason, Target, Written, check, fill, fixed, serial, write};

/// A document as written, and the profile that it keeps within.
#[derive(Debug, Clone, PartialEq)]
pub struct FacturX {
    pub written: Written,
    /// One of [`Level::ALL`].
    pub level: Level,
}

/// An element that a profile does not use, or an attribute of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unused {
    pub node: NodeId,
    pub attribute: Option<Name>,
}

/// What of a document its profile does not use ([`crate::rules::unused`]).
pub type Uses<'u> = &'u dyn Fn(Level, &Invoice<'_>) -> Vec<Unused>;

/// Writes what a draft states within a profile: the one asked for, else the one that BT-24 names, else EN 16931. BT-24 names it
/// afterwards; where that is a change, it is told beside the losses ([`Reason::Changed`]). EXTENDED-CTC-FR travels under EXTENDED and
/// stays what it is. What a profile richer than the source asks for is not made up: rules say that it is missing.
pub fn facturx(draft: &Draft, asked: Option<Level>, uses: Uses<'_>) -> FacturX {
    let before = specification(draft);
    let named = before.and_then(|said| Level::of_profile(&said.text)).filter(|level| Level::ALL.contains(level));
    let level = asked.filter(|level| Level::ALL.contains(level)).or(named).unwrap_or(Level::En16931);
    let Some(profile) = table(level) else { return FacturX { written: write(draft, Target::Cii), level } };
    if named == Some(level) {
        return FacturX { written: leaving(draft, level, profile, uses), level };
    }
    let change = Loss {
        address: "BT-24".to_owned(),
        term: Some(bt::BT_24),
        value: before.map(|said| said.text.clone()).unwrap_or_default(),
        place: before.and_then(|said| said.place.clone()),
        reason: Reason::Changed(level.urn().to_owned()),
    };
    let mut restated = draft.clone();
    restate(&mut restated, level.urn());
    let mut written = leaving(&restated, level, profile, uses);
    written.losses.insert(0, change);
    FacturX { written, level }
}

/// Within a table. What CII would have kept is lost to the profile.
fn leaving(draft: &Draft, level: Level, profile: &str, uses: Uses<'_>) -> Written {
    /// How often what is written is asked again: what is gone may leave another thing without use.
    const ROUNDS: usize = 3;
    let mut filled = fill::fill(draft, Syntax::Cii, Some(profile));
    fixed::finish(&mut filled, draft, Syntax::Cii);
    let order = draft.text(bt::BT_13);
    let (mut written, mut ids) = serial::numbered(&filled.elements, Syntax::Cii);
    for _ in 0..ROUNDS {
        let read = crate::formats::read(written.text.as_bytes());
        let unused = read.map(|read| uses(level, &read.invoice)).unwrap_or_default();
        if unused.is_empty() {
            break;
        }
        for Unused { node, attribute } in unused {
            let Some(id) = ids.get(node as usize).copied().filter(|id| *id != 0) else { continue };
            match attribute {
                Some(name) => filled.elements.get_mut(id).attributes.retain(|own| own.name != name),
                None if filled.elements.get(id).dropped => {}
                None => {
                    // The line of an order (BT-132) without its number (EXT-FR-FE-135) would be one of the invoice's order.
                    let around = of_another_order(&filled.elements, id, order).unwrap_or(id);
                    filled.elements.drop(around);
                }
            }
        }
        fixed::prune(&mut filled, draft, Syntax::Cii);
        (written, ids) = serial::numbered(&filled.elements, Syntax::Cii);
    }
    written.losses = check::losses(draft, filled.lost, &written.text);
    let whole = write(draft, Target::Cii);
    let anyway: HashSet<(&str, &str)> = whole.losses.iter().map(|loss| (&*loss.address, &*loss.value)).collect();
    for loss in &mut written.losses {
        let by_the_profile =
            matches!(loss.reason, Reason::NoPlace | Reason::Once | Reason::Needs(_) | Reason::Reads(_));
        if by_the_profile && !anyway.contains(&(&*loss.address, &*loss.value)) {
            loss.reason = Reason::Profile(level);
        }
    }
    written
}

/// Where the number of an order that is not the invoice's stands beside a line of it: the element of both.
fn of_another_order(elements: &Elements<'_>, id: Id, order: Option<&str>) -> Option<Id> {
    let number = elements.get(id);
    let around = number.parent;
    let is = |id: Id, name: &str| syntax::name_of(name) == Some(elements.get(id).name);
    let other = is(id, "ram:IssuerAssignedID")
        && is(around, "ram:BuyerOrderReferencedDocument")
        && is(elements.get(around).parent, "ram:SpecifiedLineTradeAgreement")
        && number.text.as_deref().map(trim) != order;
    (other && !elements.get(around).dropped).then_some(around)
}

/// The table of `schemas/syntax/` that a profile has.
fn table(level: Level) -> Option<&'static str> {
    match level {
        Level::Minimum => Some("facturx-minimum"),
        Level::BasicWl => Some("facturx-basicwl"),
        Level::Basic => Some("facturx-basic"),
        Level::En16931 => Some("facturx-en16931"),
        Level::Extended => Some("facturx-extended"),
        Level::XRechnung | Level::Zugferd1 => None,
    }
}

/// Where BT-24 is said.
fn specification(draft: &Draft) -> Option<&Said> {
    draft.first(bt::BT_24).or_else(|| draft.groups(bt::BG_2).find_map(|group| group.first(bt::BT_24)))
}

/// Says another BT-24, wherever it is said.
fn restate(draft: &mut Draft, urn: &str) {
    let mut said = false;
    let mut over = |list: &mut Vec<Said>| {
        for own in list.iter_mut().filter(|own| own.term == bt::BT_24) {
            own.text = urn.to_owned();
            own.parts.clear();
            said = true;
        }
    };
    over(&mut draft.said);
    draft.groups.iter_mut().filter(|group| group.term == Some(bt::BG_2)).for_each(|group| over(&mut group.said));
    if said {
        return;
    }
    let new = Said::new(bt::BT_24, urn, None);
    match draft.groups.iter_mut().find(|group| group.term == Some(bt::BG_2)) {
        Some(group) => group.said.push(new),
        None => draft.groups.push(Draft { said: vec![new], ..Draft::group(bt::BG_2, None) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{read, structure};

    fn example() -> Draft {
        Draft::of(&read(include_bytes!("../../../schemas/examples/cii.xml")).unwrap().invoice)
    }

    #[test]
    fn every_profile_is_kept_and_what_it_leaves_is_told() {
        let draft = example();
        let mut before = usize::MAX;
        for level in Level::ALL {
            let made = facturx(&draft, Some(level), &crate::rules::unused);
            let back = read(made.written.text.as_bytes()).unwrap();
            let beyond = structure::beyond(back.invoice.tree(), table(level).unwrap(), &back.faults);
            assert_eq!(beyond, Vec::new(), "{level:?}");
            assert_eq!(Level::of_profile(back.invoice.text(bt::BT_24).unwrap()), Some(level));
            let lost = made.written.losses.iter().filter(|loss| loss.reason == Reason::Profile(level)).count();
            assert!(lost <= before, "{level:?}: {lost}");
            assert_eq!(Draft::of(&back.invoice).count() + lost, draft.count(), "{level:?}");
            before = lost;
        }
        assert_eq!(before, 0);
    }

    #[test]
    fn the_profile_is_the_one_named_else_en16931() {
        for (named, level, changed) in [
            (Some("urn:factur-x.eu:1p0:basicwl"), Level::BasicWl, false),
            (Some("urn:cen.eu:en16931:2017"), Level::En16931, false),
            (Some("urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"), Level::Extended, false),
            (Some("urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"), Level::En16931, true),
            (Some("urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"), Level::En16931, true),
            (None, Level::En16931, true),
        ] {
            let mut draft = example();
            draft.groups.retain(|group| named.is_some() || group.term != Some(bt::BG_2));
            if let Some(named) = named {
                restate(&mut draft, named);
            }
            let made = facturx(&draft, None, &crate::rules::unused);
            let told: Vec<&Loss> = made.written.losses.iter().filter(|loss| !loss.reason.is_loss()).collect();
            assert_eq!((made.level, told.len()), (level, usize::from(changed)), "{named:?}");
            assert!(told.iter().all(|loss| loss.value == named.unwrap_or_default()), "{told:?}");
        }
    }

    #[test]
    fn a_line_of_another_order_is_not_left_to_that_of_the_invoice() {
        let mut draft = example();
        let line = draft.groups.iter_mut().find(|group| group.term == Some(bt::BG_25)).unwrap();
        line.said.retain(|said| said.term != bt::BT_132 && said.term != bt::EXT_FR_FE_135);
        line.said.push(Said::new(bt::BT_132, "LIGNE-7", None));
        line.said.push(Said::new(bt::EXT_FR_FE_135, "AUTRE-9", None));
        let written = facturx(&draft, Some(Level::En16931), &crate::rules::unused).written;
        assert!(!written.text.contains("LIGNE-7") && !written.text.contains("AUTRE-9"), "{}", written.text);
        let lost = |term| written.losses.iter().any(|loss| loss.term == Some(term) && loss.reason.is_loss());
        assert!(lost(bt::BT_132) && lost(bt::EXT_FR_FE_135), "{:?}", written.losses);
    }
}
