use std::borrow::Cow;

use proptest::prelude::*;

use super::{RefusalKind, Tree, Vocabulary, decode};

/// No name is known: every one goes the slow way.
static EMPTY: Vocabulary = Vocabulary { spaces: &[("", "")], names: &[], slots: &[0] };

fn parse(text: &str) -> Result<Tree<'_>, super::Refusal> {
    Tree::parse(Cow::Borrowed(text), &EMPTY)
}

fn refused(text: &str) -> RefusalKind {
    parse(text).expect_err(text).kind
}

#[test]
fn reads_elements_texts_attributes_and_places() {
    let text = "<?xml version=\"1.0\"?>\n<a x='1&#x26;2'>\n  <b> t &amp; u<!-- c --> v</b><b/>\n  <c><![CDATA[<&]]></c>\r\n<d>1\r\n2</d></a>\n";
    let tree = parse(text).unwrap();
    let children: Vec<_> = tree.children(0).collect();
    assert_eq!(children, [1, 2, 3, 4]);
    assert_eq!(tree.text_of(1), " t & u v");
    assert_eq!(tree.text_of(2), "");
    assert_eq!(tree.text_of(3), "<&");
    assert_eq!(tree.text_of(4), "1\n2");
    assert_eq!(tree.text(tree.attributes(0)[0].value), "1&2");
    assert_eq!(tree.path(2), "/a/b[2]");
    assert_eq!(tree.line_column(tree.node(1).at), (3, 3));
    assert_eq!(tree.line_column(tree.attributes(0)[0].at), (2, 4));
    assert_eq!(text_noted(&tree), [false, true, false, true, true]);
}

#[test]
fn names_keep_their_space_whatever_the_prefix() {
    let tree = parse("<p:a xmlns:p='urn:x'><b xmlns='urn:x'/><p:b/><q:b xmlns:q='urn:y'/></p:a>").unwrap();
    assert_eq!(tree.node(1).name, tree.node(2).name);
    assert_ne!(tree.node(2).name, tree.node(3).name);
    assert_eq!(tree.expanded(tree.node(3).name), ("urn:y", "b"));
}

#[test]
fn text_beside_elements_is_noted() {
    for (text, noted) in [
        ("<a>x<b/></a>", &[true, false] as &[bool]),
        ("<a><b/>&lt;<b/>y</a>", &[true, false, false]),
        ("<a>\n<b/> <b> &#32;</b>\n</a>", &[false; 3]),
        ("<a><b>&#32;x</b><b><![CDATA[ ]]></b><b><![CDATA[y]]></b></a>", &[false, true, false, true]),
    ] {
        assert_eq!(text_noted(&parse(text).unwrap()), noted, "{text}");
    }
}

fn text_noted(tree: &Tree<'_>) -> Vec<bool> {
    tree.nodes().iter().map(|node| node.has_text).collect()
}

#[test]
fn refuses_what_is_not_well_formed() {
    for text in [
        "",
        " ",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "<a b='1' b='2'/>",
        "<a b=1/>",
        "<a b='<'/>",
        "<a>&</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>\u{1}</a>",
        "<a>]]></a>",
        "<a><!-- -- --></a>",
        "<p:a/>",
        "<a/><?xml version='1.0'?>",
        "<1a/>",
        "<a 1b='x'/>",
        "<a b='&amp'/>",
        "<a b='&#+65;'/>",
        "<a xmlns:p=''/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
        "<:a/>",
        "<a :b='1'/>",
        "<a><:b></:b></a>",
        "<a xmlns:p='u' xmlns:p='u'/>",
        "<a xmlns='u' xmlns='v'/>",
        "</a>",
        "<a><b></a></b>",
        "<a",
        "<a/",
        "<!-- x",
        "<a x:y='1'/>",
        "<a\u{FFFE}/>",
        "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>",
    ] {
        assert_eq!(refused(text), RefusalKind::Malformed, "{text}");
    }
}

#[test]
fn refuses_dtds_entities_and_excess_by_name() {
    assert_eq!(refused("<!DOCTYPE a><a/>"), RefusalKind::Dtd);
    assert_eq!(refused("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"), RefusalKind::Dtd);
    assert_eq!(refused("<a>&x;</a>"), RefusalKind::Entity);
    assert_eq!(refused("<a b='&x;'/>"), RefusalKind::Entity);
    assert_eq!(refused(&"<a>".repeat(1_000)), RefusalKind::TooDeep);
    let attributes: String = (0..100).map(|n| format!(" a{n}=''")).collect();
    assert_eq!(refused(&format!("<a{attributes}/>")), RefusalKind::TooManyAttributes);
    assert_eq!(refused(&format!("<{}/>", "a".repeat(1_000))), RefusalKind::NameTooLong);
    let names: String = (0..5_000).map(|n| format!("<a{n}/>")).collect();
    assert_eq!(refused(&format!("<a>{names}</a>")), RefusalKind::TooManyNames);
}

#[test]
fn many_references_cost_no_more_than_their_length() {
    let text = format!("<a>{}</a>", "&amp;<b/>&amp;".repeat(50_000));
    assert_eq!(parse(&text).unwrap().len(), 50_001);
    let text = format!("<a>{}</a>", "&amp;".repeat(200_000));
    assert_eq!(parse(&text).unwrap().text_of(0).len(), 200_000);
}

/// A small document, cut and patched at random: the ground of the two properties below.
fn damaged() -> impl Strategy<Value = String> {
    const GROUND: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns=\"urn:x\" xmlns:p=\"urn:y\">\n <p:b q=\"1\">é &amp; <![CDATA[x]]></p:b><!-- c -->\n <?pi x?><c/>\n</a>\n";
    const PIECES: [&str; 19] = [
        "<",
        ">",
        "&",
        "&amp;",
        "\"",
        "'",
        "<b>",
        "</b>",
        "/>",
        "<!--",
        "-->",
        "]]>",
        "<![CDATA[",
        "=",
        " ",
        "xmlns:z='u'",
        "p:",
        "\u{1}",
        "<?xml?>",
    ];
    proptest::collection::vec((0..GROUND.len(), 0..6usize, 0..PIECES.len()), 1..4).prop_map(move |patches| {
        let mut text = GROUND.to_owned();
        for (at, cut, piece) in patches {
            let from = (0..=at.min(text.len())).rev().find(|&n| text.is_char_boundary(n)).unwrap();
            let to = (from + cut..=text.len()).find(|&n| text.is_char_boundary(n)).unwrap_or(text.len());
            text.replace_range(from.min(to)..to, PIECES[piece]);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever an independent parser refuses, we refuse; whatever it reads, we read, with the same elements and texts.
    #[test]
    fn agrees_with_an_independent_parser(text in damaged()) {
        // A colon that starts a name is the independent parser's own oddity.
        prop_assume!(!text.contains("<:") && !text.contains(" :"));
        let ours = parse(&text);
        match roxmltree::Document::parse(&text) {
            Ok(theirs) => {
                // It is lenient with declarations and processing instructions, where the grammar is plain.
                let plain = |e: &super::Refusal| e.detail.contains("declaration") || e.detail.contains("instruction");
                if ours.as_ref().is_err_and(plain) {
                    return Ok(());
                }
                let ours = ours.map_err(|e| TestCaseError::fail(format!("refused: {e}\n{text}")))?;
                let elements = theirs.descendants().filter(|n| n.is_element()).count();
                prop_assert_eq!(ours.len(), elements);
            }
            Err(theirs) => prop_assert!(ours.is_err(), "read, though: {theirs}\n{text}"),
        }
    }

    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = decode(&bytes) {
            let _ = Tree::parse(text, &EMPTY);
        }
    }
}
