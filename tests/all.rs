//! The one integration test binary: a room of promises each.

mod api;
mod commands;
mod crash;
mod demo;
mod diff;
mod docs;
mod explain;
mod folder;
mod foreign;
mod formats;
mod logs;
mod lost;
mod memory;
mod metrics;
mod openapi;
mod pdf;
mod render;
mod reports;
mod rules;
mod seal;
mod stage;
mod stop;
mod structure;
mod tidy;
mod validate;
mod web;
