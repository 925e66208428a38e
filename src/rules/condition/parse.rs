//! Text to condition: a hand-written descent, one function a level.

use crate::day::Day;
use crate::decimal;
use crate::invoice::Term;
use crate::limits;
use crate::text::Text;

use super::{BadCondition, Class, Expression, Literal, Operand, Operator, class};

/// Reads a whole condition.
pub(super) fn parse(text: &str) -> Result<Expression, BadCondition> {
    if text.len() > limits::CONDITION_BYTES {
        let most = limits::CONDITION_BYTES;
        return Err(bad(
            most,
            format!("une condition a {most} octets au plus"),
            format!("a condition has at most {most} bytes"),
        ));
    }
    let mut parser = Parser { text, at: 0, depth: 0 };
    let root = parser.either()?;
    parser.blanks();
    match parser.rest().chars().next() {
        None => Ok(root),
        Some(_) => {
            Err(parser.bad("« et », « ou » ou la fin est attendu ici", "`and`, `or` or the end is expected here"))
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

/// A word or value as written, and where.
struct Token<'t> {
    text: &'t str,
    at: usize,
    quoted: bool,
}

impl<'t> Parser<'t> {
    fn either(&mut self) -> Result<Expression, BadCondition> {
        let mut all = vec![self.both()?];
        while self.word(&["or", "ou"]) {
            all.push(self.both()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Expression::Or(all) })
    }

    fn both(&mut self) -> Result<Expression, BadCondition> {
        let mut all = vec![self.unary()?];
        while self.word(&["and", "et"]) {
            all.push(self.unary()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Expression::And(all) })
    }

    fn unary(&mut self) -> Result<Expression, BadCondition> {
        self.depth += 1;
        if self.depth > limits::CONDITION_DEPTH {
            return Err(self.bad("trop de parenthèses ou de « non » imbriqués", "too many nested parentheses or `not`"));
        }
        let out = if self.word(&["not", "non"]) {
            Expression::Not(Box::new(self.unary()?))
        } else if self.sign("(") {
            let inner = self.either()?;
            if !self.sign(")") {
                return Err(self.bad("une parenthèse fermante manque ici", "a closing parenthesis is missing here"));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(out)
    }

    fn comparison(&mut self) -> Result<Expression, BadCondition> {
        let subject = self.term()?;
        if self.word(&["in", "dans"]) {
            return self.values(subject).map(|values| Expression::In(subject, values));
        }
        let before = self.at;
        if self.word(&["not", "non"]) {
            if self.word(&["in", "dans"]) {
                let inside = Expression::In(subject, self.values(subject)?);
                return Ok(Expression::Not(Box::new(inside)));
            }
            self.at = before;
        }
        let Some(operator) = self.operator() else { return Ok(Expression::Present(subject)) };
        self.comparable(subject)?;
        if class(subject) == Class::Text && !matches!(operator, Operator::Equal | Operator::NotEqual) {
            return Err(self.bad(
                &format!("{subject} n'est ni un nombre ni une date : seuls = et != s'y appliquent"),
                &format!("{subject} is neither a number nor a date: only = and != apply to it"),
            ));
        }
        let token = self.token()?;
        match Term::parse(token.text).filter(|t| !token.quoted && !t.is_of_messages()) {
            Some(other) if other.is_group() || class(other) != class(subject) => Err(at(
                token.at,
                &format!("{subject} et {other} ne sont pas du même type"),
                &format!("{subject} and {other} are not of the same type"),
            )),
            Some(other) => Ok(Expression::Compare(subject, operator, Operand::Term(other))),
            None => Ok(Expression::Compare(subject, operator, Operand::Value(literal(subject, &token)?))),
        }
    }

    fn values(&mut self, subject: Term) -> Result<Vec<Literal>, BadCondition> {
        self.comparable(subject)?;
        if !self.sign("(") {
            return Err(
                self.bad("une liste entre parenthèses est attendue ici", "a list in parentheses is expected here")
            );
        }
        let mut values = Vec::new();
        loop {
            let token = self.token()?;
            values.push(literal(subject, &token)?);
            if self.sign(")") {
                return Ok(values);
            }
            if !self.sign(",") {
                return Err(self.bad("une virgule ou ) est attendue ici", "a comma or ) is expected here"));
            }
        }
    }

    fn comparable(&self, subject: Term) -> Result<(), BadCondition> {
        if !subject.is_group() {
            return Ok(());
        }
        Err(self.bad(
            &format!("{subject} est un groupe : il est présent ou absent, il n'a pas de valeur"),
            &format!("{subject} is a group: it is present or absent, it has no value"),
        ))
    }

    fn term(&mut self) -> Result<Term, BadCondition> {
        let token = self.token()?;
        match Term::parse(token.text).filter(|t| !token.quoted && !t.is_of_messages()) {
            Some(term) => Ok(term),
            None if names_a_place(&token) => Err(at(
                token.at,
                &format!(
                    "une condition nomme un terme seul, sans groupe ni position (« {} ») : il est cherché dans la ligne ou le groupe jugé, puis autour",
                    token.text
                ),
                &format!(
                    "a condition names a term alone, without group or position (\"{}\"): it is looked for in the line or group judged, then around it",
                    token.text
                ),
            )),
            None => Err(at(
                token.at,
                &format!("un terme de la norme est attendu ici, comme BT-13 ou BG-24, et non « {} »", token.text),
                &format!("a term of the norm is expected here, such as BT-13 or BG-24, not \"{}\"", token.text),
            )),
        }
    }

    /// A quoted text, or everything up to a blank, a comma, an operator or a parenthesis.
    fn token(&mut self) -> Result<Token<'t>, BadCondition> {
        self.blanks();
        let (rest, at) = (self.rest(), self.at);
        if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
            let Some(end) = rest[1..].find(quote) else {
                return Err(self.bad("le guillemet n'est pas fermé", "the quote is not closed"));
            };
            self.at += end + 2;
            return Ok(Token { text: &rest[1..=end], at, quoted: true });
        }
        let end = rest.find(|c: char| c.is_whitespace() || "(),=!<>\"'".contains(c)).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.bad("un terme ou une valeur manque ici", "a term or a value is missing here"));
        }
        self.at += end;
        Ok(Token { text: &rest[..end], at, quoted: false })
    }

    fn operator(&mut self) -> Option<Operator> {
        const SIGNS: [(&str, Operator); 6] = [
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("=", Operator::Equal),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        SIGNS.iter().find(|(sign, _)| self.sign(sign)).map(|(_, operator)| *operator)
    }

    fn sign(&mut self, sign: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn word(&mut self, words: &[&str]) -> bool {
        self.blanks();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let found = words.iter().any(|w| rest[..end].eq_ignore_ascii_case(w)) && !rest[end..].starts_with('-');
        self.at += if found { end } else { 0 };
        found
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn bad(&self, fr: &str, en: &str) -> BadCondition {
        at(self.at, fr, en)
    }
}

/// Is it an address such as `BG-25[1]/BT-151`, which conditions do not take?
fn names_a_place(token: &Token<'_>) -> bool {
    let step = |text: &str| Term::parse(text.split('[').next().unwrap_or_default().trim()).is_some();
    !token.quoted && token.text.contains(['/', '[']) && token.text.split('/').all(step)
}

/// The value, in the type of the term.
fn literal(term: Term, token: &Token<'_>) -> Result<Literal, BadCondition> {
    let text = token.text;
    match class(term) {
        Class::Number => decimal::parse(text).map(Literal::Number).map_err(|_| {
            at(
                token.at,
                &format!("{term} est un nombre, « {text} » n'en est pas un (point décimal, comme 1234.50)"),
                &format!("{term} is a number, \"{text}\" is not (decimal point, such as 1234.50)"),
            )
        }),
        Class::Day => Day::parse_iso(text).map(Literal::Day).ok_or_else(|| {
            at(
                token.at,
                &format!("{term} est une date, « {text} » n'en est pas une (AAAA-MM-JJ)"),
                &format!("{term} is a date, \"{text}\" is not (YYYY-MM-DD)"),
            )
        }),
        Class::Text => Ok(Literal::Text(text.trim().to_owned())),
    }
}

fn at(offset: usize, fr: &str, en: &str) -> BadCondition {
    bad(offset, fr.to_owned(), en.to_owned())
}

fn bad(offset: usize, fr: String, en: String) -> BadCondition {
    BadCondition { offset, message: Text { fr, en } }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Condition;

    #[test]
    fn says_where_and_why_a_text_is_no_condition() {
        for (text, offset, word) in [
            ("", 0, "missing"),
            ("BT-3 =", 6, "missing"),
            ("BT-3 = 380 BT-5", 11, "expected"),
            ("BT-4 = 1", 0, "term of the norm"),
            ("BG-25[1]/BT-151 = S", 0, "term alone"),
            ("BT-3 = 380 and BG-25/BT-151 = S", 15, "term alone"),
            ("(BT-3 = 380", 11, "closing"),
            ("BT-112 > abc", 9, "number"),
            ("BT-2 >= 2026-02-30", 8, "date"),
            ("BT-3 < 400", 6, "only"),
            ("BG-24 = 1", 7, "group"),
            ("BT-5 = \"EUR", 7, "quote"),
            ("BT-5 in (EUR; USD)", 0, ""),
            ("BT-5 in EUR", 8, "list"),
            ("BT-112 = BT-2", 9, "type"),
        ] {
            match Condition::parse(text) {
                Ok(_) => assert!(word.is_empty(), "{text}"),
                Err(e) if word.is_empty() => assert!(!e.message.en.is_empty(), "{text}"),
                Err(e) => {
                    assert_eq!(e.offset, offset, "{text}: {}", e.message.en);
                    assert!(e.message.en.contains(word), "{text}: {}", e.message.en);
                }
            }
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{}BT-1{}", "(".repeat(1_000), ")".repeat(1_000));
        assert!(Condition::parse(&deep).is_err());
        let long = vec!["BT-1"; 100].join(" and ");
        assert!(Condition::parse(&long).is_ok());
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            let _ = Condition::parse(&text);
        }

        #[test]
        fn never_panics_near_the_language(
            words in proptest::collection::vec(
                prop_oneof![
                    Just("BT-3"), Just("BG-24"), Just("not"), Just("("), Just(")"), Just("and"), Just("ou"), Just("="),
                    Just("!="), Just("in"), Just(","), Just("\"é"), Just("380"), Just("é"), Just("BT-112"), Just("<")
                ],
                0..12,
            )
        ) {
            let _ = Condition::parse(&words.join(" "));
            let _ = Condition::parse(&words.concat());
        }
    }
}
