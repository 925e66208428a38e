//! An event in words: one sentence, in French and in English. `status` and `demo` say the same.

use serde_json::Value;

use super::{sentences, words};
use crate::day::Day;
use crate::problems::{cause, said_once};
use crate::text::{Lang, Text, visible};

/// What an event of the API (`GET …/events`) says. An event nobody here knows is told by its name.
pub fn words(event: &Value) -> Text {
    let kind = text(event, "/kind");
    let data = |key: &str| text(event, &format!("/data/{key}"));
    let reason = |key: &str| sentences::both(data(key));
    match kind {
        "received" => match part_of(event) {
            None => Text::new("reçue, écrite sur le disque", "received, on disk"),
            Some(part) => Text::new(
                format!("reçue, écrite sur le disque ; {}", part.fr),
                format!("received, on disk; {}", part.en),
            ),
        },
        "file" => {
            let (file, folder) = (data("file"), data("folder"));
            Text::new(format!("fichier « {file} » du dossier {folder}"), format!("file \"{file}\" of folder {folder}"))
        }
        "received-again" if data("folder").is_empty() => {
            let part = part_of(event).unwrap_or_default();
            Text::new(
                format!("les mêmes octets, encore ; {} ; rien n'est envoyé deux fois", part.fr),
                format!("the same bytes again; {}; nothing is sent twice", part.en),
            )
        }
        "received-again" => {
            let (file, folder) = (data("file"), data("folder"));
            Text::new(
                format!(
                    "les mêmes octets, encore : fichier « {file} » du dossier {folder} ; rien n'est envoyé deux fois"
                ),
                format!("the same bytes again: file \"{file}\" of folder {folder}; nothing is sent twice"),
            )
        }
        "written" => written(event),
        "answered" => answered_to(event),
        "edi-answer" => edi_answer(event),
        "message" => super::message::message(event),
        "statement" => super::statement::statement(event),
        "judged" => judged(event),
        "blocked" => match data("number_held_by") {
            "" if data("verdict") == "not-judged" => {
                Text::new("bloquée : ce qui n'est pas jugé ne part pas", "blocked: what is not judged does not leave")
            }
            "" => Text::new("bloquée : ne part pas", "blocked: does not leave"),
            by => Text::new(
                format!("bloquée : son numéro est déjà celui de {by}"),
                format!("blocked: its number is already that of {by}"),
            ),
        },
        "ready" => Text::new("prête à partir, numéro réservé", "ready to leave, its number reserved"),
        "intent" => {
            let (nth, to) = (number(event, "/data/deposit"), data("platform"));
            Text::new(
                format!("dépôt n° {nth} vers {to} : intention écrite avant l'appel"),
                format!("deposit no. {nth} to {to}: intent on disk before the call"),
            )
        }
        "sealed" => {
            let (who, how) = (data("subject"), data("algorithm"));
            let made = if event.pointer("/data/anew") == Some(&Value::Bool(true)) {
                (
                    "cachetée de nouveau, l'ancien certificat ayant expiré",
                    "sealed anew, the former certificate having expired",
                )
            } else {
                ("cachetée", "sealed")
            };
            Text::new(format!("{} : {who} ({how})", made.0), format!("{}: {who} ({how})", made.1))
        }
        "recipient" => super::recipient::recipient(event),
        "judged-again" => {
            let (fr, en) = match data("why") {
                "day" => ("le jour a changé depuis", "the day has changed since"),
                "unwritten" => (
                    "ce qui part à la place de son document n'était pas écrit",
                    "what leaves in the place of its document was not written",
                ),
                "number" => (
                    "la plateforme dit avoir une autre facture de ce numéro",
                    "the platform says that it has another invoice of this number",
                ),
                "customer-files" => (
                    "des fichiers clients ou de partenaires ont changé depuis",
                    "customer or partner files have changed since",
                ),
                _ => ("par quoi elle l'avait été n'est pas noté", "what it was judged by is not on record"),
            };
            Text::new(
                format!("jugée de nouveau avant de partir : {fr}"),
                format!("judged again before it leaves: {en}"),
            )
        }
        "seal-waits" => {
            let why = |lang: &str| text(event, &format!("/data/why/{lang}"));
            let (fr, en) = (why("fr"), why("en"));
            Text::new(
                format!("attend son cachet, ne part pas sans lui : {fr}"),
                format!("waits for its seal, does not leave without: {en}"),
            )
        }
        "answer" => {
            let call = event.pointer("/data/raw").and_then(Value::as_array).and_then(|raw| raw.last());
            let asked = call.map_or(data("about"), |call| text(call, "/call"));
            let (fr, en) = match call.map_or(0, |call| number(call, "/http")) {
                0 => ("connexion rompue".to_owned(), "connection broken".to_owned()),
                http => (format!("HTTP {http}"), format!("HTTP {http}")),
            };
            Text::new(format!("réponse brute conservée : {asked} → {fr}"), format!("raw answer kept: {asked} → {en}"))
        }
        "delivered" => match data("reference") {
            "" => Text::new("chez la plateforme", "at the platform"),
            reference => Text::new(
                format!("chez la plateforme, dépôt {reference}"),
                format!("at the platform, deposit {reference}"),
            ),
        },
        "status" => status(event),
        "refused" => refused(event),
        "unknown" => {
            let why = reason("why");
            let proof = event.pointer("/data/proof_after").and_then(Value::as_i64).map(moment);
            let (fr, en) = proof.map_or_else(Default::default, |at| {
                (
                    format!(" ; si elle n'y est pas le {at}, un nouveau dépôt est permis"),
                    format!("; if it is not there on {at}, another deposit is allowed"),
                )
            });
            Text::new(
                format!("sort inconnu, on demandera sans renvoyer : {}{fr}", why.fr),
                format!("fate unknown, to be settled by asking, not by sending again: {}{en}", why.en),
            )
        }
        "settled" if data("how") == "found" => {
            Text::new("la plateforme l'a : rien n'est renvoyé", "the platform has it: nothing is sent again")
        }
        "settled" if data("how") == "told" => Text::new(
            "un message de la plateforme dit qu'un dépôt antérieur y est : rien n'est renvoyé",
            "a message of the platform says that an earlier deposit is there: nothing is sent again",
        ),
        "settled" => {
            let why = match data("released_by") {
                "" => Text::new(
                    "aucune facture n'y est visible, passé le temps où elle le serait (un premier dépôt rejeté aurait le \
                     même aspect)",
                    "no invoice is visible there after the time in which it would be (a rejected first deposit looks the \
                     same)",
                ),
                who => Text::new(
                    format!("interrogée après la libération par {who}, elle n'en montre aucune"),
                    format!("asked after its release by {who}, the platform shows none"),
                ),
            };
            Text::new(
                format!("{} : un nouveau dépôt est permis", why.fr),
                format!("{}: another deposit is allowed", why.en),
            )
        }
        "postponed" => {
            let why = reason("why");
            Text::new(
                format!("pas envoyée, on réessaiera : {}", why.fr),
                format!("not sent, to be tried again: {}", why.en),
            )
        }
        "unanswered" => {
            let why = reason("why");
            Text::new(
                format!("la plateforme ne répond pas : {}", why.fr),
                format!("the platform does not answer: {}", why.en),
            )
        }
        "resend" => Text::new(
            "la plateforme n'a pas traité le dépôt et le redemande",
            "the platform did not process the deposit and wants it again",
        ),
        "accepted" => Text::new("prise en charge par l'acheteur", "taken by the buyer"),
        "suspended" => {
            Text::new("suspendue : l'acheteur attend une pièce", "suspended: the buyer waits for a document")
        }
        "disputed" => Text::new("en litige", "disputed"),
        "paid" => Text::new("mise en paiement", "payment under way"),
        "cancelled" => match data("reason") {
            "" => Text::new("annulée", "cancelled"),
            reason => Text::new(format!("annulée : {reason}"), format!("cancelled: {reason}")),
        },
        "failed" => {
            let why = reason("why");
            Text::new(
                format!("échec de facteur lui-même, on réessaiera : {}", why.fr),
                format!("facteur itself failed, to be tried again: {}", why.en),
            )
        }
        "parked" => {
            let why = reason("why");
            Text::new(
                format!("mise de côté, une personne doit décider : {}", why.fr),
                format!("parked, a person must decide: {}", why.en),
            )
        }
        "released" => {
            let reason = data("reason");
            let doubt = event.pointer("/data/may_exist_at_platform") == Some(&Value::Bool(true));
            let (fr, en) = match data("verdict") {
                _ if doubt => {
                    ("libérée, la plateforme est d'abord interrogée", "released, the platform is asked first")
                }
                "valid" => ("libérée", "released"),
                "not-judged" => ("libérée sans avoir pu être jugée", "released though it could not be judged"),
                _ => ("libérée malgré les constats", "released in spite of its findings"),
            };
            Text::new(format!("{fr} : {reason}"), format!("{en}: {reason}"))
        }
        "retried" => {
            let (from, to) = (data("from"), data("to"));
            let fr = format!("reprise : {} → {}", words::state(from, Lang::Fr), words::state(to, Lang::Fr));
            Text::new(fr, format!("taken up again: {from} → {to}"))
        }
        "replaced" | "replaces" | "corrects" | "corrected" => super::corrections::words(event),
        "problem-opened" => {
            let cause = caused(data("cause"));
            let said = |own: &str| said_once(&[data("code"), data("text"), text(event, own)], " ");
            Text::new(
                format!("problème ouvert : {} ({})", cause.fr, said("/data/message/fr")),
                format!("problem opened: {} ({})", cause.en, said("/data/message/en")),
            )
        }
        "problem-changed" => {
            let cause = caused(data("cause"));
            Text::new(format!("problème modifié : {}", cause.fr), format!("problem changed: {}", cause.en))
        }
        "problem-closed" => {
            let (cause, why) = (caused(data("cause")), data("why"));
            let [fr, en] = [Lang::Fr, Lang::En].map(|lang| words::closed_why(why, lang));
            Text::new(format!("problème clos : {}, {fr}", cause.fr), format!("problem closed: {}, {en}", cause.en))
        }
        // An event of a later version: its own reason says more than its name.
        other => match ["why", "reason", "text"].map(reason).into_iter().find(|said| !said.en.is_empty()) {
            Some(said) => Text::new(format!("{other} : {}", said.fr), format!("{other}: {}", said.en)),
            None => Text::new(other, other),
        },
    }
}

/// The state an event puts its invoice in; none where it changes nothing.
pub fn state(event: &Value) -> Option<&str> {
    match text(event, "/kind") {
        "intent" => Some("sending"),
        "released" => event.pointer("/data/to").and_then(Value::as_str),
        "replaced" => Some("cancelled"),
        kind => crate::lifecycle::State::parse(kind).map(|s| s.as_str()),
    }
}

/// A moment, in milliseconds since 1970, to the second.
fn moment(at: i64) -> String {
    let (days, rest) = (at.div_euclid(86_400_000), at.rem_euclid(86_400_000) / 1_000);
    let day = Day::from_epoch(days).map(|day| day.to_string()).unwrap_or_default();
    format!("{day} {:02}:{:02}:{:02} UTC", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// Who answers for what is fatal, in French and in English; none where nobody had to.
fn answered(event: &Value) -> Option<(String, String)> {
    let waivers = event.pointer("/data/waived")?.as_array()?;
    let of = |until: &str, between: &str| {
        let told = waivers.iter().take(3).map(|w| {
            // Events of before have no reason.
            let why = Some(text(w, "/reason")).filter(|why| !why.is_empty()).map(|why| format!(": {why}"));
            let (rule, author, day) = (text(w, "/rule"), text(w, "/author"), text(w, "/until"));
            format!("{rule}, {author}, {until} {day}{}", why.unwrap_or_default())
        });
        told.chain((waivers.len() > 3).then(|| "…".to_owned())).collect::<Vec<_>>().join(between)
    };
    (!waivers.is_empty()).then(|| (of("jusqu'au", " ; "), of("until", "; ")))
}

/// Which official rules a customer's file or its platform's configuration lowered, where, and why; none where none was.
fn lowered(event: &Value, between: &str) -> Option<String> {
    let rules = event.pointer("/data/lowered")?.as_array().filter(|rules| !rules.is_empty())?;
    let told = rules.iter().take(3).map(|one| {
        let why = Some(text(one, "/reason")).filter(|why| !why.is_empty()).map(|why| format!(": {why}"));
        let platform = Some(text(one, "/platform")).filter(|name| !name.is_empty());
        let platform = platform.map(|name| format!(" ({name})")).unwrap_or_default();
        let place = format!("{}:{}{platform}", text(one, "/file"), number(one, "/line"));
        format!("{}, {place}{}", text(one, "/rule"), why.unwrap_or_default())
    });
    Some(told.chain((rules.len() > 3).then(|| "…".to_owned())).collect::<Vec<_>>().join(between))
}

/// What leaves in the place of the document that came, and what of it is not in there.
fn written(event: &Value) -> Text {
    /// Losses named in the sentence; the event has more.
    const NAMED: usize = 8;
    let family = |syntax: &str| match syntax.split('-').next().unwrap_or_default() {
        "" => "?".to_owned(),
        "ubl" => "UBL".to_owned(),
        family => family.to_uppercase(),
    };
    let (to, from) = (family(text(event, "/data/as")), family(text(event, "/data/of")));
    let count = number(event, "/data/not_carried");
    let losses = event.pointer("/data/losses").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut named: Vec<&str> = Vec::new();
    for what in losses.iter().map(|loss| text(loss, "/what")) {
        if !named.contains(&what) {
            named.push(what);
        }
    }
    let more = if named.len() > NAMED || (losses.len() as u64) < count { ", …" } else { "" };
    named.truncate(NAMED);
    let named = format!("{}{more}", named.join(", "));
    let (lost_fr, lost_en) = match count {
        0 => ("tout ce que dit le message y est".to_owned(), "all that the message says is in it".to_owned()),
        1 => (
            format!("une indication du message n'y est pas ({named})"),
            format!("one thing that the message says is not in it ({named})"),
        ),
        _ => (
            format!("{count} indications du message n'y sont pas ({named})"),
            format!("{count} things that the message says are not in it ({named})"),
        ),
    };
    let (anew_fr, anew_en) = match text(event, "/data/former_sha256") {
        "" => ("", ""),
        _ => ("récrite autrement : ", "written anew, and otherwise: "),
    };
    Text::new(
        format!("{anew_fr}écrite en {to} à partir de {from}, et c'est ce texte qui part : {lost_fr}"),
        format!("{anew_en}written as {to} from {from}, and this text is what leaves: {lost_en}"),
    )
}

/// Where it stood in the file it came in, where that had several invoices.
fn part_of(event: &Value) -> Option<Text> {
    event.pointer("/data/part_of")?;
    let part = |key: &str| text(event, &format!("/data/part_of/{key}"));
    let n = |key: &str| number(event, &format!("/data/part_of/{key}"));
    let (message, reference, file) = (part("message"), part("reference"), part("sha256"));
    let (position, offset, file) = (n("position"), n("offset"), file.get(..8).unwrap_or_default());
    Some(Text::new(
        format!("facture n° {position} de l'échange {reference}, message {message}, octet {offset} du fichier {file}…"),
        format!("invoice no. {position} of interchange {reference}, message {message}, byte {offset} of file {file}…"),
    ))
}

fn judged(event: &Value) -> Text {
    let mut said = verdict(event);
    if event.pointer("/data/kept") == Some(&Value::Bool(true)) {
        said.fr += " (le texte déjà déposé, tel qu'il avait été écrit)";
        said.en += " (the text that a deposit was begun with, as it was written then)";
    }
    said
}

fn verdict(event: &Value) -> Text {
    let fatal = number(event, "/data/fatal");
    let rules: Vec<&str> = event
        .pointer("/data/rules")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .take(6)
        .collect();
    let listed = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
    match text(event, "/data/verdict") {
        "valid" => match answered(event) {
            None => match (lowered(event, " ; "), lowered(event, "; ")) {
                (Some(fr), Some(en)) => Text::new(
                    format!("jugée : valide, règle officielle abaissée ({fr})"),
                    format!("judged: valid, official rule lowered ({en})"),
                ),
                _ => Text::new("jugée : valide", "judged: valid"),
            },
            Some((who, en)) => {
                let [mut fr, mut en] =
                    [format!("jugée : valide par dérogation ({who})"), format!("judged: valid by waiver ({en})")];
                if let (Some(said_fr), Some(said_en)) = (lowered(event, " ; "), lowered(event, "; ")) {
                    fr += &format!(", règle officielle abaissée ({said_fr})");
                    en += &format!(", official rule lowered ({said_en})");
                }
                Text::new(fr, en)
            }
        },
        "not-judged" => Text::new(format!("n'a pas pu être jugée{listed}"), format!("could not be judged{listed}")),
        _ => {
            let many = if fatal > 1 { "s" } else { "" };
            Text::new(
                format!("jugée : non valide, {fatal} constat{many} bloquant{many}{listed}"),
                format!("judged: invalid, {fatal} fatal finding{many}{listed}"),
            )
        }
    }
}

/// A CONTRL or APERAK that facteur wrote.
fn answered_to(event: &Value) -> Text {
    let data = |key: &str| visible(text(event, &format!("/data/{key}"))).into_owned();
    let (kind, to, reference, action) = (data("kind"), data("to"), data("reference"), data("action"));
    let codes = event.pointer("/data/codes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let codes: Vec<&str> = codes.iter().filter_map(Value::as_str).take(6).collect();
    let codes = if codes.is_empty() { String::new() } else { format!(" : {}", codes.join(", ")) };
    let said = match (kind.as_str(), action.as_str()) {
        ("CONTRL", "4") => Text::new("rejeté pour sa syntaxe", "rejected for its syntax"),
        ("CONTRL", "8") => Text::new("reçu", "received"),
        ("CONTRL", _) => Text::new("syntaxe acceptée", "syntax accepted"),
        (_, "27") => Text::new("facture non acceptée", "invoice not accepted"),
        (_, _) => Text::new("facture acceptée", "invoice accepted"),
    };
    Text::new(
        format!("réponse {kind} {reference} écrite pour {to}, {action} {}{codes}", said.fr),
        format!("answer {kind} {reference} written for {to}, {action} {}{}", said.en, codes.replacen(" :", ":", 1)),
    )
}

/// What a CONTRL or APERAK that came says.
fn edi_answer(event: &Value) -> Text {
    let data = |key: &str| visible(text(event, &format!("/data/{key}"))).into_owned();
    let (kind, from, action) = (data("kind"), data("from"), data("action"));
    let said = match (kind.as_str(), text(event, "/data/outcome")) {
        ("CONTRL", "rejected") => Text::new("rejette le message pour sa syntaxe", "rejects the message for its syntax"),
        ("CONTRL", "accepted") => Text::new("en accepte la syntaxe", "accepts its syntax"),
        (_, "rejected") => Text::new("n'accepte pas la facture", "does not accept the invoice"),
        (_, "accepted") => Text::new("accepte la facture", "accepts the invoice"),
        (_, "received") => Text::new("l'a reçue", "has received it"),
        _ => Text::new("ne dit ni oui ni non", "says neither yes nor no"),
    };
    let errors = event.pointer("/data/errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let told = |lang: &str| {
        let one = |error: &Value| {
            let meaning = text(error, &format!("/meaning/{lang}"));
            let said = [text(error, "/code"), text(error, "/rule"), meaning, text(error, "/text")];
            visible(&said_once(&said, " ")).into_owned()
        };
        let all: Vec<String> = errors.iter().take(3).map(one).collect();
        let notes = event.pointer("/data/notes").and_then(Value::as_array).and_then(|notes| notes.first());
        match (all.is_empty(), notes.and_then(Value::as_str)) {
            (true, Some(note)) => visible(note).into_owned(),
            _ => all.join(" ; ") + if errors.len() > 3 { " ; …" } else { "" },
        }
    };
    let (fr, en) = (told("fr"), told("en").replace(" ; ", "; "));
    let action = if action.is_empty() { String::new() } else { format!(" ({action})") };
    let strangers = event.pointer("/data/strangers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let strangers = strangers.iter().filter_map(Value::as_str).map(|one| visible(one).into_owned());
    let strangers = strangers.collect::<Vec<_>>().join(", ");
    let also = |what: &str| if strangers.is_empty() { String::new() } else { format!("{what}{strangers}") };
    let (also_fr, also_en) =
        (also(" ; elle parle aussi de messages inconnus ici : "), also("; it also speaks of messages unknown here: "));
    Text::new(
        format!("{kind} de {from} : {}{action}{}{fr}{also_fr}", said.fr, if fr.is_empty() { "" } else { " : " }),
        format!("{kind} of {from}: {}{action}{}{en}{also_en}", said.en, if en.is_empty() { "" } else { ": " }),
    )
}

fn status(event: &Value) -> Text {
    let code = match text(event, "/data/code") {
        "" => text(event, "/data/status/code"),
        code => code,
    };
    let said =
        ["/data/reason", "/data/text", "/data/status/reason", "/data/status/text"].map(|pointer| text(event, pointer));
    let said = said_once(&said, " — ");
    let one = |label: &str, unknown: &str, lang: Lang| {
        let mut out = code.to_owned();
        match text(event, label) {
            "" => {}
            label => out.push_str(&format!(" ({label})")),
        }
        if event.pointer("/data/known") == Some(&Value::Bool(false)) {
            out.push_str(unknown);
        }
        match (said.is_empty(), lang) {
            (true, _) => out,
            (false, Lang::Fr) => format!("{out} : {said}"),
            (false, Lang::En) => format!("{out}: {said}"),
        }
    };
    let (fr, en) = match event.pointer("/data/early") == Some(&Value::Bool(true)) {
        true => {
            (" ; daté d'avant le dépôt : il ne change rien", "; its time lies before the deposit: it changes nothing")
        }
        false => ("", ""),
    };
    Text::new(
        format!("statut {}{fr}", one("/data/label/fr", ", code inconnu, conservé", Lang::Fr)),
        format!("status {}{en}", one("/data/label/en", ", unknown code, kept", Lang::En)),
    )
}

fn refused(event: &Value) -> Text {
    let parts =
        ["/data/code", "/data/status/code", "/data/status/reason", "/data/text"].map(|pointer| text(event, pointer));
    let said = said_once(&parts, " — ");
    Text::new(format!("refusée : {said}"), format!("refused: {said}"))
}

/// A cause by its id and in words.
fn caused(id: &str) -> Text {
    match cause(id) {
        Some(cause) => Text::new(format!("{id} {}", cause.label.fr), format!("{id} {}", cause.label.en)),
        None => Text::new(id, id),
    }
}

pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_judgement_says_by_whose_word_it_is_valid_all_of_them() {
        let waiver = json!([{ "rule": "BR-FR-12", "author": "Marie", "until": "2026-12-31", "reason": "Accord" }]);
        let lowered = json!([{
            "rule": "BR-FR-05", "file": "facteur.toml", "line": 12, "platform": "portal", "reason": "Recette"
        }]);
        let said = |data: Value| words(&json!({ "kind": "judged", "data": data })).en;
        assert_eq!(
            said(json!({ "verdict": "valid", "lowered": lowered })),
            "judged: valid, official rule lowered (BR-FR-05, facteur.toml:12 (portal): Recette)"
        );
        assert_eq!(
            said(json!({ "verdict": "valid", "waived": waiver, "lowered": lowered })),
            "judged: valid by waiver (BR-FR-12, Marie, until 2026-12-31: Accord), \
             official rule lowered (BR-FR-05, facteur.toml:12 (portal): Recette)"
        );
        assert_eq!(said(json!({ "verdict": "valid" })), "judged: valid");
    }

    #[test]
    fn what_leaves_instead_is_said_with_what_it_lacks() {
        let said = |data: Value| words(&json!({ "kind": "written", "data": data }));
        let data = json!({ "as": "cii", "of": "edifact-d96a", "not_carried": 0, "losses": [] });
        assert_eq!(
            said(data).en,
            "written as CII from EDIFACT, and this text is what leaves: all that the message says is in it"
        );
        let losses = json!([{ "what": "TDT+20" }, { "what": "TDT+20" }, { "what": "BG-25[2]/BT-157" }]);
        let data =
            json!({ "as": "cii", "of": "edifact-d96a", "not_carried": 3, "losses": losses, "former_sha256": "0" });
        assert_eq!(
            said(data).fr,
            "récrite autrement : écrite en CII à partir de EDIFACT, et c'est ce texte qui part : 3 indications du message n'y \
             sont pas (TDT+20, BG-25[2]/BT-157)"
        );
    }
}
