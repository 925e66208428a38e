//! The one integration test binary: a room of promises each.

mod api;
mod commands;
mod crash;
mod demo;
mod docs;
mod foreign;
mod formats;
mod pdf;
mod openapi;
mod rules;
mod stage;
mod tidy;
mod validate;
