//! Who enters: a phone number or a card becomes a hash under a key of this shop, and nothing else is kept of it.

use crate::dto::ApiError;
use crate::engine::Engine;
use backroom_membership::find::{KeyError, card_key, phone_key};
use backroom_raffle::{CertificateKey, HouseholdKey, PersonKey, PersonSecret, RaffleId, Refusal};
use zeroize::Zeroizing;

const PERSON_KEY: &str = "raffle/person";
const CERTIFICATE_KEY: &str = "raffle/certificate";
/// The longest address, in bytes.
const LONGEST_ADDRESS: usize = 200;

/// The key under which people are hashed.
pub(super) async fn secret(engine: &Engine) -> Result<PersonSecret, ApiError> {
    Ok(PersonSecret::new(engine.own_key(PERSON_KEY, true).await?))
}

/// The key that certificates are signed with.
pub(super) async fn certificate_key(engine: &Engine) -> Result<CertificateKey, ApiError> {
    let seed = engine.own_key(CERTIFICATE_KEY, true).await?;
    Ok(CertificateKey::new(seed).map_err(|_| Refusal::Damaged)?)
}

/// The person of a phone number or a card, however it was typed.
pub(super) fn person(
    people: &PersonSecret,
    raffle: &RaffleId,
    phone: Option<&Zeroizing<String>>,
    card: Option<&Zeroizing<String>>,
) -> Result<PersonKey, ApiError> {
    let refused = |error: KeyError| ApiError::bad_request(format!("This names nobody: {error}."));
    let identity = match (phone, card) {
        (Some(phone), None) => format!("phone {}", *Zeroizing::new(phone_key(phone).map_err(refused)?)),
        (None, Some(card)) => format!("card {}", *Zeroizing::new(card_key(card).map_err(refused)?)),
        _ => {
            return Err(ApiError::bad_request(
                "Name the person by a phone number or by a member's card, by one of them.",
            ));
        }
    };
    Ok(people.person(raffle, &Zeroizing::new(identity)))
}

/// The household of an address: its letters and digits alone, so that commas and spaces make no other.
pub(super) fn household(
    people: &PersonSecret,
    raffle: &RaffleId,
    address: Option<&Zeroizing<String>>,
) -> Result<Option<HouseholdKey>, ApiError> {
    let Some(address) = address.filter(|address| !address.trim().is_empty()) else { return Ok(None) };
    if address.len() > LONGEST_ADDRESS {
        return Err(ApiError::bad_request("An address has 200 letters or fewer."));
    }
    let letters = address.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    let plain: Zeroizing<String> = Zeroizing::new(letters.collect());
    if plain.is_empty() {
        return Err(ApiError::bad_request("An address has letters and digits."));
    }
    Ok(Some(people.household(raffle, &plain)))
}
