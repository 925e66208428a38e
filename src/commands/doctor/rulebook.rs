//! What judges: rule packs, customer files and partner files.

use std::sync::Arc;

use super::Line;
use crate::clock;
use crate::config::{Config, Partners, PlatformConfig, nearest};
use crate::daemon::read_folder;
use crate::day::Day;
use crate::invoice::Syntax;
use crate::report::html::word;
use crate::rules::client::{Clients, SeverityRule, Standing, Waiver};
use crate::rules::{self, Pack};
use crate::text::Lang;

/// The packs of this program, and those the configuration asks for.
pub fn packs(config: &Config) -> Vec<Line> {
    let mut lines: Vec<Line> = rules::packs().iter().map(built).collect();
    lines.push(match &config.rules.packs {
        Some(asked) => {
            // That they exist was seen to when the file was read.
            let list = format!("[rules] packs = {}", asked.join(", "));
            Line::ok("rules", list.clone(), list)
        }
        None => Line::ok(
            "rules",
            "sans [rules] packs : chaque facture est jugée par ce que son contenu demande ; celle qui demande Peppol ou XRechnung n'est pas jugée et ne part pas (docs/configuration.md)",
            "no [rules] packs: each invoice is judged by what its content asks for; one that asks for Peppol or XRechnung is not judged and does not leave (docs/configuration.md)",
        ),
    });
    lines
}

fn built(pack: &Pack) -> Line {
    let [ubl, cii, cdar] =
        [Syntax::UblInvoice, Syntax::Cii, Syntax::Cdar].map(|syntax| (pack.count(syntax), pack.fatal(syntax)));
    let (id, version) = (pack.id, pack.version);
    if cdar.0 > 0 {
        return Line::ok(
            "rules",
            format!("{id} {version} : CDAR {} règles dont {} bloquantes", cdar.0, cdar.1),
            format!("{id} {version}: CDAR {} rules, {} of them fatal", cdar.0, cdar.1),
        );
    }
    Line::ok(
        "rules",
        format!("{id} {version} : UBL {} règles dont {} bloquantes, CII {} dont {}", ubl.0, ubl.1, cii.0, cii.1),
        format!("{id} {version}: UBL {} rules, {} of them fatal, CII {}, {} of them fatal", ubl.0, ubl.1, cii.0, cii.1),
    )
}

/// What platforms say of severities: which rules warn, or block, for whatever goes there.
pub fn severities(config: &Config) -> Vec<Line> {
    let of = |platform: &PlatformConfig| {
        let told = |lang: Lang| {
            let one = |rule: &Arc<SeverityRule>| format!("{} = {}", rule.rule, word(rule.level, lang).to_lowercase());
            platform.severities.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        let (name, fr, en) = (&platform.name, told(Lang::Fr), told(Lang::En));
        (!en.is_empty()).then(|| {
            Line::ok(
                "rules",
                format!("[[platform]] {name} : gravités changées pour ce qui y part : {fr}"),
                format!("[[platform]] {name}: severities changed for what goes there: {en}"),
            )
        })
    };
    config.platforms.iter().filter_map(of).collect()
}

/// The waivers that have expired, or will before long: whoever answers for them has to know.
fn waivers(clients: &Clients, today: Day, path: &dyn Fn(String) -> String) -> Vec<Line> {
    let own = clients.iter().flat_map(|client| client.waivers.iter().filter(|w| w.origin.file == client.id));
    let ending = own.chain(clients.waivers()).filter(|waiver| waiver.standing(today) != Standing::InForce);
    let line = |waiver: &Arc<Waiver>| {
        let (at, what, who) = (path(waiver.origin.to_string()), waiver.what(), &waiver.author);
        let stands = waiver.standing_in_words(today);
        let until = waiver.until;
        Line::warn(
            "clients",
            format!("{at} : dérogation à {what} ({who}, jusqu'au {until}) : {}", stands.fr),
            format!("{at}: waiver of {what} ({who}, until {until}): {}", stands.en),
        )
    };
    ending.map(line).collect()
}

/// Every fault of every customer file, and routes that lead nowhere.
pub fn clients(config: &Config) -> Vec<Line> {
    let Some(folder) = &config.clients.folder else {
        return vec![Line::ok("clients", "aucun dossier de clients configuré", "no customers' folder is configured")];
    };
    let found = match read_folder::<Clients>(folder) {
        Ok(found) => found,
        Err(said) => return vec![Line::fail("clients", said.fr, said.en)],
    };
    let (clients, faults) = Clients::reload(&Clients::default(), &found);
    let (count, shown) = (clients.iter().count(), folder.display());
    let mut lines = vec![Line::ok(
        "clients",
        format!("{shown} : fichiers en vigueur {count}"),
        format!("{shown}: files in force {count}"),
    )];
    let path = |text: String| folder.join(text).display().to_string();
    for fault in faults.iter().chain(clients.remarks()).chain(&clients.long_waivers(clock::today())) {
        let [fr, en] = [Lang::Fr, Lang::En].map(|lang| path(fault.line(lang)));
        lines.push(if fault.is_fatal() { Line::fail("clients", fr, en) } else { Line::warn("clients", fr, en) });
    }
    lines.extend(waivers(&clients, clock::today(), &path));
    lines.extend(clients.iter().filter_map(|client| {
        let route = client.route.as_ref().filter(|route| config.platform(&route.value).is_none())?;
        let (at, name) = (path(route.origin.to_string()), &route.value);
        let line =
            Line::fail("clients", format!("{at} : aucune plateforme `{name}`"), format!("{at}: no platform `{name}`"));
        let known = config.platforms.iter().map(|platform| platform.name.as_str());
        Some(match nearest(name, known) {
            Some(meant) => line.fix(format!("vouliez-vous dire `{meant}` ?"), format!("did you mean `{meant}`?")),
            None => line.fix("ajouter la plateforme à la configuration", "add the platform to the configuration"),
        })
    }));
    lines
}

/// Every fault of every partner file.
pub fn partners(config: &Config) -> Vec<Line> {
    let check = "partners";
    let Some(folder) = &config.partners else { return Vec::new() };
    let found = match read_folder::<Partners>(folder) {
        Ok(found) => found,
        Err(said) => return vec![Line::fail(check, said.fr, said.en)],
    };
    let partners = Partners::reload(&Partners::default(), &found);
    let (count, shown) = (partners.list().len(), folder.display());
    let (fr, en) = (format!("{shown} : fichiers en vigueur {count}"), format!("{shown}: files in force {count}"));
    let faults = partners.faults().iter().chain(partners.remarks()).map(|fault| {
        let [fr, en] = [Lang::Fr, Lang::En].map(|lang| folder.join(fault.line(lang)).display().to_string());
        if fault.is_fatal() { Line::fail(check, fr, en) } else { Line::warn(check, fr, en) }
    });
    std::iter::once(Line::ok(check, fr, en)).chain(faults).collect()
}
