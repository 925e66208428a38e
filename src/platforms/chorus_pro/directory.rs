//! Can the public buyer receive? The structure by its SIRET, what it demands, the service and the commitment that the invoice names.
//! PISTE APIs "Structures" v1 and "EngagementsJuridiques" v1.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::Line;
use super::{NAME, newest_of};
use crate::invoice::Recipient;
use crate::platforms::Raw;
use crate::platforms::line::{Trouble, text_of};
use crate::platforms::reception::{
    Demands, Heard, Known, Look, Looks, demands, disabled, no_commitment, no_service, unknown,
};

const STRUCTURES: &str = "/cpro/structures/v1/rechercher";
const DEMANDS: &str = "/cpro/structures/v1/consulter";
const SERVICES: &str = "/cpro/structures/v1/rechercher/services";
const COMMITMENTS: &str = "/cpro/engagementsJuridiques/v1/rechercher";

/// `idStructureCPP`, and whether it is active; none where that is not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Structure {
    id: u64,
    active: Option<bool>,
}

/// `parametres` of a structure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Parameters {
    service: bool,
    commitment: bool,
    either: bool,
}

/// A service, by its code; or a commitment, by its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    active: bool,
}

/// Whoever asks about one recipient. One that no SIRET is known of cannot be looked for: rules of documents say so.
pub(super) async fn ask(line: &Line, recipient: &Recipient, known: &dyn Known) -> Heard {
    let mut looks = Looks::new(known);
    if let Some(siret) = recipient.siret.as_deref().filter(|_| line.has_directory()) {
        look_at(line, &mut looks, siret, recipient).await;
    }
    looks.heard
}

async fn look_at(line: &Line, looks: &mut Looks<'_>, siret: &str, recipient: &Recipient) {
    let open = |one: Option<&Structure>| one.is_some_and(|one| one.active != Some(false));
    let Some(found) = looks.ask("structure", siret, open, structure(line, siret)).await else { return };
    let Some(Structure { id, active }) = found else {
        return looks.say(Some(unknown("BT-46", siret)));
    };
    if active == Some(false) {
        return looks.say(Some(disabled("BT-46", siret)));
    }
    let told = |one: Option<&Parameters>| one.is_some();
    let Some(asked) = looks.ask("demands", &id.to_string(), told, parameters(line, id)).await else { return };
    let demanded = asked.map_or(Demands::default(), |told| Demands {
        service: told.service,
        commitment: told.commitment,
        either: told.either,
    });
    demands(demanded, recipient).into_iter().for_each(|finding| looks.say(Some(finding)));
    if let Some(code) = &recipient.service {
        let open = |one: Option<&Entry>| one.is_some_and(|one| one.active);
        let Some(found) = looks.ask("service", &format!("{id}/{code}"), open, service(line, id, code)).await else {
            return;
        };
        looks.say((!open(found.as_ref())).then(|| no_service(code, found.is_some())));
    }
    // Only where one is demanded: of others the platform holds no list.
    let wanted = demanded.commitment || demanded.either && recipient.service.is_none();
    if let Some(number) = recipient.commitment.as_ref().filter(|_| wanted) {
        let open = |one: Option<&Entry>| one.is_some();
        let key = format!("{siret}/{number}");
        let Some(found) = looks.ask("commitment", &key, open, commitment(line, siret, number)).await else { return };
        looks.say(found.is_none().then(|| no_commitment(number)));
    }
}

/// Does the directory answer? What it says of a SIRET that nobody bears does not matter.
pub(super) async fn check(line: &Line) -> Option<Result<(), String>> {
    if !line.has_directory() {
        return None;
    }
    match structure(line, "00000000000000").await {
        Look::Found { .. } | Look::Unknown { .. } => Some(Ok(())),
        Look::NoAnswer { why, .. } => Some(Err(why)),
    }
}

async fn structure(line: &Line, siret: &str) -> Look<Structure> {
    let mut raw = Vec::new();
    let ask = json!({ "structure": { "identifiantStructure": siret, "typeIdentifiantStructure": "SIRET" } });
    let told = rows(line, STRUCTURES, ask, "listeStructures", &mut raw).await.and_then(|rows| {
        let same = |row: &&Value| text_of(row, "identifiantStructure").is_none_or(|told| told == siret);
        let Some(row) = newest_of(rows.iter().filter(same), "idStructureCPP") else { return Ok(None) };
        let id = text_of(row, "idStructureCPP").and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| beside("a structure of the answer has no idStructureCPP"))?;
        let active = text_of(row, "statut").and_then(|word| match word.to_ascii_uppercase().as_str() {
            "ACTIF" | "ACTIVE" => Some(true),
            "INACTIF" | "INACTIVE" => Some(false),
            _ => None,
        });
        Ok(Some(Structure { id, active }))
    });
    look(told, raw)
}

async fn parameters(line: &Line, id: u64) -> Look<Parameters> {
    let mut raw = Vec::new();
    let told = line.question(DEMANDS, &json!({ "idStructureCPP": id }), &mut raw).await.and_then(|answer| {
        let told = answer.get("parametres").filter(|told| told.is_object());
        let told = told.ok_or_else(|| beside("the answer holds no parametres"))?;
        let flag = |key: &str| told.get(key).and_then(Value::as_bool) == Some(true);
        Ok(Some(Parameters {
            service: flag("codeServiceDoitEtreRenseigne"),
            commitment: flag("numeroEJDoitEtreRenseigne"),
            either: flag("gestionNumeroEJOuCodeService"),
        }))
    });
    look(told, raw)
}

async fn service(line: &Line, id: u64, code: &str) -> Look<Entry> {
    let mut raw = Vec::new();
    let told = line.services(SERVICES, id, &mut raw).await.map(|rows| {
        let mut own = rows.iter().filter(|row| text_of(row, "codeService").is_some_and(|told| told == code)).peekable();
        if rows.is_empty() {
            // A structure that has no services: no code is a wrong one.
            return Some(Entry { active: true });
        }
        own.peek()?;
        // Not told to be closed is open.
        let active = own.any(|row| row.get("estActif").and_then(Value::as_bool) != Some(false));
        Some(Entry { active })
    });
    look(told, raw)
}

async fn commitment(line: &Line, siret: &str, number: &str) -> Look<Entry> {
    let mut raw = Vec::new();
    let ask = json!({
        "structureReceptriceEngagementJuridique": siret, "numeroEngagementJuridique": number,
        "etatCourantEngagementJuridique": "COMMANDE",
    });
    let told = rows(line, COMMITMENTS, ask, "listeEngagementJuridique", &mut raw).await.map(|rows| {
        let same = |row: &Value| text_of(row, "numeroEngagementJuridique").is_none_or(|told| told == number);
        rows.iter().any(same).then_some(Entry { active: true })
    });
    look(told, raw)
}

/// The rows of one answer. An answer that has no list at all proves no absence.
async fn rows(line: &Line, path: &str, ask: Value, list: &str, raw: &mut Vec<Raw>) -> Result<Vec<Value>, Trouble> {
    let answer = line.question(path, &ask, raw).await?;
    let rows = answer.get(list).and_then(Value::as_array);
    rows.cloned().ok_or_else(|| beside(&format!("the answer of {path} holds no {list}")))
}

fn beside(why: &str) -> Trouble {
    Trouble::Beside { why: why.to_owned() }
}

fn look<T>(told: Result<Option<T>, Trouble>, raw: Vec<Raw>) -> Look<T> {
    match told {
        Ok(Some(entry)) => Look::Found { entry, raw },
        Ok(None) => Look::Unknown { raw },
        Err(trouble) => {
            let line = trouble.line();
            let (why, retry_after_ms) = trouble.into_why(NAME);
            Look::NoAnswer { why, retry_after_ms, line, raw }
        }
    }
}
