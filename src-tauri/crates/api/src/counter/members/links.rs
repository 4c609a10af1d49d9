//! Customers of the points of sale who are a member, and those who may be: with the same phone number or e-mail address.

use super::Record;
use super::person::Person;
use crate::dto::{ApiError, MemberCustomer, MemberRef};
use crate::engine::Engine;
use backroom_membership::find::phone_key;
use backroom_store::counter::members::KnownCustomer;

/// The ways in which points of sale write the number of a phone.
fn written(phone: &str) -> Vec<String> {
    let mut ways = vec![phone.trim().to_owned()];
    if let Ok(key) = phone_key(phone) {
        if let (10, Some(area), Some(office), Some(line)) = (key.len(), key.get(..3), key.get(3..6), key.get(6..)) {
            ways.extend([
                format!("+1{key}"),
                format!("1{key}"),
                format!("{area}-{office}-{line}"),
                format!("({area}) {office}-{line}"),
                format!("+1 {area}-{office}-{line}"),
                format!("1-{area}-{office}-{line}"),
            ]);
        }
        ways.push(key);
    }
    ways.dedup();
    ways
}

fn told(known: KnownCustomer, linked: bool) -> MemberCustomer {
    MemberCustomer {
        source: known.source,
        kind: known.kind,
        customer: known.id,
        name: known.name,
        last_bought: known.last_bought.map(|day| day.to_string()),
        linked,
    }
}

/// The linked ones first, then those that may be the same person.
pub(crate) fn member_customers(engine: &Engine, asked: MemberRef) -> Result<Vec<MemberCustomer>, ApiError> {
    let record = Record::read(engine, &asked.id)?;
    let Person { phone, email, links, .. } = &record.person;
    let mut all = Vec::with_capacity(links.len());
    for link in links {
        let (source, customer) = link.split_once('/').unwrap_or((link, ""));
        let known = engine.store().customer_of(source, customer)?;
        all.push(known.map_or_else(
            || MemberCustomer {
                source: source.to_owned(),
                kind: String::new(),
                customer: customer.to_owned(),
                name: String::new(),
                last_bought: None,
                linked: true,
            },
            |known| told(known, true),
        ));
    }
    let phones = phone.as_deref().map(written).unwrap_or_default();
    let emails: Vec<String> = email.iter().cloned().collect();
    for known in engine.store().customers_like(&phones, &emails)? {
        if !all.iter().any(|one| (&one.source, &one.customer) == (&known.source, &known.id)) {
            all.push(told(known, false));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn a_number_is_looked_for_however_it_was_written() {
        for typed in ["(555) 010-0142", "+15550100142", "555.010.0142"] {
            let ways = written(typed);
            for way in ["+15550100142", "5550100142", "555-010-0142", "(555) 010-0142"] {
                assert!(ways.iter().any(|one| one == way), "{typed} is written {way} too: {ways:?}");
            }
        }
        assert_eq!(written("12"), ["12"], "what is no number is looked for as it is");
    }
}
