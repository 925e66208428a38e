//! The parties: N1 loops by role. Where several may be the seller or the buyer, the table's order decides, and the others are told.

use super::binding::{self, PARTIES};
use super::gather::{Gather, place, put};
use super::settings;
use super::tree::Node;
use super::{How, Topic, words};
use crate::formats::same;
use crate::invoice::{Draft, Place, Said, Term, bt};

pub fn read(gather: &mut Gather<'_>, root: &Node<'_>) {
    for group in PARTIES {
        let candidates = root.loops("N1").filter_map(|n1| Some((rank(gather, n1, group)?, n1)));
        // The first of the best rank.
        let candidates: Vec<(u32, &Node<'_>)> = candidates.collect();
        let Some((best, chosen)) = candidates.iter().copied().min_by_key(|(rank, _)| *rank) else { continue };
        if let Some((term, read)) = named(group).zip(name(chosen)) {
            // Another of the same role: who owes, or is owed, nobody can tell.
            for (_, n1) in candidates.iter().filter(|(rank, _)| *rank == best) {
                let other = name(n1).filter(|other| other.to_lowercase() != read.to_lowercase());
                if let Some((other, head)) = other.zip(n1.segments.first()) {
                    gather.contradiction(head, 2, term, [&read, &other]);
                }
            }
        }
        if group == bt::BG_10 && same_as_seller(root, gather, chosen) {
            // A payee is another than the seller (BT-59): who is paid himself needs none.
            chosen.segments.iter().for_each(|segment| gather.used(segment));
            continue;
        }
        party(gather, chosen, group);
        let twin = candidates.iter().find(|(rank, n1)| *rank != best && is_the_same(chosen, n1));
        if let Some((_, twin)) = twin.filter(|_| named(group).is_some()) {
            completed(gather, twin, group);
        }
    }
}

/// Do two N1 bear one identifier, and neither two VAT numbers nor two countries?
fn is_the_same(one: &Node<'_>, other: &Node<'_>) -> bool {
    let id = |n1: &Node<'_>| n1.segments.first().map(|n1| (n1.text(3).into_owned(), n1.text(4).trim().to_owned()));
    let vat = |n1: &Node<'_>| n1.all("REF").find(|r| &*r.text(1) == "VX").map(|r| r.text(2).to_uppercase());
    let country = |n1: &Node<'_>| n1.first("N4").and_then(|n4| n4.value(4)).map(|country| country.to_uppercase());
    let differ = |pair: Option<(String, String)>| pair.is_some_and(|(one, other)| one != other);
    let contradict = differ(vat(one).zip(vat(other))) || differ(country(one).zip(country(other)));
    !contradict && id(one).is_some_and(|(_, id)| !id.is_empty()) && id(one) == id(other)
}

/// Fills in what the party that was read does not say, and the same one in another role does.
fn completed(gather: &mut Gather<'_>, twin: &Node<'_>, group: Term) {
    let Some(own) = gather.draft.groups.len().checked_sub(1) else { return };
    party(gather, twin, group);
    let (Some(more), Some(own)) = (gather.draft.groups.pop(), gather.draft.groups.get_mut(own)) else { return };
    let done = same::complete(own, more);
    for (term, _) in done.taken {
        gather.made_with(format!("{group}/{term}"), term, How::Derived, words::same_party(&role(twin)));
    }
    for place in done.left.into_iter().flatten() {
        let Place::Edifact { segment, element, .. } = place else { continue };
        if let Some(found) = twin.segments.iter().find(|own| own.number() == segment) {
            gather.remark(
                Topic::Unread,
                found,
                element as usize,
                &[],
                words::unread_element(found.tag(), element as usize),
            );
        }
    }
}

/// The name of a party that decides who owes what.
fn named(group: Term) -> Option<Term> {
    match group {
        bt::BG_4 => Some(bt::BT_27),
        bt::BG_7 => Some(bt::BT_44),
        _ => None,
    }
}

fn name(n1: &Node<'_>) -> Option<String> {
    n1.segments.first().map(|n1| n1.text(2).trim().to_owned()).filter(|name| !name.is_empty())
}

fn role(n1: &Node<'_>) -> String {
    n1.segments.first().map(|n1| n1.text(1).into_owned()).unwrap_or_default()
}

fn rank(gather: &Gather<'_>, n1: &Node<'_>, group: Term) -> Option<u32> {
    let role = role(n1);
    if let Some(by_partner) = settings::of(&gather.settings.roles, &role) {
        return (Term::parse(by_partner) == Some(group)).then_some(0);
    }
    let [known, rank, _] = binding::code("98", &role)?;
    (Term::parse(known) == Some(group)).then(|| rank.parse().unwrap_or(u32::MAX))
}

fn same_as_seller(root: &Node<'_>, gather: &Gather<'_>, payee: &Node<'_>) -> bool {
    let name = |n1: &Node<'_>| name(n1).map(|name| name.to_lowercase());
    let sellers = root.loops("N1").filter_map(|n1| Some((rank(gather, n1, bt::BG_4)?, n1)));
    let seller = sellers.min_by_key(|(rank, _)| *rank).and_then(|(_, n1)| name(n1));
    seller.is_some() && seller == name(payee)
}

fn party(gather: &mut Gather<'_>, n1: &Node<'_>, group: Term) {
    let Some(head) = n1.segments.first().copied() else { return };
    gather.used(&head);
    let mut draft = Draft::group(group, Some(place(&head, 0)));
    if let Some((term, name)) = binding::party("N1", "", 2, group).zip(head.value(2)) {
        let more: Vec<String> =
            n1.all("N2").flat_map(|n2| [n2.value(1), n2.value(2)]).flatten().map(Into::into).collect();
        n1.all("N2").for_each(|n2| gather.used(&n2));
        // N2 goes on where N102 ended; some repeat the name there.
        let more: Vec<&String> = more.iter().filter(|more| !name.contains(more.as_str())).collect();
        let mut whole = name.into_owned();
        for part in &more {
            whole.push(' ');
            whole.push_str(part);
        }
        if !more.is_empty() {
            gather.made(term.id(), term, How::Derived, words::name_joined);
        }
        put(&mut draft, Said::new(term, whole, Some(place(&head, 2))));
    }
    identifier(gather, &mut draft, n1, group);
    for (n3, at) in n1.all("N3").zip(["N3", "N3#2"]) {
        for e in 1..=2 {
            let bound = binding::party(at, "", e, group).zip(n3.value(e));
            if let Some((term, text)) = bound {
                gather.used(&n3);
                put(&mut draft, Said::new(term, text, Some(place(&n3, e))));
            } else if n3.value(e).is_some() && group != bt::BG_10 {
                gather.remark(Topic::Unread, &n3, e, &[], words::unread("N3", ""));
            }
        }
    }
    if let Some(n4) = n1.first("N4") {
        for e in 1..=4 {
            if let Some((term, text)) = binding::party("N4", "", e, group).zip(n4.value(e)) {
                gather.used(&n4);
                put(&mut draft, Said::new(term, text, Some(place(&n4, e))));
            }
        }
    }
    for reference in n1.all("REF") {
        if let Some((term, text)) = binding::party("REF", &reference.text(1), 2, group).zip(reference.value(2)) {
            gather.used(&reference);
            put(&mut draft, Said::new(term, text, Some(place(&reference, 2))));
        }
    }
    if let Some(per) = n1.first("PER") {
        if let Some((term, text)) = binding::party("PER", "", 2, group).zip(per.value(2)) {
            gather.used(&per);
            put(&mut draft, Said::new(term, text, Some(place(&per, 2))));
        }
        let mut unbound = Vec::new();
        for e in [3, 5, 7] {
            match binding::party("PER", &per.text(e), 0, group).zip(per.value(e + 1)) {
                Some((term, text)) => {
                    gather.used(&per);
                    put(&mut draft, Said::new(term, text, Some(place(&per, e + 1))));
                }
                None => unbound.extend(per.value(e + 1).map(|_| e)),
            }
        }
        // Of a segment that nothing is read of, the whole is told.
        let told = if gather.is_used(&per) { unbound } else { Vec::new() };
        for e in told {
            gather.remark(Topic::Unread, &per, e, &[], words::unread("PER", &per.text(e)));
        }
    }
    gather.draft.groups.push(draft);
}

/// N103 and N104. FI and 24 are tax numbers: for a seller the tax registration (BT-32).
fn identifier(gather: &mut Gather<'_>, draft: &mut Draft, n1: &Node<'_>, group: Term) {
    let Some(head) = n1.segments.first().copied() else { return };
    let Some((term, id)) = binding::party("N1", "", 4, group).zip(head.value(4)) else { return };
    let qualifier = head.text(3);
    if matches!(&*qualifier, "FI" | "24") && group == bt::BG_4 {
        put(draft, Said::new(bt::BT_32, id, Some(place(&head, 4))));
        return;
    }
    let mut said = Said::new(term, id.clone(), Some(place(&head, 4)));
    match binding::code("66", &qualifier) {
        // 5 is SIRET, which has fourteen digits.
        Some(["0009", ..]) if id.len() != 14 => {}
        Some([scheme, ..]) if !scheme.is_empty() => {
            if let Some(part) = Term::parse(&format!("{term}-1")) {
                said = said.with(part, *scheme, Some(place(&head, 3)));
            }
        }
        Some(_) => {}
        None => gather.remark(Topic::Code, &head, 3, &[term], words::unknown_code("N103", &qualifier)),
    }
    put(draft, said);
}
