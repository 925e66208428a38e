//! The tables of the schemas, read here a second time and plainly, to know what a document must and may hold.

use std::collections::HashMap;
use std::fs;

pub struct Schema {
    spaces: HashMap<String, String>,
    roots: HashMap<String, String>,
    types: HashMap<String, Type>,
}

#[derive(Default)]
struct Type {
    lexical: String,
    children: Vec<Child>,
}

pub struct Child {
    pub name: String,
    pub min: u32,
    pub max: Option<u32>,
    /// Has it alternatives in its place?
    pub choice: bool,
    kind: String,
}

/// An element of a document, as the schema sees it.
pub struct Seen<'s> {
    /// Bytes of the element in the text.
    pub range: std::ops::Range<usize>,
    pub child: &'s Child,
    pub lexical: &'s str,
    /// How many of its name stand beside it, itself included.
    pub beside: u32,
}

impl Schema {
    pub fn read() -> Schema {
        let mut schema = Schema { spaces: HashMap::new(), roots: HashMap::new(), types: HashMap::new() };
        for file in ["ubl", "cii"] {
            let path = format!("{}/schemas/syntax/{file}.txt", env!("CARGO_MANIFEST_DIR"));
            let mut owner = String::new();
            for line in fs::read_to_string(path).expect("a table").lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                match words.as_slice() {
                    ["ns", prefix, uri] => drop(schema.spaces.insert((*uri).to_owned(), (*prefix).to_owned())),
                    ["root", element, kind] => drop(schema.roots.insert((*element).to_owned(), (*kind).to_owned())),
                    ["type", name, lexical] => {
                        owner = (*name).to_owned();
                        schema
                            .types
                            .insert(owner.clone(), Type { lexical: (*lexical).to_owned(), children: Vec::new() });
                    }
                    [mark @ ("-" | "/"), name, min, max, kind] => {
                        let children = &mut schema.types.get_mut(&owner).expect("a type").children;
                        if let Some(before) = children.last_mut().filter(|_| *mark == "/") {
                            before.choice = true;
                        }
                        children.push(Child {
                            name: (*name).to_owned(),
                            min: min.parse().expect("a number"),
                            max: max.parse().ok(),
                            choice: *mark == "/",
                            kind: (*kind).to_owned(),
                        });
                    }
                    _ => {}
                }
            }
        }
        schema
    }

    /// Every element of a document but its root, in document order.
    pub fn elements(&self, text: &str) -> Vec<Seen<'_>> {
        let document = roxmltree::Document::parse(text).expect("a fixture is XML");
        let root = document.root_element();
        let mut seen = Vec::new();
        self.walk(root, &self.roots[&self.name(root)], &mut seen);
        seen
    }

    fn walk<'s>(&'s self, node: roxmltree::Node<'_, '_>, kind: &str, seen: &mut Vec<Seen<'s>>) {
        let Some(owner) = self.types.get(kind) else { return };
        for element in node.children().filter(roxmltree::Node::is_element) {
            let name = self.name(element);
            let child = owner.children.iter().find(|c| c.name == name).expect("a fixture is valid");
            let lexical = self.types.get(&child.kind).map_or("none", |t| t.lexical.as_str());
            let same = node.children().filter(|n| n.is_element() && self.name(*n) == name).count();
            let beside = u32::try_from(same).expect("few");
            seen.push(Seen { range: element.range(), child, lexical, beside });
            self.walk(element, &child.kind, seen);
        }
    }

    fn name(&self, node: roxmltree::Node<'_, '_>) -> String {
        let prefix = &self.spaces[node.tag_name().namespace().unwrap_or_default()];
        format!("{prefix}:{}", node.tag_name().name())
    }
}
