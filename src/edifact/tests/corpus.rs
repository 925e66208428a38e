//! Interchanges of others, where `FACTEUR_EDIFACT_CORPUS` names a folder of them; prints what each answers, leniently and strictly.

use super::*;

#[test]
fn interchanges_of_others_are_read() {
    let Ok(folder) = std::env::var("FACTEUR_EDIFACT_CORPUS") else {
        println!("skipped: FACTEUR_EDIFACT_CORPUS names no folder of interchanges");
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "edi"));
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        assert!(is_edifact(&bytes), "{}", path.display());
        let (wholes, refusal) = read(&bytes, &Options::default());
        assert_eq!(refusal, None, "{}", path.display());
        let (hard, _) = read(&bytes, &strict());
        println!("{}", path.file_name().unwrap().to_string_lossy());
        for (whole, hard) in wholes.iter().zip(&hard) {
            let e = &whole.envelope;
            let refused = hard.messages.iter().filter(|m| m.is_refused()).count();
            println!(
                "  {} {}:{} messages {} packages {} | strictly: interchange {}, {refused} of {} messages refused",
                e.reference,
                e.syntax,
                e.version,
                whole.messages.len(),
                whole.packages.len(),
                if hard.end.refused { "refused" } else { "taken" },
                hard.messages.len()
            );
            let within = whole.messages.iter().flat_map(|m| m.faults.iter().map(move |f| (m.reference.as_str(), f)));
            let beside = whole.packages.iter().flat_map(|p| p.faults.iter().map(move |f| (p.reference.as_str(), f)));
            let all = whole.faults.iter().map(|f| ("", f)).chain(within).chain(beside);
            for (reference, fault) in all {
                let Place { segment, element, component, offset } = fault.place;
                println!(
                    "    {reference} {} {:?} {:?} {} [{segment}/{element}/{component} @{offset}] {}",
                    fault.code, fault.answer, fault.level, fault.tag, fault.what.en
                );
            }
        }
    }
}
