//! The one integration test binary: a room of promises each.

mod api;
mod commands;
mod crash;
mod demo;
mod foreign;
mod formats;
mod rules;
mod stage;
mod tidy;
mod validate;
mod web;
