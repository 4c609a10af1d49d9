//! Behaviour that the documentation leaves open, that differs from reply to reply, or that is wrong.

use serde::{Deserialize, Serialize};

/// How the account answers beside what it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Quirks {
    /// A void or an edit of a completed sale moves its `timeStamp` too.
    pub void_moves_stamp: bool,
    /// It moves its `updatetime`; where neither moves, nothing tells of it but the record itself.
    pub void_moves_update: bool,
    /// `updateTime` in place of `updatetime`.
    pub camel_update: bool,
    /// No children: empty text in place of nothing.
    pub empty_text: bool,
    /// Cash is told as it was handed over, with the change beside it; otherwise as it was kept.
    pub cash_as_handed: bool,
    /// Items tell no `avgCost`, which is deprecated: what goods cost stands in their `ItemShop` alone.
    pub no_average_cost: bool,
    /// Categories tell no times.
    pub timeless_categories: bool,
    /// Pages are never longer than this.
    pub longest_page: Option<usize>,
    /// The next page lies on another host.
    pub foreign_next: bool,
    /// From the second page on, the next page is the one that was asked for.
    pub stuck_next: bool,
    /// Relations that were asked for do not come, as if there were none.
    pub drop_relations: bool,
    /// Fields of these names hold a word in place of their value.
    pub nonsense: Vec<String>,
    /// Shops lie in a time zone that nobody knows.
    pub strange_zone: bool,
    /// Answers as the other product line does.
    pub x_series: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            void_moves_stamp: false,
            void_moves_update: true,
            camel_update: false,
            empty_text: false,
            cash_as_handed: true,
            no_average_cost: false,
            timeless_categories: false,
            longest_page: None,
            foreign_next: false,
            stuck_next: false,
            drop_relations: false,
            nonsense: Vec::new(),
            strange_zone: false,
            x_series: false,
        }
    }
}
