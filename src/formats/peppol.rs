//! Peppol Invoice Response (UBL 2.1 ApplicationResponse, transaction T111): what a buyer says of an invoice, read into what life-cycle messages say.

use super::cdar::{Detailed, Told, Who};
use super::syntax;
use crate::xml::{self, NodeId, Tree};

const ROOT: (&str, &str) =
    ("urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2", "ApplicationResponse");
/// In the customization of an invoice response, whatever its version.
const OURS: &str = "invoice_response";
/// The list of what is asked for; every other list is one of reasons.
const ACTIONS: &str = "OPStatusAction";
/// Schemes of identifiers that a seller of ours is known by: SIREN, SIRET, French electronic address.
const SCHEMES: [&str; 3] = ["0002", "0009", "0225"];

/// What a response says of each invoice that it names. None where the document is no ApplicationResponse at all.
///
/// # Errors
/// It is one of another kind, or names no status: why.
pub fn told(bytes: &[u8]) -> Option<Result<Vec<Told>, String>> {
    let text = xml::decode(bytes).ok()?;
    let tree = Tree::parse(text, syntax::vocabulary()).ok()?;
    let response = Response(&tree);
    if tree.is_empty() || tree.expanded(tree.node(0).name) != ROOT {
        return None;
    }
    let kind = response.text(0, &["CustomizationID"]).unwrap_or_default();
    if !kind.contains(OURS) {
        return Some(Err(
            "it is an ApplicationResponse, and none about an invoice (Peppol Invoice Response)".to_owned()
        ));
    }
    let all: Vec<Told> = response.all(0, "DocumentResponse").flat_map(|one| response.of(one)).collect();
    Some(if all.iter().any(|told| told.code.is_empty()) || all.is_empty() {
        Err("it says no status (ResponseCode)".to_owned())
    } else {
        Ok(all)
    })
}

struct Response<'t>(&'t Tree<'t>);

impl<'t> Response<'t> {
    fn all(&self, node: NodeId, name: &'static str) -> impl Iterator<Item = NodeId> + use<'t> {
        let tree = self.0;
        tree.children(node).filter(move |child| tree.expanded(tree.node(*child).name).1 == name)
    }

    fn at(&self, node: NodeId, way: &[&'static str]) -> Option<NodeId> {
        way.iter().try_fold(node, |node, name| self.all(node, name).next())
    }

    fn own(&self, node: NodeId) -> Option<String> {
        Some(self.0.text_of(node).trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn text(&self, node: NodeId, way: &[&'static str]) -> Option<String> {
        self.own(self.at(node, way)?)
    }

    fn attribute(&self, node: NodeId, name: &str) -> &'t str {
        let tree = self.0;
        let found = tree.attributes(node).iter().find(|own| tree.expanded(own.name).1 == name);
        found.map(|own| tree.text(own.value)).unwrap_or_default()
    }

    /// One of each invoice that is named.
    fn of(&self, one: NodeId) -> Vec<Told> {
        let at = self.at(one, &["Response"]);
        let code = at.and_then(|at| self.text(at, &["ResponseCode"])).unwrap_or_default();
        let details = at.map(|at| self.details(at)).unwrap_or_default();
        let named = self.all(one, "DocumentReference").map(|reference| Told {
            message: self.text(0, &["ID"]),
            number: self.text(reference, &["ID"]).unwrap_or_default(),
            kind: self.text(reference, &["DocumentTypeCode"]),
            issued: self.text(reference, &["IssueDate"]),
            seller: self.seller(one),
            code: code.clone(),
            at: self.moment(at),
            author: self.party("SenderParty", "BY"),
            sender: self.party("SenderParty", "BY"),
            details: details.clone(),
            files: Vec::new(),
        });
        named.collect()
    }

    /// When it was said: the message's own date and time, else the day from which it holds.
    fn moment(&self, response: Option<NodeId>) -> Option<String> {
        let (day, time) = (self.text(0, &["IssueDate"]), self.text(0, &["IssueTime"]));
        match (day, time) {
            (Some(day), Some(time)) => Some(format!("{day}T{time}")),
            (day, _) => response.and_then(|at| self.text(at, &["EffectiveDate"])).or(day),
        }
    }

    /// The invoice's issuer: by an identifier that is known here, of the receiver of the response or of the one it names.
    fn seller(&self, one: NodeId) -> Option<String> {
        let ways: [(NodeId, &[&'static str]); 3] = [
            (one, &["IssuerParty", "PartyIdentification", "ID"]),
            (0, &["ReceiverParty", "EndpointID"]),
            (0, &["ReceiverParty", "PartyIdentification", "ID"]),
        ];
        let known = ways.iter().filter_map(|(from, way)| self.at(*from, way));
        let mut known = known.filter(|id| SCHEMES.contains(&self.attribute(*id, "schemeID")));
        known.next().and_then(|id| self.own(id))
    }

    fn party(&self, name: &'static str, role: &str) -> Who {
        let Some(party) = self.at(0, &[name]) else { return Who { role: Some(role.to_owned()), ..Who::default() } };
        Who {
            role: Some(role.to_owned()),
            name: self
                .text(party, &["PartyLegalEntity", "RegistrationName"])
                .or_else(|| self.text(party, &["PartyName", "Name"])),
            id: self.text(party, &["EndpointID"]).or_else(|| self.text(party, &["PartyIdentification", "ID"])),
            ids: self.ids(party),
        }
    }

    /// All identifiers of a party, each behind its scheme.
    fn ids(&self, party: NodeId) -> Vec<(String, String)> {
        let inner = |group: &'static str, name: &'static str| {
            self.all(party, group).flat_map(move |inner| self.all(inner, name)).collect::<Vec<_>>()
        };
        let all = self.all(party, "EndpointID").chain(inner("PartyIdentification", "ID"));
        let all = all.chain(inner("PartyLegalEntity", "CompanyID"));
        all.filter_map(|id| Some((self.attribute(id, "schemeID").trim().to_owned(), self.own(id)?))).collect()
    }

    /// A detail for each reason, with what is asked for; one for that alone, or for the note, where there is no reason.
    fn details(&self, response: NodeId) -> Vec<Detailed> {
        let statuses: Vec<NodeId> = self.all(response, "Status").collect();
        let code = |status: NodeId| self.at(status, &["StatusReasonCode"]);
        let is_action = |status: &NodeId| code(*status).is_some_and(|code| self.attribute(code, "listID") == ACTIONS);
        let asked = statuses.iter().filter(|status| is_action(status));
        let asked: Vec<String> = asked.filter_map(|status| code(*status).and_then(|code| self.own(code))).collect();
        let action = (!asked.is_empty()).then(|| asked.join("+"));
        let note = self.text(0, &["Note"]).or_else(|| self.text(response, &["Description"]));
        let mut details: Vec<Detailed> = Vec::new();
        for status in statuses.iter().filter(|status| !is_action(status)) {
            let conditions = self.all(*status, "Condition").filter_map(|condition| {
                let told = [self.text(condition, &["AttributeID"]), self.text(condition, &["Description"])];
                let told: Vec<String> = told.into_iter().flatten().collect();
                (!told.is_empty()).then(|| told.join(": "))
            });
            let comment = conditions.chain(note.clone()).collect::<Vec<_>>().join("\n");
            details.push(Detailed {
                reason: code(*status).and_then(|code| self.own(code)),
                words: self.text(*status, &["StatusReason"]),
                action: action.clone(),
                comment: Some(comment).filter(|comment| !comment.is_empty()),
                ..Detailed::default()
            });
        }
        if details.is_empty() && (action.is_some() || note.is_some()) {
            details.push(Detailed { action, comment: note, ..Detailed::default() });
        }
        details
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESPONSE: &str = include_str!("../../fixtures/peppol/invoice-response.xml");

    #[test]
    fn a_response_tells_status_reasons_action_and_who() {
        let all = told(RESPONSE.as_bytes()).unwrap().unwrap();
        let [one] = &all[..] else { panic!("{all:?}") };
        assert_eq!((one.code.as_str(), one.number.as_str()), ("UQ", "FA-2026-0044"));
        assert_eq!((one.issued.as_deref(), one.kind.as_deref()), (Some("2026-11-22"), Some("380")));
        assert_eq!((one.seller.as_deref(), one.at.as_deref()), (Some("123456782"), Some("2026-11-24T10:30:00+01:00")));
        assert_eq!(
            (one.author.role.as_deref(), one.author.name.as_deref()),
            (Some("BY"), Some("Chantiers du Port SAS"))
        );
        assert_eq!(one.author.ids, [("0225".to_owned(), "987654324".to_owned())]);
        let reasons: Vec<_> = one.details.iter().map(|d| (d.reason.as_deref(), d.action.as_deref())).collect();
        assert_eq!(reasons, [(Some("REF"), Some("PIN")), (Some("DEL"), Some("PIN"))]);
        assert_eq!(one.details[0].words.as_deref(), Some("Order number missing"));
        assert!(one.details[0].comment.as_deref().unwrap().starts_with("BT-13: 4500 expected"), "{one:?}");
    }

    #[test]
    fn what_is_none_is_told_apart_from_what_cannot_be_used() {
        assert!(told(b"<Invoice/>").is_none() && told(b"UNA").is_none() && told(b"").is_none());
        let level = RESPONSE.replace("trns:invoice_response:3", "trns:mlr:3");
        assert!(told(level.as_bytes()).unwrap().is_err());
        let mute = RESPONSE.replace(">UQ<", "><");
        assert!(told(mute.as_bytes()).unwrap().is_err());
        let alone = RESPONSE.replace("cac:Status>", "cac:Other>");
        assert_eq!(told(alone.as_bytes()).unwrap().unwrap()[0].details.len(), 1, "the note");
    }
}
