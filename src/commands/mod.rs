//! temp
mod clients; mod files; mod inspect; mod out; mod validate; mod timeline; mod demo; mod serve; mod sandbox; mod token;
mod remote {
    pub fn client(timeout: std::time::Duration) -> Result<reqwest::Client, String> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder().no_proxy().timeout(timeout).build().map_err(|e| e.to_string())
    }
    pub fn problems(v: &serde_json::Value) -> Result<Vec<crate::problems::Problem>, String> {
        let mut list = v["problems"].clone();
        for p in list.as_array_mut().unwrap() { for k in ["opened_at","closed_at"] { let t = p[k].as_str().map(|s| s.parse::<jiff::Timestamp>().unwrap().as_millisecond()); p[k] = t.into(); } for c in p["changes"].as_array_mut().unwrap() { let t = c["at"].as_str().map(|s| s.parse::<jiff::Timestamp>().unwrap().as_millisecond()); c["at"]=t.into(); } }
        serde_json::from_value(list).map_err(|e| e.to_string())
    }
}
use clap::{Parser, Subcommand};
#[derive(Parser)] struct Cli { #[command(subcommand)] c: C, #[arg(long, global=true)] fr: bool }
#[derive(Subcommand)] enum C { Validate(validate::ValidateArgs), Inspect(inspect::InspectArgs), Demo(demo::DemoArgs), Serve(serve::ServeArgs), Sandbox(sandbox::SandboxArgs) }
pub fn main() -> std::process::ExitCode { let c=Cli::parse(); let l = if c.fr {crate::text::Lang::Fr} else {crate::text::Lang::En}; match c.c { C::Validate(a)=>validate::run(&a,l), C::Inspect(a)=>inspect::run(&a,l), C::Demo(a)=>demo::run(&a,l), C::Serve(a)=>serve::run(&a,l), C::Sandbox(a)=>sandbox::run(&a,l) } }
