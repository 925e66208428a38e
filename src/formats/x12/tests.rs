//! The 810 to a draft: a test for each trap.

mod owed;
mod read;
mod traps;

use super::*;
use crate::invoice::bt;

const INVOICE: &[u8] = include_bytes!("../../../fixtures/x12/invoice.edi");
const CREDIT: &[u8] = include_bytes!("../../../fixtures/x12/credit-negative.edi");

/// A set of these segments, one a line, in its envelope with right counts.
fn interchange(body: &str) -> String {
    let lines: Vec<&str> = body.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    format!(
        "ISA*00*          *00*          *01*123456789      *ZZ*RECEIVER       *261102*0930*U*00401*000000101*0*P*>~\n\
         GS*IN*S*R*20261102*0930*7*X*004010~\nST*810*0001~\n{}~\nSE*{}*0001~\nGE*1*7~\nIEA*1*000000101~\n",
        lines.join("~\n"),
        lines.len() + 2
    )
}

fn drawn(body: &str) -> Drawn {
    drawn_by(body, &Settings::default())
}

fn drawn_by(body: &str, settings: &Settings) -> Drawn {
    let mut found = drafts(interchange(body).as_bytes(), settings);
    assert_eq!((found.invoices.len(), found.others.len(), &found.refusal), (1, 0, &None));
    assert!(found.faults.is_empty(), "{:?}", found.faults);
    found.invoices.remove(0)
}

/// What no element took.
fn left(drawn: &Drawn) -> Vec<&str> {
    drawn.remarks.iter().filter(|remark| remark.is_left()).map(|remark| remark.said.as_str()).collect()
}

/// What a line, or with none the document, says of a term.
fn said(drawn: &Drawn, line: Option<usize>, id: &str) -> Option<String> {
    let term = Term::parse(id).unwrap();
    let base = match line {
        Some(n) => drawn.draft.groups(bt::BG_25).nth(n - 1)?,
        None => &drawn.draft,
    };
    gather::text_of(base, term).map(str::to_owned)
}

fn how(drawn: &Drawn, address: &str) -> Option<How> {
    drawn.made.iter().find(|made| made.address == address).map(|made| made.how)
}

fn topics(drawn: &Drawn) -> Vec<Topic> {
    drawn.remarks.iter().map(|remark| remark.topic).collect()
}

fn constants(pairs: &[(&str, &str)]) -> Settings {
    Settings {
        constants: pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
        ..Settings::default()
    }
}
