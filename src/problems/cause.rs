//! The taxonomy of causes: what can go wrong with an invoice, as credit managers count it (DESIGN section 5).

use std::sync::LazyLock;

use serde::Serialize;

use super::advice::advice;
use crate::table::{Table, TableError, built_in};
use crate::text::Text;

/// A family of causes, a letter: A billing, B supply, C the customer's process, D solvency, E follow-up, X outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Category {
    pub id: String,
    pub label: Text,
}

/// A sub-cause, such as `A2`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    pub id: String,
    /// Id of its category, such as `A`.
    pub category: String,
    pub label: Text,
    /// `guide`: from the credit managers' guides; `extension`: added for what platforms say.
    pub origin: String,
    /// No platform code says it: it is computed from dates, text, ledger or silence, and marked so wherever it shows.
    pub inferred: bool,
    /// Category X is shown to operators and stays out of the report.
    pub in_report: bool,
    /// What to do about it when nothing more precise is known.
    pub advice: Text,
}

/// All categories, in the order of the taxonomy.
pub fn categories() -> &'static [Category] {
    &TAXONOMY.categories
}

/// All sub-causes, in the order of the taxonomy.
pub fn causes() -> &'static [Cause] {
    &TAXONOMY.causes
}

/// The sub-cause of this id, such as `A2`; `None` where the taxonomy has none.
pub fn cause(id: &str) -> Option<&'static Cause> {
    causes().iter().find(|cause| cause.id == id)
}

/// The category of this id, such as `A`; `None` where the taxonomy has none.
pub fn category(id: &str) -> Option<&'static Category> {
    categories().iter().find(|category| category.id == id)
}

struct Taxonomy {
    categories: Vec<Category>,
    causes: Vec<Cause>,
}

static TAXONOMY: LazyLock<Taxonomy> = LazyLock::new(|| built_in("problems/taxonomy.csv", read(TEXT)));

const TEXT: &str = include_str!("../../schemas/problems/taxonomy.csv");

fn read(text: &str) -> Result<Taxonomy, TableError> {
    let table = Table::parse(text)?;
    let [id, category, fr, en] = ["id", "category", "label_fr", "label_en"].map(|name| table.column(name));
    let (id, category, fr, en) = (id?, category?, fr?, en?);
    let (origin, evidence) = (table.column("origin")?, table.column("evidence")?);
    let (in_report, advice_key) = (table.column("in_report")?, table.column("advice")?);
    let mut taxonomy = Taxonomy { categories: Vec::new(), causes: Vec::new() };
    for row in &table.rows {
        let label = Text::new(row.get(fr), row.get(en));
        if row.get(category).is_empty() {
            taxonomy.categories.push(Category { id: row.get(id).into(), label });
            continue;
        }
        if !taxonomy.categories.iter().any(|known| known.id == row.get(category)) {
            return Err(row.error(format!("category `{}` is not known yet", row.get(category))));
        }
        taxonomy.causes.push(Cause {
            id: row.get(id).into(),
            category: row.get(category).into(),
            label,
            origin: row.get(origin).into(),
            inferred: match row.get(evidence) {
                "code" => false,
                "inferred" => true,
                other => return Err(row.error(format!("`code` or `inferred` is expected, found `{other}`"))),
            },
            in_report: row.yes(in_report)?,
            advice: advice(row.get(advice_key)).cloned().ok_or_else(|| row.error("advice not in advice.csv"))?,
        });
    }
    Ok(taxonomy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_taxonomy_is_that_of_the_design() {
        read(TEXT).unwrap();
        let ids: Vec<_> = causes().iter().map(|cause| cause.id.as_str()).collect();
        let expected =
            "A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 B1 B2 B3 B4 C1 C2 C3 C4 D1 D2 D3 E1 E2 X0 X1 X2 X3 X4 X5";
        assert_eq!(ids, expected.split(' ').collect::<Vec<_>>());
        for cause in causes() {
            assert_eq!(&cause.id[..1], cause.category, "{}", cause.id);
            assert_eq!(cause.in_report, cause.category != "X", "{}", cause.id);
            assert!(["guide", "extension"].contains(&cause.origin.as_str()), "{}", cause.id);
            assert!(!cause.label.fr.is_empty() && !cause.label.en.is_empty() && cause.label.fr != cause.label.en);
            assert!(category(&cause.category).is_some());
        }
        let inferred: Vec<_> = causes().iter().filter(|c| c.inferred).map(|c| c.id.as_str()).collect();
        assert_eq!(inferred, ["A1", "A3", "D1", "D2", "D3", "E1"]);
        assert!(cause("Z1").is_none() && category("Z").is_none());
    }

    #[test]
    fn a_damaged_table_is_named_by_its_line() {
        let header = TEXT.lines().next().unwrap();
        let orphan = format!("{header}\nZ1,Z,x,y,guide,code,yes,person\n");
        assert_eq!(read(&orphan).map(|_| ()).unwrap_err().line, 2);
        let maybe = format!("{header}\nZ,,x,y,,,,\nZ1,Z,x,y,guide,perhaps,yes,person\n");
        assert_eq!(read(&maybe).map(|_| ()).unwrap_err().line, 3);
    }
}
