//! How documents are to be judged, as `validate` and `render` are asked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{clients, show};
use crate::clock;
use crate::config::{self, Config};
use crate::day::Day;
use crate::formats::edifact::Partner;
use crate::rules::client::Clients;
use crate::text::Lang;
use crate::validate::{Choice, Direction, Options, RouteSeverities};

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
    /// As `facteur serve` with this configuration would: its packs, customers' and partners' folders, routes, and what its platforms say of
    /// severities. `--rules`, `--clients` and `--partners` go before it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    partners: PartnerArgs,
}

/// Who sends EDIFACT or X12, for every command that reads invoices.
#[derive(Debug, Args)]
pub struct PartnerArgs {
    /// Folder of partner files: what is agreed with those who send EDIFACT or X12.
    #[arg(long, value_name = "FOLDER")]
    partners: Option<PathBuf>,
}

impl PartnerArgs {
    /// The partners whose files were named; else what is wrong with one of them.
    pub fn read(&self, lang: Lang) -> Result<Vec<Partner>, String> {
        self.partners.as_deref().map_or(Ok(Vec::new()), |folder| partners_in(folder, lang))
    }
}

/// The partners of a folder. What is probably not meant as it stands in their files is told on standard error.
pub fn partners_in(folder: &Path, lang: Lang) -> Result<Vec<Partner>, String> {
    let read = config::partners(folder).map_err(|said| said.get(lang).to_owned())?;
    let remarks = config::partner_lines(folder, read.remarks());
    if !read.remarks().is_empty() {
        show::tell(remarks.get(lang));
    }
    Ok(read.list().to_vec())
}

/// What the files say that the arguments name.
#[derive(Debug)]
pub struct Named {
    clients: Option<Clients>,
    /// The customer file chosen by hand.
    client: Option<String>,
    configured: Option<Configured>,
    /// Where the configuration has its partner files.
    partners: Option<PathBuf>,
}

/// What a configuration says of how to judge.
#[derive(Debug)]
struct Configured {
    choice: Choice,
    chorus_routes: BTreeSet<String>,
    default_route: Option<String>,
    route_severities: RouteSeverities,
}

impl JudgeArgs {
    /// Reads the files that are named here; else says what is wrong with them.
    pub fn named(&self, lang: Lang) -> Result<Named, String> {
        let config = self.config.as_deref().map(Config::load).transpose().map_err(|error| error.show(lang))?;
        let folder = self.clients.as_deref().or(config.as_ref().and_then(|config| config.clients.folder.as_deref()));
        let (clients, client) = clients::for_validate(folder, self.client.as_deref(), lang)?;
        let partners = config.as_ref().and_then(|config| config.partners.clone());
        Ok(Named { clients, client, configured: config.as_ref().map(Configured::of).transpose()?, partners })
    }

    /// The partners whose files were named, here or by the configuration; else what is wrong with one of them.
    pub fn partners(&self, named: &Named, lang: Lang) -> Result<Vec<Partner>, String> {
        let folder = self.partners.partners.as_deref().or(named.partners.as_deref());
        folder.map_or(Ok(Vec::new()), |folder| partners_in(folder, lang))
    }

    pub fn options<'o>(&self, named: &'o Named) -> Options<'o> {
        let configured = named.configured.as_ref();
        Options {
            date: self.date,
            direction: self.direction.into(),
            choice: self.rules.clone().or(configured.map(|said| said.choice.clone())).unwrap_or_default(),
            clients: named.clients.as_ref(),
            client: named.client.as_deref(),
            chorus_routes: configured.map(|said| &said.chorus_routes),
            default_route: configured.and_then(|said| said.default_route.as_deref()),
            route_severities: configured.map(|said| &said.route_severities),
            ..Options::new(self.as_of.unwrap_or_else(clock::today))
        }
    }
}

impl Configured {
    fn of(config: &Config) -> Result<Self, String> {
        let choice = match &config.rules.packs {
            Some(packs) => Choice::parse(&packs.join(",")).map_err(|e| e.to_string())?,
            None => Choice::Content,
        };
        Ok(Self {
            choice,
            chorus_routes: config.chorus_routes(),
            default_route: config.routes.default.clone(),
            route_severities: config.route_severities(),
        })
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
