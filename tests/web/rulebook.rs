//! The page explains what the command explains, and guesses as it does.

use crate::api::stage::Stage;

use super::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_has_an_id_has_a_page_and_a_slip_is_recognised() {
    let stage = Stage::new().await;
    let visitor = Visitor::with(&stage, &stage.token).await;
    for (path, wanted) in [
        ("/rules/BR-CO-10", "BT-106"),
        ("/rules/210", "Refus"),
        ("/rules/A2", "BT-13"),
        ("/rules/application%2Fpdf", "document PDF"),
        ("/rules/cac%3AInvoiceLine%2Fcbc%3AInvoicedQuantity", "href=\"/rules/BT-129\""),
        ("/rules/BR-CO-10_UBL", "BT-106"),
        ("/rules?q=refus%C3%A9e", "<h1>210</h1>"),
        ("/rules?q=FR", "2 sens"),
        ("/rules?q=", "/rules/VATEX-FR-FRANCHISE"),
        ("/rules", "name=\"q\""),
        ("/rules?q=BT-1l", "href=\"/rules/BT-11\""),
        ("/rules?q=autoliquidation+en", "href=\"/rules/VATEX-FR-AE\""),
        ("/rules?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "&#60;script&#62;alert(1)"),
    ] {
        let wanted = wanted.replace("2 sens", "sens, le plus probable");
        let (status, page) = visitor.get(path).await;
        assert!(status == 200 && page.contains(&wanted), "{path}: {status} {wanted}: {page}");
        assert!(!page.contains("<script>alert"), "{path}");
    }
    let (status, page) = visitor.get("/rules/VATEX-FR-FRANCHIZE").await;
    assert!(
        status == 404 && page.contains("Vouliez-vous dire") && page.contains("/rules/VATEX-FR-FRANCHISE"),
        "{page}"
    );
    let (status, page) = visitor.get("/rules/BR-NONE-99").await;
    assert!(status == 404 && page.contains("Rien ne s&#39;appelle") && !page.contains("Vouliez-vous"), "{page}");
    let long = format!("/rules?q={}", "x".repeat(4000));
    assert_eq!(visitor.get(&long).await.0, 200);
}
