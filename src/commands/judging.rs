//! How documents are to be judged, as `validate` and `render` are asked.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::clients;
use crate::clock;
use crate::config;
use crate::day::Day;
use crate::formats::edifact::Partner;
use crate::rules::client::Clients;
use crate::text::Lang;
use crate::validate::{Choice, Direction, Options};

#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// Day by which rule packs are chosen, instead of the invoice's own date (BT-2).
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    date: Option<Day>,
    /// Day that counts as today; what is written says which.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Day>,
    /// `out` for invoices about to be sent, `in` for invoices received.
    #[arg(long, value_enum, default_value = "out")]
    direction: Way,
    /// Exactly these rule packs, separated by commas, instead of what the content asks for.
    #[arg(long, value_name = "PACKS", value_parser = Choice::parse)]
    rules: Option<Choice>,
    /// The customer's rules: a file, or a name among `--clients`.
    #[arg(long, value_name = "FILE|NAME")]
    client: Option<String>,
    /// Folder of customer files, in which each invoice finds its own; with `waivers.toml`, where there is one.
    #[arg(long, value_name = "FOLDER")]
    clients: Option<PathBuf>,
    /// Folder of partner files: what is agreed with those who send EDIFACT.
    #[arg(long, value_name = "FOLDER")]
    partners: Option<PathBuf>,
}

impl JudgeArgs {
    /// The customer files in force, and the one chosen by hand; else what is wrong with what was asked for.
    pub fn customers(&self, lang: Lang) -> Result<(Option<Clients>, Option<String>), String> {
        clients::for_validate(self.clients.as_deref(), self.client.as_deref(), lang)
    }

    /// The partners whose files were named; else what is wrong with one of them.
    pub fn partners(&self) -> Result<Vec<Partner>, String> {
        self.partners.as_deref().map_or(Ok(Vec::new()), config::partners)
    }

    pub fn options<'o>(&self, clients: Option<&'o Clients>, client: Option<&'o str>) -> Options<'o> {
        Options {
            date: self.date,
            direction: self.direction.into(),
            choice: self.rules.clone().unwrap_or_default(),
            clients,
            client,
            ..Options::new(self.as_of.unwrap_or_else(clock::today))
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Way {
    Out,
    In,
}

impl From<Way> for Direction {
    fn from(way: Way) -> Direction {
        match way {
            Way::Out => Direction::Out,
            Way::In => Direction::In,
        }
    }
}

pub fn day(text: &str) -> Result<Day, String> {
    Day::parse_iso(text).ok_or_else(|| "a day is written YYYY-MM-DD".to_owned())
}
