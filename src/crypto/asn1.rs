//! Reads ASN.1 as keys and containers bring it: DER, and the BER that some programs still write (indefinite lengths, octet
//! strings in pieces). Only what is needed to walk; every length is checked, nesting is bounded.

/// Deepest nesting that is followed. PKCS#12 has about a dozen levels.
const DEPTH: usize = 32;

pub const INTEGER: u8 = 0x02;
pub const OCTETS: u8 = 0x04;
pub const OID: u8 = 0x06;
pub const SEQUENCE: u8 = 0x30;
const CONSTRUCTED: u8 = 0x20;

/// An element: its tag and what it contains.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    /// As it stood, header and end included.
    pub whole: &'a [u8],
}

/// Walks elements one after the other.
#[derive(Clone, Copy)]
pub struct Walk<'a>(&'a [u8]);

impl<'a> Walk<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next element; none at the end or where what follows is no element.
    pub fn next(&mut self) -> Option<Element<'a>> {
        let (element, rest) = element(self.0, 0)?;
        self.0 = rest;
        Some(element)
    }

    /// The next element if it has this tag.
    pub fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        let mut ahead = *self;
        let found = ahead.next().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(found)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Element<'a> {
    pub fn inside(&self) -> Walk<'a> {
        Walk(self.content)
    }

    /// The bytes of an octet string, in one piece or in several, also under an implicit tag.
    pub fn octets(&self) -> Option<Vec<u8>> {
        gather(*self, 0)
    }

    /// A small number that is not negative.
    pub fn small(&self) -> Option<u64> {
        let bytes = (self.tag == INTEGER).then_some(self.content)?;
        let (first, bytes) = (*bytes.first()?, bytes.strip_prefix(&[0]).unwrap_or(bytes));
        (first < 0x80 && bytes.len() <= 8).then(|| bytes.iter().fold(0, |n, byte| (n << 8) | u64::from(*byte)))
    }
}

fn gather(element: Element<'_>, depth: usize) -> Option<Vec<u8>> {
    if element.tag & CONSTRUCTED == 0 {
        return Some(element.content.to_vec());
    }
    let (mut walk, mut found) = (element.inside(), Vec::new());
    while !walk.is_empty() {
        let piece = walk.next().filter(|piece| piece.tag & !CONSTRUCTED == OCTETS && depth < DEPTH)?;
        found.extend(gather(piece, depth + 1)?);
    }
    Some(found)
}

/// The first element of the bytes, and what follows it.
fn element(bytes: &[u8], depth: usize) -> Option<(Element<'_>, &[u8])> {
    let (&tag, &first) = (bytes.first()?, bytes.get(1)?);
    // Tags of several bytes do not occur in keys and certificates.
    if tag & 0x1f == 0x1f || depth > DEPTH {
        return None;
    }
    let (header, length) = match first {
        0x80 => {
            // Indefinite: elements up to an end of contents.
            if tag & CONSTRUCTED == 0 {
                return None;
            }
            let mut rest = bytes.get(2..)?;
            while !rest.starts_with(&[0, 0]) {
                rest = element(rest, depth + 1)?.1;
            }
            let end = bytes.len() - rest.len();
            let (content, whole) = (bytes.get(2..end)?, bytes.get(..end + 2)?);
            return Some((Element { tag, content, whole }, bytes.get(end + 2..)?));
        }
        0..=0x7f => (2, usize::from(first)),
        _ => {
            let count = usize::from(first & 0x7f);
            let digits = bytes.get(2..2 + count).filter(|_| count <= 4)?;
            (2 + count, digits.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte)))
        }
    };
    let end = header + length;
    let (content, whole) = (bytes.get(header..end)?, bytes.get(..end)?);
    Some((Element { tag, content, whole }, bytes.get(end..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pieces_and_indefinite_lengths_are_read() {
        let ber = [0x30, 0x80, 0x24, 0x80, 0x04, 1, 7, 0x04, 2, 8, 9, 0, 0, 0x02, 1, 5, 0, 0, 0xff];
        let mut walk = Walk::new(&ber);
        let mut inside = walk.next().unwrap().inside();
        assert_eq!(inside.next().unwrap().octets().unwrap(), [7, 8, 9]);
        assert_eq!(inside.expect(INTEGER).unwrap().small(), Some(5));
        assert!(inside.is_empty() && !walk.is_empty() && walk.next().is_none());
    }

    #[test]
    fn lengths_that_lie_and_nests_without_end_are_no_elements() {
        for wrong in [&[0x30][..], &[0x30, 5, 1], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0x30, 0x89], &[0x1f, 1, 0]] {
            assert!(Walk::new(wrong).next().is_none(), "{wrong:?}");
        }
        let nest: Vec<u8> = [0x30, 0x80].repeat(100_000);
        assert!(Walk::new(&nest).next().is_none());
        let negative = [0x02, 1, 0x80];
        assert_eq!(Walk::new(&negative).next().unwrap().small(), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            let mut walk = Walk::new(&bytes);
            while let Some(element) = walk.next() {
                let _ = (element.octets(), element.small());
            }
        }
    }
}
