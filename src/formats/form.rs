//! What a syntax writes in any case, though it is no term: `schemas/syntax/form.csv`. Neither `facteur diff` nor a rendered invoice
//! has to tell it.

use std::sync::LazyLock;

use crate::invoice::Term;
use crate::table::{Table, TableError, built_in};
use crate::xml::{NodeId, Tree};

/// Is an element's text, or one of its attributes, only the form of its syntax, or a term said again? `says` tells whether a term
/// there says the same as a text.
pub fn is_form(
    tree: &Tree<'_>,
    node: NodeId,
    attribute: Option<usize>,
    text: &str,
    says: impl Fn(Term, &str) -> bool,
) -> bool {
    let attribute = attribute.and_then(|n| tree.attributes(node).get(n));
    let mut names: Vec<String> = attribute.map(|a| format!("@{}", tree.qualified(a.name))).into_iter().collect();
    let mut at = node;
    while names.len() < LONGEST && at != 0 {
        names.push(tree.qualified(tree.node(at).name));
        at = tree.node(at).parent;
    }
    // The longest path says it best.
    let forms = || FORMS.iter().filter(|form| names.starts_with(&form.path));
    let longest = forms().map(|form| form.path.len()).max().unwrap_or_default();
    forms().filter(|form| form.path.len() == longest).any(|form| {
        form.values.iter().any(|value| match value {
            Value::Any => true,
            Value::Text(said) => said == text,
            Value::Term(term) => says(*term, text),
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

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| built_in("syntax/form.csv", read(TEXT)));

const TEXT: &str = include_str!("../../schemas/syntax/form.csv");

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
