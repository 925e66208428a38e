//! Which files a platform takes with a statement of ours (209), from `schemas/lifecycle/statement_files.csv`.
//!
//! Accredited platforms: the types that EN 16931 allows an invoice (BT-125) and XML, at most the 100 MB of a flow (AFNOR Flow Service 1.3). Chorus Pro: the endings,
//! the 10 MB and the 50 characters of its attachments, as rules FCT-CHORUS-ATTACHMENT-TYPE and -SIZE have them.

use std::sync::LazyLock;

use crate::table::{Row, Table, TableError, built_in};

/// Files of one type, as one kind of platform takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFile {
    /// The kind of platform, as [`super::PlatformSyntax::platform`].
    pub platform: String,
    /// Names of its media type; the first is the one to write.
    pub mime: Vec<String>,
    /// How names of such files end, in small letters.
    pub extensions: Vec<String>,
    /// Of the file itself, not of its base64.
    pub most_bytes: usize,
    /// In characters.
    pub longest_name: usize,
}

/// What a kind of platform takes, in the order of the table; nothing where the table does not know it.
pub fn statement_files(platform: &str) -> impl Iterator<Item = &'static StatementFile> {
    FILES.iter().filter(move |file| file.platform == platform)
}

static FILES: LazyLock<Vec<StatementFile>> =
    LazyLock::new(|| built_in("lifecycle/statement_files.csv", read(FILE_TEXT)));

const FILE_TEXT: &str = include_str!("../../schemas/lifecycle/statement_files.csv");

fn read(text: &str) -> Result<Vec<StatementFile>, TableError> {
    let table = Table::parse(text)?;
    let [platform, mime, extensions] = [table.column("platform")?, table.column("mime")?, table.column("extensions")?];
    let [bytes, name] = [table.column("most_bytes")?, table.column("longest_name")?];
    let words = |row: &Row<'_>, column: usize| row.get(column).split(' ').map(str::to_owned).collect();
    let number = |row: &Row<'_>, column: usize| {
        row.get(column).parse().map_err(|_| row.error(format!("`{}` is no number", row.get(column))))
    };
    let file = |row: &Row<'_>| {
        Ok(StatementFile {
            platform: row.get(platform).to_owned(),
            mime: words(row, mime),
            extensions: words(row, extensions),
            most_bytes: number(row, bytes)?,
            longest_name: number(row, name)?,
        })
    };
    table.rows.iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_platform_takes_pdf_and_no_program() {
        for platform in ["afnor", "chorus-pro"] {
            let all: Vec<_> = statement_files(platform).collect();
            assert!(
                all.iter().any(|file| file.extensions == ["pdf"] && file.mime == ["application/pdf"]),
                "{platform}"
            );
            assert!(all.iter().all(|file| file.extensions.iter().all(|end| !matches!(&**end, "exe" | "js" | "sh"))));
        }
        assert_eq!(statement_files("nobody").count(), 0);
    }

    /// The endings that Chorus Pro takes with an invoice are those that it takes here.
    #[test]
    fn chorus_pro_takes_the_endings_of_its_own_list() {
        let rules = include_str!("../../schemas/rules/chorus-attachments.toml");
        let list = rules.lines().find_map(|line| line.strip_prefix("expected = \"")?.strip_suffix('"')).unwrap();
        let mut own: Vec<&str> =
            statement_files("chorus-pro").flat_map(|file| &file.extensions).map(String::as_str).collect();
        own.sort_unstable();
        own.dedup();
        assert_eq!(own, list.split(' ').collect::<Vec<_>>());
    }
}
