//! What a syntax writes in any case, though it is no term: `schemas/diff/form.csv`. Between two syntaxes it is not even named.

use std::sync::LazyLock;

use super::outside::Leaf;
use super::side::Side;
use crate::decimal;
use crate::invoice::{Kind, Term};
use crate::table::{Table, TableError, built_in};

/// Is it only the form of its syntax, or a term said again?
pub(super) fn is_form(side: &Side<'_>, block: usize, leaf: &Leaf<'_>) -> bool {
    let tree = side.invoice.tree();
    let attribute = leaf.attribute.and_then(|n| tree.attributes(leaf.node).get(n));
    let mut names: Vec<String> = attribute.map(|a| format!("@{}", tree.qualified(a.name))).into_iter().collect();
    let mut node = leaf.node;
    while names.len() < LONGEST && node != 0 {
        names.push(tree.qualified(tree.node(node).name));
        node = tree.node(node).parent;
    }
    // The longest path says it best.
    let forms = || FORMS.iter().filter(|form| names.starts_with(&form.path));
    let longest = forms().map(|form| form.path.len()).max().unwrap_or_default();
    forms().filter(|form| form.path.len() == longest).any(|form| {
        form.values.iter().any(|value| match value {
            Value::Any => true,
            Value::Text(text) => text == leaf.text,
            Value::Term(term) => says(side, block, *term, leaf.text),
        })
    })
}

/// Does a term of the block, or of the document, say the same?
fn says(side: &Side<'_>, block: usize, term: Term, text: &str) -> bool {
    // A term that stands there more often than it may says nothing for sure, and shall cost nothing.
    const FEW: usize = 4;
    // A part stands with what it is part of.
    let of = term.parent().filter(|_| term.kind() == Kind::Part).unwrap_or(term);
    let blocks = [block, 0].map(|n| side.blocks[n].of(of));
    blocks.into_iter().flat_map(|fields| fields.iter().take(FEW)).any(|field| {
        let (whole, parts) = (std::iter::once((field.term, field.occurrence)), field.parts.iter());
        whole.chain(parts.map(|(term, occurrence, _)| (*term, *occurrence))).any(|(said, occurrence)| {
            said == term
                && (occurrence.trimmed() == text
                    || occurrence.number().is_some_and(|number| decimal::parse(text) == Ok(number)))
        })
    })
}

struct Form {
    /// The steps of its path, the last first.
    path: Vec<String>,
    values: Vec<Value>,
}

enum Value {
    Any,
    Text(String),
    /// What this term says.
    Term(Term),
}

/// Most steps of a path in the table.
const LONGEST: usize = 3;

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| built_in("diff/form.csv", read(TEXT)));

const TEXT: &str = include_str!("../../schemas/diff/form.csv");

fn read(text: &str) -> Result<Vec<Form>, TableError> {
    let table = Table::parse(text)?;
    let (path, values, why) = (table.column("path")?, table.column("values")?, table.column("why")?);
    let mut forms = Vec::new();
    for row in &table.rows {
        if [path, values, why].iter().any(|column| row.get(*column).is_empty()) {
            return Err(row.error("a cell is empty"));
        }
        let path: Vec<String> = row.get(path).rsplit('/').map(str::to_owned).collect();
        if path.len() > LONGEST {
            return Err(row.error(format!("a path has {LONGEST} steps at most")));
        }
        let values = row.get(values).split('|').map(|value| match (value, value.strip_prefix('=')) {
            ("*", _) => Ok(Value::Any),
            (_, None) => Ok(Value::Text(value.to_owned())),
            (_, Some(id)) => Term::parse(id).map(Value::Term).ok_or_else(|| row.error(format!("`{id}` is no term"))),
        });
        forms.push(Form { path, values: values.collect::<Result<_, _>>()? });
    }
    Ok(forms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        assert!(read(TEXT).unwrap().len() > 10);
        for wrong in ["cbc:ID,VAT,", "a/b/c/d,*,x", "cbc:ID,=BT-9999,x"] {
            assert!(read(&format!("path,values,why\n{wrong}\n")).is_err(), "{wrong}");
        }
    }
}
