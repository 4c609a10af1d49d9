//! L, the yardstick: the least that a durable sync can do. One thread fetches and parses, another upserts, keeps a daily rollup
//! by trigger and commits every 50 pages with an 8 MB cache and `synchronous=FULL`. No raw replies, no outbox, no receipts.

use backroom_tests::Failure;
use rusqlite::{Connection, params};
use serde::Deserialize;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::mpsc;

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    payments: Vec<Payment>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Money {
    amount: i64,
    currency: String,
}

#[derive(Deserialize)]
struct CardDetails {
    card: Option<Card>,
}

#[derive(Deserialize)]
struct Card {
    card_brand: Option<String>,
}

#[derive(Deserialize)]
struct Payment {
    id: String,
    status: String,
    amount_money: Money,
    location_id: String,
    customer_id: Option<String>,
    order_id: Option<String>,
    source_type: Option<String>,
    card_details: Option<CardDetails>,
    receipt_url: Option<String>,
    created_at: String,
    updated_at: String,
}

/// Fetches every payment of `locations` into a fresh file.
pub fn run(address: &str, token: &str, locations: &[String], file: &Path) -> Result<u64, Failure> {
    let (send, pages) = mpsc::sync_channel::<Body>(8);
    let fetcher = {
        let (address, token, locations) = (address.to_owned(), token.to_owned(), locations.to_vec());
        std::thread::spawn(move || fetch(&address, &token, &locations, &send))
    };
    let c = Connection::open(file)?;
    c.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8192;
         CREATE TABLE payment (pk INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, status TEXT, amount INTEGER, currency TEXT,
           location_id TEXT, customer_id TEXT, order_id TEXT, source_type TEXT, card_brand TEXT, receipt_url TEXT,
           created_at TEXT, updated_at TEXT);
         CREATE TABLE day (location_id TEXT, day TEXT, amount INTEGER, n INTEGER, PRIMARY KEY (location_id, day)) WITHOUT ROWID;
         CREATE TRIGGER rollup AFTER INSERT ON payment WHEN new.status = 'COMPLETED' BEGIN
           INSERT INTO day VALUES (new.location_id, substr(new.created_at, 1, 10), new.amount, 1)
             ON CONFLICT DO UPDATE SET amount = amount + excluded.amount, n = n + 1; END;",
    )?;
    let (mut rows, mut count) = (0, 0);
    c.execute_batch("BEGIN")?;
    for body in pages {
        let mut upsert = c.prepare_cached(
            "INSERT INTO payment (id, status, amount, currency, location_id, customer_id, order_id, source_type, card_brand,
               receipt_url, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (id) DO UPDATE SET status = excluded.status, amount = excluded.amount, updated_at = excluded.updated_at
             WHERE excluded.updated_at > updated_at",
        )?;
        for p in &body.payments {
            let brand = p.card_details.as_ref().and_then(|d| d.card.as_ref()).and_then(|c| c.card_brand.as_deref());
            upsert.execute(params![
                p.id,
                p.status,
                p.amount_money.amount,
                p.amount_money.currency,
                p.location_id,
                p.customer_id,
                p.order_id,
                p.source_type,
                brand,
                p.receipt_url,
                p.created_at,
                p.updated_at
            ])?;
            rows += 1;
        }
        count += 1;
        if count % 50 == 0 {
            c.execute_batch("COMMIT; BEGIN")?;
        }
    }
    c.execute_batch("COMMIT")?;
    fetcher.join().map_err(|_| "the fetcher ended badly")??;
    Ok(rows)
}

fn fetch(address: &str, token: &str, locations: &[String], send: &mpsc::SyncSender<Body>) -> Result<(), Failure> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(256 << 10, stream.try_clone()?);
    let mut writer = stream;
    for location in locations {
        let mut cursor: Option<String> = None;
        loop {
            let next = cursor.as_ref().map(|c| format!("&cursor={c}")).unwrap_or_default();
            write!(
                writer,
                "GET /v2/payments?location_id={location}&begin_time=2000-01-01T00:00:00Z&limit=100&sort_field=CREATED_AT&sort_order=DESC{next} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nSquare-Version: 2026-09-16\r\n\r\n"
            )?;
            let (_, reply) = read_reply(&mut reader)?;
            let body: Body = serde_json::from_slice(&reply)?;
            cursor = body.cursor.clone().filter(|c| !c.is_empty());
            send.send(body)?;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// One reply: its first line and its body.
pub fn read_reply(reader: &mut BufReader<TcpStream>) -> Result<(String, Vec<u8>), Failure> {
    let mut length = 0;
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        if let Some((name, value)) = text.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((first, body))
}
