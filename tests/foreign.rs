//! Clients that no one here wrote, against the sandbox. `tests/run` installs them and says where they are.

use std::process::Command;

use facteur::platforms::sandbox::{Script, serve};

/// `chorus-api` of PyPI logs in, deposits and reads statuses; what it checks is told in the script.
#[test]
fn chorus_api_of_pypi_deposits_and_reads_a_status() {
    let Some(python) = std::env::var_os("FACTEUR_FOREIGN_PYTHON") else {
        eprintln!("skipped: FACTEUR_FOREIGN_PYTHON names no Python with chorus-api; tests/run installs one");
        return;
    };
    let root = env!("CARGO_MANIFEST_DIR");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (address, stop, server) = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let shutdown = async move {
            let _ = stopped.await;
        };
        let script = Script { processing_ms: 500, ..Script::default() };
        (address, stop, tokio::spawn(serve(listener, script, shutdown)))
    });
    for invoice in ["fixtures/demo/invoices/01-good-ubl-mairie.xml", "fixtures/demo/invoices/02-good-cii-hopital.xml"] {
        let run = Command::new(&python)
            .arg(format!("{root}/tests/foreign/chorus_api.py"))
            .arg(format!("http://{address}"))
            .arg(format!("{root}/{invoice}"))
            .output()
            .unwrap();
        let told = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        println!("{told}");
        assert!(run.status.success(), "{invoice}");
        assert!(told.contains("IN_INTEGRE") && told.ends_with("all as it must be\n"), "{told}");
    }
    stop.send(()).unwrap();
    runtime.block_on(server).unwrap().unwrap();
}
