//! `facteur explain` as people use it: everything that has an id is explained, slips are recognised, the book is the binary's.

mod book;
mod command;
mod documented;
mod printed;
mod read;
