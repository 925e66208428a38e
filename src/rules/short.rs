//! Short codes as numbers, so that a list is searched without comparing texts. Shared with build.rs, so that both agree.

/// A code of at most seven bytes as a number: its bytes, then its length. In the order of the texts.
pub fn key(code: &str) -> Option<u64> {
    let mut bytes = [0u8; 8];
    bytes.get_mut(..code.len()).filter(|_| code.len() < 8)?.copy_from_slice(code.as_bytes());
    bytes[7] = code.len() as u8;
    Some(u64::from_be_bytes(bytes))
}
