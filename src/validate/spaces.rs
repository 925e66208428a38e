//! A name space that is not the syntax's own: one declaration is wrong, and every element under it is unknown.

use crate::formats::{self, Read};
use crate::text::{Text, visible};
use crate::xml::NodeId;

/// The name space of an element, and the one that was meant.
pub(super) struct Foreign {
    pub written: String,
    pub meant: &'static str,
}

impl Foreign {
    /// Where an element is called as one of the syntax is (`meant`, with its prefix), under a name space that no syntax has.
    pub fn of(read: &Read<'_>, node: NodeId, meant: &str) -> Option<Foreign> {
        let tree = read.invoice.tree();
        let (written, local) = tree.expanded(tree.node(node).name);
        let (prefix, name) = meant.split_once(':')?;
        let spaces = formats::vocabulary().spaces;
        let known = spaces.iter().any(|(_, uri)| *uri == written);
        let (_, meant) = spaces.iter().find(|(known, _)| *known == prefix)?;
        (!known && name == local).then(|| Foreign { written: written.to_owned(), meant })
    }

    /// What is wrong and what to do, said of the element.
    pub fn sentences(&self, found: &str) -> (Text, Text) {
        let Foreign { written, meant } = self;
        let written = visible(written);
        let prefix = found.split_once(':').map(|(prefix, _)| format!(":{prefix}")).unwrap_or_default();
        let (fr, en) = match written.as_ref() {
            "" => ("n'a pas d'espace de noms".to_owned(), "has no name space".to_owned()),
            written => {
                (format!("est dans l'espace de noms « {written} »"), format!("stands in the name space \"{written}\""))
            }
        };
        (
            Text::new(
                format!("L'élément {found} {fr}, qui n'est pas celui de la syntaxe : « {meant} »."),
                format!("Element {found} {en}, which is not that of the syntax: \"{meant}\"."),
            ),
            Text::new(format!("Déclarer xmlns{prefix}=\"{meant}\"."), format!("Declare xmlns{prefix}=\"{meant}\".")),
        )
    }

    /// The document with the right name space wherever the wrong one is declared.
    pub fn mended(&self, read: &Read<'_>) -> Option<String> {
        let source = read.invoice.tree().source();
        let declared = ['"', '\''].map(|quote| format!("={quote}{}{quote}", self.written));
        let right = format!("=\"{}\"", self.meant);
        let text = declared.iter().fold(source.to_owned(), |text, wrong| text.replace(wrong.as_str(), &right));
        (!self.written.is_empty() && text != source).then_some(text)
    }
}
