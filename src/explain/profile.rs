//! A specification identifier (BT-24): which profile it names, and which packs judge an invoice that announces it. Nothing is said from
//! memory: small invoices that bear it are judged, and the report tells.

use super::apart;
use super::page::Explanation;
use crate::day::Day;
use crate::formats::facturx::Level;
use crate::report::Report;
use crate::rules;
use crate::story::words::{colon, pick};
use crate::text::Lang;
use crate::validate::{Options, validate};

/// The page of an identifier; `None` where it is none, or one that facteur does not know.
pub fn explained(query: &str, lang: Lang) -> Option<Explanation> {
    let urn = urn(query)?;
    let reports: Vec<(Asked, Report)> = ASKED.iter().filter_map(|asked| Some((*asked, judged(urn, *asked)?))).collect();
    if reports.iter().any(|(_, report)| report.not_run.iter().any(|pack| pack.pack == "profile")) {
        return None;
    }
    let level = Level::of_profile(urn).filter(|_| reports.iter().any(|(_, report)| names_facturx(report)));
    let title = level.map(|level| format!("{} {}", pick(lang, "profil Factur-X", "Factur-X profile"), level.xmp()));
    let title = title.or_else(|| {
        // What BT-24 asks for and nobody judges here is the profile all the same.
        let mut not_run = reports.iter().flat_map(|(_, report)| &report.not_run);
        let apart = not_run.find_map(|not| apart::all().iter().find(|apart| apart.id == not.pack))?;
        Some(apart.title.get(lang).to_owned())
    });
    let title = title.or_else(|| {
        let pack = reports.iter().flat_map(|(_, r)| &r.packs).rfind(|pack| pack.reason == "BT-24")?;
        Some(rules::pack(&pack.id)?.title().get(lang).to_owned())
    });
    let title = title.unwrap_or_else(|| pick(lang, "profil", "profile").to_owned());
    let what = pick(lang, "Identifiant de spécification (BT-24)", "Specification identifier (BT-24)");
    let mut page = Explanation::new(urn, &title, what);
    page.section(
        lang,
        ("Profil", "Profile"),
        level.into_iter().flat_map(|level| exact(urn, level, &reports, lang)).collect(),
    );
    let lines = reports.iter().map(|(asked, report)| told(*asked, report, lang)).collect();
    page.section(lang, ("Ce qui est jugé", "What is judged"), lines);
    let mut packs: Vec<&str> = reports.iter().flat_map(|(_, r)| &r.packs).map(|pack| pack.id.as_str()).collect();
    packs.sort_unstable();
    packs.dedup();
    let known = packs.iter().filter_map(|id| rules::pack(id));
    let line = |pack: &rules::Pack| format!("{} {}{}{}", pack.id, pack.version, colon(lang), pack.title().get(lang));
    page.section(lang, ("Paquets", "Packs"), known.map(line).collect());
    Some(page)
}

/// Is it an identifier that facteur knows?
pub fn knows(query: &str) -> bool {
    explained(query, Lang::En).is_some()
}

/// A text in the form of such an identifier.
fn urn(query: &str) -> Option<&str> {
    const LONGEST: usize = 200;
    let urn = query.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || ":#._-/".contains(c);
    let starts = urn.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
    (starts && urn.len() <= LONGEST && urn.chars().all(fits)).then_some(urn)
}

/// The syntax, and the country of the seller.
type Asked = (&'static str, &'static str);

const ASKED: [Asked; 4] = [("CII", "FR"), ("CII", "DE"), ("UBL", "FR"), ("UBL", "DE")];

/// An invoice that says nothing but its profile and the country of its seller, by the packs that its content asks for, in their newest
/// versions.
fn judged(urn: &str, (syntax, country): Asked) -> Option<Report> {
    let text = match syntax {
        "CII" => format!(
            "<rsm:CrossIndustryInvoice xmlns:rsm=\"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100\" \
             xmlns:ram=\"urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100\">\
             <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>{urn}</ram:ID>\
             </ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>\
             <rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty>\
             <ram:PostalTradeAddress><ram:CountryID>{country}</ram:CountryID></ram:PostalTradeAddress>\
             </ram:SellerTradeParty></ram:ApplicableHeaderTradeAgreement></rsm:SupplyChainTradeTransaction>\
             </rsm:CrossIndustryInvoice>"
        ),
        _ => format!(
            "<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\" \
             xmlns:cac=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\" \
             xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\">\
             <cbc:CustomizationID>{urn}</cbc:CustomizationID><cac:AccountingSupplierParty><cac:Party><cac:PostalAddress>\
             <cac:Country><cbc:IdentificationCode>{country}</cbc:IdentificationCode></cac:Country></cac:PostalAddress>\
             </cac:Party></cac:AccountingSupplierParty></Invoice>"
        ),
    };
    // The last day that the rules can name: the newest version of each pack.
    let day = Day::new(9999, 12, 31)?;
    let options = Options { date: Some(day), linked: false, ..Options::new(day) };
    Some(validate(text.as_bytes(), "explain", &options).report)
}

fn names_facturx(report: &Report) -> bool {
    report.packs.iter().any(|pack| pack.id.starts_with("facturx-"))
}

/// Whether the identifier is the exact one of its profile, which its rules ask for.
fn exact(urn: &str, level: Level, reports: &[(Asked, Report)], lang: Lang) -> Vec<String> {
    let refused = |report: &Report| {
        let code = |rule: &str| rule.starts_with("FCT-FX-") && rule.ends_with("-CODE");
        report.findings.iter().any(|f| code(&f.rule) && f.found.as_deref() == Some(urn))
    };
    if !reports.iter().any(|(_, report)| refused(report)) {
        return Vec::new();
    }
    let right = level.urn();
    let rule = format!("FCT-FX-{}-CODE", level.as_str().to_ascii_uppercase());
    vec![match lang {
        Lang::Fr => format!("choisit le profil, qui le refuse ({rule}) : l'identifiant exact est {right}"),
        Lang::En => format!("chooses the profile, which refuses it ({rule}): the exact identifier is {right}"),
    }]
}

/// What runs for one of the invoices, and what does not.
fn told((syntax, country): Asked, report: &Report, lang: Lang) -> String {
    let seller = match country {
        "FR" => pick(lang, "vendeur français", "French seller"),
        _ => pick(lang, "vendeur d'ailleurs", "seller of elsewhere"),
    };
    let colon = colon(lang);
    let packs: Vec<&str> = report.packs.iter().map(|pack| pack.id.as_str()).collect();
    let mut out = format!("{syntax}, {seller}{colon}{}", packs.join(", "));
    for pack in &report.not_run {
        // What stops a pack in so small an invoice says nothing of the identifier.
        if !packs.contains(&pack.pack.as_str()) {
            let not = pick(lang, "non jugé", "not judged");
            out.push_str(&format!("{} {not}{colon}{} ({})", pick(lang, " ;", ";"), pack.pack, pack.reason.get(lang)));
        }
    }
    out
}
