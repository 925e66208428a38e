//! The hash of names, shared with `build.rs` so that the table it writes is the table that is read.

/// Of the number of the name space, the length of the local name, and its first and last bytes: few names share them all, and a
/// table that is built once knows which do.
pub fn hash(space: u8, local: &str) -> u32 {
    mix(ends(local.as_bytes()), (local.len() as u64) << 8 | u64::from(space))
}

/// The first and the last eight bytes, or four, or the only ones: they overlap, so that texts of one length of at most sixteen bytes
/// are the same where these are.
pub fn ends(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
    }
    (bytes.iter().fold(0, |word, &b| (word << 8) | u64::from(b)), 0)
}

/// 32 bits of both words and of something more.
pub fn mix((first, last): (u64, u64), more: u64) -> u32 {
    let whole = first ^ last.rotate_left(29) ^ more.rotate_left(48);
    // Folded first: a product's middle bits know nothing of what was above them.
    ((whole ^ (whole >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}
