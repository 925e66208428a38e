//! The one integration test binary: a room of promises each.

mod api;
mod crash;
mod foreign;
mod formats;
mod stage;
mod tidy;
