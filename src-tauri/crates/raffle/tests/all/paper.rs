//! What people hold in their hands: the slip, and the certificate on paper.

use crate::shop::*;
use backroom_raffle::*;

#[test]
fn the_slip_is_the_same_for_each_way_in() {
    let mut shop = Shop::open(paid_rules());
    let ids = [Channel::Free, Channel::Purchase, Channel::Paid].map(|channel| shop.enter(1, channel));
    let slip = |id: EntryId| Slip::of(&shop.raffle, id).unwrap();
    insta::assert_snapshot!("slip", slip(ids[0]).lines().join("\n"));
    let rest = |id: EntryId| {
        let lines = slip(id).lines();
        lines.into_iter().filter(|line| !line.starts_with("Ticket ") && !line.starts_with("Made ")).collect::<Vec<_>>()
    };
    assert_eq!(rest(ids[0]), rest(ids[1]), "a purchase is not seen on it");
    assert_eq!(rest(ids[0]), rest(ids[2]), "nor a payment");
    assert_eq!(Slip::of(&shop.raffle, EntryId::new(device(1), 1)), None, "no slip without a ticket");
}

#[test]
fn the_paper_says_who_won_and_how_it_was_drawn() {
    let paper = Paper::of(&drawn_with_beacon(6).certificate(1));
    let text: Vec<String> = paper
        .lines
        .iter()
        .map(|line| match line {
            PaperLine::Title(text) => format!("# {text}"),
            PaperLine::Heading(text) => format!("## {text}"),
            PaperLine::Text(text) => text.clone(),
            PaperLine::Mark { name, value } => format!("{name}: {value}"),
        })
        .collect();
    insta::assert_snapshot!("paper", text.join("\n"));
}

#[test]
fn the_pdf_has_all_of_it() {
    let certificate = Shop::drawn(Rules { alternates: 60, ..rules() }, 80).certificate(1);
    let file = pdf(&Paper::of(&certificate), "Winter raffle");
    assert!(file.starts_with(b"%PDF-1."), "a PDF");
    assert!(file.ends_with(b"%%EOF"), "to its end");
    let text = String::from_utf8_lossy(&file);
    assert_eq!(text.matches("/MediaBox").count(), 3, "what does not fit goes to further pages");
    for drawn in certificate.body.drawn.iter().filter(|d| d.outcome != Outcome::PassedOver) {
        assert!(text.contains(&drawn.entry.to_string()), "every winner and alternate");
    }
    assert!(text.contains("cannot show"), "the snowflake of the title is in no such font, and that is said");
    let half = certificate.signature.to_string();
    assert!(text.contains(&half[..100]), "the signature, wrapped where the page ends");
}
