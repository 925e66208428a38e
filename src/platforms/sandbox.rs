//! Platforms on loopback.
