//! Turns the tables of `schemas/` into Rust statics, so that nothing is parsed when facteur starts.
//!
//! Three files come out: `names.rs` (the vocabulary of both syntaxes), `syntax.rs` (types, order, cardinality) and
//! `terms.rs` (the terms of EN 16931 and where each stands in each syntax). A table that is wrong stops the build.

use std::path::Path;
use std::{env, fs};

use sha2::Digest as _;

#[path = "build/bans.rs"]
mod bans;
#[path = "build/binding.rs"]
mod binding;
#[path = "build/catalogue.rs"]
mod catalogue;
#[path = "build/codes.rs"]
mod codes;
#[path = "build/demo.rs"]
mod demo;
#[path = "src/xml/hash.rs"]
mod hash;
#[path = "build/json.rs"]
mod json;
#[path = "build/model.rs"]
mod model;
#[path = "build/names.rs"]
mod names;
#[path = "build/notation.rs"]
mod notation;
#[path = "build/plain.rs"]
mod plain;
#[path = "build/profile.rs"]
mod profile;
#[path = "build/rules.rs"]
mod rules;
#[path = "src/rules/short.rs"]
mod short;
#[path = "build/syntax.rs"]
mod syntax;
#[path = "build/terms.rs"]
mod terms;
#[path = "build/text.rs"]
mod text;

use text::{csv, list};

fn main() {
    println!("cargo::rerun-if-changed=schemas");
    println!("cargo::rerun-if-changed=build");
    let read = |path: &str| fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let syntaxes = [
        ("ubl", ""),
        ("ubl-extensions", ""),
        ("cii", ""),
        ("cii-d16b", "d16b/"),
        ("facturx-minimum", "facturx-minimum/"),
        ("facturx-basicwl", "facturx-basicwl/"),
        ("facturx-basic", "facturx-basic/"),
        ("facturx-en16931", "facturx-en16931/"),
        ("facturx-extended", "facturx-extended/"),
        ("cdar", syntax::BESIDE),
    ]
    .map(|(file, release)| syntax::parse(&read(&format!("schemas/syntax/{file}.txt")), release));
    let mut terms = terms::parse(&read("schemas/terms.csv"));
    let of_invoices = terms.len();
    // The terms of life-cycle messages come last: an invoice has none of them.
    let messages = read("schemas/lifecycle/cdar_terms.csv");
    terms.extend(terms::parse(&messages));
    let packs = catalogue::read(Path::new("schemas/rules"), &terms);
    let names = names::Names::collect(&syntaxes, &catalogue::rows(&packs));
    let mut bindings = binding::parse(&read("schemas/binding.csv"));
    bindings.extend(binding::of_messages(&messages));

    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let write = |file: &str, text: String| fs::write(Path::new(&out).join(file), text).expect("OUT_DIR is writable");
    let digested: [(&str, &[&str]); 4] = [
        ("FACTEUR_SCHEMA_UBL", &["ubl", "ubl-extensions"]),
        ("FACTEUR_SCHEMA_CII", &["cii"]),
        ("FACTEUR_SCHEMA_CII_D16B", &["cii-d16b"]),
        ("FACTEUR_SCHEMA_CDAR", &["cdar"]),
    ];
    for (variable, files) in digested {
        let tables: String = files.iter().map(|file| read(&format!("schemas/syntax/{file}.txt"))).collect();
        let digest = sha2::Sha256::digest(tables.as_bytes());
        println!("cargo::rustc-env={variable}={}", digest.iter().map(|b| format!("{b:02x}")).collect::<String>());
    }
    write("demo.rs", demo::rust(Path::new("fixtures/demo")));
    write("names.rs", names.rust());
    write("name_constants.rs", names.constants());
    write("syntax.rs", syntax::rust(&syntaxes, &names));
    write("terms.rs", terms::rust(&terms, of_invoices));
    let codes = codes::read("schemas/codes");
    write("codes.rs", codes::rust(&codes));
    write("rules.rs", rules::rust(&packs, &codes, &terms, &names));
    // Two versions of a pack, for the tests that let a day choose between them.
    println!("cargo::rerun-if-changed=fixtures/rules/versions");
    let versions = catalogue::read(Path::new("fixtures/rules/versions"), &terms);
    write("versions.rs", rules::rust(&versions, &codes, &terms, &names));
    write("binding.rs", binding::rust(&bindings, &terms, &names));
    write("mentions.json", json::of("schemas/mentions.toml", &read("schemas/mentions.toml")));
}
