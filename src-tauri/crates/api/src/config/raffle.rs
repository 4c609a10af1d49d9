//! `[raffle]`: where the public randomness of a draw is asked for.

use super::{ConfigError, check_url};
use serde::{Deserialize, Serialize};

/// Servers of the network drand quicknet, as its people name them. It does not matter which of them answers: what counts is the
/// network's signature.
const SERVERS: [&str; 4] =
    ["https://api.drand.sh", "https://api2.drand.sh", "https://api3.drand.sh", "https://drand.cloudflare.com"];
/// The most servers that are asked.
const MOST: usize = 8;

/// `[raffle]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RaffleSection {
    /// Addresses of the beacon's servers; with none in the list nobody is asked. Absent from the file: the network's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beacon: Option<Vec<String>>,
}

impl RaffleSection {
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let own = self.beacon.as_deref().unwrap_or_default();
        if own.len() > MOST {
            return Err(ConfigError::value("[raffle] beacon", format!("names {MOST} servers at most")));
        }
        own.iter().try_for_each(|address| check_url("[raffle] beacon", address))
    }

    /// The servers to ask.
    pub fn servers(&self) -> Vec<String> {
        match &self.beacon {
            Some(own) => own.clone(),
            None => SERVERS.map(str::to_owned).to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RaffleSection;

    #[test]
    fn only_servers_that_can_be_asked_safely_are_named() {
        let table = [
            (vec![], true, "nobody is asked"),
            (vec!["https://drand.example.com"], true, "another server of the network"),
            (vec!["http://127.0.0.1:4000"], true, "one on this computer"),
            (vec!["http://drand.example.com"], false, "without encryption"),
            (vec!["drand"], false, "no address"),
            (vec!["https://drand.example.com"; 9], false, "too many"),
        ];
        for (addresses, good, why) in table {
            let own = addresses.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>();
            let section = RaffleSection { beacon: Some(own.clone()) };
            assert_eq!(section.check().is_ok(), good, "{why}");
            assert_eq!(section.servers(), own, "{why}: no other is asked");
        }
        assert!(RaffleSection::default().servers().iter().all(|a| a.starts_with("https://")), "the network's own");
    }
}
