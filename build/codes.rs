//! Reads the code lists (`schemas/codes/*.txt`) and writes them as Rust statics.

use std::fmt::Write as _;
use std::fs;

use super::list;

/// A code list: its name, heading lines, codes.
pub struct CodeList {
    pub name: String,
    title: [String; 2],
    fold_case: bool,
    exact: bool,
    pub codes: Vec<String>,
}

pub fn read(folder: &str) -> Vec<CodeList> {
    let mut paths: Vec<_> = fs::read_dir(folder).expect("schemas/codes").map(|e| e.expect("entry").path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .map(|path| {
            let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let mut list = CodeList {
                name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
                title: Default::default(),
                fold_case: false,
                exact: false,
                codes: Vec::new(),
            };
            for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
                match line.strip_prefix("# ") {
                    Some("upper case before looking up") => list.fold_case = true,
                    Some("exactly as written") => list.exact = true,
                    Some(title) => {
                        let (lang, title) = title.split_once(": ").unwrap_or_else(|| panic!("{}: {line}", list.name));
                        list.title[usize::from(lang == "en")] = title.to_owned();
                    }
                    None => list.codes.push(line.to_owned()),
                }
            }
            list.codes.sort_unstable();
            list.codes.dedup();
            assert!(list.title.iter().all(|t| !t.is_empty()), "{}: a title in fr and en", list.name);
            list
        })
        .collect()
}

pub fn rust(lists: &[CodeList]) -> String {
    let mut out = String::new();
    for l in lists {
        let codes = list(l.codes.iter().map(|c| format!("{c:?}")));
        let short = list(l.codes.iter().filter_map(|c| super::short::key(c)).map(|key| key.to_string()));
        writeln!(
            out,
            "pub static {}: CodeList = CodeList {{ id: {:?}, title_fr: {:?}, title_en: {:?}, fold_case: {}, exact: {}, codes: {codes}, short: {short} }};",
            constant(&l.name), l.name, l.title[0], l.title[1], l.fold_case, l.exact
        ).expect("string");
    }
    let all = list(lists.iter().map(|l| format!("&{}", constant(&l.name))));
    writeln!(out, "pub static ALL: &[&CodeList] = {all};").expect("string");
    out
}

fn constant(name: &str) -> String {
    name.to_uppercase().replace(['-', '.'], "_")
}
