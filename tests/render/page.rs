//! A strict reader of the pages that facteur writes: every element is closed in its turn, attributes are quoted and single, ids are
//! unique, links lead to them, and nothing runs or loads.

use std::collections::{BTreeMap, BTreeSet};

/// A page as a person and a program see it.
pub struct Page {
    /// All text, in order.
    pub text: String,
    /// `data-value` of every field: what the document wrote where the text is written differently.
    pub values: Vec<String>,
    /// Each field: its term and its text.
    pub fields: Vec<(String, String)>,
    /// For each id the text of its element.
    pub ids: BTreeMap<String, String>,
    /// For each id, the classes and labels of the elements around it, outermost first.
    pub around: BTreeMap<String, Vec<String>>,
    pub links: Vec<String>,
}

/// An element that is not closed yet: its name, what it says of itself, its id and its term, each with where its text began.
type Open = (String, String, Option<(String, usize)>, Option<(String, usize)>);

const VOID: [&str; 4] = ["br", "meta", "link", "col"];
/// What SVG closes by itself.
const SHAPES: [&str; 3] = ["circle", "path", "rect"];
const KNOWN: [&str; 51] = [
    "html", "head", "meta", "title", "style", "body", "main", "article", "section", "header", "footer", "h1", "h2",
    "h3", "h4", "h5", "h6", "p", "div", "span", "strong", "em", "bdi", "code", "dl", "dt", "dd", "ul", "ol", "li",
    "table", "caption", "thead", "tbody", "tr", "th", "td", "br", "a", "svg", "circle", "path", "rect", "details",
    "summary", "nav", "mark", "pre", "small", "link", "col",
];

impl Page {
    pub fn read(html: &str) -> Page {
        let mut page = Page {
            text: String::new(),
            values: Vec::new(),
            fields: Vec::new(),
            ids: BTreeMap::new(),
            around: BTreeMap::new(),
            links: Vec::new(),
        };
        let mut open: Vec<Open> = Vec::new();
        let mut rest = html.strip_prefix("<!DOCTYPE html>\n").expect("a document type");
        while !rest.is_empty() {
            let Some(tag) = rest.strip_prefix('<') else {
                let end = rest.find('<').unwrap_or(rest.len());
                let text = unescaped(&rest[..end]);
                assert!(!rest[..end].contains('>'), "a bare >: {:?}", &rest[..end]);
                page.text.push_str(&text);
                rest = &rest[end..];
                continue;
            };
            let end = tag.find('>').expect("a tag ends");
            let inside = &tag[..end];
            rest = &tag[end + 1..];
            if let Some(name) = inside.strip_prefix('/') {
                let (last, _, id, term) = open.pop().unwrap_or_else(|| panic!("</{name}> closes nothing"));
                assert_eq!(last, name, "closed out of turn, before {:?}", &rest[..rest.len().min(200)]);
                if let Some((id, start)) = id {
                    page.ids.insert(id, page.text[start..].to_owned());
                }
                if let Some((term, start)) = term {
                    page.fields.push((term, page.text[start..].to_owned()));
                }
                continue;
            }
            let (name, attributes) = attributes(inside);
            assert!(KNOWN.contains(&name.as_str()), "no element of ours: {name}");
            page.look(&name, &attributes);
            if VOID.contains(&name.as_str()) || SHAPES.contains(&name.as_str()) {
                continue;
            }
            let id = attributes.get("id").map(|id| (id.clone(), page.text.len()));
            if let Some((id, _)) = &id {
                let around = open.iter().map(|(_, said, ..)| said.clone()).collect();
                assert!(page.around.insert(id.clone(), around).is_none(), "{id} stands twice");
            }
            if name == "style" {
                let end = rest.find("</style>").expect("the style ends");
                assert!(!rest[..end].contains("url(") && !rest[..end].contains("@import"), "a style that loads");
                rest = &rest[end..];
            }
            let class = attributes.get("class").cloned().unwrap_or_default();
            let said = format!("{name} {class} {}", attributes.get("data-group").cloned().unwrap_or_default());
            let term = attributes.get("data-term").map(|term| (term.clone(), page.text.len()));
            open.push((name, said, id, term));
        }
        assert!(open.is_empty(), "not closed: {open:?}");
        let ids: BTreeSet<&str> = page.around.keys().map(String::as_str).collect();
        for link in page.links.iter().filter_map(|link| link.strip_prefix('#')) {
            assert!(ids.contains(link), "#{link} leads nowhere");
        }
        page
    }

    fn look(&mut self, name: &str, attributes: &BTreeMap<String, String>) {
        for (key, value) in attributes {
            assert!(
                !key.starts_with("on") && !["style", "src", "srcset", "action"].contains(&key.as_str()),
                "{key} on {name}"
            );
            assert!(!value.contains(|c| facteur::text::hides(c) && c != '\n'), "{key}={value:?}");
        }
        if let Some(href) = attributes.get("href") {
            assert!(href.starts_with('#') || href.starts_with('/'), "a link to {href}");
            self.links.push(href.clone());
        }
        self.values.extend(attributes.get("data-value").cloned());
    }

    /// Is it written somewhere, as it stands in the document? What hides is shown, and tabs are blanks.
    pub fn says(&self, written: &str) -> bool {
        let shown = plain(written);
        self.text.contains(&shown) || self.values.contains(&shown)
    }
}

/// A text as pages show it.
pub fn plain(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\t', " ");
    lines.split('\n').map(|line| facteur::text::visible(line).into_owned()).collect::<Vec<_>>().join("\n")
}

fn attributes(inside: &str) -> (String, BTreeMap<String, String>) {
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    let (name, mut rest) = inside.split_at(inside.find(' ').unwrap_or(inside.len()));
    let mut found = BTreeMap::new();
    while let Some(next) = rest.strip_prefix(' ') {
        let (key, value) = next.split_once("=\"").unwrap_or((next, "\""));
        let (value, after) = value.split_once('"').expect("a closing quote");
        assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "attribute {key:?} in <{inside}>");
        assert!(found.insert(key.to_owned(), unescaped(value)).is_none(), "{key} twice in <{inside}>");
        rest = after;
    }
    assert!(rest.is_empty(), "{rest:?} in <{inside}>");
    (name.to_owned(), found)
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let (reference, after) = rest[at + 1..].split_once(';').expect("a reference ends");
        out.push(match reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            other => panic!("&{other};"),
        });
        rest = after;
    }
    out + rest
}
