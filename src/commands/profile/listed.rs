//! `facteur profile list`: the customers of a folder.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::super::{out, show, words};
use super::{Done, Format, at, load, waived};
use crate::clock;
use crate::rules::client::{ClientRules, Clients};
use crate::text::Lang;

pub fn run(folder: &Path, format: Format, lang: Lang) -> Done {
    let (clients, faults) = load(folder, lang)?;
    let text = match format {
        Format::Text => text(&clients, lang),
        Format::Json => clients.iter().map(|client| line(client) + "\n").collect(),
    };
    let code = out::document(&text);
    waived::tell(&clients, clock::today(), lang);
    for fault in &faults {
        show::tell(&at(folder, fault, lang));
    }
    Ok(if faults.is_empty() || code != ExitCode::SUCCESS { code } else { ExitCode::from(1) })
}

fn text(clients: &Clients, lang: Lang) -> String {
    let head = match lang {
        Lang::Fr => ["FICHIER", "ÉTEND", "CLIENT", "ROUTE", "RÈGLES", "POUR"],
        Lang::En => ["FILE", "EXTENDS", "CUSTOMER", "ROUTE", "RULES", "FOR"],
    };
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    lines.extend(clients.iter().map(|client| {
        let parents = client.files.iter().skip(1).map(|file| &**file).collect::<Vec<_>>().join(" → ");
        let parents = if parents.is_empty() { "–".to_owned() } else { parents };
        let keys = client.keys.iter().map(|key| format!("{} {}", key.value.kind.key(), key.value.written));
        let mut keys = keys.collect::<Vec<_>>().join(", ");
        if keys.is_empty() {
            keys = words::pick(lang, "(pour être étendu)", "(to be extended)").to_owned();
        }
        let route = client.route.as_ref().map_or("–", |route| &route.value);
        vec![client.id.to_string(), parents, client.name.clone(), route.to_owned(), client.count().to_string(), keys]
    }));
    show::table(&lines)
}

fn line(client: &ClientRules) -> String {
    let keys = client.keys.iter().map(|key| json!({ "by": key.value.kind.key(), "value": key.value.written }));
    json!({
        "id": &*client.id,
        "name": client.name,
        "files": client.files.iter().map(|file| &**file).collect::<Vec<_>>(),
        "route": client.route.as_ref().map(|route| &route.value),
        "match": keys.collect::<Vec<_>>(),
        "rules": client.count(),
        "sha256": client.sha256,
    })
    .to_string()
}
