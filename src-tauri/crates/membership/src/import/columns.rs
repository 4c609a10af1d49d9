//! Which column is what: guessed from its name, and where that says nothing from what is in it.

use crate::find;
use backroom_core::BusinessDay;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Rows that are looked at to guess what a column is.
const LOOKED_AT: usize = 200;

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The id in the other system.
    ExternalId,
    /// The whole name.
    Name,
    /// The first name.
    FirstName,
    /// The last name.
    LastName,
    /// The phone number.
    Phone,
    /// The e-mail address.
    Email,
    /// The member card.
    Card,
    /// The tier.
    Tier,
    /// When the member joined.
    JoinedOn,
    /// The last day that is paid for.
    PaidThrough,
    /// The first day that is not paid for.
    RenewsOn,
    /// Points.
    Points,
    /// Consent to marketing, yes or no.
    Consent,
    /// When it was given.
    ConsentOn,
    /// Where it was given.
    ConsentSource,
}

/// Names of columns as they are found, folded and without what is neither letter nor digit; the first that fits counts.
const NAMES: &[(Field, &[&str])] = &[
    (Field::ExternalId, &["referenceid", "customerid", "memberid", "squarecustomerid", "externalid", "id"]),
    (Field::FirstName, &["firstname", "givenname", "first"]),
    (Field::LastName, &["lastname", "surname", "familyname", "last"]),
    (Field::Name, &["name", "fullname", "customername", "membername", "customer", "member"]),
    (Field::Phone, &["phone", "phonenumber", "mobile", "mobilephone", "cell", "cellphone", "telephone", "tel"]),
    (Field::Email, &["email", "emailaddress", "mail"]),
    (
        Field::Card,
        &["card", "cardnumber", "membercard", "membershipnumber", "membernumber", "loyaltycard", "cardid", "barcode"],
    ),
    (
        Field::Tier,
        &["tier", "membership", "membershiptype", "membershiplevel", "level", "plan", "planname", "membershiptier"],
    ),
    (
        Field::JoinedOn,
        &[
            "joined",
            "joinedon",
            "joindate",
            "datejoined",
            "membersince",
            "startdate",
            "created",
            "createdat",
            "creationdate",
            "firstvisit",
        ],
    ),
    (
        Field::RenewsOn,
        &["renewson", "renewaldate", "renewal", "nextbillingdate", "nextbilling", "nextpayment", "nextpaymentdate"],
    ),
    (
        Field::PaidThrough,
        &[
            "paidthrough",
            "paiduntil",
            "expires",
            "expireson",
            "expiry",
            "expirydate",
            "expirationdate",
            "expiration",
            "validuntil",
            "enddate",
        ],
    ),
    (Field::Points, &["points", "pointsbalance", "pointbalance", "loyaltypoints", "rewardpoints", "balance"]),
    (Field::ConsentOn, &["consentdate", "consentedon", "optindate", "optedinat", "subscribedon"]),
    (Field::ConsentSource, &["consentsource", "optinsource", "consentmethod", "optinmethod"]),
    (
        Field::Consent,
        &[
            "consent",
            "marketingconsent",
            "marketing",
            "acceptsmarketing",
            "emailsubscriptionstatus",
            "optin",
            "smsoptin",
            "newsletter",
            "emailoptin",
        ],
    ),
];

/// Which column is what. A column that is nothing known is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping(pub Vec<Option<Field>>);

impl Mapping {
    /// Guesses from the names of the columns, then from what is in them. No two columns are the same.
    pub fn guess<'r>(header: &[String], rows: impl Iterator<Item = &'r [String]> + Clone) -> Self {
        let mut mapping = Self(vec![None; header.len()]);
        for (field, names) in NAMES {
            let folded: Vec<String> = header.iter().map(|name| plain(name)).collect();
            let column = names
                .iter()
                .find_map(|name| (0..header.len()).find(|at| mapping.0[*at].is_none() && folded[*at] == *name));
            if let Some(column) = column {
                mapping.0[column] = Some(*field);
            }
        }
        for (field, fits) in [(Field::Email, is_email as fn(&str) -> bool), (Field::Phone, is_phone)] {
            if mapping.column(field).is_none() {
                let open = |at: &usize| mapping.0[*at].is_none();
                let found = (0..header.len()).filter(open).find(|at| most(rows.clone(), *at, fits));
                if let Some(column) = found {
                    mapping.0[column] = Some(field);
                }
            }
        }
        mapping
    }

    /// The column of `field`.
    pub fn column(&self, field: Field) -> Option<usize> {
        self.0.iter().position(|of| *of == Some(field))
    }

    /// The value of `field` in a row, where there is one.
    pub(super) fn value<'r>(&self, field: Field, row: &'r [String]) -> Option<&'r str> {
        let value = row.get(self.column(field)?)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// How the dates of the file are written: a first number above 12 is a day, and so is a second one above 12. Where both or
    /// neither occur the month comes first, as in the country of the shop.
    pub(super) fn date_order<'r>(&self, rows: impl Iterator<Item = &'r [String]>) -> Option<DateOrder> {
        let fields = [Field::JoinedOn, Field::PaidThrough, Field::RenewsOn, Field::ConsentOn];
        let columns: Vec<usize> = fields.into_iter().filter_map(|field| self.column(field)).collect();
        let (mut any, mut day_first, mut month_first) = (false, false, false);
        for row in rows {
            for value in columns.iter().filter_map(|at| row.get(*at)) {
                if let Some([first, second, _]) = numbers(value).filter(|[first, ..]| *first < 100) {
                    any = true;
                    day_first |= first > 12 && second <= 12;
                    month_first |= second > 12 && first <= 12;
                }
            }
        }
        any.then_some(if day_first && !month_first { DateOrder::DayFirst } else { DateOrder::MonthFirst })
    }
}

/// The name of a column, folded, of letters and digits alone; `#` is read as it is said.
fn plain(name: &str) -> String {
    find::fold(&name.replace('#', "number")).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn most<'r>(rows: impl Iterator<Item = &'r [String]>, at: usize, fits: fn(&str) -> bool) -> bool {
    let (mut filled, mut fitting) = (0, 0);
    for value in rows.take(LOOKED_AT).filter_map(|row| row.get(at)).filter(|value| !value.trim().is_empty()) {
        filled += 1;
        fitting += usize::from(fits(value));
    }
    filled > 0 && fitting * 10 >= filled * 9
}

/// Which number of a date such as 03/04/2026 is the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// The first: 4 March.
    MonthFirst,
    /// The second: 3 April.
    DayFirst,
}

/// A date as files write it; a time after it does not matter.
pub(super) fn day(text: &str, order: DateOrder) -> Option<BusinessDay> {
    let [first, second, third] = numbers(text)?;
    let (year, month, day) = match order {
        _ if first >= 1_000 => (first, second, third),
        DateOrder::MonthFirst => (third, first, second),
        DateOrder::DayFirst => (third, second, first),
    };
    let year = if year < 100 { year + 2_000 } else { year };
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    (1900..2100).contains(&year).then_some(BusinessDay::from_date(date))
}

/// The three numbers of a date.
fn numbers(text: &str) -> Option<[u32; 3]> {
    let date = text.trim().split([' ', 'T']).next()?;
    let mut parts = date.split(['-', '/', '.']).map(|part| {
        let short = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        short.then(|| part.parse().ok()).flatten()
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// Whether a text has the form of an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    let text = text.trim();
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '"' | '(' | ')');
    match text.rsplit_once('@') {
        Some((name, host)) => {
            let labels = host.contains('.') && host.split('.').all(|label| !label.is_empty());
            !name.is_empty() && !name.contains('@') && labels && !text.contains(odd)
        }
        None => false,
    }
}

fn is_phone(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '+'));
    plain && find::phone_key(text).is_ok_and(|key| key.len() >= 10)
}

/// Whether a word means yes.
pub(super) fn is_yes(text: &str) -> bool {
    matches!(find::fold(text.trim()).as_str(), "yes" | "y" | "true" | "1" | "subscribed" | "opted in" | "si" | "x")
}
