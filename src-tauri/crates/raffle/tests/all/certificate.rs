//! The certificate: what stands in it, and that nothing in it can be changed unseen.

use crate::shop::*;
use backroom_raffle::*;
use proptest::prelude::*;

pub fn failing(file: &[u8]) -> Vec<&'static str> {
    verify(file, &Expected::default()).failures().map(|step| step.check.code()).collect()
}

fn small() -> Certificate {
    let mut shop = Shop::open(Rules { limits: Limits { per_person: Some(2), ..Limits::default() }, ..rules() });
    let out = shop.enter(0, Channel::Free);
    for n in 1..6 {
        shop.enter(n, Channel::Free);
    }
    shop.then(Command::Void { entry: out, reason: VoidReason::Duplicate, note: String::new() });
    shop.close();
    shop.then(Command::Seal(shop.seal_request()));
    shop.then(Command::Draw { secret: secret(), beacon: None });
    shop.certificate(1)
}

#[test]
fn a_true_certificate_holds_in_every_step() {
    for (certificate, why) in
        [(small(), "by the commitment alone"), (drawn_with_beacon(12).certificate(1), "with the beacon")]
    {
        let text = certificate.to_json().unwrap();
        let found = verify(text.as_bytes(), &Expected::default());
        assert!(found.verified(), "{why}: {:?}", found.failures().collect::<Vec<_>>());
        let steps: Vec<Check> = found.steps.iter().map(|step| step.check).collect();
        assert_eq!(steps, Check::ALL, "{why}: every step is shown");
        assert_eq!(
            found.notes.is_empty(),
            certificate.body.beacon.is_some(),
            "without a beacon that is said: {:?}",
            found.notes
        );
        assert_eq!(found.seal_hash, certificate.body.seal.hash().ok());
    }
}

#[test]
fn the_bytes_are_the_ones_of_the_format() {
    let certificate = small();
    insta::assert_snapshot!("list", certificate.body.list);
    insta::assert_snapshot!("seal", canonical(&certificate.body.seal).unwrap());
    insta::assert_snapshot!("certificate", certificate.to_json().unwrap());
    insta::assert_snapshot!("certificate_with_beacon", drawn_with_beacon(3).certificate(1).to_json().unwrap());
}

#[test]
fn a_change_of_any_byte_is_found_and_named() {
    let text = small().to_json().unwrap().into_bytes();
    for at in 0..text.len() {
        for flip in [1u8, 0x20] {
            let mut bent = text.clone();
            bent[at] ^= flip;
            let around = String::from_utf8_lossy(&text[at.saturating_sub(20)..(at + 20).min(text.len())]).into_owned();
            let failing = failing(&bent);
            assert!(!failing.is_empty(), "byte {at} of {}, near {around}", text.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn so_it_is_with_a_beacon(at in any::<prop::sample::Index>(), flip in 1u8..=255) {
        let mut bent = drawn_with_beacon(3).certificate(1).to_json().unwrap().into_bytes();
        let at = at.index(bent.len());
        bent[at] ^= flip;
        prop_assert!(!failing(&bent).is_empty(), "byte {at}");
    }
}

/// A forger with the shop's own key: changes the body and signs it again.
fn forged(edit: impl FnOnce(&mut Body)) -> Vec<&'static str> {
    forged_from(small(), edit)
}

fn forged_from(certificate: Certificate, edit: impl FnOnce(&mut Body)) -> Vec<&'static str> {
    let mut body = certificate.body;
    edit(&mut body);
    failing(Certificate::sign(body, &key()).unwrap().to_json().unwrap().as_bytes())
}

fn relist(body: &mut Body, edit: impl FnOnce(&mut Vec<String>)) {
    let mut lines: Vec<String> = body.list.lines().map(str::to_owned).collect();
    edit(&mut lines);
    body.list = lines.iter().map(|line| format!("{line}\n")).collect();
}

#[test]
fn the_shop_itself_cannot_change_what_it_sealed() {
    type Edit = Box<dyn FnOnce(&mut Body)>;
    let cases: Vec<(Edit, &[&str], &str)> = vec![
        (Box::new(|b| b.rules.title.push('!')), &["rules"], "other rules"),
        (
            Box::new(|b| {
                b.rules.alternates = 1;
                b.seal.rules_hash = b.rules.hash().unwrap();
            }),
            &["rules", "seed"],
            "other rules, and a seal made to fit: the seed no longer does",
        ),
        (Box::new(|b| b.drawn.swap(0, 1)), &["draw"], "other winners"),
        (Box::new(|b| b.drawn[0].entry = b.drawn[3].entry), &["draw"], "a friend"),
        (Box::new(|b| b.drawn.truncate(3)), &["draw"], "no alternates"),
        (Box::new(|b| b.seed.0[0] ^= 1), &["seed", "draw"], "another seed"),
        (Box::new(|b| b.secret.0[0] ^= 1), &["commitment", "seed"], "another secret"),
        (Box::new(|b| relist(b, |l| drop(l.remove(2)))), &["list", "merkle", "draw"], "an entry taken away"),
        (Box::new(|b| relist(b, |l| l.swap(0, 1))), &["list", "merkle", "limits", "draw"], "another order"),
        (Box::new(|b| relist(b, |l| l.push(l[0].clone()))), &["list", "merkle", "limits", "draw"], "an entry twice"),
        (Box::new(|b| b.list.push('x')), &["list", "merkle", "limits", "draw"], "something after the last line"),
        (Box::new(|b| b.list.clear()), &["list", "merkle", "draw"], "nobody"),
        (Box::new(|b| b.seal.merkle_root.0[0] ^= 1), &["merkle", "seed"], "another root"),
        (Box::new(|b| b.seal.entries += 1), &["list", "seed"], "another number of entries"),
        (
            Box::new(|b| {
                let person = b.list.lines().next().unwrap().split(',').nth(4).unwrap().to_owned();
                relist(b, |lines| {
                    for line in lines.iter_mut().take(3) {
                        let old = line.split(',').nth(4).unwrap().to_owned();
                        *line = line.replace(&old, &person);
                    }
                });
            }),
            &["list", "merkle", "limits", "draw"],
            "three entries of one person, where two are allowed",
        ),
        (Box::new(|b| b.seal.commitment.0[0] ^= 1), &["commitment", "seed"], "another commitment"),
        (
            Box::new(|b| b.seal.opening_commitment.0[0] ^= 1),
            &["commitment", "seed"],
            "a commitment that is not the slip's, without a reason",
        ),
        (
            Box::new(|b| b.seal.left_out[0].entry = b.list.lines().next().unwrap()[..19].parse().unwrap()),
            &["seal", "seed"],
            "left out and in the list",
        ),
        (Box::new(|b| b.seal.act = 2), &["seal", "seed"], "a further act without the first"),
        (Box::new(|b| b.seal.act = 0), &["seal", "seed"], "no act at all"),
        (Box::new(|b| b.seal.reason = Some("none".to_owned())), &["seal", "seed"], "a reason in the first act"),
        (Box::new(|b| b.seal.sealed_at = b.rules.closes_at.plus_seconds(-1)), &["seal", "seed"], "sealed while open"),
        (Box::new(|b| b.drawn_at = b.seal.sealed_at.plus_seconds(-1)), &["seal"], "drawn before the seal"),
        (Box::new(|b| b.seal.units.reverse()), &["rules", "seed", "draw"], "another order of prizes"),
        (Box::new(|b| b.seal.one_prize_per_person = false), &["rules", "seed"], "another way of winning"),
        (Box::new(|b| b.beacon = Some(thousandth())), &["beacon", "seed"], "a round chosen afterwards"),
        (Box::new(|b| b.seal.beacon = QUICKNET.plan(1000)), &["beacon", "seed"], "a round and no answer"),
        (Box::new(|b| b.seal.format.push('x')), &["form", "seed"], "a form of its own"),
    ];
    for (edit, steps, why) in cases {
        assert_eq!(forged(edit), steps, "{why}");
    }
    let other_key = CertificateKey::new([1; 32]).unwrap();
    let signed = Certificate::sign(small().body, &other_key).unwrap().to_json().unwrap();
    assert_eq!(failing(signed.as_bytes()), ["signature"], "signed by somebody else");
}

#[test]
fn a_beacon_cannot_be_bent() {
    let beacon = |edit: fn(&mut Body)| forged_from(drawn_with_beacon(4).certificate(1), edit);
    type Case = (fn(&mut Body), &'static [&'static str], &'static str);
    let cases: &[Case] = &[
        (|b| b.beacon.as_mut().unwrap().randomness.0[0] ^= 1, &["beacon", "seed"], "randomness of its own"),
        (|b| b.beacon.as_mut().unwrap().signature.0[9] ^= 1, &["beacon"], "a signature of its own"),
        (|b| b.beacon.as_mut().unwrap().round = 1001, &["beacon"], "another round"),
        (|b| b.beacon = None, &["beacon", "seed"], "no answer"),
        (|b| b.seal.beacon.as_mut().unwrap().chain_hash.0[0] ^= 1, &["beacon", "seed"], "a chain of its own"),
        (|b| b.seal.sealed_at = b.drawn_at, &["beacon", "seed"], "sealed when the round was known"),
        (|b| b.drawn_at = b.drawn_at.plus_seconds(-1), &["beacon"], "drawn before the round"),
    ];
    for (edit, steps, why) in cases {
        assert_eq!(beacon(*edit), *steps, "{why}");
    }
}

#[test]
fn what_was_published_is_held_against_it() {
    let certificate = small();
    let text = certificate.to_json().unwrap();
    let seal = &certificate.body.seal;
    let right = Expected {
        seal_hash: seal.hash().ok(),
        public_key: Some(seal.public_key),
        commitment: Some(secret().commitment()),
    };
    assert!(verify(text.as_bytes(), &right).verified(), "what the reader knows fits");
    let other = Some(Hex([3; 32]));
    let cases = [
        (Expected { seal_hash: other, ..right.clone() }, "seal"),
        (Expected { public_key: other, ..right.clone() }, "signature"),
        (Expected { commitment: other, ..right }, "commitment"),
    ];
    for (expected, step) in cases {
        let found = verify(text.as_bytes(), &expected);
        let failing: Vec<_> = found.failures().map(|s| s.check.code()).collect();
        assert_eq!(failing, [step], "another {step} than the reader knows");
    }
}

#[test]
fn rewritten_files_are_told_apart_from_false_ones() {
    let certificate = small();
    let pretty = serde_json::to_string_pretty(&certificate).unwrap();
    assert_eq!(failing(pretty.as_bytes()), ["form"], "only the spaces differ, and that is what is said");
    let ended = certificate.to_json().unwrap() + "\n";
    assert_eq!(failing(ended.as_bytes()), ["form"], "a line feed at the end");
    let twice = certificate.to_json().unwrap().replacen("{\"body\":", "{\"signature\":\"\",\"body\":", 1);
    assert_eq!(failing(twice.as_bytes()), ["form"], "a member twice");
}

#[test]
fn no_file_brings_it_down() {
    let text = small().to_json().unwrap();
    let cases: Vec<Vec<u8>> = vec![
        vec![],
        vec![0xff, 0xfe],
        b"null".to_vec(),
        b"{}".to_vec(),
        b"[[[[".to_vec(),
        "[".repeat(100_000).into_bytes(),
        text.replace("\"act\":1", "\"act\":4294967295").into_bytes(),
        text.replace("\"count\":2", "\"count\":4294967295").into_bytes(),
        text.replace("\"alternates\":3", "\"alternates\":4294967295").into_bytes(),
        text.replace("\"entries\":5", "\"entries\":18446744073709551615").into_bytes(),
        text.replace("\"entries\":5", "\"entries\":1e400").into_bytes(),
        text.replace("\"zone\":\"America/Chicago\"", "\"zone\":\"\"").into_bytes(),
        text.replace("2026-11-20T15:00:00.000Z", "9999-12-31T23:59:59.999Z").into_bytes(),
    ];
    for file in cases {
        let shown = String::from_utf8_lossy(&file[..file.len().min(60)]).into_owned();
        assert!(!failing(&file).is_empty(), "{shown}");
    }
}

proptest! {
    #[test]
    fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(!verify(&bytes, &Expected::default()).verified());
        prop_assert!(verify_ticket(&bytes, &Expected::default()).is_err());
    }

    #[test]
    fn no_cut_or_doubled_part_brings_it_down(from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), twice: bool) {
        let text = small().to_json().unwrap().into_bytes();
        let (a, b) = (from.index(text.len()), to.index(text.len()));
        let (from, to) = (a.min(b), a.max(b));
        let bent = if twice { [&text[..to], &text[from..]].concat() } else { [&text[..from], &text[to..]].concat() };
        prop_assert_eq!(failing(&bent).is_empty(), bent == text);
    }
}

#[test]
fn a_ticket_is_proved_without_the_others() {
    let shop = Shop::drawn(rules(), 13);
    let list = shop.raffle.list(1).unwrap();
    let seal_hash = shop.raffle.acts()[0].seal.hash().unwrap();
    let known = Expected { seal_hash: Some(seal_hash), ..Expected::default() };
    for held in shop.raffle.entries() {
        let proof = list.ticket(held.entry.id, seal_hash).unwrap();
        assert_eq!(proof.merkle_root, shop.raffle.acts()[0].seal.merkle_root, "the sealed root");
        let file = canonical(&proof).unwrap();
        let words = verify_ticket(file.as_bytes(), &known).unwrap();
        assert!(words.contains(&held.entry.id.to_string()), "{words}");
        let other = Expected { seal_hash: Some(Hex([1; 32])), ..Expected::default() };
        assert!(verify_ticket(file.as_bytes(), &other).is_err(), "of another seal");
        let moved = TicketProof { index: (proof.index + 1) % 13, ..proof.clone() };
        assert!(verify_ticket(canonical(&moved).unwrap().as_bytes(), &known).is_err(), "at another place");
        let line = proof.line.replace("free", "paid").replace("purchase", "free");
        let bent = TicketProof { line, ..proof };
        assert!(verify_ticket(canonical(&bent).unwrap().as_bytes(), &known).is_err(), "another line");
    }
    assert_eq!(list.ticket(EntryId::new(device(1), 1), seal_hash), None, "a ticket of another raffle");
}

#[test]
fn nobody_is_named_in_it() {
    let text = small().to_json().unwrap();
    for n in 0..6 {
        assert!(!text.contains(&format!("member {n}")), "people are keys");
    }
    assert!(!text.contains("receipt"), "receipts stay in the shop");
}
