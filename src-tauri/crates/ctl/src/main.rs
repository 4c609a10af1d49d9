//! `backroomctl`: the Backroom engine without a window.
//!
//! Standard output carries results alone (JSON with `--json`), standard error one line for what went wrong and what to do.
//! Exit codes: 0 done; 2 usage or configuration; 3 a source or the warehouse unreachable; 4 not authorised; 5 local storage.

mod age;
mod arguments;
mod demo;
mod follow;
mod member;
mod raffle;
mod tell;
mod update;
mod work;

use arguments::Arguments;
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    backroom_api::memory::give_back_early();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are what was asked for.
        Err(told) if !told.use_stderr() => {
            let _ = told.print();
            return ExitCode::SUCCESS;
        }
        Err(told) => {
            tell::trouble(usage(&told.to_string()));
            return ExitCode::from(2);
        }
    };
    let filter = std::env::var("BACKROOM_LOG").unwrap_or_else(|_| "error".to_owned());
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter).without_time().init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tell::trouble(format_args!("Backroom could not start: {error}."));
            return ExitCode::from(5);
        }
    };
    match runtime.block_on(work::run(arguments)) {
        Ok(0) if tell::untold() => {
            tell::trouble(
                "It was done, but the result could not be written. Free some space where it goes and ask again.",
            );
            ExitCode::from(5)
        }
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            tell::trouble(&error);
            ExitCode::from(backroom_api::exit_code(&error))
        }
    }
}

/// What is wrong with the arguments, in one line: where several are missing they follow each other.
fn usage(told: &str) -> String {
    let lines =
        told.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let words: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with("tip:")).collect();
    let text = words.join(" ");
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    format!("{}. Run backroomctl --help to see what there is.", text.trim_end_matches('.'))
}
