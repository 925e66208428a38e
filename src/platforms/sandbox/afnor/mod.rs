//! An accredited platform beside Chorus Pro: the AFNOR Flow Service (1.3) of the seller's platform, a directory, and whoever receives.
//!
//! It judges deposits as facteur itself judges by content, holds each number of a seller once a year, and speaks for the receiving platform
//! and the buyer: their statuses wait as life-cycle messages (CDAR D22B), written as ours are. Everything that will become of a deposit is
//! planned when it comes; time shows it.

mod directory;
mod door;
mod form;
mod hooks;
mod judge;
mod life;
mod record;
mod search;
mod submit;
mod subscribers;

pub(super) use self::door::{TOKEN, is_there, service};
pub(super) use self::hooks::{Hook, Notice, Owed};
pub(super) use self::life::befall_all;
pub(super) use self::record::{Flow, MESSAGE};
pub(super) use self::subscribers::Subscribers;
