//! Company keys and certificates: read from PEM or PKCS#12, checked, and used to sign. The only room that names ring, besides
//! those that install the provider of TLS.
//!
//! It takes bytes and moments from outside: no file and no clock here. Secrets are wiped where they are copied, and neither
//! `Debug` nor an error shows them. Private-key operations are ring's (constant in time); the `rsa` crate is not used
//! (RUSTSEC-2023-0071).

mod asn1;
mod certificate;
mod error;
mod identity;
mod key;
mod pbe;
mod pem;
mod pkcs12;
mod qualified;

pub use certificate::{Certificate, check_signature};
pub use error::KeyError;
pub use identity::{Identity, Standing};
pub use key::{Algorithm, Fault};
pub use qualified::Qualification;

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    digest
}

#[cfg(test)]
mod tests;
