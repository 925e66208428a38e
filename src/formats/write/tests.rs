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

#[test]
fn codes_of_bt_8_are_those_of_the_syntax_that_is_written() {
    use crate::invoice::bt;
    let source = read(EXAMPLES[0].as_bytes()).unwrap();
    for (ubl, cii) in [("3", "5"), ("35", "29"), ("432", "72")] {
        // JSON of the model holds the one or the other; the two lists have no code in common.
        for stated in [ubl, cii] {
            let mut draft = Draft::of(&source.invoice);
            draft.said.iter_mut().filter(|said| said.term == bt::BT_8).for_each(|said| said.text = stated.into());
            for (target, code) in [(Target::Ubl, ubl), (Target::Cii, cii)] {
                let written = write(&draft, target);
                let back = read(written.text.as_bytes()).unwrap();
                assert_eq!(back.invoice.text(bt::BT_8), Some(code), "{stated} {target:?}");
                assert_eq!(written.losses, Vec::new(), "{stated} {target:?}");
            }
        }
    }
}
