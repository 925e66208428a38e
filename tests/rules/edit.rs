//! The edits of `fixtures/rules/PACK/list.toml`, done on the text of a fixture through facteur's own reading of it.

use std::collections::BTreeMap;
use std::fs;

use facteur::formats;
use facteur::xml::NodeId;
use serde::Deserialize;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/rules/");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The pack, whose folder the files stand in.
    #[serde(skip)]
    pack: String,
    pub base: BTreeMap<String, Base>,
    /// An element of `ubl-full` or `cii-full` for each context of the syntax rules: `ubl-any-line`.
    #[serde(default)]
    pub place: BTreeMap<String, String>,
    pub case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    file: String,
    #[serde(default)]
    fill: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub base: String,
    pub edit: String,
    pub fires: Vec<String>,
    /// The official artefact stops without a verdict; what fires is what facteur could judge all the same.
    #[serde(default)]
    pub stops: bool,
}

impl List {
    /// Of EN 16931.
    pub fn read() -> List {
        List::of("en16931")
    }

    pub fn of(pack: &str) -> List {
        let text = fs::read_to_string(format!("{FOLDER}{pack}/list.toml")).unwrap_or_else(|e| panic!("{pack}: {e}"));
        let list = toml::from_str(&text).unwrap_or_else(|e| panic!("{pack}: {e}"));
        List { pack: pack.to_owned(), ..list }
    }

    /// The packs that have fixtures, by name.
    pub fn packs() -> Vec<String> {
        let all = fs::read_dir(FOLDER).expect("the folder").map(|entry| entry.expect("an entry").path());
        let named = all.filter(|path| path.join("list.toml").is_file());
        let mut packs: Vec<String> = named.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        packs.sort();
        packs
    }

    /// Edits after which nothing fires (`valid.toml`); none where the pack has no such list.
    pub fn valid(&self) -> Vec<Case> {
        #[derive(Deserialize)]
        struct Good {
            base: String,
            edit: String,
        }
        #[derive(Default, Deserialize)]
        struct Accepted {
            case: Vec<Good>,
        }
        let text = fs::read_to_string(format!("{FOLDER}{}/valid.toml", self.pack));
        let all: Accepted = text.map(|text| toml::from_str(&text).expect("it reads")).unwrap_or_default();
        let case = |good: Good| Case { base: good.base, edit: good.edit, fires: Vec::new(), stops: false };
        all.case.into_iter().map(case).collect()
    }

    pub fn text(&self, base: &str) -> String {
        let base = self.base.get(base).unwrap_or_else(|| panic!("no base {base}"));
        let path = format!("{FOLDER}{}/{}", self.pack, base.file);
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        base.fill.iter().fold(text, |text, (key, value)| text.replace(&format!("%{key}%"), value))
    }

    /// A valid invoice may be one of the French fixtures.
    pub fn edited(&self, case: &Case) -> String {
        if !self.base.contains_key(&case.base) && self.pack != "fr" {
            return List::of("fr").edited(case);
        }
        case.edit.split(" ; ").fold(self.text(&case.base), |text, edit| apply(&text, edit))
    }
}

/// One edit: `delete PATH`, `set PATH = VALUE`, `attribute PATH/@NAME = VALUE`, `insert PATH < XML`.
fn apply(text: &str, edit: &str) -> String {
    let (verb, rest) = edit.split_once(' ').expect("a verb");
    let (path, value) = match verb {
        "insert" => rest.split_once(" < ").expect("insert PATH < XML"),
        "delete" => (rest, ""),
        _ => rest.split_once(" =").map(|(p, v)| (p, v.strip_prefix(' ').unwrap_or(v))).expect("PATH = VALUE"),
    };
    let (path, attribute) = match path.split_once("/@") {
        Some((path, name)) => (path, Some(name)),
        None => (path, None),
    };
    let (start, end) = element(text, path);
    let whole = &text[start..end];
    let tag_end = whole.find('>').expect("a tag ends");
    let new = match (verb, attribute) {
        ("delete", None) => String::new(),
        (_, Some(name)) => {
            let own = if verb == "delete" { String::new() } else { format!(" {name}=\"{value}\"") };
            let at = whole[..tag_end].find(&format!(" {name}=\""));
            let (from, to) = match at {
                Some(from) => {
                    (from, from + whole[from + name.len() + 3..].find('"').expect("a quote") + name.len() + 4)
                }
                None if verb == "delete" => panic!("{path} has no {name}"),
                None => (tag_end, tag_end),
            };
            format!("{}{own}{}", &whole[..from], &whole[to..])
        }
        ("set", _) => format!("{}{value}{}", &whole[..=tag_end], &whole[whole.rfind("</").expect("a close")..]),
        ("insert", _) => {
            let close = whole.rfind("</").expect("a close");
            format!("{}{value}{}", &whole[..close], &whole[close..])
        }
        _ => panic!("no edit {verb}"),
    };
    format!("{}{new}{}", &text[..start], &text[end..])
}

/// Where an element starts and ends in the text.
fn element(text: &str, path: &str) -> (usize, usize) {
    let read = formats::read_any(text.as_bytes()).expect("a fixture reads");
    let tree = read.invoice.tree();
    let node = (0..tree.len() as NodeId).find(|&n| tree.path(n) == path).unwrap_or_else(|| panic!("no {path}"));
    let start = tree.node(node).at as usize;
    let name: String =
        text[start + 1..].chars().take_while(|c| !c.is_whitespace() && !matches!(c, '>' | '/')).collect();
    let tag_end = start + text[start..].find('>').expect("a tag ends");
    if text[..tag_end].ends_with('/') {
        return (start, tag_end + 1);
    }
    // A party may stand in a party: as many of its name close as open.
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let (mut depth, mut at) = (1, tag_end);
    while depth > 0 {
        let end = at + text[at..].find(&close).expect("it closes");
        let begins = |n: &usize| text[at + n + open.len()..].starts_with([' ', '>']);
        depth += text[at..end].match_indices(&open).map(|(n, _)| n).filter(begins).count();
        depth -= 1;
        at = end + close.len();
    }
    (start, at)
}
