//! Content models: `( ds:P=ds:CryptoBinary ds:Q=ds:CryptoBinary )? ##other:lax*` to the positions of an automaton.
//!
//! A position is one name or wildcard of the model; what may follow it is a set of positions (Glushkov's construction). XML Schema
//! asks that a model be deterministic, so that one position is all there is to remember.

/// What a position takes.
#[derive(Clone)]
pub enum Accepts {
    Element {
        name: String,
        kind: String,
    },
    /// A wildcard: any name space, or any but the type's own; must the element be declared?
    Wildcard {
        other: bool,
        strict: bool,
    },
}

#[derive(Default)]
pub struct Model {
    pub positions: Vec<Accepts>,
    pub follow: Vec<Vec<usize>>,
    pub first: Vec<usize>,
    pub last: Vec<usize>,
    pub nullable: bool,
}

pub fn parse(text: &str) -> Model {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut model = Model::default();
    let mut at = 0;
    let whole = sequence(&words, &mut at, &mut model);
    assert_eq!(at, words.len(), "{text}");
    (model.first, model.last, model.nullable) = (whole.first, whole.last, whole.nullable);
    model
}

struct Part {
    first: Vec<usize>,
    last: Vec<usize>,
    nullable: bool,
}

/// Parts in a row, or alternatives, up to a closing parenthesis.
fn sequence(words: &[&str], at: &mut usize, model: &mut Model) -> Part {
    let mut whole = one(words, at, model);
    while *at < words.len() && words[*at] != ")" {
        if words[*at] == "|" {
            *at += 1;
            let next = one(words, at, model);
            whole.first.extend(next.first);
            whole.last.extend(next.last);
            whole.nullable |= next.nullable;
            continue;
        }
        let next = one(words, at, model);
        for &position in &whole.last {
            model.follow[position].extend(&next.first);
        }
        if whole.nullable {
            whole.first.extend(&next.first);
        }
        whole.last = if next.nullable { [whole.last, next.last].concat() } else { next.last };
        whole.nullable &= next.nullable;
    }
    whole
}

fn one(words: &[&str], at: &mut usize, model: &mut Model) -> Part {
    let word = words[*at];
    *at += 1;
    if word == "(" {
        let inner = sequence(words, at, model);
        assert_eq!(words[*at], ")");
        *at += 1;
        let occurs = words.get(*at).filter(|w| ["?", "*", "+"].contains(w)).copied();
        *at += usize::from(occurs.is_some());
        return repeated(inner, occurs, model);
    }
    let (bare, occurs) = match word.strip_suffix(['?', '*', '+']) {
        Some(bare) => (bare, Some(&word[bare.len()..])),
        None => (word, None),
    };
    let accepts = match bare.split_once('=') {
        Some((name, kind)) => Accepts::Element { name: name.to_owned(), kind: kind.to_owned() },
        None => match bare {
            "##any:lax" => Accepts::Wildcard { other: false, strict: false },
            "##any:strict" => Accepts::Wildcard { other: false, strict: true },
            "##other:lax" => Accepts::Wildcard { other: true, strict: false },
            "##other:strict" => Accepts::Wildcard { other: true, strict: true },
            _ => panic!("no part of a content model: {bare}"),
        },
    };
    model.positions.push(accepts);
    model.follow.push(Vec::new());
    let position = model.positions.len() - 1;
    repeated(Part { first: vec![position], last: vec![position], nullable: false }, occurs, model)
}

fn repeated(mut part: Part, occurs: Option<&str>, model: &mut Model) -> Part {
    part.nullable |= matches!(occurs, Some("?" | "*"));
    if matches!(occurs, Some("*" | "+")) {
        for &position in &part.last {
            model.follow[position].extend(&part.first);
        }
    }
    part
}
