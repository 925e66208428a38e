//! What may not stand below an element, as a tree of steps: hundreds of paths become one walk.

use super::list;
use super::names::Names;

/// The bans of one context.
#[derive(Default)]
pub struct Bans {
    entries: Vec<String>,
    here: Node,
    /// What may stand nowhere in the document.
    anywhere: Node,
}

#[derive(Default)]
struct Node {
    name: String,
    here: Vec<usize>,
    attributes: Vec<(String, usize)>,
    below: Vec<Node>,
}

impl Bans {
    /// `a/b | c/@d`, or `//e/@f` for what may stand nowhere.
    pub fn add(&mut self, paths: &str, entry: String) {
        let ban = self.entries.len();
        self.entries.push(entry);
        for path in paths.split(" | ") {
            let (mut here, path) = match path.strip_prefix("//") {
                Some(rest) => (&mut self.anywhere, rest),
                None => (&mut self.here, path),
            };
            assert!(!path.starts_with('/') && !path.contains(['{', '*', '.']), "{path}: a ban is a plain path");
            for step in path.split('/') {
                if let Some(attribute) = step.strip_prefix('@') {
                    here.attributes.push((attribute.to_owned(), ban));
                    break;
                }
                let at = here.below.iter().position(|b| b.name == step).unwrap_or_else(|| {
                    here.below.push(Node { name: step.to_owned(), ..Node::default() });
                    here.below.len() - 1
                });
                here = &mut here.below[at];
            }
            if !path.contains('@') {
                here.here.push(ban);
            }
        }
    }

    pub fn rust(self, names: &Names) -> String {
        let [here, anywhere] = [&self.here, &self.anywhere].map(|node| node.rust(names));
        format!("bans: {}, banned: &{here}, anywhere: &{anywhere}", list(self.entries))
    }
}

impl Node {
    fn rust(&self, names: &Names) -> String {
        let name = if self.name.is_empty() { 0 } else { names.number(&self.name) };
        let mut below: Vec<(usize, String)> =
            self.below.iter().map(|b| (names.number(&b.name), b.rust(names))).collect();
        below.sort();
        format!(
            "Ban {{ name: Name({name}), here: &{:?}, attributes: {}, names: {}, below: {} }}",
            self.here,
            attributes(&self.attributes, names),
            list(below.iter().map(|(name, _)| format!("Name({name})"))),
            list(below.into_iter().map(|(_, rust)| rust))
        )
    }
}

fn attributes(all: &[(String, usize)], names: &Names) -> String {
    list(all.iter().map(|(name, ban)| format!("(Name({}), {ban})", names.number(name))))
}
