//! Turns the tables of `schemas/` into Rust statics, so that nothing is parsed when facteur starts.
//!
//! Three files come out: `names.rs` (the vocabulary of both syntaxes), `syntax.rs` (types, order, cardinality) and
//! `terms.rs` (the terms of EN 16931 and where each stands in each syntax). A table that is wrong stops the build.

use std::collections::BTreeMap;
use std::fmt::Write as _;
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
    ]
    .map(|(file, release)| syntax::parse(&read(&format!("schemas/syntax/{file}.txt")), release));
    let terms = terms::parse(&read("schemas/terms.csv"));
    let packs = catalogue::read(Path::new("schemas/rules"), &terms);
    let names = names::Names::collect(&syntaxes, &catalogue::rows(&packs));
    let bindings = binding::parse(&read("schemas/binding.csv"));

    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let write = |file: &str, text: String| fs::write(Path::new(&out).join(file), text).expect("OUT_DIR is writable");
    let digested: [(&str, &[&str]); 3] = [
        ("FACTEUR_SCHEMA_UBL", &["ubl", "ubl-extensions"]),
        ("FACTEUR_SCHEMA_CII", &["cii"]),
        ("FACTEUR_SCHEMA_CII_D16B", &["cii-d16b"]),
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
    write("terms.rs", terms::rust(&terms));
    let codes = codes::read("schemas/codes");
    write("codes.rs", codes::rust(&codes));
    write("rules.rs", rules::rust(&packs, &codes, &terms, &names));
    write("binding.rs", binding::rust(&bindings, &terms, &names));
}

/// Rows of a CSV file with a header, quotes allowed; enough for our own tables.
fn csv(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = text.lines().map(fields);
    let header = lines.next().expect("a header");
    lines.map(|row| header.iter().cloned().zip(row).collect()).collect()
}

fn fields(line: &str) -> Vec<String> {
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    out.push(field);
    out
}

/// A Rust list of items.
fn list(items: impl IntoIterator<Item = String>) -> String {
    let mut out = String::from("&[");
    for item in items {
        write!(out, "{item},").expect("strings take all");
    }
    out.push(']');
    out
}
