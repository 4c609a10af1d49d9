//! One record among others that cannot be: it alone is left out, whichever of its fields is wrong.

use super::*;
use crate::money::Currency;
use crate::sale::{Customer, Location, OrderLine, OrderState, PaymentStatus, Product, StockCount, TeamMember};

const NOW: &str = "2026-11-20T18:00:00Z";
const TOO_MUCH: i64 = 100_000_000_001;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn never() -> Timestamp {
    at("2100-01-01T00:00:00Z")
}

fn payment() -> Payment {
    Payment {
        id: "p".into(),
        location_id: "L".into(),
        order_id: None,
        customer_id: None,
        status: PaymentStatus::Completed,
        amount: 7,
        tip: 0,
        total: 7,
        refunded: 0,
        fee: 0,
        currency: Currency::USD,
        source_type: "CARD".into(),
        card_brand: None,
        receipt_url: None,
        team_member_id: None,
        created_at: at(NOW),
        taken_at: at(NOW),
        version: at(NOW),
    }
}

fn refund() -> Refund {
    Refund {
        id: "r".into(),
        location_id: "L".into(),
        payment_id: None,
        order_id: None,
        status: PaymentStatus::Completed,
        amount: 7,
        currency: Currency::USD,
        reason: None,
        created_at: at(NOW),
        version: at(NOW),
    }
}

fn line() -> OrderLine {
    OrderLine {
        uid: "u".into(),
        variation_id: None,
        name: "Papers".into(),
        variation_name: None,
        quantity_milli: 1_000,
        unit_price: 7,
        gross: 7,
        discount: 0,
        tax: 0,
        total: 7,
    }
}

fn order() -> Order {
    Order {
        id: "o".into(),
        location_id: "L".into(),
        customer_id: None,
        state: OrderState::Completed,
        total: 14,
        tax: 0,
        discount: 0,
        tip: 0,
        service_charge: 0,
        returned: 0,
        currency: Currency::USD,
        tenders: String::new(),
        team_member_id: None,
        created_at: at(NOW),
        closed_at: Some(at(NOW)),
        version: at(NOW),
        lines: vec![line(), line()],
    }
}

fn product() -> Product {
    Product {
        id: "v".into(),
        item_id: "i".into(),
        name: "Papers".into(),
        category_id: None,
        sku: None,
        price: Some(7),
        cost: None,
        currency: None,
        description: None,
        archived: false,
        created_at: Some(at(NOW)),
        version: at(NOW),
        deleted: false,
    }
}

/// A record made wrong in one field.
fn with<T>(mut record: T, spoil: impl FnOnce(&mut T)) -> T {
    spoil(&mut record);
    record
}

#[test]
fn the_bounds_themselves_are_possible() {
    let table = [
        (1_250, NOW, true),
        (-1_250, NOW, true),
        (100_000_000_000, NOW, true),
        (-100_000_000_000, NOW, true),
        (TOO_MUCH, NOW, false),
        (-TOO_MUCH, NOW, false),
        (i64::MAX, NOW, false),
        (i64::MIN, NOW, false),
        (1, "0000-01-01T00:00:00Z", false),
        (1, "1969-12-31T23:59:59.999Z", false),
        (1, "1970-01-01T00:00:00Z", true),
        (1, "2099-12-31T23:59:59Z", true),
        (1, "2100-01-01T00:00:00Z", false),
    ];
    for (amount, when, fits) in table {
        let odd =
            Payment { amount, total: amount, created_at: at(when), taken_at: at(when), version: at(when), ..payment() };
        let mut rows = Rows::Payments(vec![payment(), odd, payment()]);
        assert_eq!(rows.leave_out_impossible(), usize::from(!fits), "{amount} at {when}");
        assert_eq!(rows.len(), 2 + usize::from(fits), "{amount} at {when}: the others stay");
    }
}

/// Rows of one kind with each of their fields spoilt in turn, beside one that is as it should be.
fn spoilt() -> Vec<(&'static str, Rows)> {
    fn pay(spoil: impl FnOnce(&mut Payment)) -> Rows {
        Rows::Payments(vec![payment(), with(payment(), spoil)])
    }
    fn back(spoil: impl FnOnce(&mut Refund)) -> Rows {
        Rows::Refunds(vec![refund(), with(refund(), spoil)])
    }
    fn ordered(spoil: impl FnOnce(&mut Order)) -> Rows {
        Rows::Orders(vec![order(), with(order(), spoil)])
    }
    fn sold(spoil: impl FnOnce(&mut Sale)) -> Rows {
        let sale = || Sale { order: order(), payments: vec![payment(), payment()], refunds: vec![refund(), refund()] };
        Rows::Sales(vec![sale(), with(sale(), spoil)])
    }
    fn goods(spoil: impl FnOnce(&mut Product)) -> Rows {
        let products = vec![product(), with(product(), spoil)];
        Rows::Catalog { products, deleted_items: Vec::new(), categories: Vec::new() }
    }
    fn person(spoil: impl FnOnce(&mut Customer)) -> Rows {
        let known = || Customer {
            id: "c".into(),
            given_name: None,
            family_name: None,
            email: None,
            phone: None,
            created_at: at(NOW),
            version: at(NOW),
        };
        Rows::Customers(vec![known(), with(known(), spoil)])
    }
    fn count(spoil: impl FnOnce(&mut StockCount)) -> Rows {
        let count =
            || StockCount { variation_id: "v".into(), location_id: "L".into(), quantity_milli: 7, version: at(NOW) };
        Rows::Inventory(vec![count(), with(count(), spoil)])
    }
    fn place(created_at: Timestamp) -> Rows {
        let place = |created_at| Location {
            id: "L".into(),
            name: "Shop".into(),
            time_zone: None,
            currency: Currency::USD,
            active: true,
            created_at,
        };
        Rows::Locations(vec![place(None), place(Some(created_at))])
    }
    fn clerk(version: Timestamp) -> Rows {
        let clerk = |version| TeamMember { id: "t".into(), initials: "A".into(), active: true, version };
        Rows::Team(vec![clerk(at(NOW)), clerk(version)])
    }
    vec![
        ("tip", pay(|p| p.tip = TOO_MUCH)),
        ("total", pay(|p| p.total = TOO_MUCH)),
        ("refunded", pay(|p| p.refunded = TOO_MUCH)),
        ("fee", pay(|p| p.fee = -TOO_MUCH)),
        ("taken", pay(|p| p.taken_at = never())),
        ("version of a payment", pay(|p| p.version = never())),
        ("created", pay(|p| p.created_at = never())),
        ("amount of a refund", back(|r| r.amount = TOO_MUCH)),
        ("time of a refund", back(|r| r.created_at = never())),
        ("version of a refund", back(|r| r.version = never())),
        ("total of an order", ordered(|o| o.total = TOO_MUCH)),
        ("tax", ordered(|o| o.tax = TOO_MUCH)),
        ("discount", ordered(|o| o.discount = TOO_MUCH)),
        ("tip of an order", ordered(|o| o.tip = TOO_MUCH)),
        ("service charge", ordered(|o| o.service_charge = TOO_MUCH)),
        ("returned", ordered(|o| o.returned = TOO_MUCH)),
        ("time of an order", ordered(|o| o.created_at = never())),
        ("closed", ordered(|o| o.closed_at = Some(never()))),
        ("version of an order", ordered(|o| o.version = never())),
        ("quantity of a line", ordered(|o| o.lines[1].quantity_milli = TOO_MUCH)),
        ("price of a line", ordered(|o| o.lines[0].unit_price = TOO_MUCH)),
        ("gross of a line", ordered(|o| o.lines[1].gross = TOO_MUCH)),
        ("discount of a line", ordered(|o| o.lines[1].discount = TOO_MUCH)),
        ("tax of a line", ordered(|o| o.lines[1].tax = TOO_MUCH)),
        ("total of a line", ordered(|o| o.lines[1].total = TOO_MUCH)),
        ("order of a sale", sold(|s| s.order.total = TOO_MUCH)),
        ("payment of a sale", sold(|s| s.payments[1].amount = TOO_MUCH)),
        ("refund of a sale", sold(|s| s.refunds[1].amount = TOO_MUCH)),
        ("price", goods(|p| p.price = Some(TOO_MUCH))),
        ("cost", goods(|p| p.cost = Some(TOO_MUCH))),
        ("time of a product", goods(|p| p.created_at = Some(never()))),
        ("version of a product", goods(|p| p.version = never())),
        ("time of a customer", person(|c| c.created_at = never())),
        ("version of a customer", person(|c| c.version = never())),
        ("stock", count(|s| s.quantity_milli = TOO_MUCH)),
        ("version of a count", count(|s| s.version = never())),
        ("time of a place", place(never())),
        ("version of a clerk", clerk(never())),
    ]
}

#[test]
fn whichever_field_is_wrong_that_record_alone_is_left_out() {
    for (field, mut rows) in spoilt() {
        assert_eq!(rows.leave_out_impossible(), 1, "{field}: the record with it is left out");
        assert_eq!(rows.len(), 1, "{field}: and the other stays");
    }
}
