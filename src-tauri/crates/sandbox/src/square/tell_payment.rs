//! Payments and refunds as Square tells them.

use super::account::{Account, Method, Refund, Sale, Status, WALK_IN};
use crate::random::Rng;
use crate::text::{Json, Named};

const DAY: i64 = 86_400_000;

/// A card as the reader saw it.
struct SeenCard {
    brand: &'static str,
    last_4: u64,
    bin: u64,
    exp_month: i64,
    exp_year: i64,
    debit: bool,
    fingerprint: u64,
    entry: &'static str,
}

impl Account {
    /// A regular pays with the same card each time.
    fn card(&self, number: usize, sale: &Sale) -> SeenCard {
        let holder = if sale.customer == WALK_IN { number as u64 | 1 << 40 } else { u64::from(sale.customer) };
        let mut dice = Rng::at(self.spec.seed ^ 0xCA4D, holder);
        let (brand, bin) = match dice.below(100) {
            0..52 => ("VISA", 400_000),
            52..80 => ("MASTERCARD", 510_000),
            80..90 => ("AMERICAN_EXPRESS", 370_000),
            90..97 => ("DISCOVER", 601_100),
            _ => ("OTHER_BRAND", 620_000),
        };
        let card = SeenCard {
            brand,
            last_4: dice.below(10_000),
            bin: bin + dice.below(90),
            exp_month: 1 + dice.below(12) as i64,
            exp_year: 2_027 + dice.below(5) as i64,
            debit: dice.chance(55.0),
            fingerprint: dice.next(),
            entry: "EMV",
        };
        let entry = match Rng::at(self.spec.seed ^ 0xE27, number as u64).below(100) {
            0..58 => "CONTACTLESS",
            58..90 => "EMV",
            90..96 => "SWIPED",
            _ => "KEYED",
        };
        SeenCard { entry, ..card }
    }

    /// Whether a card payment was made with such a card.
    pub(crate) fn card_is(&self, number: usize, last_4: Option<&str>, brand: Option<&str>) -> bool {
        let sale = &self.sales[number];
        let card = self.card(number, sale);
        sale.method == Method::Card
            && last_4.is_none_or(|l| digits(card.last_4, 4) == l)
            && brand.is_none_or(|b| card.brand == b)
    }

    fn tell_card(&self, json: &mut Json, card: &SeenCard) {
        json.object("card");
        json.str("card_brand", card.brand);
        json.str("last_4", digits(card.last_4, 4).as_ref());
        json.int("exp_month", card.exp_month);
        json.int("exp_year", card.exp_year);
        json.token("fingerprint", "sq-1-", (0..5).map(|n| card.fingerprint ^ n << 40), 11);
        json.str("card_type", if card.debit { "DEBIT" } else { "CREDIT" });
        json.str("prepaid_type", "NOT_PREPAID");
        json.str("bin", digits(card.bin, 6).as_ref());
        json.close();
    }

    /// A payment.
    pub(crate) fn tell_payment(&self, json: &mut Json, number: usize) {
        let sale = &self.sales[number];
        let currency = &*self.spec.currency;
        let mut dice = Rng::at(self.spec.seed ^ 0x9A11, number as u64);
        let total = sale.amount + sale.tip;
        json.open();
        json.id("id", self.id(Named::Payment, number));
        json.time("created_at", sale.created);
        json.time("updated_at", sale.updated);
        json.money("amount_money", sale.amount, currency);
        if sale.tip > 0 {
            json.money("tip_money", sale.tip, currency);
        }
        json.money("total_money", total, currency);
        if sale.status != Status::Failed {
            json.money("approved_money", total, currency);
        }
        if sale.fee != 0 {
            json.list("processing_fee");
            json.open();
            json.time("effective_at", sale.created + 2 * 3_600_000);
            json.str("type", "INITIAL");
            json.money("amount_money", sale.fee, currency);
            json.close();
            json.close_list();
        }
        if sale.refunded > 0 {
            json.money("refunded_money", sale.refunded, currency);
        }
        json.str("status", sale.status.name());
        self.tell_source(json, number, sale, &mut dice);
        json.id("location_id", self.id(Named::Location, usize::from(sale.location)));
        json.id("order_id", self.id(Named::Order, number));
        if sale.customer != WALK_IN {
            json.id("customer_id", self.id(Named::Customer, sale.customer as usize));
        }
        let clerk = self.id(Named::Team, usize::from(sale.location) * 3 + dice.index(3));
        json.id("employee_id", clerk);
        json.id("team_member_id", clerk);
        if let Some(refunds) = u32::try_from(number).ok().and_then(|n| self.refunds_of.get(&n)) {
            json.list("refund_ids");
            for refund in refunds {
                json.text(&self.refund_id(*refund as usize));
            }
            json.close_list();
        }
        if sale.method == Method::Card {
            json.object("risk_evaluation");
            json.time("created_at", sale.created);
            json.str("risk_level", "NORMAL");
            json.close();
        }
        if sale.status == Status::Approved {
            json.list("capabilities");
            for may in ["EDIT_AMOUNT_UP", "EDIT_AMOUNT_DOWN", "EDIT_TIP_AMOUNT_UP", "EDIT_TIP_AMOUNT_DOWN"] {
                json.text(may);
            }
            json.close_list();
        }
        if sale.status == Status::Completed {
            json.token("receipt_number", "", std::iter::once(number as u64), 4);
            json.text_and_id("receipt_url", "https://squareup.com/receipt/preview/", self.id(Named::Payment, number));
        }
        json.object("device_details");
        json.text_and_id("device_id", "DEVICE_INSTALLATION_ID:", self.id(Named::Location, usize::from(sale.location)));
        json.str("device_name", if dice.chance(70.0) { "Counter 1" } else { "Counter 2" });
        json.close();
        json.object("application_details");
        json.str("square_product", "SQUARE_POS");
        json.str("application_id", "sq0ids-BackroomSandboxPos01");
        json.close();
        json.bool("is_offline_payment", sale.offline());
        if sale.offline() {
            json.object("offline_payment_details");
            json.time("client_created_at", sale.taken);
            json.close();
        }
        json.token("version_token", "", std::iter::once(number as u64 ^ u64::from(sale.version) << 32), 11);
        json.close();
    }

    fn tell_source(&self, json: &mut Json, number: usize, sale: &Sale, dice: &mut Rng) {
        let currency = &*self.spec.currency;
        let total = sale.amount + sale.tip;
        let card_status = match sale.status {
            Status::Approved => "AUTHORIZED",
            Status::Completed => "CAPTURED",
            Status::Canceled => "VOIDED",
            Status::Failed => "FAILED",
        };
        match sale.method {
            Method::Card => {
                let card = self.card(number, sale);
                json.str("delay_duration", "PT168H");
                json.str("delay_action", "CANCEL");
                json.time("delayed_until", sale.created + 7 * DAY);
                json.str("source_type", "CARD");
                json.object("card_details");
                json.str("status", card_status);
                self.tell_card(json, &card);
                json.str("entry_method", card.entry);
                json.str("cvv_status", if card.entry == "KEYED" { "CVV_ACCEPTED" } else { "CVV_NOT_CHECKED" });
                json.str("avs_status", if card.entry == "KEYED" { "AVS_ACCEPTED" } else { "AVS_NOT_CHECKED" });
                if sale.status == Status::Failed {
                    json.list("errors");
                    json.open();
                    json.str("category", "PAYMENT_METHOD_ERROR");
                    json.str("code", if dice.chance(50.0) { "INSUFFICIENT_FUNDS" } else { "GENERIC_DECLINE" });
                    json.str("detail", "Authorization error: the card was declined.");
                    json.close();
                    json.close_list();
                } else {
                    json.token("auth_result_code", "", std::iter::once(dice.next()), 6);
                    json.str("statement_description", "SQ *COPPER LANTERN");
                }
                if card.entry == "EMV" || card.entry == "CONTACTLESS" {
                    json.str("application_identifier", "A000000003101001");
                    json.str("application_name", "SANDBOX CARD");
                    json.str("verification_method", "NO_CVM");
                    json.str("verification_results", "UNKNOWN");
                }
                json.object("card_payment_timeline");
                if sale.status != Status::Failed {
                    json.time("authorized_at", sale.created + 180);
                }
                if sale.status == Status::Completed {
                    json.time("captured_at", sale.created + 390);
                }
                if sale.status == Status::Canceled {
                    json.time("voided_at", sale.updated);
                }
                json.close();
                json.close();
            }
            Method::Cash => {
                let note = 10i64.pow(u32::from(self.exponent)).max(1) * 5;
                let supplied = (total + note - 1) / note * note;
                json.str("source_type", "CASH");
                json.object("cash_details");
                json.money("buyer_supplied_money", supplied, currency);
                json.money("change_back_money", supplied - total, currency);
                json.close();
            }
            Method::Wallet => {
                json.str("source_type", "WALLET");
                json.object("wallet_details");
                json.str("status", card_status);
                json.str("brand", "CASH_APP");
                json.close();
            }
            Method::External => {
                json.str("source_type", "EXTERNAL");
                json.object("external_details");
                json.str("type", "OTHER_GIFT_CARD");
                json.str("source", "Lantern paper voucher");
                json.close();
            }
        }
    }

    /// A refund's id: its payment's, and its own.
    pub(crate) fn refund_id(&self, number: usize) -> String {
        let sale = self.refunds[number].sale as usize;
        format!("{}_{}", self.id(Named::Payment, sale), self.id(Named::Refund, number))
    }

    /// A refund.
    pub(crate) fn tell_refund(&self, json: &mut Json, number: usize) {
        let refund: &Refund = &self.refunds[number];
        let sale = &self.sales[refund.sale as usize];
        let currency = &*self.spec.currency;
        json.open();
        json.str("id", &self.refund_id(number));
        json.str("status", refund.state.name());
        json.id("location_id", self.id(Named::Location, usize::from(sale.location)));
        json.bool("unlinked", false);
        match sale.method {
            Method::Card => {
                json.str("destination_type", "CARD");
                json.object("destination_details");
                json.object("card_details");
                let card = self.card(refund.sale as usize, sale);
                self.tell_card(json, &card);
                json.str("entry_method", card.entry);
                json.close();
                json.close();
            }
            Method::Cash => {
                json.str("destination_type", "CASH");
                json.object("destination_details");
                json.object("cash_details");
                json.money("seller_supplied_money", refund.amount, currency);
                json.close();
                json.close();
            }
            Method::Wallet => json.str("destination_type", "WALLET"),
            Method::External => {
                json.str("destination_type", "EXTERNAL");
                json.object("destination_details");
                json.object("external_details");
                json.str("type", "OTHER_GIFT_CARD");
                json.str("source", "Lantern paper voucher");
                json.close();
                json.close();
            }
        }
        json.money("amount_money", refund.amount, currency);
        json.id("payment_id", self.id(Named::Payment, refund.sale as usize));
        json.id("order_id", self.id(Named::ReturnOrder, number));
        json.str("reason", refund.reason);
        json.time("created_at", refund.created);
        json.time("updated_at", refund.updated);
        json.id("team_member_id", self.id(Named::Team, usize::from(sale.location) * 3));
        json.close();
    }
}

fn digits(value: u64, width: usize) -> String {
    format!("{value:0width$}")
}
