//! Many deposits, each struck by something: what the client says must be what happened at the platform.

use super::*;

/// A fault for each invoice, in a fixed order that a seed mixes.
fn faults() -> Vec<Option<Behaviour>> {
    let fail = |http| Some(Behaviour { http: Some(http), text: Some("oops".into()), ..fault(Action::Fail) });
    let empty = |http| Some(Behaviour { http: Some(http), ..fault(Action::Fail) });
    let mut faults = vec![None, None, Some(fault(Action::LoseAnswer)), Some(fault(Action::DropBefore))];
    faults.extend([200, 204, 302, 400, 401, 403, 404, 408, 409, 413, 429, 500, 502, 503, 504].map(fail));
    faults.extend([200, 400, 403, 503].map(empty));
    faults.extend([1, -1, 20001].map(|code| Some(Behaviour { code: Some(code), ..fault(Action::CodeRetour) })));
    faults.push(Some(Behaviour { ms: Some(30_000), ..fault(Action::Delay) }));
    faults
}

#[tokio::test]
async fn no_outcome_lies() {
    let mut seed = 20_261_121u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let sandbox = Sandbox::start(Script { token_seconds: 1, ..Script::default() }).await;
    let mut config = sandbox.config();
    config.connect_timeout = Duration::from_millis(500);
    config.timeout = Duration::from_millis(700);
    let client = ChorusPro::new(config).unwrap();
    let patient = sandbox.client();
    let mut faults = faults();
    let (mut there, mut unknown) = (0, 0);
    for n in 0..3 * faults.len() {
        if n % faults.len() == 0 {
            (1..faults.len()).rev().for_each(|i| faults.swap(i, random(i + 1)));
        }
        let number: &'static str = format!("C-{n}").leak();
        let fault = faults[n % faults.len()].clone();
        if let Some(fault) = &fault {
            let fault = Behaviour { matches: number.into(), ..fault.clone() };
            assert_eq!(sandbox.add(serde_json::to_value(fault).unwrap()).await, 204);
        }
        let outcome = send(&client, &Invoice::numbered(number)).await;
        let search = patient.search(&intent(number)).await;
        let now = sandbox.deposits().await;
        let arrived = now - there;
        there = now;
        let on = format!("{number}, {fault:?}: {outcome:?}, {search:?}, {arrived} arrived");
        match &outcome {
            Deposit::Taken { .. } => assert_eq!(arrived, 1, "{on}"),
            Deposit::NotSent { .. } | Deposit::Refused { .. } => assert_eq!(arrived, 0, "{on}"),
            Deposit::Unknown { .. } => {
                unknown += 1;
                assert!(arrived <= 1, "{on}");
            }
        }
        assert!(matches!((arrived, &search), (1, Search::Found { .. }) | (0, Search::Absent { .. })), "{on}");
    }
    assert!(unknown > 20 && there > 10, "{unknown} unknown, {there} arrived");
    sandbox.task.abort();
}
