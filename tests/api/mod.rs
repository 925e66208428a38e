//! What the HTTP door promises, over real sockets, with a real store and the sandbox behind it.

mod accept;
mod acts;
mod forms;
mod keys;
mod large;
mod process;
mod refusals;
mod rendering;
mod shown;
pub mod stage;
mod strange;
mod tokens;
mod waivers;
mod watch;
mod wire;
