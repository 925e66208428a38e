//! The beginning of a document: its root element and a value that stands early in it. For choosing among files; what is
//! chosen is then read whole.

use quick_xml::NsReader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

use crate::limits;

/// How far behind the beginning of the root element the value is looked for. The root itself is found wherever it stands: a long
/// comment before it must not hide it.
const WITHIN: u64 = 64 * 1024;

/// What a document begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Name space of the root element; empty where it has none.
    pub space: String,
    /// Its local name.
    pub name: String,
    /// The text of the first element that was asked for.
    pub value: Option<String>,
}

impl Head {
    /// Reads the head of a text. `asked`: local names of an element and of those around it, the outermost first, of which
    /// the first that is met counts. None where there is no root element.
    pub fn read(text: &str, asked: &[&[&str]]) -> Option<Head> {
        let mut reader = NsReader::from_str(text);
        reader.config_mut().check_end_names = false;
        let mut head: Option<Head> = None;
        let mut path: Vec<String> = Vec::new();
        let mut value = String::new();
        let mut until = u64::MAX;
        loop {
            if reader.buffer_position() > until {
                return head;
            }
            // Whatever is wrong further on is told when the whole is read.
            let Ok((space, event)) = reader.read_resolved_event() else { return head };
            match event {
                Event::Eof => return head,
                Event::Start(tag) | Event::Empty(tag) if head.is_none() => {
                    let space = match space {
                        // `&#50;` is a 2 here too.
                        ResolveResult::Bound(space) => unescape(space.as_ref()).unwrap_or_default().into_owned(),
                        _ => String::new(),
                    };
                    let name = tag.local_name().as_ref().to_owned();
                    path.push(name.clone());
                    until = reader.buffer_position().saturating_add(WITHIN);
                    head = Some(Head { space, name, value: None });
                }
                Event::Start(tag) => {
                    if path.len() > limits::XML_DEPTH {
                        return head;
                    }
                    path.push(tag.local_name().as_ref().to_owned());
                    value.clear();
                }
                Event::Text(piece) if head.is_some() => value.push_str(&piece),
                Event::End(_) => {
                    let met = asked.iter().any(|names| {
                        path.iter().map(String::as_str).rev().take(names.len()).eq(names.iter().rev().copied())
                    });
                    let text = value.trim_ascii();
                    if met && !text.is_empty() {
                        return head.map(|head| Head { value: Some(text.to_owned()), ..head });
                    }
                    path.pop();
                    value.clear();
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_value_are_found_even_where_the_rest_is_broken() {
        let text = "<?xml version='1.0'?><!-- c --><r:Invoice xmlns:r='urn:x'><A><ID>no</ID></A><G><ID> urn:level </ID></G><oops";
        let head = Head::read(text, &[&["G", "ID"]]).unwrap();
        assert_eq!((&*head.space, &*head.name, head.value.as_deref()), ("urn:x", "Invoice", Some("urn:level")));
        let late = format!("<?xml version='1.0'?><!--{}--> {}<a><b>v</b></a>", "x".repeat(90_000), " ".repeat(90_000));
        assert_eq!(
            Head::read(&late, &[&["b"]]).map(|head| (head.name, head.value)),
            Some(("a".into(), Some("v".into())))
        );
        let far = format!("<a><!--{}--><b>v</b></a>", "x".repeat(90_000));
        assert_eq!(Head::read(&far, &[&["b"]]).unwrap().value, None);
        assert_eq!(Head::read("<a", &[]), None);
        assert_eq!(Head::read("plain", &[]), None);
        assert_eq!(Head::read("<a/>", &[&["ID"]]).unwrap().value, None);
    }
}
