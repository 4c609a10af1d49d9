//! The certificate as people read it on paper: words and hashes, one page as a rule. Whoever wants to check takes the file.

use crate::certificate::Certificate;
use crate::draw::{Drawn, Outcome};
use backroom_core::Timestamp;

/// One line of the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaperLine {
    /// What the paper is.
    Title(String),
    /// What the next lines are about.
    Heading(String),
    /// A sentence.
    Text(String),
    /// A name and a value that is compared digit by digit.
    Mark {
        /// What it is.
        name: String,
        /// Its digits.
        value: String,
    },
}

/// What a certificate says on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The lines, from the top.
    pub lines: Vec<PaperLine>,
}

impl Paper {
    /// The paper of `certificate`.
    pub fn of(certificate: &Certificate) -> Self {
        let body = &certificate.body;
        let (rules, seal) = (&body.rules, &body.seal);
        let wall = |at: Timestamp| match rules.day_rule() {
            Some(rule) => format!("{} {}", rule.wall_clock(at).format("%Y-%m-%d %H:%M:%S"), rule.zone_name()),
            None => at.to_rfc3339(),
        };
        let mut lines = vec![
            PaperLine::Title(format!("Certificate of the draw: {}", rules.title)),
            PaperLine::Text(format!("Held by {}, {}.", rules.sponsor.name, rules.sponsor.address)),
            PaperLine::Text(format!(
                "Entries from {} until {}. Drawn from: {}. Left out, each with its reason in the file: {}.",
                wall(rules.opens_at),
                wall(rules.closes_at),
                seal.entries,
                seal.left_out.len()
            )),
            PaperLine::Text(rules.odds.clone()),
        ];
        if let Some(reason) = &seal.reason {
            lines.push(PaperLine::Text(format!("This is act {} of this raffle. Reason: {reason}", seal.act)));
            lines.extend(
                seal.earlier.iter().map(|earlier| mark(&format!("Seal of act {}", earlier.act), &earlier.seal_hash)),
            );
        }
        lines.push(PaperLine::Heading("Winners".to_owned()));
        lines.extend(body.drawn.iter().filter(|d| d.outcome == Outcome::Winner).map(|d| winner(certificate, d)));
        let nobody = seal.units.iter().filter(|unit| !body.drawn.iter().any(|d| d.unit.as_ref() == Some(unit)));
        lines.extend(nobody.map(|unit| PaperLine::Text(format!("Prize {unit}: no entry was left."))));
        let alternates = body.drawn.iter().filter_map(|d| d.place.map(|place| (place, d.entry)));
        let alternates: Vec<_> =
            alternates.map(|(place, entry)| PaperLine::Text(format!("{place}. Ticket {entry}"))).collect();
        if !alternates.is_empty() {
            lines.push(PaperLine::Heading("Alternates, in their order".to_owned()));
            lines.extend(alternates);
        }
        lines.push(PaperLine::Heading("How it was drawn".to_owned()));
        lines.push(PaperLine::Text(format!("Sealed {}, drawn {}.", wall(seal.sealed_at), wall(body.drawn_at))));
        lines.push(PaperLine::Text(match &seal.beacon {
            Some(plan) => format!(
                "The seal named round {} of the public beacon drand quicknet, which was made {}, after the list was sealed.",
                plan.round,
                wall(plan.round_at)
            ),
            None => "Drawn without a public beacon. The shop committed to a secret beforehand and revealed it with the draw; \
                 whoever knew that secret could have worked out the winners as soon as the list was complete."
                .to_owned(),
        }));
        lines.push(PaperLine::Text(
            "To check it, open verifier.html in any browser and give it the certificate's file. No network is needed."
                .to_owned(),
        ));
        if let Ok(hash) = seal.hash() {
            lines.push(mark("Seal", &hash));
        }
        lines.extend([
            mark("Rules", &seal.rules_hash),
            mark("List", &seal.list_hash),
            mark("Root of the tree", &seal.merkle_root),
            mark("Commitment", &seal.commitment),
            mark("Secret", &body.secret),
            mark("Seed", &body.seed),
        ]);
        if let Some(round) = &body.beacon {
            lines.push(mark("Beacon", &round.randomness));
        }
        lines.push(mark("Key", &seal.public_key));
        lines.push(mark("Signature", &certificate.signature));
        Self { lines }
    }
}

fn mark(name: &str, value: &impl ToString) -> PaperLine {
    PaperLine::Mark { name: name.to_owned(), value: value.to_string() }
}

fn winner(certificate: &Certificate, drawn: &Drawn) -> PaperLine {
    let prize = drawn.unit.as_ref().and_then(|unit| certificate.body.rules.prize(unit));
    let what = prize.map_or_else(String::new, |prize| format!(" {}, worth {}", prize.name, prize.value));
    let unit = drawn.unit.as_ref().map(ToString::to_string).unwrap_or_default();
    PaperLine::Text(format!("Ticket {} wins {unit}:{what}", drawn.entry))
}
