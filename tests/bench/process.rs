//! Runs a command and tells its wall time, processor time and peak memory.

use backroom_tests::Failure;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

/// What a process took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Took {
    /// From start to end.
    pub wall: Duration,
    /// User and system time.
    pub cpu: Duration,
    /// Largest resident size in bytes.
    pub peak: u64,
}

/// Runs `command` to its end; its output is swallowed unless it fails.
pub fn run(command: &mut Command) -> Result<Took, Failure> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn()?;
    let used = child.wait4()?;
    let wall = started.elapsed();
    if !used.status.success() {
        return Err(format!("{command:?} ended with {}", used.status).into());
    }
    Ok(Took { wall, cpu: used.rusage.utime + used.rusage.stime, peak: used.rusage.maxrss })
}

/// The run with the median wall time of `n`.
pub fn median(n: usize, mut once: impl FnMut() -> Result<Took, Failure>) -> Result<Took, Failure> {
    let mut runs = Vec::with_capacity(n);
    for _ in 0..n {
        runs.push(once()?);
    }
    runs.sort_by_key(|t| t.wall);
    Ok(runs[n / 2])
}
