//! The hash of names, shared with `build.rs` so that the table it writes is the table that is read.

/// FNV-1a over the number of the name space and the local name, folded.
pub fn hash(space: u8, local: &str) -> u32 {
    let mut h: u32 = 0x811C_9DC5 ^ u32::from(space);
    for &byte in local.as_bytes() {
        h = (h ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    h ^ (h >> 15)
}
