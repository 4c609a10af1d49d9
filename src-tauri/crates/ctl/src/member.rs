//! `backroomctl member`: tiers and members, what is done with them, what they get at the counter, and their figures.

use crate::tell::{self, say};
use crate::work::own;
use backroom_api::dto::ApiError;
use backroom_api::{Engine, EngineOptions};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use std::io::Read;
use std::path::PathBuf;

/// The longest text that is read from a pipe, in bytes.
const LONGEST: u64 = 1024 * 1024;
/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 65 << 20;

/// What to do about members. Most verbs need the key of sealed data: the keychain, or `BACKROOM_BUFFER_KEY`.
#[derive(Subcommand)]
pub enum Member {
    /// The tiers, lowest first.
    Tiers,
    /// Keep a tier, as JSON from standard input: name, `price_minor`, period, discounts and so on.
    SaveTier,
    /// Close a tier: nobody can take it any more, who has it keeps it.
    RetireTier(Id),
    /// What holds for all members: points and floors of discounts.
    Rules,
    /// Keep what holds for all members, as JSON from standard input.
    SaveRules,
    /// Add somebody; with --tier he or she joins at once.
    Add {
        /// Who.
        #[command(flatten)]
        person: Person,
        /// The tier that he or she takes, paying the first period.
        #[arg(long)]
        tier: Option<String>,
    },
    /// Change who somebody is; what is not given stays.
    Edit {
        /// The member.
        id: String,
        /// What to change.
        #[command(flatten)]
        person: Person,
    },
    /// Consent to marketing, given or taken back, with its proof.
    Consent {
        /// The member.
        id: String,
        /// Taken back.
        #[arg(long)]
        taken_back: bool,
        /// The day, YYYY-MM-DD; today where none is given.
        #[arg(long)]
        on: Option<String>,
        /// Where it was said.
        #[arg(long)]
        source: String,
    },
    /// Find somebody by phone number or its end, card, or the beginnings of a name.
    Find {
        /// What was typed or scanned.
        text: String,
    },
    /// Everything about a member.
    Show(Id),
    /// Members by how they stand.
    List {
        /// active, due, grace, paused, cancelled, expired or never.
        #[arg(long)]
        status: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// The queue of payments that failed or fell due, with the day on which benefits end.
    Late,
    /// Join, or join again.
    Subscribe(Act),
    /// Take a higher tier at once.
    Upgrade(Act),
    /// Take a lower tier at the end of the period, or --now.
    Downgrade(Act),
    /// Keep the tier after all.
    UndoDowngrade(Act),
    /// Pause until a day.
    Pause(Act),
    /// Go on from today.
    Resume(Act),
    /// End it at the end of the period, or --now.
    Cancel(Act),
    /// Do not end it after all.
    UndoCancel(Act),
    /// The next period is paid; with --tier at what it costs now.
    Renew(Act),
    /// The payment that is due failed.
    PaymentFailed(Act),
    /// The payment that had failed came after all.
    PaymentRecovered(Act),
    /// The member's credit is paid out.
    PayOut(Act),
    /// This record is a second one of the same person: --into counts.
    Merge(Act),
    /// The two records are two people after all.
    Unmerge(Act),
    /// Points of a member.
    #[command(subcommand)]
    Points(Points),
    /// Price a sale for a member: lines as a JSON array from standard input.
    Discount {
        /// The member.
        id: String,
        /// Let those stack that may.
        #[arg(long)]
        stack: bool,
        /// A manager's own discount, in hundredths of a percent.
        #[arg(long)]
        by_hand: Option<u16>,
        /// Keep what was given for this sale.
        #[arg(long, value_name = "SALE")]
        give: Option<String>,
    },
    /// Customers of the points of sale who are this member, and those with the same phone number or address.
    Customers(Id),
    /// This customer of a source is this member.
    Link(Customer),
    /// This customer of a source is not this member.
    Unlink(Customer),
    /// Take away all that says who somebody is; tells the entry of the audit log that proves it.
    Erase(Id),
    /// Members and what they bring in a month: bridges, churn, tiers, cohorts.
    Statistics {
        /// First business day; the first of the month where none is given.
        #[arg(long)]
        from: Option<String>,
        /// Last business day; today where none is given.
        #[arg(long)]
        to: Option<String>,
    },
    /// Show how a CSV of another system would be taken in; with --commit take it in.
    Import {
        /// The file.
        file: PathBuf,
        /// Take it in.
        #[arg(long)]
        commit: bool,
    },
    /// All members as CSV.
    Export,
    /// Write down what time did: pauses that ended, cancellations that took effect. The schedule does it too.
    Settle,
}

/// Names a member or a tier.
#[derive(Args)]
pub struct Id {
    /// Its id.
    id: String,
}

/// Who somebody is.
#[derive(Args)]
pub struct Person {
    /// Name.
    #[arg(long)]
    name: Option<String>,
    /// Phone number.
    #[arg(long)]
    phone: Option<String>,
    /// E-mail address.
    #[arg(long)]
    email: Option<String>,
    /// Member card.
    #[arg(long)]
    card: Option<String>,
    /// It is another person although the phone number or the e-mail address is known.
    #[arg(long)]
    anyway: bool,
}

/// An act of a membership.
#[derive(Args)]
pub struct Act {
    /// The member.
    id: String,
    /// Show it in days and money, and do nothing.
    #[arg(long)]
    preview: bool,
    /// The tier.
    #[arg(long)]
    tier: Option<String>,
    /// The first day on which a paused membership goes on, YYYY-MM-DD.
    #[arg(long)]
    until: Option<String>,
    /// At once in place of the end of the period.
    #[arg(long)]
    now: bool,
    /// Why somebody leaves: `too_expensive`, `not_used`, `moved_away`, `dissatisfied`, `mistake`, `other` or `not_told`.
    #[arg(long)]
    reason: Option<String>,
    /// Give unused days back in money.
    #[arg(long)]
    refund: bool,
    /// The record that counts from now on.
    #[arg(long)]
    into: Option<String>,
    /// How many events were seen: where more happened since, nothing is done.
    #[arg(long)]
    seen: Option<i64>,
}

/// What to do about points.
#[derive(Subcommand)]
pub enum Points {
    /// Balance, worth and ledger.
    Balance(Id),
    /// Points for a sale.
    Earn(PointsAct),
    /// Points spent in a sale.
    Redeem(PointsAct),
    /// Points given or taken by hand.
    Adjust(PointsAct),
    /// A sale was given back: all of it, or --amount so far.
    Reverse(PointsAct),
}

/// An act of points.
#[derive(Args)]
pub struct PointsAct {
    /// The member.
    id: String,
    /// The sale.
    #[arg(long)]
    sale: Option<String>,
    /// Minor units before tax and after discounts.
    #[arg(long)]
    amount: Option<i64>,
    /// How many.
    #[arg(long, allow_hyphen_values = true)]
    points: Option<i64>,
    /// Why.
    #[arg(long)]
    reason: Option<String>,
}

/// A customer of a source.
#[derive(Args)]
pub struct Customer {
    /// The member.
    id: String,
    /// Name of the source, as in the configuration.
    #[arg(long)]
    source: String,
    /// Id of the customer there.
    #[arg(long)]
    customer: String,
}

/// Does it; tells the exit code.
///
/// # Errors
/// What could not be done.
pub async fn run(command: Member, options: EngineOptions, json: bool) -> Result<u8, ApiError> {
    // Finding somebody needs the key of sealed data, which only whoever may write has.
    let engine = own(options).await?;
    let (name, args) = question(&engine, command).await?;
    let answer = engine.call(name, args).await?;
    match (&answer, json) {
        (Value::String(text), false) => say!("{}", text.trim_end()),
        (_, false) => plain(&answer, 0),
        (_, true) => tell::value(&answer),
    }
    Ok(0)
}

/// The command of a verb and its arguments.
async fn question(engine: &Engine, command: Member) -> Result<(&'static str, Value), ApiError> {
    Ok(match command {
        Member::Tiers => ("member_tiers", Value::Null),
        Member::SaveTier => ("save_tier", tier()?),
        Member::RetireTier(tier) => ("retire_tier", json!({ "id": tier.id })),
        Member::Rules => ("member_rules", Value::Null),
        Member::SaveRules => {
            let mut rules = engine.call("member_rules", Value::Null).await?;
            over(&mut rules, piped()?);
            ("save_member_rules", rules)
        }
        Member::Add { person, tier } => ("save_member", {
            let mut args = person.told();
            args["tier"] = json!(tier);
            args
        }),
        Member::Edit { id, person } => {
            let known = engine.call("member", json!({ "id": id })).await?;
            let mut args = json!({ "id": id, "name": known["line"]["name"], "phone": known["phone"], "email": known["email"], "card": known["card"] });
            let Value::Object(given) = person.told() else { return Ok(("save_member", args)) };
            over(&mut args, Value::Object(given.into_iter().filter(|(_, value)| !value.is_null()).collect()));
            ("save_member", args)
        }
        Member::Consent { id, taken_back, on, source } => {
            ("say_consent", json!({ "id": id, "given": !taken_back, "on": on, "source": source }))
        }
        Member::Find { text } => ("member_find", json!({ "text": text })),
        Member::Show(member) => ("member", json!({ "id": member.id })),
        Member::List { status, limit } => {
            // By how they stand today, not when somebody last looked.
            engine.settle_members().await?;
            ("members", json!({ "status": status, "limit": limit }))
        }
        Member::Late => ("members", json!({ "status": "late", "limit": 200 })),
        Member::Subscribe(act) => act.asked("subscribe"),
        Member::Upgrade(act) => act.asked("upgrade"),
        Member::Downgrade(act) => act.asked("downgrade"),
        Member::UndoDowngrade(act) => act.asked("undo_downgrade"),
        Member::Pause(act) => act.asked("pause"),
        Member::Resume(act) => act.asked("resume"),
        Member::Cancel(act) => act.asked("cancel"),
        Member::UndoCancel(act) => act.asked("undo_cancellation"),
        Member::Renew(act) => act.asked("renew"),
        Member::PaymentFailed(act) => act.asked("payment_failed"),
        Member::PaymentRecovered(act) => act.asked("payment_recovered"),
        Member::PayOut(act) => act.asked("pay_out_credit"),
        Member::Merge(act) => act.asked("merge"),
        Member::Unmerge(act) => act.asked("unmerge"),
        Member::Customers(member) => ("member_customers", json!({ "id": member.id })),
        Member::Points(Points::Balance(member)) => ("member_points", json!({ "id": member.id })),
        Member::Points(Points::Earn(act)) => act.asked("earn"),
        Member::Points(Points::Redeem(act)) => act.asked("redeem"),
        Member::Points(Points::Adjust(act)) => act.asked("adjust"),
        Member::Points(Points::Reverse(act)) => act.asked("reverse"),
        Member::Discount { id, stack, by_hand, give } => {
            let name = if give.is_some() { "give_discount" } else { "member_discount" };
            let cart =
                json!({ "id": id, "lines": piped()?, "stack": stack, "hand_basis_points": by_hand, "sale": give });
            (name, cart)
        }
        Member::Link(customer) => ("link_member", customer.told(true)),
        Member::Unlink(customer) => ("link_member", customer.told(false)),
        Member::Erase(member) => ("erase_member", json!({ "id": member.id })),
        Member::Statistics { from, to } => ("member_statistics", json!({ "from": from, "to": to })),
        Member::Import { file, commit } => {
            let name = if commit { "import_members" } else { "member_import" };
            (name, json!({ "data": BASE64_STANDARD.encode(read(&file)?) }))
        }
        Member::Export => ("export_members", Value::Null),
        Member::Settle => ("settle_members", Value::Null),
    })
}

impl Person {
    fn told(self) -> Value {
        json!({ "name": self.name, "phone": self.phone, "email": self.email, "card": self.card, "anyway": self.anyway })
    }
}

impl Act {
    fn asked(self, action: &str) -> (&'static str, Value) {
        let name = if self.preview { "member_preview" } else { "change_member" };
        let effect = if self.now { "now" } else { "period_end" };
        let args = json!({
            "id": self.id, "action": action, "tier": self.tier, "until": self.until, "effect": effect, "reason": self.reason,
            "refund": self.refund, "into": self.into, "seen": self.seen
        });
        (name, args)
    }
}

impl PointsAct {
    fn asked(self, action: &str) -> (&'static str, Value) {
        let args = json!({
            "id": self.id, "action": action, "sale": self.sale, "amount_minor": self.amount, "points": self.points,
            "reason": self.reason
        });
        ("change_points", args)
    }
}

impl Customer {
    fn told(self, linked: bool) -> Value {
        json!({ "id": self.id, "source": self.source, "customer": self.customer, "linked": linked })
    }
}

/// A tier from standard input; what it leaves out is as it mostly is.
fn tier() -> Result<Value, ApiError> {
    let mut tier = json!({
        "id": "", "rank": 0, "currency": "", "period": "month", "grace_days": 7, "early_days": 14, "pause_days": 90,
        "points_percent": 100, "benefits": [], "discounts": [], "closed_on": null
    });
    over(&mut tier, piped()?);
    let usual = json!({
        "only": [], "except": [], "cap_sale_minor": null, "cap_period_minor": null, "margin_floor": 0, "stackable": false
    });
    for discount in tier["discounts"].as_array_mut().into_iter().flatten() {
        let given = std::mem::replace(discount, usual.clone());
        over(discount, given);
    }
    Ok(tier)
}

/// Puts the fields of `given` over those of `value`.
fn over(value: &mut Value, given: Value) {
    if let (Some(fields), Value::Object(given)) = (value.as_object_mut(), given) {
        fields.extend(given);
    }
}

fn piped() -> Result<Value, ApiError> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(LONGEST).read_to_string(&mut text);
    let value = read.ok().and_then(|_| serde_json::from_str(&text).ok());
    value.ok_or_else(|| ApiError::bad_request("Give it as JSON on standard input."))
}

fn read(file: &PathBuf) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut bytes));
    let failed =
        |_| ApiError::new("MEMBER_FILE", "The file could not be read.", "Check its name and whether you may read it.");
    opened.map_err(failed).map(|_| bytes)
}

/// A value for a person: a field or a row to a line.
fn plain(value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                match value {
                    Value::Array(rows) if rows.is_empty() => {}
                    Value::Object(_) | Value::Array(_) => {
                        say!("{indent}{name}");
                        plain(value, depth + 1);
                    }
                    _ => say!("{indent}{name}  {}", scalar(value)),
                }
            }
        }
        Value::Array(rows) => {
            for row in rows {
                match row {
                    Value::Object(fields) => say!("{indent}{}", one_line(fields)),
                    _ => say!("{indent}{}", scalar(row)),
                }
            }
        }
        _ => say!("{indent}{}", scalar(value)),
    }
}

fn one_line(fields: &Map<String, Value>) -> String {
    let told = fields.iter().filter(|(_, value)| !value.is_null() && !value.is_array() && !value.is_object());
    told.map(|(name, value)| format!("{name} {}", scalar(value))).collect::<Vec<_>>().join("  ")
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
