//! What the page promises: who gets in and what they may do, over plain HTTP; and the whole of it in a real browser.

mod advice;
mod guards;
mod rulebook;
mod visitor;
mod work;
