//! Runs the steps of the test command one after another and says plainly how it went.

use crate::command::inside;
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Lines of a failed step's output that are shown.
const SHOWN_LINES: usize = 120;

/// What a step may write its output to.
pub type Log<'a> = &'a mut dyn Write;

/// How a step ended, where it did not fail.
pub enum Ending {
    /// All is well.
    Passed,
    /// It cannot run here, and why.
    Skipped(String),
}

/// A part of the test command.
pub struct Step {
    /// Name for `--only`.
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// Runs it.
    pub run: fn(Log<'_>) -> Result<Ending>,
}

/// The file in which the tests of a step name the cases that they could not make here, a line each (`BACKROOM_SKIPPED`). It is gone
/// when the step begins.
pub fn skipped_file(step: &str) -> PathBuf {
    inside("target/xtask").join(format!("{step}.skipped"))
}

/// Tests or checks, counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    passed: usize,
    failed: usize,
}

/// The names after `--only`.
pub fn selected<'a>(options: &[&'a str]) -> Result<Vec<&'a str>> {
    let mut names = Vec::new();
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        match (*option, rest.next()) {
            ("--only", Some(name)) => names.push(*name),
            _ => bail!("cargo xtask test takes --only NAME, any number of times; --list names the steps"),
        }
    }
    Ok(names)
}

/// Runs the steps (only the named ones, where any are named), all of them even where one fails.
pub fn run(steps: &[Step], only: &[&str]) -> Result<bool> {
    if let Some(unknown) = only.iter().find(|name| steps.iter().all(|step| step.name != **name)) {
        bail!("no step is called {unknown:?}; cargo xtask test --list names them");
    }
    let logs = inside("target/xtask");
    std::fs::create_dir_all(&logs)?;
    let begun = Instant::now();
    let (mut total, mut failed, mut skipped, mut left_out) = (Count::default(), Vec::new(), 0, 0);
    for step in steps.iter().filter(|step| only.is_empty() || only.contains(&step.name)) {
        let told = run_one(step)?;
        total.passed += told.count.passed;
        total.failed += told.count.failed;
        left_out += told.left_out;
        skipped += usize::from(told.skipped);
        if told.error.is_some() {
            failed.push(step.name);
        }
    }
    println!("\n{:.0} s; steps skipped: {skipped}, cases skipped: {left_out}", begun.elapsed().as_secs_f64());
    if !failed.is_empty() {
        println!("failed: {}; again with cargo xtask test --only NAME", failed.join(", "));
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(failed.is_empty())
}

/// How a step went.
struct Told {
    count: Count,
    /// Cases that were not made.
    left_out: usize,
    /// Whether the whole step was.
    skipped: bool,
    error: Option<anyhow::Error>,
}

fn run_one(step: &Step) -> Result<Told> {
    print!("{:12} {} … ", step.name, step.about);
    std::io::stdout().flush()?;
    let cases = skipped_file(step.name);
    // Mostly there is none.
    let _ = std::fs::remove_file(&cases);
    let started = Instant::now();
    let mut log = Vec::new();
    let ending = (step.run)(&mut log);
    let seconds = started.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&log).into_owned();
    let kept = inside("target/xtask").join(format!("{}.log", step.name));
    std::fs::write(kept, &text).context("the log could not be written")?;
    let mut told = Told { count: tests_in(&text), left_out: 0, skipped: false, error: None };
    let checks = told.count == Count::default();
    // A case that could not be made ended without failing: it is no test that passed.
    let cases = std::fs::read_to_string(&cases).unwrap_or_default();
    cases.lines().for_each(|case| print!("[skipped: {case}] "));
    told.left_out = cases.lines().count();
    told.count.passed = told.count.passed.saturating_sub(told.left_out);
    match ending {
        Ok(Ending::Passed) if checks => {
            told.count.passed = 1;
            println!("ok ({seconds:.1} s)");
        }
        Ok(Ending::Passed) => println!("ok, {} tests ({seconds:.1} s)", told.count.passed),
        Ok(Ending::Skipped(why)) => {
            told.skipped = true;
            println!("skipped: {why}");
        }
        Err(error) => {
            told.count.failed = told.count.failed.max(1);
            println!("FAILED ({seconds:.1} s)");
            telling(&text).iter().for_each(|line| println!("    {line}"));
            println!("    {error:#}");
            told.error = Some(error);
        }
    }
    Ok(told)
}

/// The lines of a failed step's output that tell most: where the tests report in TAP (node), those of the tests that failed, which are
/// anywhere; everybody else ends with what went wrong.
fn telling(log: &str) -> Vec<&str> {
    let lines: Vec<&str> = log.lines().collect();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut told = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if !line.trim_start().starts_with("not ok ") {
            continue;
        }
        // What node says of a test stands under it, further in, to a line of three dots.
        let block = lines.iter().skip(at).take_while(|under| depth(under) > depth(line) && under.trim() != "...");
        let block: Vec<&str> = block.copied().collect();
        at += block.len();
        // A suite fails because of its tests, which have told already.
        if !block.iter().any(|under| under.trim() == "failureType: 'subtestsFailed'") {
            told.push(*line);
            told.extend(block);
        }
    }
    if told.is_empty() {
        told = lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().to_vec();
    }
    told.truncate(SHOWN_LINES);
    told
}

/// What the test programs of Rust, vitest and node say about themselves.
fn tests_in(log: &str) -> Count {
    let mut count = Count::default();
    for line in log.lines().map(plain) {
        let line = line.trim();
        let number = |text: &str| text.trim().parse::<usize>().unwrap_or(0);
        if let Some(result) = line.strip_prefix("test result:") {
            for part in result.split(['.', ';']) {
                count.passed += part.strip_suffix(" passed").map_or(0, number);
                count.failed += part.strip_suffix(" failed").map_or(0, number);
            }
        } else if let Some(result) = line.strip_prefix("Tests ") {
            for part in result.split('|') {
                let words: Vec<&str> = part.split_whitespace().collect();
                match words.as_slice() {
                    [n, "passed", ..] => count.passed += number(n),
                    [n, "failed", ..] => count.failed += number(n),
                    _ => {}
                }
            }
        } else if let Some(n) = line.strip_prefix("# pass ").or_else(|| line.strip_prefix("ℹ pass ")) {
            count.passed += number(n);
        } else if let Some(n) = line.strip_prefix("# fail ").or_else(|| line.strip_prefix("ℹ fail ")) {
            count.failed += number(n);
        }
    }
    count
}

/// A line without the colours of a terminal.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            rest.by_ref().find(|c| c.is_ascii_alphabetic());
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_as_the_programs_report_them() {
        let cases = [
            (
                "test result: ok. 10 passed; 0 failed; 1 ignored; 0 measured\ntest result: FAILED. 2 passed; 3 failed;",
                12,
                3,
            ),
            ("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[32m41 passed\u{1b}[39m (41)", 41, 0),
            ("      Tests  1 failed | 40 passed (41)", 40, 1),
            ("# tests 5\n# pass 4\n# fail 1", 4, 1),
            ("ℹ pass 4\nℹ fail 0", 4, 0),
            ("Finished; 10 passed over", 0, 0),
        ];
        for (log, passed, failed) in cases {
            assert_eq!(tests_in(log), Count { passed, failed }, "{log:?}");
        }
    }

    #[test]
    fn of_a_failed_step_the_failed_tests_are_told() {
        let tap = [
            "    # Subtest: a sale",
            "    not ok 1 - a sale",
            "      ---",
            "      failureType: 'testCodeFailure'",
            "      error: 'no figure'",
            "      ...",
            "    ok 2 - a refund",
            "not ok 3 - today",
            "  ---",
            "  failureType: 'subtestsFailed'",
            "  ...",
            "# fail 1",
        ];
        let told = telling(&tap.join("\n")).join("\n");
        assert_eq!(told, tap[1..5].join("\n"), "the failed test, and neither what passed nor the suite around it");
        let other: Vec<String> = (0..300).map(|n| format!("line {n}")).collect();
        let other = other.join("\n");
        assert_eq!(telling(&other).last(), Some(&"line 299"), "elsewhere the end tells");
        assert_eq!(telling(&other).len(), SHOWN_LINES);
    }

    #[test]
    fn a_case_that_is_not_made_is_no_test_that_passed() {
        let step = Step {
            name: "steps-own-test",
            about: "",
            run: |log| {
                std::fs::write(skipped_file("steps-own-test"), "a server: it is not there\n")?;
                writeln!(log, "test result: ok. 3 passed; 0 failed;")?;
                Ok(Ending::Passed)
            },
        };
        std::fs::create_dir_all(inside("target/xtask")).unwrap();
        std::fs::write(skipped_file(step.name), "left from the run before\n").unwrap();
        let told = run_one(&step).unwrap();
        assert_eq!(
            (told.count.passed, told.left_out),
            (2, 1),
            "three ended without failing, one of them because it did nothing"
        );
        assert!(told.error.is_none());
        std::fs::remove_file(skipped_file(step.name)).unwrap();
    }

    #[test]
    fn steps_are_chosen_by_name() {
        assert_eq!(selected(&["--only", "a", "--only", "b"]).unwrap(), ["a", "b"]);
        assert!(selected(&[]).unwrap().is_empty(), "nothing named means all");
        assert!(selected(&["--only"]).is_err(), "a missing name must not mean all");
        assert!(selected(&["a"]).is_err());
    }
}
