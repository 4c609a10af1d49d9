//! Payments, refunds and orders on the wire.

use super::scalar::{Cash, Quantity, Time};
use serde::Deserialize;

/// `Payment`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Payment {
    pub id: Option<String>,
    pub created_at: Option<Time>,
    pub updated_at: Option<Time>,
    pub amount_money: Option<Cash>,
    pub tip_money: Option<Cash>,
    pub total_money: Option<Cash>,
    pub refunded_money: Option<Cash>,
    pub processing_fee: Option<Vec<ProcessingFee>>,
    pub status: Option<String>,
    pub source_type: Option<String>,
    pub card_details: Option<CardDetails>,
    pub location_id: Option<String>,
    pub order_id: Option<String>,
    pub customer_id: Option<String>,
    pub team_member_id: Option<String>,
    pub receipt_url: Option<String>,
    pub offline_payment_details: Option<OfflineDetails>,
}

/// `ProcessingFee`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProcessingFee {
    pub amount_money: Option<Cash>,
}

/// `CardPaymentDetails`, only what is kept: nothing that identifies the card.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CardDetails {
    pub card: Option<Card>,
}

/// `Card`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Card {
    pub card_brand: Option<String>,
}

/// `OfflinePaymentDetails`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OfflineDetails {
    pub client_created_at: Option<Time>,
}

/// `PaymentRefund`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Refund {
    pub id: Option<String>,
    pub status: Option<String>,
    pub location_id: Option<String>,
    pub amount_money: Option<Cash>,
    pub payment_id: Option<String>,
    pub order_id: Option<String>,
    pub reason: Option<String>,
    pub created_at: Option<Time>,
    pub updated_at: Option<Time>,
}

/// `Order`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Order {
    pub id: Option<String>,
    pub location_id: Option<String>,
    pub customer_id: Option<String>,
    pub state: Option<String>,
    pub total_money: Option<Cash>,
    pub total_tax_money: Option<Cash>,
    pub total_discount_money: Option<Cash>,
    pub total_tip_money: Option<Cash>,
    pub total_service_charge_money: Option<Cash>,
    pub tenders: Option<Vec<Tender>>,
    pub line_items: Option<Vec<OrderLine>>,
    pub returns: Option<Vec<OrderReturn>>,
    pub return_amounts: Option<ReturnAmounts>,
    pub created_at: Option<Time>,
    pub updated_at: Option<Time>,
    pub closed_at: Option<Time>,
}

/// `OrderMoneyAmounts`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReturnAmounts {
    pub total_money: Option<Cash>,
}

/// `Tender`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tender {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub amount_money: Option<Cash>,
}

/// `OrderLineItem`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OrderLine {
    pub uid: Option<String>,
    pub name: Option<String>,
    pub quantity: Option<Quantity>,
    pub catalog_object_id: Option<String>,
    pub variation_name: Option<String>,
    pub base_price_money: Option<Cash>,
    pub gross_sales_money: Option<Cash>,
    pub total_tax_money: Option<Cash>,
    pub total_discount_money: Option<Cash>,
    pub total_money: Option<Cash>,
}

/// `OrderReturn`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OrderReturn {
    pub uid: Option<String>,
    pub return_line_items: Option<Vec<ReturnLine>>,
    pub return_amounts: Option<ReturnAmounts>,
}

/// `OrderReturnLineItem`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReturnLine {
    pub uid: Option<String>,
    pub name: Option<String>,
    pub quantity: Option<Quantity>,
    pub catalog_object_id: Option<String>,
    pub variation_name: Option<String>,
    pub base_price_money: Option<Cash>,
    pub gross_return_money: Option<Cash>,
    pub total_tax_money: Option<Cash>,
    pub total_discount_money: Option<Cash>,
    pub total_money: Option<Cash>,
}
