//! The customer files in force, as the API shows them.

use std::sync::Arc;

use super::shelf::Shelf;
use crate::api::Customers;
use crate::api::clients::{Ask, Client, ClientInFull, ClientPage, FileRemark, Match, Overrule, WaiverInForce};
use crate::clock;
use crate::day::Day;
use crate::rules::client::{ClientRules, Clients, FileError, Folder, Waiver};
use crate::text::{Lang, Text};

/// The customer files of a folder.
pub type Book = Shelf<Clients>;

impl Customers for Book {
    fn in_force(&self) -> Option<Arc<Clients>> {
        Shelf::in_force(self)
    }

    fn files(&self) -> Result<Folder, Text> {
        self.on_disk()
    }

    fn show(&self) -> ClientPage {
        let clients = self.now();
        ClientPage {
            clients: clients.iter().map(|rules| client(rules)).collect(),
            faults: clients.faults().iter().map(fault).collect(),
            remarks: clients.remarks().iter().map(fault).collect(),
            next: None,
        }
    }

    fn knows(&self, name: &str) -> bool {
        self.now().named(name).is_some()
    }

    fn one(&self, id: &str) -> Option<ClientInFull> {
        let clients = self.now();
        let rules = clients.iter().find(|rules| *rules.id == *id)?;
        let asks = rules.told().into_iter().map(|told| Ask {
            kind: told.kind,
            term: told.term,
            severity: told.severity,
            asks: told.asks,
            when: told.when,
            message: told.message,
            file: format!("{}.toml", told.origin.file),
            line: told.origin.line,
        });
        let overrules = rules.overrules_in_words().into_iter().map(|(says, origin)| Overrule {
            says,
            file: format!("{}.toml", origin.file),
            line: origin.line,
        });
        let today = clock::today();
        Some(ClientInFull {
            client: client(rules),
            asks: asks.collect(),
            overrules: overrules.collect(),
            waivers: clients.waivers_of(rules).map(|w| waiver(w, today)).collect(),
            toml: rules.show(),
        })
    }

    fn faults(&self) -> usize {
        self.now().faults().len()
    }

    fn gone(&self) -> bool {
        Shelf::gone(self)
    }
}

fn waiver(waiver: &Waiver, today: Day) -> WaiverInForce {
    WaiverInForce {
        rule: waiver.rule.clone(),
        term: waiver.term.map(|term| term.to_string()),
        scope: waiver.scope(),
        author: waiver.author.clone(),
        reason: waiver.reason.clone(),
        until: waiver.until,
        state: waiver.standing(today).as_str(),
        stands: waiver.standing_in_words(today),
        file: format!("{}.toml", waiver.origin.file),
        line: waiver.origin.line,
    }
}

fn client(rules: &ClientRules) -> Client {
    Client {
        id: rules.id.to_string(),
        name: rules.name.clone(),
        files: rules.files.iter().map(ToString::to_string).collect(),
        route: rules.route.as_ref().map(|route| route.value.clone()),
        r#match: rules
            .keys
            .iter()
            .map(|key| Match { by: key.value.kind.key(), value: key.value.written.clone() })
            .collect(),
        rules: rules.count(),
        sha256: rules.sha256.clone(),
    }
}

fn fault(fault: &FileError) -> FileRemark {
    FileRemark {
        file: fault.file.clone(),
        line: fault.line,
        column: fault.column,
        messages: Text::new(fault.line(Lang::Fr), fault.line(Lang::En)),
        last_good_kept: fault.last_good_kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "name = \"Ville\"\nmatch = { siren = [\"216901231\"] }\nroute = \"chorus-pro\"\n";

    #[test]
    fn a_file_that_turns_bad_leaves_its_last_good_version_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ville.toml");
        std::fs::write(&file, GOOD).unwrap();
        let book = Book::open(Some(folder.path().to_owned())).unwrap();
        assert!(!book.changed());
        assert_eq!((book.faults(), book.in_force().unwrap().iter().count()), (0, 1));

        std::fs::write(&file, format!("{GOOD}rout = 1\n")).unwrap();
        assert!(book.changed());
        book.reload().unwrap();
        assert!(!book.changed());
        let shown = book.show();
        assert_eq!(shown.clients[0].name, "Ville");
        assert_eq!((shown.faults[0].line, shown.faults[0].last_good_kept), (4, true));
        let full = book.one("ville").unwrap();
        assert_eq!((full.client, full.asks), (shown.clients[0].clone(), vec![]));
        assert!(full.toml.contains("route = \"chorus-pro\"") && book.one("Ville").is_none());

        std::fs::remove_file(&file).unwrap();
        book.reload().unwrap();
        assert_eq!((book.faults(), book.in_force().unwrap().iter().count()), (0, 0));
    }

    #[test]
    fn no_folder_is_no_customers_and_a_missing_one_is_a_fault() {
        assert!(Book::open(None).unwrap().in_force().is_none());
        let folder = tempfile::tempdir().unwrap();
        assert!(Book::open(Some(folder.path().join("absent"))).is_err());
    }
}
