//! `facteur profile waivers`: who answers for what, for whom, and until when.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::super::{out, show};
use super::{Done, Format, at, load};
use crate::day::Day;
use crate::rules::client::{Clients, Standing, Waiver};
use crate::text::Lang;

pub fn run(folder: &Path, as_of: Day, format: Format, lang: Lang) -> Done {
    let (clients, faults) = load(folder, lang)?;
    let mut all: Vec<(String, &Waiver)> = all(&clients, lang);
    all.sort_by_key(|(_, waiver)| waiver.until);
    let text = match format {
        Format::Text if all.is_empty() => String::new(),
        Format::Text => text(&all, as_of, lang),
        Format::Json => all.iter().map(|(_, waiver)| line(waiver, as_of) + "\n").collect(),
    };
    let code = out::document(&text);
    tell(&clients, as_of, lang);
    for fault in &faults {
        show::tell(&at(folder, fault, lang));
    }
    Ok(if faults.is_empty() || code != ExitCode::SUCCESS { code } else { ExitCode::from(1) })
}

/// Says how many waivers there are, how many expire soon and how many have expired; nothing where there are none.
pub fn tell(clients: &Clients, as_of: Day, lang: Lang) {
    let all = all(clients, lang);
    let count = |is: fn(Standing) -> bool| all.iter().filter(|(_, waiver)| is(waiver.standing(as_of))).count();
    let soon = count(|standing| matches!(standing, Standing::Soon(_)));
    let expired = count(|standing| standing == Standing::Expired);
    if !all.is_empty() {
        show::tell(&match lang {
            Lang::Fr => format!("dérogations {}, bientôt expirées {soon}, expirées {expired} (au {as_of})", all.len()),
            Lang::En => format!("waivers {}, expiring soon {soon}, expired {expired} (as of {as_of})", all.len()),
        });
    }
}

/// Every waiver once, with the customer in whose file it stands.
fn all(clients: &Clients, lang: Lang) -> Vec<(String, &Waiver)> {
    let of_files = clients.iter().flat_map(|client| {
        let own = client.waivers.iter().filter(|waiver| waiver.origin.file == client.id);
        own.map(|waiver| (client.name.clone(), &**waiver))
    });
    let shared = clients.waivers().iter().map(|waiver| (lang.pick("(tous)", "(all)").to_owned(), &**waiver));
    of_files.chain(shared).collect()
}

fn text(all: &[(String, &Waiver)], as_of: Day, lang: Lang) -> String {
    let head = match lang {
        Lang::Fr => ["RÈGLE", "CLIENT", "FACTURES", "JUSQU'AU", "ÉTAT", "AUTEUR", "MOTIF", "OÙ"],
        Lang::En => ["RULE", "CUSTOMER", "INVOICES", "UNTIL", "STATE", "AUTHOR", "REASON", "WHERE"],
    };
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    lines.extend(all.iter().map(|(customer, waiver)| {
        vec![
            waiver.what(),
            customer.clone(),
            waiver.scope().get(lang).to_owned(),
            waiver.until.to_string(),
            waiver.standing_in_words(as_of).get(lang).to_owned(),
            waiver.author.clone(),
            waiver.reason.clone(),
            waiver.origin.to_string(),
        ]
    }));
    show::table(&lines)
}

fn line(waiver: &Waiver, as_of: Day) -> String {
    json!({
        "rule": waiver.rule,
        "term": waiver.term.map(|term| term.to_string()),
        "scope": waiver.scope(),
        "author": waiver.author,
        "reason": waiver.reason,
        "until": waiver.until,
        "state": waiver.standing(as_of).as_str(),
        "file": format!("{}.toml", waiver.origin.file),
        "line": waiver.origin.line,
    })
    .to_string()
}
