//! The expected table of the demo: `fixtures/demo/expected.toml`, whose head explains each key.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub schema: String,
    #[serde(rename = "document")]
    pub documents: Vec<Document>,
    pub sandbox: Sandbox,
    pub report: Report,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub file: String,
    #[serde(default)]
    pub by: Door,
    pub number: Option<String>,
    pub after: Option<After>,
    pub same_as: Option<String>,
    pub verdict: Option<String>,
    #[serde(default)]
    pub rules: Vec<String>,
    #[serde(default)]
    pub terms: Vec<String>,
    pub taken_by: Option<String>,
    pub state: Option<String>,
    #[serde(default)]
    pub through: Vec<String>,
    pub replaces: Option<String>,
    pub replaced_by: Option<String>,
    pub deposits: Option<u64>,
    pub invoices: Option<u64>,
    pub ends_in: Option<String>,
    #[serde(default)]
    pub statuses: Vec<String>,
    pub problem: Option<Problem>,
}

/// How a document is handed in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    #[default]
    Http,
    /// Dropped into the watched folder.
    Folder,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    pub file: String,
    pub state: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    pub cause: String,
    pub said: String,
    pub code: Option<String>,
    pub reason: Option<String>,
    pub amount: Option<String>,
    pub currency: Option<String>,
    pub customer: Option<String>,
    pub open: bool,
    pub closed_why: Option<String>,
    pub number_reusable: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sandbox {
    pub deposits: usize,
    pub invoices: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub invoices: u64,
    pub customers: u64,
    pub open: u64,
    pub closed: u64,
    #[serde(default, rename = "cause")]
    pub causes: Vec<Row>,
    #[serde(default, rename = "category")]
    pub categories: Vec<Row>,
    #[serde(default, rename = "total")]
    pub totals: Vec<Row>,
}

/// One row of the report.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    #[serde(default)]
    pub id: String,
    pub currency: Option<String>,
    pub invoices: u64,
    pub amount: Option<String>,
    #[serde(default)]
    pub amount_unknown: u64,
    pub customers: u64,
    pub open: u64,
    pub closed: u64,
}
