//! The one integration test binary: a room of promises each.

mod api;
mod commands;
mod crash;
mod demo;
mod docs;
mod foreign;
mod formats;
mod openapi;
mod pdf;
mod rules;
mod seal;
mod stage;
mod tidy;
mod validate;
