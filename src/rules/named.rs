//! What codes mean, where a table of ours says so: `schemas/codes/names/`. A code without a row is only in its list.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use crate::table::{Table, TableError, built_in};
use crate::text::Text;

/// What a code means.
#[derive(Debug)]
pub struct Named {
    pub name: Text,
    /// The legal ground, where one is known.
    pub ground: Text,
    /// The VAT category that it goes with.
    pub category: Option<String>,
    /// The family of rules that judge it, such as `BR-AE`.
    pub rules: Option<String>,
}

/// The names of a list, by code.
pub type Names = BTreeMap<String, Named>;

/// What the codes of a list mean, by the list's file in `schemas/codes/` (`untdid-5305`); none where no table names them.
pub fn names(list: &str) -> Option<&'static Names> {
    // The prefixes of VAT identifiers are countries, and Greece's own.
    let file = if list == "vat-id-prefix" { "iso-3166" } else { list };
    ALL.get(file)
}

static ALL: LazyLock<HashMap<&'static str, Names>> =
    LazyLock::new(|| TABLES.iter().map(|&(list, text)| (list, built_in(list, read(text)))).collect());

const TABLES: [(&str, &str); 24] = {
    macro_rules! tables {
        ($($list:literal),*) => { [$(($list, include_str!(concat!("../../schemas/codes/names/", $list, ".csv")))),*] };
    }
    tables![
        "billing-frames",
        "bt-8-tax-point.cii",
        "bt-8-tax-point.ubl",
        "chorus-frames",
        "eas",
        "fr-attachment",
        "fr-cdar-action",
        "fr-cdar-characteristic",
        "fr-treatment",
        "icd-6523",
        "icd-6523-sepa.ubl",
        "iso-3166",
        "iso-4217",
        "mime",
        "rec20-21",
        "untdid-1001",
        "untdid-1153",
        "untdid-4451",
        "untdid-4461",
        "untdid-5189",
        "untdid-5305",
        "untdid-7143",
        "untdid-7161",
        "vatex"
    ]
};

fn read(text: &str) -> Result<Names, TableError> {
    let table = Table::parse(text)?;
    let (code, fr, en) = (table.column("code")?, table.column("fr")?, table.column("en")?);
    let more = ["ground_fr", "ground_en", "category", "rules"].map(|name| table.column(name).ok());
    let mut names = BTreeMap::new();
    for row in &table.rows {
        let [ground_fr, ground_en, category, rules] = more.map(|column| column.map_or("", |column| row.get(column)));
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        if row.get(fr).is_empty() || row.get(en).is_empty() || ground_fr.is_empty() != ground_en.is_empty() {
            return Err(row.error("a language is missing"));
        }
        let named = Named {
            name: Text::new(row.get(fr), row.get(en)),
            ground: Text::new(ground_fr, ground_en),
            category: some(category),
            rules: some(rules),
        };
        if names.insert(row.get(code).to_owned(), named).is_some() {
            return Err(row.error("a code stands twice"));
        }
    }
    Ok(names)
}
