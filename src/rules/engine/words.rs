//! Sentences of the catalogue, with the values of a finding in them.

/// Fills a sentence in. `{found}` stands for the value of that name; `[A|B]` for A where every value that A names is there, else
/// for B. Values are put in as they are: what looks like a placeholder in them is none.
pub fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = sentence;
    while let Some((before, choice)) = rest.split_once('[') {
        out.push_str(&put(before, values).0);
        let (choice, after) = choice.split_once(']').unwrap_or((choice, ""));
        let (first, second) = choice.split_once('|').unwrap_or((choice, ""));
        let (told, complete) = put(first, values);
        out.push_str(&if complete { told } else { put(second, values).0 });
        rest = after;
    }
    out + &put(rest, values).0
}

/// A part without choices, and whether all its values are there; one that is not leaves a gap.
fn put(part: &str, values: &[(&str, &str)]) -> (String, bool) {
    let (mut out, mut rest, mut complete) = (String::new(), part, true);
    while let Some((before, name)) = rest.split_once('{') {
        let (name, after) = name.split_once('}').unwrap_or((name, ""));
        out.push_str(before);
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => out.push_str(value),
            None => {
                out.push('…');
                complete = false;
            }
        }
        rest = after;
    }
    (out + rest, complete)
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn a_choice_depends_on_what_is_there() {
        let sentence = "BT-5 [says {found}|is absent], {expected} is due[: {path}|].";
        assert_eq!(fill(sentence, &[("expected", "EUR")]), "BT-5 is absent, EUR is due.");
        assert_eq!(
            fill(sentence, &[("found", "[{path}|"), ("expected", "EUR"), ("path", "cbc:ID")]),
            "BT-5 says [{path}|, EUR is due: cbc:ID."
        );
        assert_eq!(fill("{found} {", &[]), "… …");
    }
}
