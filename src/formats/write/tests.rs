use super::*;
use crate::formats::read;

fn round(text: &str, target: Target) -> (Draft, Written) {
    let source = read(text.as_bytes()).unwrap();
    let draft = Draft::of(&source.invoice);
    let written = write(&draft, target);
    (draft, written)
}

const EXAMPLES: [&str; 3] = [
    include_str!("../../../schemas/examples/cii.xml"),
    include_str!("../../../schemas/examples/ubl-invoice.xml"),
    include_str!("../../../schemas/examples/ubl-credit.xml"),
];

#[test]
fn our_examples_survive() {
    for text in EXAMPLES {
        for target in [Target::Cii, Target::Ubl] {
            let (_, written) = round(text, target);
            let back = read(written.text.as_bytes()).unwrap();
            println!("{}", written.text);
            assert_eq!(back.faults, Vec::new(), "{target:?}");
            assert_eq!(written.losses, Vec::new(), "{target:?}");
            assert_eq!(written.places.len(), back.invoice.tree().len());
        }
    }
}
