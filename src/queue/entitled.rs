//! May whoever speaks in a message say that of the invoice? What came over a platform's connection is vouched for by that platform, unless the message itself names
//! another company. What somebody handed in is vouched for by nobody: its author has to be a party of the invoice, by an identifier that both bear, and what a platform says
//! is heard from that platform alone.

use super::messages::{is_by_hand, voice};
use crate::formats::cdar::{Told, Who};
use crate::invoice::{Party, siren_of_vat};
use crate::platforms::Voice;
use crate::store::{InvoiceRow, PlatformMessage};
use crate::text::visible;

/// Why it may not; none where it may.
pub(super) fn objection(message: &PlatformMessage, told: &Told, row: &InvoiceRow) -> Option<String> {
    let by_hand = is_by_hand(message);
    let who = named(&told.author);
    let by = message.handed_by.as_deref().unwrap_or("http");
    let number = cut(row.facts.number.as_deref().unwrap_or_default());
    let (party, theirs) = match voice(told) {
        Voice::Platform if by_hand => {
            let platform = row.platform.as_deref().unwrap_or_default();
            return Some(format!(
                "{by} handed it in, and it says what a platform says ({who}): of invoice {number} that counts from the connection of {platform} alone"
            ));
        }
        Voice::Platform => return None,
        Voice::Buyer => ("buyer", row.facts.buyer.clone()),
        Voice::Seller => ("seller", seller(row)),
    };
    let own = party_of(&told.author.ids);
    let same = is_one(&own, &theirs).or_else(|| (party == "buyer" && is_at(&told.author, row)).then_some(true));
    // Whoever speaks for a party (AB, PR, SR …) bears a name of its own: the platform knows for whom.
    let itself = matches!(told.author.role.as_deref(), Some("BY" | "SE"));
    match same {
        Some(true) => None,
        None if !by_hand => None,
        Some(false) if !by_hand && !itself => None,
        _ => {
            let expected = known_as(&theirs);
            let way = if by_hand { by } else { message.platform.as_str() };
            Some(format!("{who} is not shown to be the {party} of invoice {number} ({expected}); it came by {way}"))
        }
    }
}

/// The seller, by what its number is kept under.
fn seller(row: &InvoiceRow) -> Party {
    let Some(key) = row.facts.seller_key.clone().or_else(|| row.number_key.as_ref().map(|key| key.seller.clone()))
    else {
        return Party::default();
    };
    let mut party = party_of(&[(String::new(), key.clone())]);
    if party.siren.is_none() {
        party.siren = siren_of_vat(&key).map(str::to_owned);
        party.vat = Some(key);
    }
    party
}

/// The identifiers that facteur knows by their schemes; without one, a SIREN and a SIRET are known by their length.
fn party_of(ids: &[(String, String)]) -> Party {
    let mut party = Party::default();
    for (scheme, id) in ids {
        let id: String = id.chars().filter(|c| !c.is_whitespace()).collect();
        let digits = |count: usize| id.len() == count && id.bytes().all(|b| b.is_ascii_digit());
        let siren = id.get(..9).filter(|head| head.bytes().all(|b| b.is_ascii_digit()));
        match scheme.as_str() {
            "0002" | "" if digits(9) => party.siren.get_or_insert(id),
            "0009" | "" if digits(14) => {
                party.siren.get_or_insert(id[..9].to_owned());
                party.siret.get_or_insert(id)
            }
            // A French electronic address begins with the SIREN.
            "0225" if siren.is_some() => party.siren.get_or_insert(siren.unwrap_or_default().to_owned()),
            "0088" => party.gln.get_or_insert(id),
            // Intra-community VAT numbers: for invoicing (0223), and by the lists of each country.
            scheme if scheme == "0223" || scheme.starts_with("99") => party.vat.get_or_insert(id.to_ascii_uppercase()),
            _ => continue,
        };
    }
    party
}

/// Are both one company? None where they bear nothing by which that could be told. Establishments of one company are one: any of them may answer.
fn is_one(one: &Party, other: &Party) -> Option<bool> {
    let siren = |party: &Party| {
        let of_vat = || party.vat.as_deref().and_then(siren_of_vat).map(str::to_owned);
        party.siren.clone().or_else(of_vat)
    };
    let pairs = [(siren(one), siren(other)), (one.vat.clone(), other.vat.clone())];
    if let Some(told) = pairs.into_iter().find_map(|(one, other)| Some(one? == other?)) {
        return Some(told);
    }
    // A company has many of these: another one says nothing.
    (one.gln.is_some() && one.gln == other.gln).then_some(true)
}

/// Does it speak from the very electronic address that the invoice went to (BT-49)?
fn is_at(author: &Who, row: &InvoiceRow) -> bool {
    let recipient = &row.facts.recipient;
    let (Some(address), Some(scheme)) = (&recipient.address, &recipient.scheme) else { return false };
    author.ids.iter().any(|(own, id)| own == scheme && id == address)
}

fn named(who: &Who) -> String {
    let ids = who.ids.iter().take(3).map(|(scheme, id)| match scheme.as_str() {
        "" => cut(id),
        scheme => format!("{}:{}", cut(scheme), cut(id)),
    });
    let role = who.role.as_deref().map(cut);
    let parts: Vec<String> = role.into_iter().chain(who.name.as_deref().map(cut)).chain(ids).collect();
    if parts.is_empty() { "an author without a name".to_owned() } else { parts.join(" ") }
}

fn known_as(party: &Party) -> String {
    let ids = [&party.siren, &party.vat, &party.gln].into_iter().flatten().map(|id| cut(id));
    let parts: Vec<String> = party.name.as_deref().map(cut).into_iter().chain(ids).collect();
    if parts.is_empty() { "no identifier".to_owned() } else { parts.join(" ") }
}

fn cut(text: &str) -> String {
    const CHARACTERS: usize = 100;
    visible(text).chars().take(CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Facts, MessageState};

    fn row() -> InvoiceRow {
        let buyer = Party { name: Some("Port".into()), siren: Some("987654324".into()), ..Party::default() };
        let facts =
            Facts { number: Some("F-1".into()), seller_key: Some("123456782".into()), buyer, ..Facts::default() };
        InvoiceRow { id: "a".into(), platform: Some("pa".into()), facts, ..InvoiceRow::default() }
    }

    fn objects(role: &str, scheme: &str, id: &str, by: Option<&str>) -> Option<String> {
        let message = PlatformMessage {
            seq: 1,
            platform: "pa".into(),
            flow: "f".into(),
            kind: String::new(),
            name: String::new(),
            tracking: String::new(),
            updated_at: String::new(),
            at: 0,
            sha256: None,
            state: MessageState::New,
            why: String::new(),
            due_at: None,
            tries: 0,
            invoice: None,
            handed_by: by.map(str::to_owned),
        };
        let ids = if id.is_empty() { vec![] } else { vec![(scheme.to_owned(), id.to_owned())] };
        let author = Who { role: Some(role.to_owned()), ids, ..Who::default() };
        let told = Told { number: "F-1".into(), code: "210".into(), author, ..Told::default() };
        objection(&message, &told, &row())
    }

    #[test]
    fn who_hands_in_must_bring_the_word_of_a_party() {
        for (role, scheme, id) in [
            ("BY", "0002", "987654324"),
            ("BY", "0009", "98765432400019"),
            ("BY", "0225", "987654324_STATUTS"),
            ("BY", "0223", "FR14987654324"),
            ("BY", "", "987654324"),
            ("SE", "0002", "123456782"),
        ] {
            assert_eq!(objects(role, scheme, id, Some("erp")), None, "{role} {scheme} {id}");
        }
        for (role, scheme, id) in [
            ("BY", "0002", "111111118"),
            ("BY", "0009", "11111111800010"),
            ("BY", "0088", "987654324"),
            ("BY", "", ""),
            ("AB", "0002", "111111118"),
            ("SE", "0002", "987654324"),
            ("WK", "0238", "0123"),
            ("DFH", "0238", "0000"),
            ("", "0002", "987654324"),
        ] {
            let why = objects(role, scheme, id, Some("erp")).unwrap_or_else(|| panic!("{role} {scheme} {id}"));
            assert!(why.contains("erp") && why.contains("F-1") && why.contains(id), "{why}");
        }
    }

    #[test]
    fn a_platform_vouches_for_what_it_brings_unless_the_message_names_another() {
        for (role, scheme, id) in
            [("BY", "0002", "987654324"), ("BY", "", ""), ("AB", "0002", "111111118"), ("WK", "0238", "0123")]
        {
            assert_eq!(objects(role, scheme, id, None), None, "{role} {scheme} {id}");
        }
        let why = objects("BY", "0002", "111111118", None).unwrap();
        assert!(why.contains("111111118") && why.contains("987654324") && why.contains("pa"), "{why}");
    }
}
