//! Shops, customers and employees.

use super::super::wire::Object;
use super::{Context, key};
use crate::oddities::Oddities;
use backroom_core::DayRule;
use backroom_core::sale::{Customer, Location, TeamMember};

/// Shops of a page.
pub(crate) fn shops(rows: &[Object<'_>], context: &Context, odd: &mut Oddities) -> Vec<Location> {
    let one = |row: &Object<'_>| {
        let id = key(*row, "shopID", odd)?;
        let time_zone = row.text(&["timeZone"]).filter(|zone| {
            let known = DayRule::new(zone, "00:00").is_ok();
            if !known {
                odd.note("a shop's time zone is not one we know; the shop's own setting is taken");
            }
            known
        });
        Some(Location {
            name: row.text(&["name"]).unwrap_or_else(|| format!("Shop {id}")),
            time_zone,
            currency: context.currency,
            active: !row.flag("archived"),
            created_at: row.time(&["createTime"], odd),
            id,
        })
    };
    rows.iter().filter_map(one).collect()
}

/// Customers of a page. Those who were archived keep their id and lose their personal data here.
pub(crate) fn customers(rows: &[Object<'_>], odd: &mut Oddities) -> Vec<Customer> {
    let one = |row: &Object<'_>| {
        let id = key(*row, "customerID", odd)?;
        let Some(version) = row.time(&["timeStamp"], odd).or_else(|| row.time(&["createTime"], odd)) else {
            odd.note("a customer without any time was left out");
            return None;
        };
        let gone = row.flag("archived");
        let contact = row.child("Contact").filter(|_| !gone);
        let first = |outer: &str, inner: &str, field: &str| {
            contact?.children(outer, inner).into_iter().find_map(|one| one.text(&[field]))
        };
        let name = |field: &str| row.text(&[field]).filter(|_| !gone);
        Some(Customer {
            given_name: name("firstName"),
            family_name: name("lastName"),
            email: first("Emails", "ContactEmail", "address"),
            phone: first("Phones", "ContactPhone", "number"),
            created_at: row.time(&["createTime"], odd).unwrap_or(version),
            version,
            id,
        })
    };
    rows.iter().filter_map(one).collect()
}

/// Employees of a page: initials, the name stays at Lightspeed.
pub(crate) fn employees(rows: &[Object<'_>], odd: &mut Oddities) -> Vec<TeamMember> {
    let one = |row: &Object<'_>| {
        let id = key(*row, "employeeID", odd)?;
        let letter = |field: &str| {
            let name = row.text(&[field])?;
            Some(format!("{}.", name.chars().next()?.to_uppercase()))
        };
        Some(TeamMember {
            initials: ["firstName", "lastName"].into_iter().filter_map(letter).collect::<Vec<_>>().join(" "),
            active: !row.flag("lockOut") && !row.flag("archived"),
            version: row.time(&["timeStamp"], odd).unwrap_or_default(),
            id,
        })
    };
    rows.iter().filter_map(one).collect()
}
