//! The stand-in must not be what a benchmark measures. Not run by default: a busy computer says little about speed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use backroom_core::{TestClock, Timestamp};
use backroom_sandbox::square::{Square, StoreSpec};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

const UNTIL: Timestamp = Timestamp::from_seconds(1_795_197_600);

/// Payments read over one connection that stays open.
fn read_all(square: &Square) -> (usize, usize) {
    let mut stream = TcpStream::connect(square.base_url().trim_start_matches("http://")).unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut rows, mut bytes) = (0, 0);
    let mut got = Vec::new();
    let mut block = vec![0u8; 256 * 1024];
    for place in square.location_ids() {
        let mut cursor = String::new();
        loop {
            let request = format!(
                "GET /v2/payments?location_id={place}&begin_time=2020-01-01T00:00:00Z&cursor={cursor} HTTP/1.1\r\nAuthorization: Bearer sandbox-square-token\r\n\r\n"
            );
            stream.write_all(request.as_bytes()).unwrap();
            got.clear();
            let mut whole = usize::MAX;
            while got.len() < whole {
                let n = stream.read(&mut block).unwrap();
                got.extend_from_slice(&block[..n]);
                if whole == usize::MAX
                    && let Some(at) = got.windows(4).position(|w| w == b"\r\n\r\n")
                {
                    let head = String::from_utf8_lossy(&got[..at]).into_owned();
                    let length = head.lines().find_map(|l| l.strip_prefix("Content-Length: ")).unwrap();
                    whole = at + 4 + length.parse::<usize>().unwrap();
                }
            }
            bytes += got.len();
            // Each payment has one version token.
            let text = std::str::from_utf8(&got).unwrap();
            rows += text.matches("\"version_token\"").count();
            match text.rfind("\"cursor\":\"") {
                Some(at) => cursor = text[at + 10..].trim_end_matches("\"}").to_owned(),
                None => break,
            }
        }
    }
    (rows, bytes)
}

#[test]
#[ignore = "a measurement"]
fn serves_three_hundred_thousand_payments_a_second() {
    for (payments, orders) in [(100_184, true), (1_000_000, false)] {
        let begun = Instant::now();
        let spec = StoreSpec { payments, orders, ..StoreSpec::busy(UNTIL) };
        let square = Square::start_with(spec, 0, Arc::new(TestClock::at(UNTIL))).unwrap();
        let made = begun.elapsed();
        let begun = Instant::now();
        let (rows, bytes) = read_all(&square);
        let took = begun.elapsed();
        let rate = rows as f64 / took.as_secs_f64();
        println!("{payments}: made in {made:?}, {rows} rows of {} bytes in {took:?}: {rate:.0} a second", bytes / rows);
        assert_eq!(rows, payments);
        assert!(rate > 300_000.0, "slower than a benchmark needs: {rate:.0} payments a second");
    }
}
