//! The one integration test binary: a room of promises each.

mod api;
mod commands;
mod crash;
mod demo;
mod folder;
mod foreign;
mod formats;
mod logs;
mod metrics;
mod rules;
mod stage;
mod stop;
mod tidy;
mod validate;
