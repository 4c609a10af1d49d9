//! Locations, customers, stock and team.

use super::super::wire;
use super::{Context, filled, key, times};
use crate::oddities::Oddities;
use backroom_core::Timestamp;
use backroom_core::sale::{Customer, Location, StockCount, TeamMember};

/// Locations of a page.
pub(crate) fn locations(rows: Vec<wire::Location>, context: Context<'_>, odd: &mut Oddities) -> Vec<Location> {
    let one = |row: wire::Location| {
        let id = key(row.id, odd)?;
        let currency = row.currency.map_or_else(
            || {
                odd.note("a location names no currency; the account's was taken");
                context.currency
            },
            |c| c.0,
        );
        Some(Location {
            name: filled(row.name).unwrap_or_else(|| id.clone()),
            time_zone: filled(row.timezone),
            currency,
            active: row.status.as_deref() != Some("INACTIVE"),
            created_at: row.created_at.map(|t| t.0),
            id,
        })
    };
    rows.into_iter().filter_map(one).collect()
}

/// Customers of a page.
pub(crate) fn customers(rows: Vec<wire::Customer>, odd: &mut Oddities) -> Vec<Customer> {
    let one = |row: wire::Customer| {
        let id = key(row.id, odd)?;
        let (created_at, version) = times(row.created_at, row.updated_at, odd)?;
        Some(Customer {
            given_name: filled(row.given_name),
            family_name: filled(row.family_name),
            email: filled(row.email_address),
            phone: filled(row.phone_number),
            created_at,
            version,
            id,
        })
    };
    rows.into_iter().filter_map(one).collect()
}

/// Stock counts of a page; other states than what stands on the shelf are passed over.
pub(crate) fn inventory(rows: Vec<wire::InventoryCount>, odd: &mut Oddities) -> Vec<StockCount> {
    let one = |row: wire::InventoryCount| {
        if row.state.as_deref().is_some_and(|s| s != "IN_STOCK") {
            return None;
        }
        let variation_id = key(row.catalog_object_id, odd)?;
        let location_id = key(row.location_id, odd)?;
        let Some(quantity) = row.quantity else {
            odd.note("a count without a readable quantity was left out");
            return None;
        };
        if quantity.rounded {
            odd.note("a quantity with more than three decimals was rounded");
        }
        let version = row.calculated_at.map_or_else(
            || {
                odd.note("a count without calculated_at gives way to any other");
                Timestamp::default()
            },
            |t| t.0,
        );
        Some(StockCount { variation_id, location_id, quantity_milli: quantity.milli, version })
    };
    rows.into_iter().filter_map(one).collect()
}

/// Team members of a page: initials, the name stays at Square.
pub(crate) fn team(rows: Vec<wire::TeamMember>, odd: &mut Oddities) -> Vec<TeamMember> {
    let one = |row: wire::TeamMember| {
        let id = key(row.id, odd)?;
        let (_, version) = times(row.created_at, row.updated_at.or(row.created_at), odd)?;
        Some(TeamMember {
            initials: initials(row.given_name.as_deref(), row.family_name.as_deref()),
            active: row.status.as_deref() != Some("INACTIVE"),
            version,
            id,
        })
    };
    rows.into_iter().filter_map(one).collect()
}

fn initials(given: Option<&str>, family: Option<&str>) -> String {
    let letter = |name: Option<&str>| {
        let first = name?.trim().chars().next()?;
        Some(format!("{}.", first.to_uppercase()))
    };
    [letter(given), letter(family)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
