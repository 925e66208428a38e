//! An event in words: one sentence, in French and in English. `status` and `demo` say the same.

use serde_json::Value;

use crate::text::Text;

/// What an event of the API (`GET …/events`) says. An event nobody here knows is told by its name.
pub fn words(event: &Value) -> Text {
    let kind = text(event, "/kind");
    let data = |key: &str| text(event, &format!("/data/{key}"));
    match kind {
        "received" => Text::new("reçue, écrite sur le disque", "received, on disk"),
        "judged" => judged(event),
        "blocked" => match data("number_held_by") {
            "" => Text::new("bloquée : ne part pas", "blocked: does not leave"),
            by => Text::new(
                format!("bloquée : son numéro est déjà celui de {by}"),
                format!("blocked: its number is already that of {by}"),
            ),
        },
        "ready" => Text::new("prête à partir, numéro réservé", "ready to leave, its number reserved"),
        "intent" => {
            let (nth, to) = (number(event, "/data/deposit"), data("platform"));
            Text::new(format!("dépôt n° {nth} vers {to} : intention écrite avant l'appel"), format!("deposit no. {nth} to {to}: intent on disk before the call"))
        }
        "answer" => {
            let about = data("about");
            Text::new(format!("réponse brute conservée ({about})"), format!("raw answer kept ({about})"))
        }
        "delivered" => match data("reference") {
            "" => Text::new("chez la plateforme", "at the platform"),
            reference => Text::new(format!("chez la plateforme, dépôt {reference}"), format!("at the platform, deposit {reference}")),
        },
        "status" => status(event),
        "refused" => refused(event),
        "unknown" => {
            let why = data("why");
            Text::new(
                format!("sort inconnu, on demandera sans renvoyer : {why}"),
                format!("fate unknown, to be settled by asking, not by sending again: {why}"),
            )
        }
        "settled" if data("how") == "found" => {
            Text::new("la plateforme l'a : rien n'est renvoyé", "the platform has it: nothing is sent again")
        }
        "settled" => Text::new(
            "absence prouvée : un nouveau dépôt est permis",
            "absence proven: another deposit is allowed",
        ),
        "postponed" => {
            let why = data("why");
            Text::new(format!("pas envoyée, on réessaiera : {why}"), format!("not sent, to be tried again: {why}"))
        }
        "unanswered" => {
            let why = data("why");
            Text::new(format!("la plateforme ne répond pas : {why}"), format!("the platform does not answer: {why}"))
        }
        "resend" => Text::new(
            "la plateforme n'a pas traité le dépôt et le redemande",
            "the platform did not process the deposit and wants it again",
        ),
        "accepted" => Text::new("prise en charge par l'acheteur", "taken by the buyer"),
        "suspended" => Text::new("suspendue : l'acheteur attend une pièce", "suspended: the buyer waits for a document"),
        "disputed" => Text::new("en litige", "disputed"),
        "paid" => Text::new("mise en paiement", "payment under way"),
        "cancelled" => Text::new("annulée", "cancelled"),
        "parked" => {
            let why = data("why");
            Text::new(format!("mise de côté, une personne doit décider : {why}"), format!("parked, a person must decide: {why}"))
        }
        "released" => {
            let reason = data("reason");
            Text::new(format!("libérée malgré les constats : {reason}"), format!("released in spite of its findings: {reason}"))
        }
        "retried" => Text::new("reprise", "taken up again"),
        "replaced" => {
            let by = data("by");
            Text::new(format!("remplacée par {by}"), format!("replaced by {by}"))
        }
        "replaces" => {
            let of = data("of");
            Text::new(format!("remplace {of}"), format!("replaces {of}"))
        }
        "problem-opened" => {
            let cause = data("cause");
            Text::new(format!("problème de facturation ouvert : {cause}"), format!("billing problem opened: {cause}"))
        }
        "problem-closed" => {
            let (cause, why) = (data("cause"), data("why"));
            Text::new(format!("problème {cause} clos : {why}"), format!("problem {cause} closed: {why}"))
        }
        other => Text::new(other, other),
    }
}

/// The state an event puts its invoice in; none where it changes nothing.
pub fn state(event: &Value) -> Option<&str> {
    match text(event, "/kind") {
        "intent" => Some("sending"),
        "replaced" => Some("cancelled"),
        kind => crate::lifecycle::State::parse(kind).map(|s| s.as_str()),
    }
}

fn judged(event: &Value) -> Text {
    let fatal = number(event, "/data/fatal");
    let rules: Vec<&str> =
        event.pointer("/data/rules").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).take(6).collect();
    let listed = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
    match text(event, "/data/verdict") {
        "valid" => Text::new("jugée : valide", "judged: valid"),
        "not-judged" => Text::new(format!("n'a pas pu être jugée{listed}"), format!("could not be judged{listed}")),
        _ => Text::new(
            format!("jugée : non valide, {fatal} constats bloquants{listed}"),
            format!("judged: invalid, {fatal} fatal findings{listed}"),
        ),
    }
}

fn status(event: &Value) -> Text {
    let code = match text(event, "/data/code") {
        "" => text(event, "/data/status/code"),
        code => code,
    };
    let said = ["/data/reason", "/data/text", "/data/status/reason", "/data/status/text"]
        .map(|pointer| text(event, pointer))
        .into_iter()
        .filter(|s| !s.is_empty())
        .collect::<Vec<_>>()
        .join(" — ");
    let said = if said.is_empty() { code.to_owned() } else { format!("{code} : {said}") };
    Text::new(format!("statut {said}"), format!("status {said}"))
}

fn refused(event: &Value) -> Text {
    let parts = ["/data/code", "/data/status", "/data/text"].map(|pointer| text(event, pointer));
    let said = parts.into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" — ");
    Text::new(format!("refusée : {said}"), format!("refused: {said}"))
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}
