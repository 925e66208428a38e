//! PEM: the blocks of a file, whatever stands between them (`Bag Attributes` and the like).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::KeyError;

/// A block: what it calls itself, and its bytes.
pub struct Block {
    pub label: String,
    pub bytes: Zeroizing<Vec<u8>>,
    /// It has header lines (`Proc-Type: 4,ENCRYPTED`), as OpenSSL wrote encrypted keys before PKCS#8.
    pub headers: bool,
}

/// All blocks, in order.
///
/// # Errors
/// There is none, or one is broken.
pub fn blocks(bytes: &[u8]) -> Result<Vec<Block>, KeyError> {
    let text = std::str::from_utf8(bytes).map_err(|_| KeyError::NotPem)?;
    let mut found = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----")) else {
            continue;
        };
        let (mut body, mut headers) = (Zeroizing::new(String::new()), false);
        let end = format!("-----END {label}-----");
        loop {
            match lines.next() {
                Some(line) if line == end => break,
                Some(line) if line.contains(':') => headers = true,
                Some(line) => body.push_str(line),
                None => return Err(KeyError::Garbled("PEM")),
            }
        }
        // Encrypted in the old way: of no use, and told by its name.
        let bytes = if headers { Ok(Vec::new()) } else { STANDARD.decode(body.as_bytes()) };
        let bytes = Zeroizing::new(bytes.map_err(|_| KeyError::Garbled("PEM"))?);
        found.push(Block { label: label.to_owned(), bytes, headers });
    }
    if found.is_empty() { Err(KeyError::NotPem) } else { Ok(found) }
}
