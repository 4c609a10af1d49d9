//! Everything one does with this repository: run, test, bench, package. `cargo xtask` alone prints the list.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

mod advisories;
mod bigquery;
mod binaries;
mod command;
mod deny;
mod figures;
mod hardening;
mod manifest;
mod notes;
mod package;
mod rules;
mod run;
mod runbook;
mod shipped;
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
cargo xtask advisories FOLDER         renew what is known against our dependencies from a clone of the advisory database
cargo xtask binaries [FOLDER]         look through the programs of a release for what must not be shipped
cargo xtask package                   make this system's installers and print their sizes; --check tries Debian's in a root of its own
cargo xtask notes VERSION [--out F]   what the changelog says of a version
cargo xtask manifest --version V ...  the signed manifest that installed copies read; xtask/src/manifest.rs tells the options
cargo xtask licences [--out F]        the licences of everything that is shipped
cargo xtask sbom [--out F]            the list of everything that is shipped (CycloneDX)";

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
        ["advisories", words @ ..] => advisories::refresh(words).map(|()| true),
        ["binaries", words @ ..] => binaries::check(words, &mut std::io::stdout()).map(|()| true),
        ["package"] => package::package().map(|()| true),
        ["package", "--check"] => package::check(&mut std::io::stdout()).map(|ending| {
            if let steps::Ending::Skipped(why) = ending {
                println!("skipped: {why}");
            }
            true
        }),
        ["notes", options @ ..] => notes::notes(options).map(|()| true),
        ["manifest", options @ ..] => manifest::make(options).map(|()| true),
        ["licences", options @ ..] => told(options, &shipped::licences(&shipped::parts()?)?),
        ["sbom", options @ ..] => {
            let list = shipped::bom(&shipped::parts()?, &notes::version()?);
            told(options, &format!("{list:#}\n"))
        }
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(true)
        }
        _ => bail!("unknown task: {}\n\n{HELP}", words.join(" ")),
    }
}

/// Prints a text, or writes it into the file after `--out`.
fn told(options: &[&str], text: &str) -> Result<bool> {
    match options {
        [] => print!("{text}"),
        ["--out", file] => std::fs::write(file, text)?,
        _ => bail!("there is only --out FILE to say here"),
    }
    Ok(true)
}
