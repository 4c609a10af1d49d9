//! Members: what comes in about a person is sealed before it is stored, and no log or error repeats it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Names a member.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberRef {
    /// Its id.
    pub id: String,
}

/// A tier: what it costs, how long a payment lasts, what its members get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberTier {
    /// Its id; where it is empty in a draft, one is made from the name.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its place among the tiers; the higher, the better.
    pub rank: u16,
    /// Price of a period before tax.
    pub price_minor: i64,
    /// ISO 4217; where it is empty in a draft, the main currency of the shop.
    pub currency: String,
    /// `month`, `quarter`, `year`, or `days:` and how many.
    pub period: String,
    /// Days that benefits go on after a payment failed or fell due.
    pub grace_days: u16,
    /// Days before the end of a period from which the next may be paid.
    pub early_days: u16,
    /// The longest pause, in days.
    pub pause_days: u16,
    /// Points in percent of what everybody earns.
    pub points_percent: u16,
    /// What the shop does for them, in its own words.
    pub benefits: Vec<String>,
    /// Their discounts.
    pub discounts: Vec<MemberTierDiscount>,
    /// The day from which nobody can take it any more. Retiring sets it.
    pub closed_on: Option<String>,
}

/// A discount that a tier gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberTierDiscount {
    /// Names it; unique among all tiers.
    pub id: String,
    /// What the clerk and the customer read.
    pub label: String,
    /// Hundredths of a percent.
    pub basis_points: u16,
    /// The categories it is for; with none here and in `except`, everything.
    pub only: Vec<String>,
    /// The categories it is not for.
    pub except: Vec<String>,
    /// The most it gives in one sale.
    pub cap_sale_minor: Option<i64>,
    /// The most it gives in one period of the membership.
    pub cap_period_minor: Option<i64>,
    /// The least margin on real cost that it leaves, in hundredths of a percent; zero is never below cost.
    pub margin_floor: u16,
    /// Whether a manager may let it come on top of another.
    pub stackable: bool,
}

/// Who a member is. All of it is sealed, and found by keyed hashes alone.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberPerson {
    /// Whose it is; none for somebody new. Of somebody known, what is not named stays and what is named empty goes.
    #[serde(default)]
    #[ts(optional)]
    pub id: Option<String>,
    /// Name.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
    /// Phone number.
    #[serde(default)]
    #[ts(optional)]
    pub phone: Option<String>,
    /// E-mail address.
    #[serde(default)]
    #[ts(optional)]
    pub email: Option<String>,
    /// Member card.
    #[serde(default)]
    #[ts(optional)]
    pub card: Option<String>,
    /// The tier that somebody new takes at once, paying the first period.
    #[serde(default)]
    #[ts(optional)]
    pub tier: Option<String>,
    /// Whether it is another person although the phone number or the e-mail address is known.
    #[serde(default)]
    #[ts(optional)]
    pub anyway: Option<bool>,
}

/// Consent to marketing, given or taken back; apart from the membership.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberConsentDraft {
    /// Whose.
    pub id: String,
    /// Whether it is given.
    pub given: bool,
    /// The day on which it was said; today where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub on: Option<String>,
    /// Where it was said, such as `counter form`: the proof.
    pub source: String,
}

/// What a member said to marketing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberConsent {
    /// Whether consent was given.
    pub given: bool,
    /// On which day.
    pub on: String,
    /// Where.
    pub source: String,
}

/// What was typed or scanned to find somebody.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberQuery {
    /// A phone number or its end, a card, or the beginnings of a name.
    pub text: String,
}

/// Asks for members by how they stand, those whose paid days end first before the others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberList {
    /// `active`, `due`, `grace`, `paused`, `cancelled`, `expired` or `never`; `late` for the queue of failed payments.
    #[serde(default)]
    #[ts(optional)]
    pub status: Option<String>,
    /// Members left out.
    #[serde(default)]
    #[ts(optional)]
    pub offset: Option<u32>,
    /// At most so many; 50 where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// A member in a list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberLine {
    /// Id.
    pub id: String,
    /// Name; empty where the person was erased.
    pub name: String,
    /// How the member stands today.
    pub status: String,
    /// Id of the tier.
    pub tier: Option<String>,
    /// Name of the tier.
    pub tier_name: Option<String>,
    /// Member since.
    pub since: Option<String>,
    /// The first day that is not paid for.
    pub paid_through: Option<String>,
    /// Points that can be spent.
    pub points: i64,
    /// The first day without benefits unless a payment comes before, where one is late.
    pub lapses_on: Option<String>,
    /// Payments that failed since one fell due.
    pub attempts: u32,
    /// What is to be paid where it is late.
    pub due_minor: i64,
    /// The merged record by which this one was found.
    pub found_as: Option<String>,
}

/// A member with everything.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberTold {
    /// As in a list.
    pub line: MemberLine,
    /// Whether phone number and address are shown in part: to whoever is no manager.
    pub masked: bool,
    /// Phone number.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Member card.
    pub card: Option<String>,
    /// What was said to marketing, oldest first; the last counts.
    pub consents: Vec<MemberConsent>,
    /// Customers of sources that are this person, as `source/id`.
    pub links: Vec<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Price of a period as agreed.
    pub price_minor: Option<i64>,
    /// Length of a period.
    pub period: Option<String>,
    /// Whether discounts and other benefits apply.
    pub has_benefits: bool,
    /// The first day on which the next period can be paid.
    pub renewable_from: Option<String>,
    /// The first day on which it goes on, where it is paused.
    pub paused_until: Option<String>,
    /// The first day without membership, where a cancellation waits; it can be undone until then.
    pub ends_on: Option<String>,
    /// The lower tier that begins when the paid days are over.
    pub next_tier: Option<String>,
    /// The member's credit.
    pub credit_minor: i64,
    /// Value of the days that are paid and not used.
    pub paid_ahead_minor: i64,
    /// What the points are worth.
    pub points_worth_minor: i64,
    /// The record that counts in place of this one.
    pub merged_into: Option<String>,
    /// Records that were merged into this one.
    pub merged: Vec<String>,
    /// When the person was erased.
    pub erased_at: Option<String>,
    /// What happened, oldest first.
    pub events: Vec<MemberEventLine>,
    /// How many events that is: give it with a change to be sure that nothing happened since.
    pub seen: i64,
}

/// Something that happened to a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberEventLine {
    /// The business day from which it counts.
    pub day: String,
    /// What.
    pub kind: String,
    /// The tier from then on.
    pub tier: Option<String>,
    /// What was paid with it.
    pub paid_minor: i64,
    /// What was given back.
    pub refunded_minor: i64,
    /// Who did it; empty where nobody had signed in.
    pub operator: String,
}

/// Something to be done with a membership, or to be shown before.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberAct {
    /// Whose.
    pub id: String,
    /// `subscribe`, `upgrade`, `downgrade`, `undo_downgrade`, `pause`, `resume`, `cancel`, `undo_cancellation`, `renew`, `payment_failed`, `payment_recovered`, `pay_out_credit`, `merge` or `unmerge`.
    pub action: String,
    /// The tier, to subscribe, to change to, or to renew at what it costs now.
    #[serde(default)]
    #[ts(optional)]
    pub tier: Option<String>,
    /// The first day on which a paused membership goes on.
    #[serde(default)]
    #[ts(optional)]
    pub until: Option<String>,
    /// `now` or `period_end`, for `downgrade` and `cancel`; the latter where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub effect: Option<String>,
    /// Why, for `cancel`: `too_expensive`, `not_used`, `moved_away`, `dissatisfied`, `mistake`, `other` or `not_told`.
    #[serde(default)]
    #[ts(optional)]
    pub reason: Option<String>,
    /// Whether unused days are given back in money, for `cancel` now.
    #[serde(default)]
    #[ts(optional)]
    pub refund: Option<bool>,
    /// The record that counts from now on, for `merge`.
    #[serde(default)]
    #[ts(optional)]
    pub into: Option<String>,
    /// How many events whoever decides has seen; where more happened since, nothing is done.
    #[serde(default)]
    #[ts(optional)]
    pub seen: Option<i64>,
}

/// What an act would do, in days and money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberPreview {
    /// How the member would stand.
    pub standing: String,
    /// Id of the tier.
    pub tier: Option<String>,
    /// The first day not paid for.
    pub paid_through: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// How a change of tier comes about in money.
    pub lines: Vec<MemberPreviewLine>,
    /// To be paid now.
    pub due_minor: i64,
    /// To be given back now.
    pub refund_minor: i64,
    /// The member's credit afterwards.
    pub credit_minor: i64,
    /// What would happen.
    pub events: Vec<String>,
    /// How many events it was worked out on.
    pub seen: i64,
}

/// A line of a change of tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberPreviewLine {
    /// `credit` for the member, `charge` for the shop.
    pub side: String,
    /// Id of the tier.
    pub tier: String,
    /// First day.
    pub from: String,
    /// First day after.
    pub until: String,
    /// How many days.
    pub days: i64,
    /// Of how many.
    pub of_days: i64,
    /// What those cost or were paid.
    pub of_minor: i64,
    /// The amount.
    pub amount_minor: i64,
}

/// A customer of a source is a member, or is not.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MemberLink {
    /// The member.
    pub id: String,
    /// Name of the source.
    pub source: String,
    /// Id of the customer there.
    pub customer: String,
    /// Whether it is this person.
    pub linked: bool,
}

/// A customer of a point of sale who is this member, or may be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberCustomer {
    /// Name of the source.
    pub source: String,
    /// Kind of the source, such as `square`.
    pub kind: String,
    /// Id there.
    pub customer: String,
    /// Name there; empty where it has none or is not known any more.
    pub name: String,
    /// The last business day with a purchase.
    pub last_bought: Option<String>,
    /// Whether it is linked; else it has the same phone number or e-mail address.
    pub linked: bool,
}

/// Proof that a person was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberErased {
    /// The member.
    pub id: String,
    /// Number of the entry in the audit log; 0 where there is no log.
    pub audit: i64,
    /// Records that were emptied, merged ones among them.
    pub records: u32,
}
