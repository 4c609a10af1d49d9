//! Everything one does with this repository: run, test, bench, package. `cargo xtask` alone prints the list.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

mod bigquery;
mod command;
mod deny;
mod figures;
mod hardening;
mod package;
mod rules;
mod run;
mod steps;
mod suites;
mod system;
mod tidy;
mod ui;

use anyhow::{Result, bail};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask run [--big] [--release]   build what is missing and open Backroom with the demonstration store
cargo xtask test [--only NAME]...     everything that is checked before a change is taken; --list names the steps
cargo xtask bench [ARGUMENTS]         the figures, measured on this machine (release build); `bench window` the window's alone
cargo xtask pictures                  make the pictures of the README from the real window
cargo xtask package                   make this system's installer and print its size";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does what was asked. `false` when it was done and the result is bad.
fn dispatch(words: &[&str]) -> Result<bool> {
    match words {
        ["run", options @ ..] => run::run(options).map(|()| true),
        ["test", "--list"] => {
            suites::all().iter().for_each(|step| println!("{:12} {}", step.name, step.about));
            Ok(true)
        }
        ["test", options @ ..] => steps::run(&suites::all(), &steps::selected(options)?),
        ["bench", options @ ..] => figures::bench(options).map(|()| true),
        ["pictures"] => {
            ui::build()?;
            suites::build_programs(&mut std::io::stdout())?;
            suites::e2e("pictures", &mut std::io::stdout()).map(|_| true)
        }
        ["package"] => package::package().map(|()| true),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(true)
        }
        _ => bail!("unknown task: {}\n\n{HELP}", words.join(" ")),
    }
}
