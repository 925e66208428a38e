//! Bytes to PDF objects (ISO 32000-1, 7.2 and 7.3), one at a time and within the budget.

use lopdf::{Dictionary, Object, StringFormat};

use super::budget::Budget;
use super::refusal::{Refusal, RefusalKind};
use crate::limits;

/// Keys that decide what a file holds, or which bytes a stream has: one that is there twice is read in two ways.
const WATCHED: [&str; 11] =
    ["Root", "Prev", "XRefStm", "Encrypt", "Length", "Filter", "DecodeParms", "Index", "W", "N", "First"];

/// A place in the bytes, moving forward.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'d> {
    data: &'d [u8],
    pub at: usize,
    /// A watched key that an outermost dictionary gives twice, with different values: the last was taken.
    pub doubled: Option<&'static str>,
}

/// A piece of a content stream, or of a character map.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'d> {
    Operand(Object),
    Operator(&'d [u8]),
}

/// What stood where a value was expected.
enum Value {
    Object(Object),
    /// A word of its own, such as `obj`, `endobj` or `R`.
    Word,
    /// `]` or `>>`.
    Close,
}

impl<'d> Lexer<'d> {
    pub fn new(data: &'d [u8], at: usize) -> Self {
        Self { data, at: at.min(data.len()), doubled: None }
    }

    fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    fn rest(&self) -> &'d [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    /// White space and comments.
    pub fn space(&mut self, budget: &mut Budget) -> Result<(), Refusal> {
        let from = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b if is_space(b) => self.at += 1,
                b'%' => {
                    let line = self.rest().iter().position(|b| matches!(b, b'\r' | b'\n'));
                    self.at += line.unwrap_or(self.rest().len());
                }
                _ => break,
            }
        }
        budget.look(self.at - from)
    }

    /// Passes a word that stands here whole.
    pub fn word(&mut self, word: &[u8], budget: &mut Budget) -> Result<bool, Refusal> {
        self.space(budget)?;
        let ends = |rest: &[u8]| rest.get(word.len()).is_none_or(|b| !is_regular(*b));
        let here = self.rest().starts_with(word) && ends(self.rest());
        if here {
            self.at += word.len();
        }
        Ok(here)
    }

    /// An unsigned whole number that stands here whole.
    pub fn number(&mut self, budget: &mut Budget) -> Result<Option<u64>, Refusal> {
        self.space(budget)?;
        let digits = self.rest().iter().take(20).take_while(|b| b.is_ascii_digit()).count();
        let text = self.rest().get(..digits).and_then(|d| std::str::from_utf8(d).ok());
        let Some(number) = text.and_then(|t| t.parse().ok()) else { return Ok(None) };
        self.at += digits;
        Ok(Some(number))
    }

    /// `12 0 obj`, and the place after it.
    pub fn header(&mut self, budget: &mut Budget) -> Result<Option<(u32, u16)>, Refusal> {
        let Some(number) = self.number(budget)?.and_then(|n| u32::try_from(n).ok()) else { return Ok(None) };
        let Some(generation) = self.number(budget)?.and_then(|n| u16::try_from(n).ok()) else { return Ok(None) };
        // `obj` may touch what follows: `1 0 obj<<`.
        self.space(budget)?;
        if !self.rest().starts_with(b"obj") {
            return Ok(None);
        }
        self.at += 3;
        Ok(Some((number, generation)))
    }

    /// The object here.
    pub fn object(&mut self, budget: &mut Budget) -> Result<Object, Refusal> {
        match self.value(budget, 0)? {
            Value::Object(object) => Ok(object),
            Value::Word | Value::Close => Err(Refusal::damaged(format!("no object at byte {}", self.at))),
        }
    }

    /// What comes next where operands and operators follow each other; none at the end. What stands outside any order, such as
    /// a bracket that closes nothing, is an operator that nobody knows.
    pub fn token(&mut self, budget: &mut Budget) -> Result<Option<Token<'d>>, Refusal> {
        self.space(budget)?;
        let from = self.at;
        if from >= self.data.len() {
            return Ok(None);
        }
        Ok(Some(match self.value(budget, 0)? {
            Value::Object(object) => Token::Operand(object),
            Value::Word | Value::Close => Token::Operator(self.data.get(from..self.at).unwrap_or_default()),
        }))
    }

    fn value(&mut self, budget: &mut Budget, depth: usize) -> Result<Value, Refusal> {
        if depth > limits::PDF_DEPTH {
            let most = limits::PDF_DEPTH;
            return Err(Refusal::new(RefusalKind::TooDeep, format!("lists nested deeper than {most}")));
        }
        self.space(budget)?;
        budget.object()?;
        let from = self.at;
        let value = match (self.peek(), self.data.get(self.at + 1)) {
            (None, _) => return Err(Refusal::damaged("the file ends inside an object")),
            (Some(b'<'), Some(b'<')) => {
                self.at += 2;
                Value::Object(Object::Dictionary(self.dictionary(budget, depth)?))
            }
            (Some(b'>'), Some(b'>')) => {
                self.at += 2;
                Value::Close
            }
            (Some(b'['), _) => {
                self.at += 1;
                Value::Object(Object::Array(self.array(budget, depth)?))
            }
            (Some(b']'), _) => {
                self.at += 1;
                Value::Close
            }
            (Some(b'<'), _) => Value::Object(self.hexadecimal()),
            (Some(b'('), _) => Value::Object(self.literal()?),
            (Some(b'/'), _) => Value::Object(Object::Name(self.name())),
            (Some(b'+' | b'-' | b'.' | b'0'..=b'9'), _) => Value::Object(self.numeric(budget)?),
            _ => self.keyword(),
        };
        // Lists charged what they hold already; a token that is no list is charged here.
        if !matches!(value, Value::Object(Object::Array(_) | Object::Dictionary(_))) {
            budget.look(self.at - from)?;
        }
        if self.at == from {
            return Err(Refusal::damaged(format!("no object at byte {from}")));
        }
        Ok(value)
    }

    fn array(&mut self, budget: &mut Budget, depth: usize) -> Result<Vec<Object>, Refusal> {
        let mut items = Vec::new();
        loop {
            match self.value(budget, depth + 1)? {
                Value::Object(object) => items.push(object),
                Value::Close => return Ok(items),
                Value::Word => return Err(Refusal::damaged(format!("a list does not end at byte {}", self.at))),
            }
        }
    }

    fn dictionary(&mut self, budget: &mut Budget, depth: usize) -> Result<Dictionary, Refusal> {
        let mut dictionary = Dictionary::new();
        loop {
            let key = match self.value(budget, depth + 1)? {
                Value::Object(Object::Name(key)) => key,
                Value::Close => return Ok(dictionary),
                _ => return Err(Refusal::damaged(format!("a dictionary's key is no name at byte {}", self.at))),
            };
            match self.value(budget, depth + 1)? {
                Value::Object(object) => {
                    if depth == 0
                        && let Some(watched) = WATCHED.iter().find(|watched| watched.as_bytes() == key)
                        && dictionary.get(&key).is_ok_and(|other| *other != object)
                    {
                        self.doubled.get_or_insert(watched);
                    }
                    dictionary.set(key, object);
                }
                // `/Key >>`: no value is null.
                Value::Close => return Ok(dictionary),
                Value::Word => return Err(Refusal::damaged(format!("a value is missing at byte {}", self.at))),
            }
        }
    }

    fn name(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|b| is_regular(*b)) {
            let escaped = (byte == b'#').then(|| self.data.get(self.at + 1..self.at + 3)).flatten().and_then(hex_pair);
            name.push(escaped.unwrap_or(byte));
            self.at += if escaped.is_some() { 3 } else { 1 };
        }
        name
    }

    fn hexadecimal(&mut self) -> Object {
        self.at += 1;
        let length = self.rest().iter().position(|b| *b == b'>').unwrap_or(self.rest().len());
        let digits: Vec<u8> = self.rest().iter().take(length).copied().filter(u8::is_ascii_hexdigit).collect();
        self.at = (self.at + length + 1).min(self.data.len());
        let bytes = digits.chunks(2).map(|pair| match pair {
            [high, low] => hex_pair(&[*high, *low]).unwrap_or_default(),
            // A last digit alone stands for itself and a zero.
            [high] => hex_pair(&[*high, b'0']).unwrap_or_default(),
            _ => 0,
        });
        Object::String(bytes.collect(), StringFormat::Hexadecimal)
    }

    fn literal(&mut self) -> Result<Object, Refusal> {
        self.at += 1;
        let (mut bytes, mut open) = (Vec::new(), 1usize);
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(Object::String(bytes, StringFormat::Literal));
                    }
                }
                b'\\' => {
                    bytes.extend(self.escape());
                    continue;
                }
                // A line end of any kind counts as one line feed.
                b'\r' => {
                    self.at += usize::from(self.peek() == Some(b'\n'));
                    bytes.push(b'\n');
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
        }
        Err(Refusal::damaged("the file ends inside a string"))
    }

    fn escape(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            // The string goes on on the next line.
            b'\r' => {
                self.at += usize::from(self.peek() == Some(b'\n'));
                None
            }
            b'\n' => None,
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit) = self.peek().filter(|b| (b'0'..=b'7').contains(b)) else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                Some((code & 0xFF) as u8)
            }
            other => Some(other),
        }
    }

    /// A number, or a reference `12 0 R`.
    fn numeric(&mut self, budget: &mut Budget) -> Result<Object, Refusal> {
        let from = self.at;
        let length = self.rest().iter().take_while(|b| matches!(b, b'+' | b'-' | b'.' | b'0'..=b'9')).count();
        self.at += length;
        let text = std::str::from_utf8(self.data.get(from..self.at).unwrap_or_default()).unwrap_or_default();
        let Ok(number) = text.parse::<i64>() else {
            return Ok(Object::Real(text.parse().unwrap_or(0.0)));
        };
        if let Ok(id) = u32::try_from(number) {
            let mut ahead = self.clone();
            if let Some(generation) = ahead.number(budget)?.and_then(|n| u16::try_from(n).ok())
                && ahead.word(b"R", budget)?
            {
                self.at = ahead.at;
                return Ok(Object::Reference((id, generation)));
            }
        }
        Ok(Object::Integer(number))
    }

    fn keyword(&mut self) -> Value {
        let from = self.at;
        let length = self.rest().iter().take_while(|b| is_regular(**b)).count();
        // A stray delimiter is passed, so that what follows is looked at anew.
        self.at += length.max(1);
        match self.data.get(from..from + length).unwrap_or_default() {
            b"true" => Value::Object(Object::Boolean(true)),
            b"false" => Value::Object(Object::Boolean(false)),
            b"null" => Value::Object(Object::Null),
            _ => Value::Word,
        }
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

pub(super) fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|p| p.bytes().all(|b| b.is_ascii_hexdigit()))?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Object, Refusal> {
        Lexer::new(text.as_bytes(), 0).object(&mut Budget::for_file(text.len()))
    }

    #[test]
    fn every_kind_of_object_is_read() {
        let text = br"[ true null -7 +3 .5 (a\)\(b\101\
c) <48 6> /A#20b 12 0 R << /K [1 0] /L 3 1 R /M >> ]";
        let object = read(std::str::from_utf8(text).unwrap()).unwrap();
        let items = object.as_array().unwrap();
        assert_eq!(items.len(), 10);
        assert_eq!(items[5].as_str().unwrap(), b"a)(bAc");
        assert_eq!(items[6].as_str().unwrap(), b"H`");
        assert_eq!(items[7].as_name().unwrap(), b"A b");
        assert_eq!(items[8].as_reference().unwrap(), (12, 0));
        let inner = items[9].as_dict().unwrap();
        assert_eq!(inner.get(b"K").unwrap().as_array().unwrap().len(), 2);
        assert_eq!(inner.get(b"L").unwrap().as_reference().unwrap(), (3, 1));
        assert!(inner.get(b"M").is_err());
    }

    #[test]
    fn what_is_no_object_is_damage_and_what_is_too_deep_is_said() {
        for text in ["", "[1 2", "<< /A", "<< 1 2 >>", "(abc", "endobj", "]", "}", "[1 }"] {
            assert_eq!(read(text).unwrap_err().kind, RefusalKind::Damaged, "{text}");
        }
        for open in ["[", "<</A"] {
            assert_eq!(read(&open.repeat(100_000)).unwrap_err().kind, RefusalKind::TooDeep);
        }
        assert_eq!(read(&format!("[{}]", "0 ".repeat(600_000))).unwrap_err().kind, RefusalKind::TooManyObjects);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _ = Lexer::new(&bytes, 0).object(&mut Budget::for_file(bytes.len()));
        }

        #[test]
        fn no_tokens_break_it(tokens in proptest::collection::vec("[<>\\[\\]()/{}%0-9a-zR .#\\\\-]{0,6}", 0..60)) {
            let text = tokens.concat();
            let _ = Lexer::new(text.as_bytes(), 0).object(&mut Budget::for_file(text.len()));
        }
    }
}
