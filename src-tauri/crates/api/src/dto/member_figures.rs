//! Points, discounts, files and figures of members. Nothing here says who somebody is, but a file on its way through.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What holds for all members: points, and what every discount is held to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberRules {
    /// Points given for each `earn_minor`.
    pub earn_points: i64,
    /// Amount before tax for which they are given.
    pub earn_minor: i64,
    /// Points that are worth `worth_minor`.
    pub worth_points: i64,
    /// What they are worth.
    pub worth_minor: i64,
    /// The fewest points that can be spent at once.
    pub least_redeemed: i64,
    /// How long points last, as a period; none for ever.
    pub points_last: Option<String>,
    /// The least margin on real cost, in hundredths of a percent; zero is never below cost.
    pub margin_floor: u16,
    /// Whether a line may be discounted whose cost nobody knows: `refuse`, `manager_only` or `allow`.
    pub unknown_cost: String,
}

/// Something to be done with points.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberPointsAct {
    /// Whose.
    pub id: String,
    /// `earn`, `redeem`, `adjust` or `reverse`.
    pub action: String,
    /// The sale, for all but `adjust`: a word for it, or, to earn, the number that its receipt has.
    #[serde(default)]
    #[ts(optional)]
    pub sale: Option<String>,
    /// Before tax and after discounts, to earn on, that of the sale where none is given; what was given back so far, to reverse, all
    /// where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub amount_minor: Option<i64>,
    /// How many, to redeem or to adjust; below zero to take some.
    #[serde(default)]
    #[ts(optional)]
    pub points: Option<i64>,
    /// Why, to adjust.
    #[serde(default)]
    #[ts(optional)]
    pub reason: Option<String>,
}

/// Points of a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberPoints {
    /// Points that can be spent.
    pub balance: i64,
    /// What they are worth.
    pub worth_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Points that are gone within 30 days unless they are spent.
    pub expiring: i64,
    /// When the first of those are gone.
    pub expire_on: Option<String>,
    /// The ledger, oldest first.
    pub entries: Vec<MemberPointLine>,
}

/// An entry of the ledger of points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberPointLine {
    /// From which day it counts.
    pub day: String,
    /// What.
    pub kind: String,
    /// How many; below zero where they went.
    pub points: i64,
    /// The sale.
    pub sale: Option<String>,
}

/// A sale to be priced for a member.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberCart {
    /// Whose.
    pub id: String,
    /// What is bought.
    pub lines: Vec<MemberCartLine>,
    /// Whether those discounts stack that may; a manager decides it.
    #[serde(default)]
    #[ts(optional)]
    pub stack: Option<bool>,
    /// A manager's own discount on every line, in hundredths of a percent.
    #[serde(default)]
    #[ts(optional)]
    pub hand_basis_points: Option<u16>,
    /// The sale; to keep what was given, so that it counts against the caps.
    #[serde(default)]
    #[ts(optional)]
    pub sale: Option<String>,
}

/// A line of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberCartLine {
    /// Names it within the sale.
    pub id: String,
    /// The item: its id at the point of sale, where it has one there.
    pub item: String,
    /// Its category.
    pub category: Option<String>,
    /// How much, in thousandths.
    pub quantity_milli: i64,
    /// Price of one before tax.
    pub unit_price_minor: i64,
    /// What one really cost, where that is known and the point of sale does not tell it.
    pub unit_cost_minor: Option<i64>,
}

/// A sale with its discounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberPriced {
    /// How the member stands.
    pub standing: String,
    /// Before.
    pub before_minor: i64,
    /// What comes off.
    pub discount_minor: i64,
    /// After; points are earned on it.
    pub after_minor: i64,
    /// Points that it earns.
    pub points: i64,
    /// The lines.
    pub lines: Vec<MemberPricedLine>,
}

/// A line with its discount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberPricedLine {
    /// The line.
    pub id: String,
    /// Before.
    pub before_minor: i64,
    /// What comes off.
    pub discount_minor: i64,
    /// After.
    pub after_minor: i64,
    /// What became of every discount here.
    pub why: Vec<MemberWhy>,
}

/// What a discount gave a line, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberWhy {
    /// Id of the discount.
    pub discount: String,
    /// What it is called.
    pub label: String,
    /// What it took off.
    pub amount_minor: i64,
    /// A code, such as `applied` or `down_to_floor`.
    pub why: String,
    /// In words.
    pub words: String,
}

/// A file of members of another system.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberFile {
    /// The file, as base64.
    pub data: String,
}

/// A file as it would be taken in, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberImport {
    /// All rows.
    pub rows: u32,
    /// Rows that are somebody new.
    pub new: u32,
    /// Rows that seem to be somebody known; they are left out.
    pub duplicates: u32,
    /// Rows that cannot be taken in.
    pub faulty: u32,
    /// Members that were made; 0 in a preview.
    pub imported: u32,
    /// The columns of the file, each with what it was taken for.
    pub columns: Vec<String>,
    /// What is wrong, or to be known; the first 200.
    pub problems: Vec<MemberImportProblem>,
}

/// A row that is not simply taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberImportProblem {
    /// Line of the file.
    pub line: i64,
    /// What, as a code.
    pub code: String,
    /// The member it seems to be.
    pub member: Option<String>,
}

/// Business days for the figures of members.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberRange {
    /// First business day; the first of the month where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub from: Option<String>,
    /// Last business day; today where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub to: Option<String>,
}

/// Figures of members. Of each bridge, the parts sum from opening to closing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberFigures {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// ISO 4217.
    pub currency: String,
    /// Members before.
    pub opening: i64,
    /// Joined for the first time.
    pub new: i64,
    /// Brought along from another system.
    pub imported: i64,
    /// Joined again.
    pub returned: i64,
    /// Left by their own wish.
    pub cancelled: i64,
    /// Left because no payment came.
    pub expired: i64,
    /// Members after.
    pub closing: i64,
    /// What they bring in a month.
    pub revenue: MemberRevenue,
    /// Paid in these days.
    pub taken_minor: i64,
    /// Given back.
    pub refunded_minor: i64,
    /// Days paid ahead: service still owed.
    pub paid_ahead_minor: i64,
    /// Credit of members.
    pub credit_minor: i64,
    /// What the points of all members are worth, as each stood when it last changed.
    pub points_minor: i64,
    /// Members who left of those before, in hundredths of a percent; none where there were none.
    pub logo_churn_bp: Option<i64>,
    /// The same of what they brought in a month, with those who took less.
    pub revenue_churn_bp: Option<i64>,
    /// The same less what others took more.
    pub net_churn_bp: Option<i64>,
    /// By tier, after the last day.
    pub tiers: Vec<MemberTierFigures>,
    /// Why members left.
    pub reasons: Vec<MemberReasonCount>,
    /// Those who joined in a month, and who of them is left.
    pub cohorts: Vec<MemberCohort>,
}

/// From what members brought in a month before to what they bring after, minor units: `opening + new + imported + reactivation + expansion + resumed − contraction − paused − churn = closing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberRevenue {
    /// Before.
    pub opening: i64,
    /// By those who joined for the first time.
    pub new: i64,
    /// By those brought along.
    pub imported: i64,
    /// By those who joined again.
    pub reactivation: i64,
    /// By higher tiers and prices.
    pub expansion: i64,
    /// By lower ones.
    pub contraction: i64,
    /// By pauses that began.
    pub paused: i64,
    /// By pauses that ended.
    pub resumed: i64,
    /// By those who left.
    pub churn: i64,
    /// After.
    pub closing: i64,
}

/// Members of a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberTierFigures {
    /// Id.
    pub tier: String,
    /// Members.
    pub members: i64,
    /// Of them paused.
    pub paused: i64,
    /// Of them with a payment due or failed.
    pub late: i64,
    /// What they bring in a month.
    pub monthly_minor: i64,
}

/// Why members left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberReasonCount {
    /// A code.
    pub reason: String,
    /// How many.
    pub members: i64,
}

/// Those who joined for the first time in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberCohort {
    /// Its first day.
    pub month: String,
    /// How many.
    pub joined: i64,
    /// Members at the end of that month and of each after.
    pub kept: Vec<i64>,
    /// What those bring in a month.
    pub monthly_minor: Vec<i64>,
}
