//! `facteur problems`: what went wrong, whose it is and what comes next; with an id, one problem and the work on it.

mod list;
mod one;

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::remote::{self, Asked, Problem, Remote, RemoteArgs, Trouble};
use super::{out, show};
use crate::config::nearest;
use crate::day::Day;
use crate::problems;
use crate::text::Lang;

pub use one::summary;

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 shown or changed; 1 no problem has this id; 2 it could not be done.")]
pub struct ProblemsArgs {
    /// Id of one problem
    id: Option<String>,
    /// Only those still open
    #[arg(long, conflicts_with = "id")]
    open: bool,
    /// Only this cause (A2) or category (A)
    #[arg(long, value_parser = cause_or_category, conflicts_with = "id")]
    cause: Option<String>,
    /// Only this customer: its identifier, or part of its name
    #[arg(long, conflicts_with = "id")]
    client: Option<String>,
    /// `text` for people, `csv` for spreadsheets, `json` for programs
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    change: Change,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// What a person changes of one problem.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Changes of one problem")]
struct Change {
    /// Who makes the change
    #[arg(long, value_name = "NAME", requires = "id")]
    author: Option<String>,
    /// Add a comment
    #[arg(long, value_name = "TEXT", requires = "id", requires = "author")]
    comment: Option<String>,
    /// Give it an owner; an empty one takes the owner away
    #[arg(long, value_name = "NAME", requires = "id", requires = "author")]
    owner: Option<String>,
    /// Give it another cause, such as A4
    #[arg(long, value_name = "CAUSE", value_parser = cause, requires = "id", requires = "author")]
    requalify: Option<String>,
    /// What is to be done next
    #[arg(long, value_name = "TEXT", requires = "id", requires = "author")]
    next_action: Option<String>,
    /// When it is to be done
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, requires = "id", requires = "author")]
    on: Option<Day>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Csv,
    Json,
}

pub fn run(args: &ProblemsArgs, lang: Lang) -> ExitCode {
    remote::with(&args.remote, lang, |remote| async move {
        match &args.id {
            Some(id) => one(&remote, id, args, lang).await,
            None => list(&remote, args, lang).await,
        }
    })
}

async fn list(remote: &Remote, args: &ProblemsArgs, lang: Lang) -> Asked<ExitCode> {
    let filter: &[(&str, &str)] = if args.open { &[("open", "true")] } else { &[] };
    let mut found = Vec::new();
    for value in remote.problems(filter).await? {
        let problem = read(&value)?;
        if args.picks(&problem) {
            found.push((value, problem));
        }
    }
    let problems = || found.iter().map(|(_, problem)| problem);
    Ok(out::document(&match args.format {
        Format::Text => list::text(problems(), &show::zone(), lang),
        Format::Csv => list::csv(problems(), lang),
        Format::Json => {
            let values: Vec<&Value> = found.iter().map(|(value, _)| value).collect();
            json!({ "schema": "facteur-problem-list/1", "problems": values }).to_string() + "\n"
        }
    }))
}

async fn one(remote: &Remote, id: &str, args: &ProblemsArgs, lang: Lang) -> Asked<ExitCode> {
    let asked = match args.change.wish() {
        Some(wish) => remote.change_problem(id, &wish).await,
        None => remote.problem(id).await,
    };
    let found = match asked {
        Ok(found) => found,
        Err(trouble) if trouble.is_not_found() => {
            show::tell(&trouble.say(lang));
            return Ok(ExitCode::from(1));
        }
        Err(trouble) => return Err(trouble),
    };
    let problem = read(&found)?;
    Ok(out::document(&match args.format {
        Format::Text => one::text(&problem, &show::zone(), lang),
        Format::Csv => list::csv(std::iter::once(&problem), lang),
        Format::Json => found.to_string() + "\n",
    }))
}

fn read(value: &Value) -> Asked<Problem> {
    Problem::deserialize(value).map_err(|e| Trouble::unexpected(&e))
}

impl ProblemsArgs {
    fn picks(&self, problem: &Problem) -> bool {
        let cause = self.cause.as_deref().is_none_or(|wanted| {
            problem.cause == wanted || problems::cause(&problem.cause).is_some_and(|known| known.category == wanted)
        });
        let client = self.client.as_deref().is_none_or(|wanted| {
            problem.customer == wanted || problem.customer_name.to_lowercase().contains(&wanted.to_lowercase())
        });
        cause && client
    }
}

impl Change {
    /// The change as the daemon takes it; none where nothing is to change.
    fn wish(&self) -> Option<Value> {
        let on = self.on.map(|day| day.to_string());
        let wish = remote::said(&[
            ("comment", self.comment.as_deref()),
            ("owner", self.owner.as_deref()),
            ("cause", self.requalify.as_deref()),
            ("next_action", self.next_action.as_deref()),
            ("next_action_on", on.as_deref()),
        ]);
        let mut wish = wish.as_object().filter(|members| !members.is_empty())?.clone();
        wish.extend(self.author.as_deref().map(|author| ("author".to_owned(), json!(author))));
        Some(Value::Object(wish))
    }
}

fn cause(text: &str) -> Result<String, String> {
    let known = problems::causes().iter().map(|cause| cause.id.as_str());
    match problems::cause(text) {
        Some(cause) => Ok(cause.id.clone()),
        None => Err(format!("one of {} is expected", known.collect::<Vec<_>>().join(", "))),
    }
}

fn cause_or_category(text: &str) -> Result<String, String> {
    if problems::category(text).is_some() || problems::cause(text).is_some() {
        return Ok(text.to_owned());
    }
    let known: Vec<&str> = problems::categories()
        .iter()
        .map(|c| c.id.as_str())
        .chain(problems::causes().iter().map(|c| c.id.as_str()))
        .collect();
    match nearest(text, known.iter().copied()).filter(|meant| meant.eq_ignore_ascii_case(text)) {
        Some(meant) => Err(format!("did you mean `{meant}`?")),
        None => Err(format!("one of {} is expected", known.join(", "))),
    }
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse_iso(text).ok_or_else(|| "a day is written YYYY-MM-DD".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use clap::error::ErrorKind;

    use super::super::remote::tests_problem;
    use super::*;

    #[derive(Debug, Parser)]
    struct Alone {
        #[command(flatten)]
        args: ProblemsArgs,
    }

    fn parsed(args: &[&str]) -> Result<ProblemsArgs, ErrorKind> {
        Alone::try_parse_from(["problems"].iter().chain(args)).map(|alone| alone.args).map_err(|e| e.kind())
    }

    #[test]
    fn a_change_has_a_problem_and_an_author() {
        assert_eq!(parsed(&["--comment", "vu", "--author", "léa"]).unwrap_err(), ErrorKind::MissingRequiredArgument);
        assert_eq!(parsed(&["p1", "--comment", "vu"]).unwrap_err(), ErrorKind::MissingRequiredArgument);
        assert_eq!(parsed(&["p1", "--requalify", "A99", "--author", "léa"]).unwrap_err(), ErrorKind::ValueValidation);
        assert_eq!(parsed(&["p1", "--open"]).unwrap_err(), ErrorKind::ArgumentConflict);
        assert_eq!(parsed(&["p1", "--author", "léa"]).unwrap().change.wish(), None);
        let all = ["p1", "--author", "léa", "--owner", "", "--requalify", "A4", "--on", "2026-12-01"];
        assert_eq!(
            parsed(&all).unwrap().change.wish(),
            Some(json!({ "author": "léa", "owner": "", "cause": "A4", "next_action_on": "2026-12-01" }))
        );
    }

    #[test]
    fn a_filter_takes_causes_categories_and_parts_of_names() {
        let problem = read(&tests_problem()).unwrap();
        let picks = |args: &[&str]| parsed(args).unwrap().picks(&problem);
        assert!(picks(&[]) && picks(&["--cause", "A2"]) && picks(&["--cause", "A"]) && !picks(&["--cause", "A4"]));
        assert!(
            picks(&["--client", "21690123100011"]) && picks(&["--client", "lyon"]) && !picks(&["--client", "2169"])
        );
        assert_eq!(cause_or_category("a2"), Err("did you mean `A2`?".into()));
        assert!(cause_or_category("A99").unwrap_err().starts_with("one of A, "));
    }
}
