//! Every id that facteur can print is explained: those of its tables, those that stand in its sources, and those that come out when all
//! documents of ours are judged.

use std::collections::BTreeSet;
use std::path::Path;

use facteur::day::Day;
use facteur::explain::{find, knows};
use facteur::rules;
use facteur::text::Lang;
use facteur::validate::{Choice, Direction, Options, validate};

#[test]
fn every_id_of_the_tables_is_explained() {
    let mut ids: BTreeSet<String> =
        rules::rules().flat_map(|rule| [rule.group, rule.id]).chain(rules::explained()).map(str::to_owned).collect();
    ids.extend(rules::packs().iter().map(|pack| pack.id.to_owned()));
    ids.extend(Choice::known().into_iter().map(str::to_owned));
    assert!(ids.len() > 1000, "{}", ids.len());
    explained(&ids);
}

#[test]
fn every_id_of_a_report_is_explained() {
    let mut ids = BTreeSet::new();
    let mut documents = 0;
    for file in files(Path::new("fixtures")) {
        let Ok(bytes) = std::fs::read(&file) else { continue };
        for direction in [Direction::Out, Direction::In] {
            let options = Options { direction, ..Options::new(Day::parse_iso("2026-11-22").unwrap()) };
            let report = validate(&bytes, "x", &options).report;
            documents += 1;
            ids.extend(report.packs.into_iter().map(|pack| pack.id));
            ids.extend(report.not_run.into_iter().map(|pack| pack.pack));
            for finding in report.findings {
                ids.extend([finding.rule, finding.group, finding.pack].into_iter().chain(finding.terms));
            }
        }
    }
    assert!(documents > 100 && ids.len() > 100, "{documents} documents, {} ids", ids.len());
    explained(&ids);
}

/// The names of packs that stand in the sources: a report bears them.
#[test]
fn every_name_of_a_pack_in_the_sources_is_explained() {
    let mut ids = BTreeSet::new();
    for file in files(Path::new("src")).filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let program = text.split("#[cfg(test)]").next().unwrap();
        for start in ["pack: \"", "PACK: &str = \"", "OVERRULED: &str = \"", "id: \"structure", "id: \"profile"] {
            for (at, _) in program.match_indices(start) {
                let quote = at + program[at..].find('"').unwrap() + 1;
                ids.extend(program[quote..].split('"').next().map(str::to_owned));
            }
        }
    }
    for known in ["structure", "structure-d16b", "facteur", "container", "client", "waivers", "mentions", "profile"] {
        assert!(ids.contains(known), "{known} is not found in the sources: {ids:?}");
    }
    explained(&ids);
}

fn explained(ids: &BTreeSet<String>) {
    let known = |id: &String| [Lang::Fr, Lang::En].iter().all(|lang| !find(id, *lang).is_empty()) && knows(id);
    let unknown: Vec<&String> = ids.iter().filter(|id| !known(id)).collect();
    assert!(unknown.is_empty(), "printed and not explained: {unknown:?}");
}

fn files(folder: &Path) -> Box<dyn Iterator<Item = std::path::PathBuf>> {
    let all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    Box::new(all.into_iter().flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => Box::new(std::iter::once(path)),
    }))
}

/// The calendar of the French rules, by direction; a rule that follows none says so.
#[test]
fn a_dated_rule_says_from_when_it_is_fatal() {
    let page = |id: &str, lang| find(id, lang).remove(0).text();
    let fr = page("BR-FR-08_BT-23", Lang::Fr);
    assert!(fr.contains("émission : avertissement jusqu'au 2026-08-31, bloquante à partir du 2026-09-01"), "{fr}");
    assert!(fr.contains("réception : avertissement jusqu'au 2026-09-30, bloquante à partir du 2026-10-01"), "{fr}");
    let en = page("BR-FR-08_BT-23", Lang::En);
    assert!(en.contains("issuing: warning until 2026-08-31, fatal from 2026-09-01"), "{en}");
    assert!(en.contains("receiving: warning until 2026-09-30, fatal from 2026-10-01"), "{en}");
    assert!(!en.contains("UBL: fatal;"), "{en}");
    let steady = rules::rules().find(|rule| rule.steady).expect("a steady rule");
    assert!(page(steady.id, Lang::En).contains("fatal from the first day, whatever the calendar"), "{}", steady.id);
    assert!(
        !page(steady.id, Lang::En).contains("\nCalendar\n") && !page("BR-CO-10", Lang::En).contains("\nCalendar\n")
    );
}

/// Of what nobody publishes there is no official artefact to be odd.
#[test]
fn second_hand_rules_have_no_official_artefact() {
    let mut noted = 0;
    for pack in rules::packs().iter().filter(|pack| pack.id.starts_with("chorus")) {
        for rule in pack.rules {
            for lang in [Lang::Fr, Lang::En] {
                let text = find(rule.id, lang).remove(0).text();
                assert!(!text.contains("Particularité de la référence") && !text.contains("Oddity of the"), "{text}");
                noted += usize::from(text.contains("\nÀ noter\n") || text.contains("\nNote\n"));
            }
        }
    }
    assert!(noted > 20, "{noted}");
}

#[test]
fn what_official_sets_number_and_profiles_name_is_explained() {
    let mut all = String::new();
    for id in [
        "BR-FR-07",
        "BR-FR-14",
        "BR-FR-19",
        "BR-FR-CPRO-01",
        "BR-FR-CPRO-16",
        "FX-SCH-A-000390",
        "FX-SCH-A-000460",
        "structure-d16b",
        "client:mairie",
        "urn:factur-x.eu:1p0:basic",
        "urn:factur-x.eu:1p0:minimum",
        "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr",
    ] {
        for lang in [Lang::Fr, Lang::En] {
            let page = find(id, lang).first().map(|page| page.text()).unwrap_or_default();
            all.push_str(&format!("{page}\n"));
        }
    }
    insta::assert_snapshot!("apart", all);
    for unknown in ["urn:nobody:knows", "urn:<x>", "FX-SCH-A-", "BR-FR-99"] {
        assert!(find(unknown, Lang::En).is_empty() && !knows(unknown), "{unknown}");
    }
}
