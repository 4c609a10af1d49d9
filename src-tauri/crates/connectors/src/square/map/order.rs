//! Orders with what was sold and what came back.

use super::super::wire::{self, Cash, Quantity};
use super::{Context, Purse, filled, key, place, times};
use crate::oddities::Oddities;
use backroom_core::sale::{Order, OrderLine, OrderState};

/// Orders of a page.
pub(crate) fn orders(rows: Vec<wire::Order>, context: Context<'_>, odd: &mut Oddities) -> Vec<Order> {
    rows.into_iter().filter_map(|row| order(row, context, odd)).collect()
}

fn order(row: wire::Order, context: Context<'_>, odd: &mut Oddities) -> Option<Order> {
    let id = key(row.id, odd)?;
    let (created_at, version) = times(row.created_at, row.updated_at, odd)?;
    let mut purse = Purse::new();
    let total = purse.take(row.total_money);
    let tax = purse.take(row.total_tax_money);
    let discount = purse.take(row.total_discount_money);
    let tip = purse.take(row.total_tip_money);
    let service_charge = purse.take(row.total_service_charge_money);
    let tenders = tenders(row.tenders.unwrap_or_default(), &mut purse);

    let returns = row.returns.unwrap_or_default();
    let told = row.return_amounts.and_then(|a| a.total_money).or_else(|| sum_of_returns(&returns));
    let mut lines: Vec<OrderLine> = Vec::new();
    for (index, line) in row.line_items.unwrap_or_default().into_iter().enumerate() {
        lines.push(sold(line, index, &mut purse, odd));
    }
    let first_return = lines.len();
    for line in returns.into_iter().flat_map(|r| r.return_line_items.unwrap_or_default()) {
        let index = lines.len() - first_return;
        lines.push(came_back(line, index, &mut purse, odd));
    }
    let returned = match told {
        Some(cash) => purse.take(Some(cash)),
        None => lines.iter().skip(first_return).map(|l| -l.total).sum(),
    };
    Some(Order {
        location_id: place(row.location_id, context),
        customer_id: filled(row.customer_id),
        state: state(row.state.as_deref(), odd),
        total,
        tax,
        discount,
        tip,
        service_charge,
        returned: returned.saturating_abs(),
        currency: purse.close(context, odd),
        tenders,
        team_member_id: None,
        created_at,
        closed_at: row.closed_at.map(|t| t.0),
        version,
        lines,
        id,
    })
}

fn state(word: Option<&str>, odd: &mut Oddities) -> OrderState {
    let state = OrderState::parse(word.unwrap_or_default());
    if state == OrderState::Other {
        odd.note("an order state that Square added since is kept but not counted");
    }
    state
}

fn tenders(tenders: Vec<wire::Tender>, purse: &mut Purse) -> String {
    let mut text = String::new();
    for tender in tenders {
        let amount = purse.take(tender.amount_money);
        if !text.is_empty() {
            text.push(',');
        }
        let kind = tender.kind.as_deref().unwrap_or("OTHER");
        text.extend(kind.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_'));
        text.push(':');
        text.push_str(&amount.to_string());
    }
    text
}

/// What the returns of an order add up to, where each tells it.
fn sum_of_returns(returns: &[wire::OrderReturn]) -> Option<Cash> {
    let told: Option<Vec<Cash>> =
        returns.iter().map(|r| r.return_amounts.as_ref().and_then(|a| a.total_money)).collect();
    let told = told.filter(|t| !t.is_empty())?;
    let amount = told.iter().filter_map(|c| c.amount).fold(0i64, i64::saturating_add);
    Some(Cash { amount: Some(amount), currency: told.first().and_then(|c| c.currency) })
}

fn milli(quantity: Option<Quantity>, odd: &mut Oddities) -> i64 {
    let Some(quantity) = quantity else {
        odd.note("a line without a readable quantity counts as none");
        return 0;
    };
    if quantity.rounded {
        odd.note("a quantity with more than three decimals was rounded");
    }
    quantity.milli
}

fn sold(line: wire::OrderLine, index: usize, purse: &mut Purse, odd: &mut Oddities) -> OrderLine {
    OrderLine {
        uid: filled(line.uid).unwrap_or_else(|| format!("#{index}")),
        variation_id: filled(line.catalog_object_id),
        name: line.name.unwrap_or_default(),
        variation_name: filled(line.variation_name),
        quantity_milli: milli(line.quantity, odd),
        unit_price: purse.take(line.base_price_money),
        gross: purse.take(line.gross_sales_money),
        discount: purse.take(line.total_discount_money),
        tax: purse.take(line.total_tax_money),
        total: purse.take(line.total_money),
    }
}

fn came_back(line: wire::ReturnLine, index: usize, purse: &mut Purse, odd: &mut Oddities) -> OrderLine {
    let uid = filled(line.uid).unwrap_or_else(|| format!("#{index}"));
    OrderLine {
        uid: format!("return:{uid}"),
        variation_id: filled(line.catalog_object_id),
        name: line.name.unwrap_or_default(),
        variation_name: filled(line.variation_name),
        quantity_milli: milli(line.quantity, odd).saturating_neg(),
        unit_price: purse.take(line.base_price_money),
        gross: purse.take(line.gross_return_money).saturating_neg(),
        discount: purse.take(line.total_discount_money).saturating_neg(),
        tax: purse.take(line.total_tax_money).saturating_neg(),
        total: purse.take(line.total_money).saturating_neg(),
    }
}
