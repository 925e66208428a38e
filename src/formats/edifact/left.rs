//! What a message says and nobody reads: whole segments, and, of segments that were read, components that say something more.
//!
//! Which components were read is kept as they are read ([`cell`]). What says nothing by itself is known from tables: conditions of the binding
//! (qualifiers), and the data elements of `schemas/edifact/quiet.csv`.

use std::sync::LazyLock;

use crate::edifact::{Element, Forms, Segment};
use crate::invoice::{Draft, bt};
use crate::table::{Table, TableError, built_in};

use super::binding::Binding;
use super::counts::is_held;
use super::fill::Filler;
use super::groups::MESSAGE;
use super::structure::{Directory, Tag, tag};

/// A set of components of a segment: nine elements of seven components have a bit each, all others share the last.
pub type Cells = u64;

const COMPONENTS: usize = 7;
const ELEMENTS: usize = 9;
const BEYOND: Cells = 1 << 63;

/// Component `c` of element `e`, both from 1.
#[inline]
pub fn cell(e: usize, c: usize) -> Cells {
    if (1..=ELEMENTS).contains(&e) && (1..=COMPONENTS).contains(&c) {
        1 << ((e - 1) * COMPONENTS + c - 1)
    } else {
        BEYOND
    }
}

/// Something that no term takes: a segment, counted from 0, or a component of it. Component 0 is all repetitions of the element but the first, element 0 the segment.
pub type Left = (u32, usize, usize);

/// A row of `quiet.csv`.
struct Quiet {
    /// The segment that it speaks of; none for all.
    tag: Option<Tag>,
    /// Number of the data element.
    number: Box<str>,
    /// What it may say; empty for whatever it says.
    values: Vec<Box<str>>,
}

impl Quiet {
    fn all() -> &'static [Quiet] {
        static ALL: LazyLock<Vec<Quiet>> = LazyLock::new(|| {
            built_in("edifact/quiet", Quiet::parse(include_str!("../../../schemas/edifact/quiet.csv")))
        });
        &ALL
    }

    fn parse(text: &str) -> Result<Vec<Quiet>, TableError> {
        let table = Table::parse(text)?;
        let (element, values) = (table.column("element")?, table.column("values")?);
        let rows = table.rows.iter().map(|row| {
            let (own, number) = row.get(element).split_once('/').unwrap_or(("", row.get(element)));
            if number.len() != 4 || !matches!(own.len(), 0 | 3) {
                return Err(row.error("an element is four digits, with a tag before it or none"));
            }
            let values = row.get(values).split('|').filter(|value| !value.is_empty()).map(Into::into).collect();
            Ok(Quiet { tag: Some(tag(own)).filter(|own| *own != 0), number: number.into(), values })
        });
        rows.collect()
    }

    fn is_of(&self, own: Tag, number: &str) -> bool {
        *self.number == *number && self.tag.is_none_or(|tag| tag == own)
    }
}

/// By tag, the components that say nothing by themselves whatever they say.
fn silent(directory: Directory) -> &'static [(Tag, Cells)] {
    static ALL: LazyLock<[Vec<(Tag, Cells)>; 3]> = LazyLock::new(|| {
        Directory::ALL.map(|directory| {
            let tested = Binding::of(directory).tested();
            let forms = directory.forms();
            let mut all: Vec<(Tag, Cells)> = forms.tags().map(|name| (tag(name), quiet(forms, name))).collect();
            for (own, cells) in &mut all {
                *cells |= tested.get(own).copied().unwrap_or_default();
            }
            all.sort_unstable();
            all
        })
    });
    &ALL[directory as usize]
}

fn quiet(forms: &Forms, name: &str) -> Cells {
    let mut cells = 0;
    for (e, element) in (1..).zip(forms.get(name).unwrap_or_default()) {
        for (c, component) in (1..).zip(&element.components) {
            let is_quiet = |q: &Quiet| q.values.is_empty() && q.is_of(tag(name), &component.number);
            if Quiet::all().iter().any(is_quiet) && cell(e, c) != BEYOND {
                cells |= cell(e, c);
            }
        }
    }
    cells
}

/// Says a component nothing by itself?
#[cfg(test)]
pub fn is_silent(directory: Directory, own: Tag, e: usize, c: usize, text: &str) -> bool {
    let name: String = own.to_be_bytes().iter().filter(|b| **b != 0).map(|b| char::from(*b)).collect();
    let number = directory.forms().component(&name, e, c).map_or("", |form| &*form.number);
    let known = silent(directory).iter().any(|(tag, cells)| *tag == own && cells & cell(e, c) != 0);
    known || Quiet::all().iter().any(|q| q.is_of(own, number) && q.values.iter().any(|v| **v == *text))
}

/// All that is left, in the order of the message.
pub(super) fn over(filler: &Filler<'_>, draft: &Draft) -> Vec<Left> {
    let groups = filler.groups;
    let silent = silent(filler.directory);
    let order = draft.text(bt::BT_13);
    let mut left: Vec<Left> = filler.untaken().map(|segment| (segment, 0, 0)).collect();
    left.extend(counts(filler).map(|segment| (segment, 0, 0)));
    left.extend(filler.lost());
    // What had no place was not read; a UNS too many says nothing.
    left.extend(groups.aside.iter().filter(|at| groups.tag(**at) != tag("UNS")).map(|at| (*at, 0, 0)));
    left.extend(header(filler));
    for (at, read) in filler.cells() {
        let Some(segment) = groups.segment(at) else { continue };
        let own = groups.tag(at);
        let known = silent.binary_search_by_key(&own, |(tag, _)| *tag).map_or(0, |n| silent[n].1);
        if filled(&segment) & !(read | known) != 0 {
            closely(filler, (at, &segment), read | known, order, &mut left);
        }
    }
    left.sort_unstable();
    left.dedup();
    left
}

/// What UNH says beside what the message is: a common reference (0068), which of several transfers it is (S010).
fn header(filler: &Filler<'_>) -> Vec<Left> {
    let Some(unh) = filler.groups.segment(0).filter(|unh| unh.tag() == "UNH") else { return Vec::new() };
    let said = elements(&unh).skip(2).flat_map(|(e, element)| {
        let texts: Vec<bool> = element.texts().map(|text| text.is_some_and(|text| !text.trim().is_empty())).collect();
        (1..).zip(texts).filter(|(_, says)| *says).map(move |(c, _)| (0, e, c))
    });
    said.collect()
}

fn elements<'s>(segment: &Segment<'s>) -> impl Iterator<Item = (usize, Element<'s>)> {
    (1..=segment.elements()).filter_map(|e| Some((e, segment.element(e)?)))
}

/// The components that say something, blanks counted as something.
fn filled(segment: &Segment<'_>) -> Cells {
    let mut cells = 0;
    segment.each_saying(|e, c| cells |= cell(e, c));
    cells
}

/// Which components of a segment are left, by what they say.
fn closely(
    filler: &Filler<'_>,
    (at, segment): (u32, &Segment<'_>),
    known: Cells,
    order: Option<&str>,
    left: &mut Vec<Left>,
) {
    let (own, forms) = (filler.groups.tag(at), filler.directory.forms());
    for (e, element) in elements(segment) {
        if element.repetitions().skip(1).any(says) {
            left.push((at, e, 0));
        }
        for (c, text) in (1..).zip(element.texts()) {
            let Some(text) = text.as_deref().map(str::trim).filter(|text| !text.is_empty()) else { continue };
            if cell(e, c) != BEYOND && known & cell(e, c) != 0 {
                continue;
            }
            let number = forms.component(segment.tag(), e, c).map_or("", |form| &*form.number);
            let may = |q: &Quiet| {
                q.is_of(own, number) && (q.values.is_empty() || q.values.iter().any(|v| v.eq_ignore_ascii_case(text)))
            };
            let again = number == "6345" && *text == *filler.currency()
                || (own == tag("RFF") && (e, c) == (1, 2) && order == Some(text) && &*segment.text(1, 1) == "ON");
            if !again && !Quiet::all().iter().any(may) {
                left.push((at, e, c));
            }
        }
    }
}

fn says(element: Element<'_>) -> bool {
    element.texts().flatten().any(|text| !text.trim().is_empty())
}

/// Control totals that are not held against the message.
fn counts(filler: &Filler<'_>) -> impl Iterator<Item = u32> {
    let groups = filler.groups;
    let nodes = groups.heads().iter().copied().filter(move |node| groups.tag(groups.trigger(*node)) == tag("UNS"));
    let counts = [MESSAGE].into_iter().chain(nodes).flat_map(move |node| filler.segments(node, tag("CNT")));
    counts.filter(|(_, cnt)| !is_held(cnt.text(1, 1).trim())).map(|(at, _)| at)
}
