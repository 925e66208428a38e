//! Whose invoice is it?

use super::super::file::KeyKind;
use super::super::{AMBIGUOUS, Choice};
use super::*;

fn party(ids: &str, vat: &str, name: &str) -> String {
    let vat = if vat.is_empty() {
        String::new()
    } else {
        format!(
            "<cac:PartyTaxScheme><cbc:CompanyID>{vat}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"
        )
    };
    let name =
        format!("<cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName></cac:PartyLegalEntity>");
    format!("<cac:AccountingCustomerParty><cac:Party>{ids}{vat}{name}</cac:Party></cac:AccountingCustomerParty>")
}

fn id(scheme: &str, value: &str) -> String {
    let scheme = if scheme.is_empty() { String::new() } else { format!(" schemeID=\"{scheme}\"") };
    format!("<cac:PartyIdentification><cbc:ID{scheme}>{value}</cbc:ID></cac:PartyIdentification>")
}

fn endpoint(scheme: &str, value: &str) -> String {
    format!("<cbc:EndpointID schemeID=\"{scheme}\">{value}</cbc:EndpointID>")
}

#[test]
fn the_most_precise_identifier_decides() {
    use KeyKind::*;
    let clients = load(&FOLDER);
    let (siret, siren, gln, vat) = ("88899900000019", "888999000", "3000000888995", "FR32123456789");
    for (inside, wanted) in [
        (party(&id("0009", siret), vat, "Atelier"), Some(("orle-negoce", Siret))),
        // An establishment that no file names: its company's file, by the first nine digits.
        (party(&id("0009", "88899900000035"), "", ""), Some(("groupe-orle", Siren))),
        (party(&id("0002", siren), vat, "Orle Négoce SARL"), Some(("groupe-orle", Siren))),
        (party(&id("0088", gln), vat, ""), Some(("atelier-vernier", Vat))),
        (party(&id("0088", gln), "", "Orle Négoce SARL"), Some(("orle-negoce-sud", Gln))),
        (party("", "fr 32 123456789", ""), Some(("atelier-vernier", Vat))),
        (party("", "", "  ATELIER  vernier &amp; oeuvre "), Some(("atelier-vernier", Name))),
        (party("", "", "Atelier Vernier"), None),
        // Without a scheme, the length tells; with another scheme, it is another number.
        (party(&id("", "888 999 000 00019"), "", ""), Some(("orle-negoce", Siret))),
        (party(&id("0060", "888999000"), "", ""), None),
        (party(&endpoint("0225", "888999000"), "", ""), Some(("groupe-orle", Siren))),
        (party(&endpoint("0225", "888999000_88899900000019"), "", ""), Some(("orle-negoce", Siret))),
        (party(&endpoint("0225", "888999000_COMPTA"), "", ""), Some(("groupe-orle", Siren))),
        (party(&endpoint("0088", gln), "", ""), Some(("orle-negoce-sud", Gln))),
        (String::new(), None),
    ] {
        let chosen = with_invoice(&inside, |invoice| match clients.choose(invoice) {
            Choice::One { client, by, .. } => Some((client.id.to_string(), by)),
            Choice::None => None,
            Choice::Ambiguous(a) => panic!("{inside}: {a:?}"),
        });
        assert_eq!(chosen, wanted.map(|(id, by)| (id.to_owned(), by)), "{inside}");
    }
}

#[test]
fn a_sellers_identifier_matches_nobody() {
    let clients = load(&FOLDER);
    let seller =
        party(&id("0009", "88899900000019"), "FR32123456789", "Orle Négoce SARL").replace("Customer", "Supplier");
    with_invoice(&seller, |invoice| assert!(clients.choose(invoice).client().is_none()));
}

#[test]
fn two_files_of_the_same_precision_are_named_and_none_is_applied() {
    let clients = load(&FOLDER);
    let two = party(&(id("0009", "88899900000019") + &id("0009", "88899900000027")), "", "");
    with_invoice(&two, |invoice| {
        let Choice::Ambiguous(ambiguity) = clients.choose(invoice) else { panic!("one was chosen") };
        let finding = ambiguity.finding();
        assert_eq!((finding.rule.as_str(), finding.terms.as_slice()), (AMBIGUOUS, &["BT-46".to_owned()][..]));
        assert!(finding.place.is_some());
        assert_eq!(
            finding.found.as_deref(),
            Some("orle-negoce.toml (88899900000019), orle-negoce-sud.toml (88899900000027)")
        );
    });
    // The same file twice is no doubt.
    let once = party(&(id("0009", "88899900000019") + &endpoint("0225", "888999000_88899900000019")), "", "");
    with_invoice(&once, |invoice| assert_eq!(clients.choose(invoice).client().map(|c| &*c.id), Some("orle-negoce")));
}

#[test]
fn a_file_is_chosen_by_hand_by_its_name_or_the_customers() {
    let clients = load(&FOLDER);
    for (name, wanted) in [
        ("orle-negoce", Some("orle-negoce")),
        ("orle-negoce.toml", Some("orle-negoce")),
        ("ORLE negoce", Some("orle-negoce")),
        ("atelier vernier & oeuvre", Some("atelier-vernier")),
        ("orle", None),
    ] {
        assert_eq!(clients.named(name).map(|c| &*c.id), wanted, "{name}");
    }
    let twins = load(&[("a.toml", "name = \"X\""), ("b.toml", "name = \"x\"")]);
    assert!(twins.named("X").is_none());
}
