//! Whatever others write, where their invoices are at hand (`FACTEUR_CORPUS`): there and back, and judged on the way.

use std::collections::BTreeMap;
use std::fs;

use facteur::diff::{self, Change, Difference, Options};
use facteur::formats::write::{Target, write};
use facteur::formats::{Envelope, Read, read};
use facteur::invoice::{Draft, bt};
use facteur::pdf::Direct;
use facteur::rules;

/// The findings of the norm, by rule.
fn fatal(read: &Read<'_>) -> Vec<String> {
    let packs = rules::packs().iter().filter(|pack| pack.id == "en16931");
    let judged = packs.flat_map(|pack| pack.judge(&read.invoice).findings);
    let fatal = judged.filter(|finding| finding.severity == rules::Severity::Fatal);
    fatal.map(|finding| finding.group.to_string()).collect()
}

/// BT-83 goes for every payment means of the source; of several values of BT-8, one may be of the other syntax's list.
fn is_expected(source: &Read<'_>, difference: &Difference) -> bool {
    let values = |term| source.invoice.all(term).filter(|o| !o.is_echo()).map(|o| o.trimmed()).collect::<Vec<_>>();
    let again = difference.change == Change::OnlyB
        && difference.b.as_ref().is_some_and(|said| values(bt::BT_83).contains(&said.value.as_str()));
    again && difference.term == Some(bt::BT_83) || difference.term == Some(bt::BT_8) && values(bt::BT_8).len() > 1
}

#[test]
fn invoices_of_others_come_back() {
    let Some(corpus) = std::env::var_os("FACTEUR_CORPUS").map(std::path::PathBuf::from) else {
        eprintln!("skipped: FACTEUR_CORPUS does not say where the invoices of others are");
        return;
    };
    let mut counts: BTreeMap<(String, &str), u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for folder in ["ubl-invoice", "ubl-creditnote", "cii", "facturx-pdf"] {
        let mut files: Vec<_> = fs::read_dir(corpus.join(folder)).unwrap().map(|e| e.unwrap().path()).collect();
        files.sort();
        for path in files {
            let bytes = fs::read(&path).unwrap();
            let Ok(envelope) = Envelope::open(&bytes, &Direct) else { continue };
            let Ok(source) = envelope.read() else { continue };
            let mut count = |what| *counts.entry((folder.to_owned(), what)).or_default() += 1;
            let ubl = source.invoice.syntax().is_ubl();
            let there = write(&Draft::of(&source.invoice), if ubl { Target::Cii } else { Target::Ubl });
            let other = read(there.text.as_bytes()).unwrap();
            let back = write(&Draft::of(&other.invoice), if ubl { Target::Ubl } else { Target::Cii });
            let returned = read(back.text.as_bytes()).unwrap();
            count("read");
            count(if there.losses.is_empty() { "every term there" } else { "terms lost there" });
            let lost: Vec<_> = there.losses.iter().chain(&back.losses).filter_map(|loss| loss.term).collect();
            let options = Options { ignore: lost.clone(), terms_only: true, ..Options::default() };
            let mut found = diff::compare(&source.invoice, &returned.invoice, &options);
            found.differences.retain(|difference| !is_expected(&source, difference));
            if found.is_same() {
                count("the same after there and back, but for the losses");
            } else {
                wrong.push(format!("{}: {:?}", path.display(), found.differences.first()));
            }
            let (before, after) = (fatal(&source), fatal(&other));
            if before.is_empty() && lost.is_empty() {
                count("valid, every term there");
                count(if after.is_empty() { "still valid" } else { "no longer valid" });
                if !after.is_empty() {
                    println!("{}: {after:?}", path.display());
                }
            }
            if source.faults.is_empty() && !other.faults.is_empty() {
                count("lacks what the other schema demands");
                println!("{}: {:?}", path.display(), other.faults.first().map(|fault| &fault.expected));
            }
        }
    }
    for ((folder, what), count) in &counts {
        println!("{folder}: {what}: {count}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
