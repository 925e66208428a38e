//! The rule book keeps its promises: every rule is documented, fires where its fixture says and nowhere else, and never panics.

mod blanks;
mod built;
mod catalogue;
mod causes;
mod chorus;
mod complete;
mod conformance;
pub mod edit;
mod explained;
mod extended;
mod facturx;
mod facturx_said;
mod fixtures;
mod french;
mod hostile;
mod life_cycle;
mod meant;
mod mentions;
mod ours;
mod routes;
mod suspects;
mod waivers;
mod workings;

/// How many times longer something takes than another, the best of three of each: holds on a busy machine, where seconds do not.
fn times_longer(small: impl Fn(), large: impl Fn()) -> f64 {
    let best = |act: &dyn Fn()| {
        let once = |_| {
            let begun = std::time::Instant::now();
            act();
            begun.elapsed().as_secs_f64()
        };
        (0..3).map(once).fold(f64::MAX, f64::min)
    };
    best(&large) / best(&small).max(1e-6)
}
