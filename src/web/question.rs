//! The parameters that each page takes. One that is not known would be ignored, and the page show what was not asked for: it is
//! refused instead, by name.

use axum::extract::Query;
use axum::http::Uri;

use super::show;
use super::trouble::Trouble;
use crate::config::nearest;
use crate::text::Text;

/// By the page's route. `state` of a list of invoices may be given several times.
const PAGES: [(&str, &[&str]); 11] = [
    ("/login", &["next"]),
    ("/language/{to}", &["back"]),
    ("/invoices", &["q", "state", "verdict", "platform", "customer", "by", "from", "to", "after", "before", "did"]),
    ("/invoices/{id}", &["did"]),
    ("/invoices/{id}/source", &["from", "line", "column"]),
    ("/problems", &["state", "order", "cause", "customer", "owner", "age", "from", "did"]),
    ("/problems/{id}", &["did"]),
    ("/report", &["by", "at"]),
    ("/invoices.csv", &["q", "state", "verdict", "platform", "customer", "by", "from", "to"]),
    ("/report.csv", &["by", "at"]),
    ("/rules", &["q"]),
];
const SEVERAL: [(&str, &str); 2] = [("/invoices", "state"), ("/invoices.csv", "state")];

/// Does this page know each parameter, and is each given once? The query itself is sound already.
///
/// # Errors
/// Which one it does not know, and what was perhaps meant; which one is given twice.
pub fn understood(route: &str, uri: &Uri) -> Result<(), Trouble> {
    let given = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(all)| all).unwrap_or_default();
    let known = PAGES.iter().find(|(page, _)| *page == route).map_or(&[][..], |(_, known)| known);
    for (at, (name, _)) in given.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            return Err(unknown(name, known));
        }
        let before = given.iter().take(at).any(|(before, _)| before == name);
        if before && !SEVERAL.contains(&(route, name)) {
            return Err(Trouble::asked(Text::new(
                format!("« {name} » est donné deux fois dans l'adresse."),
                format!("\"{name}\" is given twice in the address."),
            )));
        }
    }
    Ok(())
}

fn unknown(name: &str, known: &[&str]) -> Trouble {
    let meant = nearest(name, known.iter().copied());
    let name = show::said(name, 30);
    let (mut fr, mut en) = (
        format!("Cette page ne connaît pas « {name} » dans son adresse."),
        format!("This page does not know \"{name}\" in its address."),
    );
    let words = known.iter().copied().filter(|word| *word != "did").collect::<Vec<_>>().join(", ");
    match meant {
        Some(meant) => {
            fr += &format!(" Vouliez-vous dire « {meant} » ?");
            en += &format!(" Did you mean \"{meant}\"?");
        }
        None if words.is_empty() => {
            fr += " Elle n'y attend rien.";
            en += " It expects nothing there.";
        }
        None => {
            fr += &format!(" Elle attend : {words}.");
            en += &format!(" It expects: {words}.");
        }
    }
    Trouble::asked(Text::new(fr, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_knows_its_parameters_alone() {
        for (route, query) in [
            ("/", ""),
            ("/invoices", "?q=&state=blocked&state=ready&did=x.1.2"),
            ("/report", "?at=2026-11-21&by="),
            ("/check", ""),
        ] {
            assert!(understood(route, &format!("{route}{query}").parse().unwrap()).is_ok(), "{route}{query}");
        }
        for (route, query, said) in [
            ("/", "?q=1", "does not know \"q\" in its address. It expects nothing there."),
            ("/invoices", "?foo=1", "does not know \"foo\" in its address. It expects: q, state, verdict,"),
            ("/invoices", "?sate=blocked", "Did you mean \"state\"?"),
            ("/invoices", "?customer=a&customer=b", "\"customer\" is given twice"),
            ("/report", "?date=2026-11-21", "does not know \"date\" in its address. It expects: by, at."),
            ("/report.csv", "?BY=client", "Did you mean \"by\"?"),
            ("/problems", "?a%0Ab=", "does not know \"a b\""),
        ] {
            let refused = understood(route, &format!("{route}{query}").parse().unwrap()).unwrap_err();
            assert!(format!("{refused:?}").replace('\\', "").contains(said), "{query}: {refused:?}");
        }
    }
}
