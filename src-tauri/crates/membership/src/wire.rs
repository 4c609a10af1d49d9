//! How days and currencies of the domain are written down: as text, so that a person can read what is kept.

/// A business day as `YYYY-MM-DD`.
pub(crate) mod day {
    use backroom_core::BusinessDay;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(day: &BusinessDay, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(day)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BusinessDay, D::Error> {
        BusinessDay::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// A business day that may be missing.
pub(crate) mod some_day {
    use backroom_core::BusinessDay;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(day: &Option<BusinessDay>, to: S) -> Result<S::Ok, S::Error> {
        day.map(|day| day.to_string()).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<BusinessDay>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| BusinessDay::parse(&text).map_err(D::Error::custom)).transpose()
    }
}

/// A currency as its code.
pub(crate) mod currency {
    use backroom_core::Currency;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(currency: &Currency, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(currency.code())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Currency, D::Error> {
        Currency::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}
