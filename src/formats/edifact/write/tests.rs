//! What is written, and that it comes back.

use super::*;
use crate::day::Day;
use crate::formats::read;
use crate::invoice::{Draft, bt};

pub(super) fn moment() -> Moment {
    Moment { day: Day::new(2026, 11, 22).unwrap(), hour: 10, minute: 5 }
}

fn of(bytes: &[u8]) -> Draft {
    Draft::of(&read(bytes).unwrap().invoice)
}

fn text(written: &Interchange) -> String {
    encoding_rs::WINDOWS_1252.decode(&written.bytes).0.replace('\'', "'\n")
}

fn told(losses: &[Loss]) -> Vec<String> {
    losses.iter().map(|loss| format!("{} {:?} {:?}", loss.address, loss.value, loss.reason)).collect()
}

#[test]
fn an_example_is_written() {
    let draft = of(include_bytes!("../../../../schemas/examples/cii.xml"));
    for directory in [Directory::D96A, Directory::D01B] {
        let written = write(&draft, directory, &Agreement::default(), moment(), None);
        println!("{}\n{:#?}", text(&written), told(&written.losses));
        assert_eq!((written.faults, written.refusal), (Vec::new(), None));
    }
    assert!(draft.text(bt::BT_1).is_some());
}
