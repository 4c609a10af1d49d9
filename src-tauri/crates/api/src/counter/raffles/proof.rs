//! What is handed out after a draw: the certificate, the page that checks it, and the list of entries without people.

use super::super::words::word_of;
use super::{known, view, who};
use crate::commands::Nothing;
use crate::dto::{ApiError, RaffleActName, RaffleCertificate, RaffleName};
use crate::engine::Engine;
use backroom_raffle::{Certificate, NoCertificate, Paper, Refusal, VERIFIER_HTML, pdf};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The signed record of a draw, as a file and on paper.
pub(crate) async fn raffle_certificate(engine: &Engine, asked: RaffleActName) -> Result<RaffleCertificate, ApiError> {
    let raffle = known(engine, &asked.id)?;
    let key = who::certificate_key(engine).await?;
    let drawn = || raffle.acts().iter().rev().find(|act| act.drawing.is_some()).map(|act| act.seal.act);
    let act = asked.act.or_else(drawn).ok_or(Refusal::NotDrawn)?;
    let certificate = Certificate::of(&raffle, act, &key).map_err(|error| match error {
        NoCertificate::NotDrawn => Refusal::NotDrawn.into(),
        NoCertificate::OtherKey => ApiError::new(
            "RAFFLE_OTHER_KEY",
            "The list was sealed with another signing key than this PC has.",
            "Make the certificate on the PC that sealed the list.",
        ),
        NoCertificate::Unwritable => ApiError::from(Refusal::Damaged),
    })?;
    let seal = &certificate.body.seal;
    Ok(RaffleCertificate {
        act,
        seal_hash: seal.hash().map_err(|_| Refusal::Damaged)?.to_string(),
        public_key: seal.public_key.to_string(),
        json: certificate.to_json().map_err(|_| Refusal::Damaged)?,
        pdf: BASE64_STANDARD.encode(pdf(&Paper::of(&certificate), &raffle.rules().title)),
    })
}

/// The page that checks a certificate in any browser, without a network.
// Every command may fail; this one cannot.
#[allow(clippy::unnecessary_wraps)]
pub(crate) fn raffle_verifier(_: &Engine, _: Nothing) -> Result<String, ApiError> {
    Ok(VERIFIER_HTML.to_owned())
}

/// Every entry and what it won, without anybody's hash or receipt.
pub(crate) fn raffle_entries_csv(engine: &Engine, asked: RaffleName) -> Result<String, ApiError> {
    let raffle = known(engine, &asked.id)?;
    let mut text = String::from("ticket,made_at,day,channel,void,prize,state\r\n");
    for held in raffle.entries() {
        let entry = &held.entry;
        let award = raffle.awards().iter().find(|(_, award)| award.entry == Some(entry.id));
        let void = held.void.as_ref().map(word_of).unwrap_or_default();
        // None of these holds a comma, a quote or what a table takes for a formula.
        text.push_str(&format!(
            "{},{},{},{},{void},{},{}\r\n",
            entry.id,
            entry.at,
            entry.day,
            entry.channel,
            award.map(|(unit, _)| unit.to_string()).unwrap_or_default(),
            award.map(|(_, award)| view::award_state(award.state).0).unwrap_or_default(),
        ));
    }
    Ok(text)
}
