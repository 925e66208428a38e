//! What the HTTP door promises, over real sockets, with a real store and the sandbox behind it.

mod accept;
mod acts;
mod process;
mod refusals;
pub mod stage;
mod tokens;
mod watch;
