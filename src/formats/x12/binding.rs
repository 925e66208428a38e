//! The tables of `schemas/x12/`: where terms stand, and what codes mean.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::invoice::{Term, bt};
use crate::table::Table;
use crate::x12::Segment;

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    /// A text that is read only where its term is not said yet.
    Spare,
    /// CCYYMMDD.
    Date,
    /// A quantity or price with its own decimal point.
    Number,
}

/// A row of `binding.csv`: an element of a segment of a loop, and its term.
pub struct Row {
    pub segment: &'static str,
    qualifiers: Vec<&'static str>,
    pub element: usize,
    pub form: Form,
    pub term: Term,
}

impl Row {
    pub fn takes(&self, segment: &Segment<'_>) -> bool {
        self.qualifiers.is_empty() || self.qualifiers.contains(&&*segment.text(1))
    }
}

impl Row {
    /// The first qualifier that it asks for.
    pub fn qualifier(&self) -> Option<&'static str> {
        self.qualifiers.first().copied()
    }
}

/// The rows of a loop.
pub fn rows(of: &str) -> &'static [Row] {
    static ROWS: LazyLock<HashMap<&str, Vec<Row>>> = LazyLock::new(|| {
        let mut rows: HashMap<&str, Vec<Row>> = HashMap::new();
        for [of, segment, qualifiers, element, form, term] in table(include_str!("../../../schemas/x12/binding.csv")) {
            let form = match form {
                "date" => Form::Date,
                "spare" => Form::Spare,
                "number" => Form::Number,
                _ => Form::Text,
            };
            let (Some(term), Ok(element)) = (Term::parse(term), element.parse()) else { continue };
            let qualifiers = qualifiers.split_whitespace().collect();
            rows.entry(of).or_default().push(Row { segment, qualifiers, element, form, term });
        }
        rows
    });
    ROWS.get(of).map_or(&[], Vec::as_slice)
}

/// The groups that a party can be, as `parties.csv` has its columns.
pub const PARTIES: [Term; 4] = [bt::BG_4, bt::BG_7, bt::BG_10, bt::BG_13];

/// Of a segment of a party: segment, qualifier, element, the group that the party is.
type Key = (&'static str, &'static str, usize, Term);

fn party_terms() -> &'static [(Key, Term)] {
    static TERMS: LazyLock<Vec<(Key, Term)>> = LazyLock::new(|| {
        let mut terms = Vec::new();
        for [segment, qualifiers, element, a, b, c, d] in table(include_str!("../../../schemas/x12/parties.csv")) {
            let element = element.parse().unwrap_or(0);
            for (group, term) in PARTIES.into_iter().zip([a, b, c, d]) {
                let Some(term) = Term::parse(term) else { continue };
                let none = qualifiers.is_empty().then_some("");
                terms.extend(qualifiers.split_whitespace().chain(none).map(|q| ((segment, q, element, group), term)));
            }
        }
        terms
    });
    &TERMS
}

/// The term of a segment of a party: its element, or, where it has none there, its qualifier.
pub fn party(segment: &str, qualifier: &str, element: usize, group: Term) -> Option<Term> {
    party_terms().iter().find(|(key, _)| *key == (segment, qualifier, element, group)).map(|(_, term)| *term)
}

/// Where a term of a party stands: segment, qualifier, element.
pub fn party_home(term: Term, group: Term) -> Option<(&'static str, &'static str, usize)> {
    let found = party_terms().iter().find(|((.., of), known)| (*of, *known) == (group, term));
    found.map(|((segment, qualifier, e, _), _)| (*segment, *qualifier, *e))
}

/// The role (N101) that is most of all the party of a group.
pub fn role(group: Term) -> Option<&'static str> {
    let roles = codes().get("98")?.iter().filter(|(_, row)| row[0] == group.id());
    roles.min_by_key(|(_, row)| row[1].parse().unwrap_or(u32::MAX)).map(|(role, _)| *role)
}

/// What `codes.csv` says of a code of a list: value, more, name.
pub fn code(list: &str, code: &str) -> Option<&'static [&'static str; 3]> {
    codes().get(list)?.get(code)
}

type Codes = HashMap<&'static str, HashMap<&'static str, [&'static str; 3]>>;

fn codes() -> &'static Codes {
    static CODES: LazyLock<Codes> = LazyLock::new(|| {
        let mut lists = Codes::new();
        for [list, code, value, more, name] in table(include_str!("../../../schemas/x12/codes.csv")) {
            lists.entry(list).or_default().insert(code, [value, more, name]);
        }
        lists
    });
    &CODES
}

/// The unit of Rec 20 or 21 for one of element 355.
pub fn unit(code: &str) -> Option<&'static str> {
    static UNITS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        table(include_str!("../../../schemas/x12/units.csv")).into_iter().map(|[x12, rec20]| (x12, rec20)).collect()
    });
    UNITS.get(code).copied()
}

/// The elements of a segment that say something and that the reader never looks at.
pub fn beyond(segment: &Segment<'_>) -> Vec<usize> {
    static READ: LazyLock<HashMap<&str, Vec<usize>>> = LazyLock::new(|| {
        let rows = table(include_str!("../../../schemas/x12/read.csv")).into_iter();
        rows.map(|[tag, read]| (tag, read.split(' ').filter_map(|e| e.parse().ok()).collect())).collect()
    });
    let Some(read) = READ.get(segment.tag()) else { return Vec::new() };
    let separator = segment.service().element;
    // In one pass: a segment may have a million elements.
    let elements = segment.raw().split(|b| *b == separator).enumerate().skip(1);
    elements.filter(|(e, text)| !read.contains(e) && !text.trim_ascii().is_empty()).map(|(e, _)| e).collect()
}

/// The cells of a table of ours, none of which is quoted.
fn table<const N: usize>(text: &'static str) -> Vec<[&'static str; N]> {
    let table = Table::parse(text).expect("invariant: the tables of schemas/x12 parse");
    let rows = table.rows.iter().map(|row| {
        std::array::from_fn(|n| match row.cells.get(n) {
            Some(std::borrow::Cow::Borrowed(cell)) => *cell,
            _ => "",
        })
    });
    rows.collect()
}
