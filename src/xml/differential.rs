//! The scanner and the builder held against two readers that others wrote: roxmltree for what a document means, quick-xml for where
//! its pieces stand. On documents made up at random, and on those same documents damaged.

use std::borrow::Cow;
use std::sync::LazyLock;

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::hash::hash;
use super::{Tree, Vocabulary};

/// Two names are known, so that both ways of a name are gone.
fn few() -> &'static Vocabulary {
    static FEW: LazyLock<Vocabulary> = LazyLock::new(|| {
        let names: &[(u8, &str)] = &[(0, "x"), (1, "b"), (1, "TaxExemptionReasonCode")];
        let mut slots = vec![0u16; 8];
        for ((space, local), number) in names.iter().zip(1..) {
            let mut at = hash(*space, local) as usize & 7;
            while slots[at] != 0 {
                at = (at + 1) & 7;
            }
            slots[at] = number;
        }
        Vocabulary { spaces: &[("", ""), ("p", "urn:p")], names, slots: slots.leak() }
    });
    &FEW
}

const NAMES: [&str; 9] =
    ["a", "b", "p:a", "p:b", "q:long-name.of_more-than-16", "é", "p:TaxExemptionReasonCode", "xml-not", "q:é·1"];
const ATTRIBUTES: [&str; 6] = ["x", "p:x", "q:x", "xml:lang", "schemeIdentifier", "é"];
const TEXTS: [&str; 14] = [
    "t",
    " ",
    "\n  ",
    "\r\n",
    "\r",
    "&amp;",
    "&#65;",
    "&#x20AC;",
    "é€😀",
    "a > b",
    "]]",
    "-- ",
    "&lt;&gt;&quot;&apos;",
    "\t",
];
const ASIDES: [&str; 6] =
    ["<!-- c - d -->", "<?pi x?>", "<![CDATA[<&]]>", "<![CDATA[]]>", "<![CDATA[ ]] \r\n]]>", "<!---->"];

/// A well-formed document.
fn document() -> impl Strategy<Value = String> {
    let aside = prop_oneof![
        4 => proptest::sample::select(&TEXTS[..]).prop_map(str::to_owned),
        1 => proptest::sample::select(&ASIDES[..]).prop_map(str::to_owned),
    ];
    let leaf = (name(), attributes(), proptest::collection::vec(aside.clone(), 0..4)).prop_map(element);
    let tree = leaf.prop_recursive(5, 60, 6, move |inner| {
        let content = prop_oneof![2 => inner, 3 => aside.clone()];
        (name(), attributes(), proptest::collection::vec(content, 0..7)).prop_map(element)
    });
    let prolog = proptest::sample::select(
        &["", "<?xml version=\"1.0\"?>", "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\r\n<!-- c -->\n"][..],
    );
    (prolog, tree).prop_map(|(prolog, tree)| {
        format!("{prolog}<r xmlns='urn:d' xmlns:p='urn:p' xmlns:q=\"urn:&#113;\">{tree}</r>\n<!-- end -->\n")
    })
}

fn name() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&NAMES[..])
}

fn attributes() -> impl Strategy<Value = String> {
    let value = proptest::sample::select(&["", "v", "a&#10;b", "a\r\nb\tc", "&lt;é", "'>'", "urn:p"][..]);
    let one = (0..ATTRIBUTES.len(), value);
    (proptest::collection::vec(one, 0..4), 0..8u8).prop_map(|(mut all, declares)| {
        all.sort_by_key(|(name, _)| *name);
        all.dedup_by_key(|(name, _)| *name);
        let mut out: String = all.iter().map(|(n, value)| format!(" \n{} = \"{value}\"", ATTRIBUTES[*n])).collect();
        out.push_str(match declares {
            0 => " xmlns:p='urn:other'",
            1 => " xmlns=''",
            2 => " xmlns='urn:p'",
            _ => "",
        });
        out
    })
}

fn element((name, attributes, inside): (&str, String, Vec<String>)) -> String {
    match inside.concat() {
        empty if empty.is_empty() => format!("<{name}{attributes} />"),
        inside => format!("<{name}{attributes}>{inside}</{name} >"),
    }
}

/// The same document with a few pieces cut out and put in.
fn damaged() -> impl Strategy<Value = String> {
    const PIECES: [&str; 34] = [
        "<",
        ">",
        "&",
        ";",
        "\"",
        "'",
        "=",
        "/",
        "/>",
        "</",
        "<b>",
        "</b>",
        "</p:b>",
        "<!--",
        "-->",
        "--",
        "<![CDATA[",
        "]]>",
        "<?",
        "?>",
        "<?xml?>",
        "<?xml version='1.0'?>",
        "<!DOCTYPE r>",
        "<!",
        " ",
        "\u{1}",
        "\u{FFFE}",
        ":",
        "xmlns:p='u'",
        " x=''",
        "xmlns:z=''",
        "&nbsp;",
        "é",
        "&#0;",
    ];
    let patch = (any::<prop::sample::Index>(), 0..4usize, 0..PIECES.len());
    (document(), proptest::collection::vec(patch, 1..4)).prop_map(|(mut text, patches)| {
        for (at, cut, piece) in patches {
            let ends: Vec<usize> = (0..=text.len()).filter(|&n| text.is_char_boundary(n)).collect();
            let from = at.index(ends.len());
            let to = (from + cut).min(ends.len() - 1);
            text.replace_range(ends[from]..ends[to], PIECES[piece]);
        }
        text
    })
}

/// An element as both readers see it: its name, its attributes, and its text where it holds no element.
type Seen = ((String, String), Vec<((String, String), String)>, Option<String>);

fn ours(text: &str) -> Result<(Vec<Seen>, Vec<usize>), super::Refusal> {
    let tree = Tree::parse(Cow::Borrowed(text), few())?;
    let expanded = |name| {
        let (space, local) = tree.expanded(name);
        (space.to_owned(), local.to_owned())
    };
    let seen = |n: u32| {
        let attributes = tree.attributes(n).iter().map(|a| (expanded(a.name), tree.text(a.value).to_owned()));
        let text = (!tree.has_children(n)).then(|| tree.text_of(n).to_owned());
        (expanded(tree.node(n).name), attributes.collect(), text)
    };
    let all = (0..tree.len() as u32).map(seen).collect();
    Ok((all, tree.nodes().iter().map(|node| node.at as usize).collect()))
}

fn roxmltree(text: &str) -> Result<Vec<Seen>, roxmltree::Error> {
    let document = roxmltree::Document::parse(text)?;
    let owned = |space: Option<&str>, local: &str| (space.unwrap_or_default().to_owned(), local.to_owned());
    let seen = |n: roxmltree::Node<'_, '_>| {
        let attributes = n.attributes().map(|a| (owned(a.namespace(), a.name()), a.value().to_owned()));
        let leaf = !n.children().any(|c| c.is_element());
        // A line end that is one character and stands before a reference keeps its form there, against section 2.11.
        let texts = n.children().filter(|c| c.is_text()).filter_map(|c| c.text());
        let text = leaf.then(|| texts.collect::<String>().replace('\r', "\n"));
        (owned(n.tag_name().namespace(), n.tag_name().name()), attributes.collect(), text)
    };
    Ok(document.descendants().filter(|n| n.is_element()).map(seen).collect())
}

/// Where quick-xml sees start tags; none where it refuses.
fn quick_xml(text: &str) -> Option<Vec<usize>> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut starts = Vec::new();
    loop {
        let at = reader.buffer_position() as usize;
        match reader.read_event().ok()? {
            Event::Start(_) | Event::Empty(_) => starts.push(at),
            Event::Eof => return Some(starts),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_well_formed_means_the_same(text in document()) {
        let (seen, starts) = ours(&text).map_err(|e| TestCaseError::fail(format!("refused: {e}\n{text}")))?;
        prop_assert_eq!(&seen, &roxmltree(&text).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?, "{}", text);
        prop_assert_eq!(Some(starts), quick_xml(&text), "{}", text);
    }

    /// Whatever one of the others refuses is refused here, but for one prefix; what is read here means the same to both.
    #[test]
    fn what_is_damaged_is_refused_alike(text in damaged()) {
        let (theirs, pieces) = (roxmltree(&text), quick_xml(&text));
        match ours(&text) {
            Ok((seen, starts)) => {
                prop_assert_eq!(Some(starts), pieces, "{}", text);
                match theirs {
                    // Of elements, roxmltree does not know the one prefix that is bound without a declaration (Namespaces in XML,
                    // section 3); libxml2 does. What they are called is held by the standard's word alone.
                    Err(roxmltree::Error::UnknownNamespace(prefix, _)) if prefix == "xml" => {
                        let of_xml = |((space, _), ..): &Seen| space == "http://www.w3.org/XML/1998/namespace";
                        prop_assert!(text.contains("<xml:") && seen.iter().any(of_xml), "{}", text);
                    }
                    Err(e) => return Err(TestCaseError::fail(format!("read, though: {e}\n{text}"))),
                    Ok(theirs) => prop_assert_eq!(seen, theirs, "{}", text),
                }
            }
            Err(refusal) => {
                // roxmltree is lenient with declarations, instructions and colons in names, where the grammar is plain.
                let plain = ["declaration", "instruction", "a name that XML does not allow"];
                let strict = plain.iter().any(|word| refusal.detail.contains(word));
                prop_assert!(theirs.is_err() || pieces.is_none() || strict, "refused: {refusal}\n{text}");
            }
        }
    }
}

/// What chance once found: roxmltree does not know this prefix of elements.
#[test]
fn the_prefix_of_xml_needs_no_declaration() {
    let text = "<r xmlns='urn:d'><xml:not xml:lang='fr'/></r>";
    let (seen, _) = ours(text).expect("it is well formed");
    assert_eq!(seen[1].0, ("http://www.w3.org/XML/1998/namespace".to_owned(), "not".to_owned()));
    assert!(matches!(roxmltree(text), Err(roxmltree::Error::UnknownNamespace(prefix, _)) if prefix == "xml"));
}
