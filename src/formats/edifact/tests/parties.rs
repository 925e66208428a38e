//! One party under two qualifiers.

use super::*;

const FULL: &str = "3012345678919::9++Hypermarche+1 rue A+Paris++75001+FR'RFF+VA:FR14987654324'RFF+GN:987654324'";

fn buyer(release: &str, parties: &str) -> (String, Stated) {
    let stated = of(release, &format!("{HEAD}{parties}LIN+1'UNS+S'MOA+79:1'"));
    let own = |way: &[Term], term| texts(&stated.draft, way, term).join("|");
    let party = [bt::BT_44, bt::BT_46, bt::BT_47, bt::BT_48].map(|term| own(&[bt::BG_7], term)).join(" ");
    (format!("{party} {}", own(&[bt::BG_7, bt::BG_8], bt::BT_55)), stated)
}

#[test]
fn a_party_that_stands_by_its_identifier_alone_is_completed_by_itself_in_full() {
    for release in ["96A", "01B"] {
        let (said, stated) = buyer(release, &format!("NAD+BY+{FULL}NAD+IV+3012345678919::9'"));
        assert_eq!(said, "Hypermarche 3012345678919 987654324 FR14987654324 FR");
        let told = |term| stated.derived.iter().any(|d| d.term == term && matches!(d.why, Why::SameParty { .. }));
        assert!([bt::BT_44, bt::BG_8, bt::BT_47, bt::BT_48].into_iter().all(told));
        assert!(stated.untaken.is_empty(), "{:?}", stated.untaken);
    }
    // The seller likewise, and by a number that both bear.
    let stated = of("96A", &format!("{HEAD}NAD+SE++++'RFF+GN:987654324'NAD+SU+{FULL}LIN+1'UNS+S'MOA+79:1'"));
    assert_eq!(texts(&stated.draft, &[bt::BG_4], bt::BT_27), ["Hypermarche"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_4, bt::BG_5], bt::BT_40), ["FR"]);
}

#[test]
fn two_parties_are_not_made_into_one() {
    // Another identifier, or the same with another number: who is invoiced is the buyer, and lacks what it lacks.
    let (said, stated) = buyer("96A", &format!("NAD+BY+{FULL}NAD+IV+3012345678902::9'"));
    assert_eq!(said, " 3012345678902   ");
    assert!(stated.untaken.iter().any(|one| one.segment == "NAD+BY"));
    let (said, _) = buyer("96A", &format!("NAD+BY+{FULL}NAD+IV+3012345678919::9'RFF+GN:123456782'"));
    assert_eq!(said, " 3012345678919 123456782  ");
    // Another address is neither taken nor mixed, and told.
    let (said, stated) = buyer("96A", &format!("NAD+BY+{FULL}NAD+IV+3012345678919::9++Siege+2 rue B+Lyon++69001'"));
    assert_eq!(said, "Siege 3012345678919 987654324 FR14987654324 FR");
    assert_eq!(texts(&stated.draft, &[bt::BG_7, bt::BG_8], bt::BT_52), ["Lyon"]);
    assert!(stated.untaken.iter().any(|one| one.segment == "NAD+BY 6.1"), "{:?}", stated.untaken);
}

#[test]
fn two_sellers_are_told_apart_by_like_and_like() {
    let doubt = |se: &str, su: &str| {
        let stated = of("96A", &format!("{HEAD}NAD+SE+{se}'NAD+SU+{su}'LIN+1'UNS+S'MOA+79:1'"));
        let [doubt] = &stated.doubts[..] else { panic!("{:?}", stated.doubts) };
        (doubt.term, doubt.read.clone(), doubt.other.clone())
    };
    let wanted = |term, read: &str, other: &str| (term, read.to_owned(), other.to_owned());
    assert_eq!(
        doubt("3012345678902::9'RFF+VA:FR11123456782", "3012345678919::9++Morel"),
        wanted(bt::BT_29, "3012345678902", "3012345678919")
    );
    assert_eq!(
        doubt("3012345678902::9++Kerguelen", "3012345678919::9++Morel"),
        wanted(bt::BT_27, "Kerguelen", "Morel")
    );
    assert_eq!(
        doubt("++Morel'RFF+GN:987654324", "++Morel'RFF+GN:123456782"),
        wanted(bt::BT_30, "987654324", "123456782")
    );
}

#[test]
fn a_name_alone_is_no_proof_against_country_or_address() {
    let named = |place: &str| buyer("96A", &format!("NAD+BY+{FULL}NAD+IV+++HYPERMARCHE{place}'"));
    // A name alone, and nothing that speaks against it.
    for place in ["", "+1 rue A", "++++75001", "+++++FR"] {
        let (said, _) = named(place);
        assert!(said.contains("987654324 FR14987654324"), "{place}: {said}");
    }
    for (place, country) in
        [("+2 rue B+Bruxelles++1000+BE", "BE"), ("+2 rue B+Lyon++69001+FR", "FR"), ("+++++BE", "BE")]
    {
        let (said, stated) = named(place);
        assert_eq!(said, format!("HYPERMARCHE    {country}"), "{place}");
        assert!(stated.derived.iter().any(|d| d.why == Why::Invoicee));
        assert!(stated.untaken.iter().any(|one| one.segment == "NAD+BY"), "{:?}", stated.untaken);
    }
    // One identifier in two countries is none.
    let (said, _) = buyer("96A", &format!("NAD+BY+{FULL}NAD+IV+3012345678919::9++X++++1000+BE'"));
    assert_eq!(said, "X 3012345678919   BE");
}

#[test]
fn two_places_of_one_company_share_what_is_of_the_company() {
    let other = "3012345678902::9++Hypermarche siege+2 rue B+Lyon++69001+FR'RFF+GN:987654324'";
    let (said, stated) = buyer("96A", &format!("NAD+BY+{FULL}NAD+IV+{other}"));
    assert_eq!(said, "Hypermarche siege 3012345678902 987654324 FR14987654324 FR");
    assert_eq!(texts(&stated.draft, &[bt::BG_7, bt::BG_8], bt::BT_52), ["Lyon"]);
    let why = |why: &Why| stated.derived.iter().any(|derived| derived.why == *why);
    assert!(why(&Why::InvoiceeElsewhere) && why(&Why::SameCompany { by: "NAD+BY".to_owned() }));
    let untaken: Vec<&str> = stated.untaken.iter().map(|one| &*one.segment).collect();
    assert_eq!(untaken, ["NAD+BY"]);
    // By two SIRET of one SIREN; what is of a place is not taken from the other, though the one lacks it.
    let (said, stated) = buyer(
        "96A",
        "NAD+BY+98765432400027::107++B+R+Lyon++69001+FR'RFF+VA:FR14987654324'CTA+IC+:X'NAD+IV+98765432400019::107++A'",
    );
    assert_eq!(said, "A 98765432400019  FR14987654324 FR");
    assert_eq!(texts(&stated.draft, &[bt::BG_7, bt::BG_9], bt::BT_56), Vec::<String>::new());
    assert!(stated.untaken.iter().any(|one| one.segment == "CTA+IC"), "{:?}", stated.untaken);
    // Two companies of one tax number are two.
    let (said, _) = buyer("96A", &format!("NAD+BY+{FULL}NAD+IV+++Y'RFF+VA:FR14987654324'RFF+GN:123456782'"));
    assert_eq!(said, "Y  123456782 FR14987654324 FR");
}
