//! The rules of ID checks: what is known of the law with what the owner set, kept as a note of the buffer.

use crate::commands::Nothing;
use crate::counter::age_goods::KeptGoods;
use crate::counter::day;
use crate::dto::{AgeBoard, AgeClass, AgeOwn, AgeSettings, ApiError};
use crate::engine::Engine;
use backroom_age::rules::{Expired, OwnAge, OwnRules, Scanning};
use backroom_age::{Jurisdiction, ProductClass, Rules};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Note of the rules.
const NOTE: &str = "age_rules";
/// The longest prefix or suffix of a scanner.
const LONGEST_MARK: usize = 16;
const MOST_AGES: usize = 200;

/// What is kept of the owner's choice.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    pub(crate) state: Option<Jurisdiction>,
    pub(crate) scanner_prefix: String,
    pub(crate) scanner_suffix: String,
    pub(crate) own: OwnRules,
    /// What is asked for which categories of the sources.
    pub(crate) goods: Vec<KeptGoods>,
}

/// The rules that hold.
pub(crate) struct Held {
    pub(crate) kept: Kept,
    pub(crate) rules: Rules,
}

/// Reads the rules. What cannot be read any more is told: a check must not go on by other rules than the owner's.
pub(crate) fn held_rules(engine: &Engine) -> Result<Held, ApiError> {
    let unreadable = || {
        ApiError::new(
            "AGE_RULES",
            "The rules of this shop's ID checks cannot be read.",
            "An owner sets them anew in the settings of ID checks. Until then check by hand.",
        )
    };
    let kept: Kept = match engine.store().note(NOTE)? {
        Some(text) => serde_json::from_str(&text).map_err(|_| unreadable())?,
        None => Kept::default(),
    };
    let rules = Rules::with(kept.own.clone()).map_err(|_| unreadable())?;
    Ok(Held { kept, rules })
}

pub(crate) fn state(text: &str) -> Result<Jurisdiction, ApiError> {
    Jurisdiction::parse(text.trim()).map_err(|_| ApiError::bad_request("A state is two letters, such as TX."))
}

pub(crate) fn class(text: Option<&str>) -> Result<ProductClass, ApiError> {
    match text {
        None => Ok(ProductClass::Tobacco),
        Some(text) => ProductClass::parse(text).ok_or_else(|| {
            let codes: Vec<&str> = ProductClass::ALL.iter().map(|c| c.code()).collect();
            ApiError::bad_request(format!("There is no such class of goods. Use one of {}.", codes.join(", ")))
        }),
    }
}

/// The date on the shop's wall at a point in time.
pub(crate) fn wall_date(engine: &Engine, at: backroom_core::Timestamp) -> NaiveDate {
    engine.store().rule().wall_clock(at).date()
}

/// What a law says of scanning, as a word of the contract.
pub(crate) const fn scanning_word(scanning: Scanning) -> &'static str {
    match scanning {
        Scanning::Allowed => "allowed",
        Scanning::Required => "required",
        Scanning::Prohibited => "prohibited",
    }
}

pub(crate) fn age_board(engine: &Engine, _: Nothing) -> Result<AgeBoard, ApiError> {
    let Held { kept, rules } = held_rules(engine)?;
    let now = engine.store().clock().now();
    let date = wall_date(engine, now);
    let today = engine.store().rule().day_of(now);
    let counts = engine.store().age_check_counts(today, today)?;
    let of = |wanted: Option<&str>| {
        counts.iter().filter(|c| !c.self_test && wanted.is_none_or(|v| v == c.verdict)).map(|c| c.count).sum()
    };
    let classes = ProductClass::ALL.into_iter().map(|class| {
        let age = rules.minimum_age(class, kept.state, date);
        let scanning = scanning_word(rules.scanning(class, kept.state).value);
        AgeClass {
            code: class.code().to_owned(),
            minimum_age: age.value,
            source: age.source,
            scanning: scanning.to_owned(),
        }
    });
    let fingerprints = rules.fingerprint_days(kept.state);
    let card_under = rules.card_under();
    Ok(AgeBoard {
        state: kept.state.map(|s| s.code().to_owned()),
        states: Jurisdiction::all().map(|s| s.code().to_owned()).collect(),
        classes: classes.collect(),
        card_under: card_under.value,
        card_under_source: card_under.source,
        documents: ["driver_license", "state_id", "passport", "military_id", "other"].map(str::to_owned).to_vec(),
        scanner_prefix: kept.scanner_prefix,
        scanner_suffix: kept.scanner_suffix,
        fingerprints: fingerprints.value.is_some(),
        fingerprints_why: fingerprints.source,
        rules_version: rules.version(),
        checks_today: of(None),
        refused_today: of(Some("red")),
        last_self_test: engine.store().last_self_test()?.map(backroom_core::Timestamp::to_rfc3339),
        second_person: !engine.store().operators()?.is_empty(),
    })
}

pub(crate) fn age_settings(engine: &Engine, _: Nothing) -> Result<AgeSettings, ApiError> {
    let Held { kept, .. } = held_rules(engine)?;
    Ok(told(&kept))
}

fn told(kept: &Kept) -> AgeSettings {
    AgeSettings {
        state: kept.state.map(|s| s.code().to_owned()),
        card_under: kept.own.card_under,
        expired_is_amber: kept.own.expired == Expired::Amber,
        ages: kept
            .own
            .ages
            .iter()
            .map(|row| AgeOwn {
                product_class: row.class.code().to_owned(),
                state: row.state.map(|s| s.code().to_owned()),
                from: row.from.to_string(),
                minimum_age: row.minimum_age,
                note: row.note.clone(),
            })
            .collect(),
        fingerprints: kept.own.fingerprints,
        fingerprint_days: kept.own.fingerprint_days,
        pass_back_minutes: kept.own.pass_back_minutes,
        scanner_prefix: kept.scanner_prefix.clone(),
        scanner_suffix: kept.scanner_suffix.clone(),
    }
}

pub(crate) async fn save_age_settings(engine: &Engine, draft: AgeSettings) -> Result<AgeSettings, ApiError> {
    // Where what was kept cannot be read, setting it anew is the way out.
    let before = held_rules(engine).map(|held| held.kept).unwrap_or_default();
    let mark = |text: &str| {
        let fits = text.len() <= LONGEST_MARK && text.chars().all(|c| c == '\t' || c == '\n' || !c.is_control());
        if fits { Ok(text.to_owned()) } else { Err(ApiError::bad_request("A scanner's prefix or suffix is short.")) }
    };
    if draft.ages.len() > MOST_AGES {
        return Err(ApiError::bad_request("There are too many minimum ages."));
    }
    let ages = draft.ages.iter().map(|row| {
        Ok(OwnAge {
            class: class(Some(&row.product_class))?,
            state: row.state.as_deref().map(state).transpose()?,
            from: day(&row.from)?.date(),
            minimum_age: row.minimum_age,
            note: row.note.trim().chars().take(200).collect(),
        })
    });
    let own = OwnRules {
        revision: before.own.revision.saturating_add(1),
        ages: ages.collect::<Result<_, ApiError>>()?,
        card_under: draft.card_under,
        expired: if draft.expired_is_amber { Expired::Amber } else { Expired::Refused },
        fingerprints: draft.fingerprints,
        fingerprint_days: draft.fingerprint_days,
        pass_back_minutes: draft.pass_back_minutes,
        ..before.own.clone()
    };
    own.check().map_err(|error| ApiError::bad_request(format!("These rules cannot be used: {error}.")))?;
    let kept = Kept {
        state: draft.state.as_deref().map(state).transpose()?,
        scanner_prefix: mark(&draft.scanner_prefix)?,
        scanner_suffix: mark(&draft.scanner_suffix)?,
        own,
        goods: before.goods.clone(),
    };
    let (was, is) = (told(&before), told(&kept));
    keep_rules(engine, &kept).await?;
    // Neither the owner nor the law of another state lets them stay.
    let held = held_rules(engine)?;
    if held.rules.fingerprint_days(kept.state).value.is_none() {
        engine.store().forget_seen_cards().await?;
    }
    engine.log(&engine.at_work(), "age.rules", &difference(&was, &is, kept.own.revision)).await?;
    Ok(is)
}

/// Keeps the rules.
pub(crate) async fn keep_rules(engine: &Engine, kept: &Kept) -> Result<(), ApiError> {
    let text = serde_json::to_string(kept)
        .map_err(|_| ApiError::new("INTERNAL", "The rules could not be kept.", "Try again."))?;
    Ok(engine.store().set_note(NOTE, &text).await?)
}

/// What was changed, for the log.
fn difference(was: &AgeSettings, is: &AgeSettings, revision: u32) -> String {
    let (Ok(serde_json::Value::Object(was)), Ok(serde_json::Value::Object(is))) =
        (serde_json::to_value(was), serde_json::to_value(is))
    else {
        return format!("revision {revision}");
    };
    let changed = is.iter().filter(|(name, value)| was.get(*name) != Some(value));
    let words =
        changed.map(|(name, value)| format!("{name} {} → {value}", was.get(name).unwrap_or(&serde_json::Value::Null)));
    std::iter::once(format!("revision {revision}")).chain(words).collect::<Vec<_>>().join(", ")
}
