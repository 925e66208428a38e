//! The one integration test binary: a room of promises each.

mod formats;
mod tidy;
