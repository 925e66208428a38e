//! What customer files promise, over the files of `fixtures/clients/`.

mod faults;
mod judging;
mod matching;
mod reloading;

use crate::formats;
use crate::invoice::Invoice;

use super::{Clients, Folder};

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/clients/", $path))
    };
}
use fixture;

const WORKED: [(&str, &str); 2] = [
    ("ville-de-lyon.toml", fixture!("worked/ville-de-lyon.toml")),
    ("secteur-public.toml", fixture!("worked/secteur-public.toml")),
];

const FOLDER: [(&str, &str); 4] = [
    ("atelier-vernier.toml", fixture!("folder/atelier-vernier.toml")),
    ("groupe-orle.toml", fixture!("folder/groupe-orle.toml")),
    ("orle-negoce-sud.toml", fixture!("folder/orle-negoce-sud.toml")),
    ("orle-negoce.toml", fixture!("folder/orle-negoce.toml")),
];

const WAIVED: [(&str, &str); 2] = [
    ("chantiers-du-port.toml", fixture!("waivers/chantiers-du-port.toml")),
    ("waivers.toml", fixture!("waivers/waivers.toml")),
];

fn folder(files: &[(&str, &str)]) -> Folder {
    files.iter().copied().collect()
}

fn load(files: &[(&str, &str)]) -> Clients {
    Clients::load(&folder(files)).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// One customer, from the text of its file.
fn client(text: &str) -> std::sync::Arc<super::ClientRules> {
    load(&[("c.toml", text)]).named("c").unwrap().clone()
}

/// A UBL invoice with these elements in it, in the order of UBL where the tests care.
fn with_invoice<T>(inside: &str, test: impl FnOnce(&Invoice<'_>) -> T) -> T {
    let xml = format!(
        "<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\" \
         xmlns:cac=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\" \
         xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\">\n{inside}\n</Invoice>"
    );
    let read = formats::read(xml.as_bytes()).unwrap_or_else(|e| panic!("{e:?}: {xml}"));
    test(&read.invoice)
}

/// Rules, terms and what was found, a line a finding.
fn judged(client: &super::ClientRules, inside: &str) -> Vec<String> {
    with_invoice(inside, |invoice| {
        let line = |f: &crate::rules::Finding| {
            let found = f.found.as_deref().map(|t| format!(" {t}")).unwrap_or_default();
            format!("{} {}{found}", f.rule.trim_start_matches("FCT-CLIENT-"), f.terms.join(" "))
        };
        client.judge(invoice).iter().map(line).collect()
    })
}

#[test]
fn the_worked_file_of_the_design_is_read_word_for_word() {
    let clients = load(&WORKED);
    assert!(clients.remarks().is_empty(), "{:#?}", clients.remarks());
    let lyon = clients.named("ville-de-lyon").unwrap();
    assert_eq!((&*lyon.name, lyon.count()), ("Ville de Lyon", 8));
    assert_eq!(lyon.route.as_ref().map(|r| &*r.value), Some("chorus-pro"));
    insta::assert_snapshot!("worked_file_in_force", lyon.show());
}

#[test]
fn the_customers_of_the_demo_load() {
    macro_rules! demo {
        ($($name:literal),*) => {
            [$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo/clients/", $name)))),*]
        };
    }
    let clients = load(&demo![
        "bati-armor.toml",
        "centre-hospitalier-deux-rives.toml",
        "halles-de-l-orle.toml",
        "lycee-ada-lovelace.toml",
        "mairie-saint-aubin.toml",
        "ministere-des-rivages.toml",
        "secteur-public.toml",
        "syndicat-du-val-perdu.toml"
    ]);
    assert!(clients.remarks().is_empty(), "{:#?}", clients.remarks());
}

#[test]
fn what_is_shown_asks_the_same_when_read_again() {
    for (id, files) in [
        ("ville-de-lyon", &WORKED[..]),
        ("orle-negoce-sud", &FOLDER[..]),
        ("atelier-vernier", &FOLDER[..]),
        ("chantiers-du-port", &WAIVED[..]),
    ] {
        let shown = load(files).named(id).unwrap().show();
        let again = client(&shown);
        // The places differ: comments tell where each rule came from.
        let bare = |text: &str| {
            let line = |l: &str| l.split(" # ").next().unwrap_or_default().to_owned();
            text.lines().skip(1).map(line).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(bare(&again.show()), bare(&shown));
    }
}
