//! Payments and refunds by list.

use super::account::{Account, Index};
use super::error::Refused;
use super::page::{Asked, Span, Walk, cut, time, width};
use crate::text::{Json, Named};
use crate::wire::{Reply, Request};

const YEAR: i64 = 365 * 86_400_000;
const LONGEST_PAGE: usize = 100;
/// Up to here an answer is put together from the narrower index even where it has to be sorted the other way.
const WORTH_SORTING: usize = 50_000;

const PAYMENT_PARAMETERS: &[&str] = &[
    "begin_time",
    "end_time",
    "sort_order",
    "cursor",
    "location_id",
    "total",
    "last_4",
    "card_brand",
    "limit",
    "is_offline_payment",
    "offline_begin_time",
    "offline_end_time",
    "updated_at_begin_time",
    "updated_at_end_time",
    "sort_field",
];
const REFUND_PARAMETERS: &[&str] = &[
    "begin_time",
    "end_time",
    "sort_order",
    "cursor",
    "location_id",
    "status",
    "source_type",
    "limit",
    "updated_at_begin_time",
    "updated_at_end_time",
    "sort_field",
];

/// Refuses parameters that the endpoint does not have.
pub(crate) fn known(request: &Request, parameters: &[&str]) -> Result<(), Refused> {
    match request.query.iter().find(|(name, _)| !parameters.contains(&name.as_str())) {
        Some((name, _)) => {
            Err(Refused::bad("UNKNOWN_QUERY_PARAMETER", format!("Unknown query parameter: `{name}`."), name))
        }
        None => Ok(()),
    }
}

pub(crate) fn descending(order: Option<&str>, default: bool) -> Result<bool, Refused> {
    match order {
        None | Some("") => Ok(default),
        Some("ASC") => Ok(false),
        Some("DESC") => Ok(true),
        Some(_) => Err(Refused::bad("INVALID_SORT_ORDER", "sort_order is ASC or DESC.", "sort_order")),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Created,
    Updated,
}

struct Question {
    created: Span,
    updated: Span,
    by: By,
    descending: bool,
    limit: usize,
    asked: Asked,
    /// The span the first page froze for the cursor: default start and end.
    frozen: Span,
}

impl Account {
    fn question(&self, request: &Request, now: i64) -> Result<Question, Refused> {
        let asked = self.asked_in_query(request, now)?;
        let at = |name: &str| request.param(name).filter(|v| !v.is_empty()).map(|v| time(v, name)).transpose();
        let by = match request.param("sort_field") {
            None | Some("" | "CREATED_AT" | "OFFLINE_CREATED_AT") => By::Created,
            Some("UPDATED_AT") => By::Updated,
            Some(_) => return Err(Refused::bad("INVALID_ENUM_VALUE", "Not a field to sort by.", "sort_field")),
        };
        let frozen = match &asked.cursor {
            Some(cursor) => Span { begin: cursor.begin, end: cursor.end },
            None => Span { begin: now - YEAR, end: now + 1 },
        };
        let inclusive = i64::from(self.quirks.end_inclusive);
        let (begin, end) = (at("begin_time")?, at("end_time")?);
        let (updated_begin, updated_end) = (at("updated_at_begin_time")?, at("updated_at_end_time")?);
        let by_update = updated_begin.is_some() || updated_end.is_some();
        let default_begin = if by_update && !self.quirks.default_begin_clips_updates { i64::MIN } else { frozen.begin };
        let created = Span {
            begin: begin.unwrap_or(default_begin),
            end: end.map_or(frozen.end, |end| (end + inclusive).min(frozen.end)),
        };
        let updated = Span {
            begin: updated_begin.unwrap_or(i64::MIN),
            end: match updated_end {
                Some(end) => (end + inclusive).min(frozen.end),
                None if by_update => frozen.end,
                // Nobody asked about changes: a row that changes during the walk is still told.
                None => i64::MAX,
            },
        };
        let limit = match request.param("limit") {
            None | Some("") => LONGEST_PAGE,
            Some(text) => match text.parse::<i64>() {
                Ok(limit) if limit >= 1 => usize::try_from(limit).unwrap_or(LONGEST_PAGE).min(LONGEST_PAGE),
                Ok(_) => return Err(Refused::bad("VALUE_TOO_LOW", "`limit` must be at least 1.", "limit")),
                Err(_) => return Err(Refused::bad("EXPECTED_INTEGER", "`limit` is a number.", "limit")),
            },
        };
        let limit = limit.min(self.quirks.longest_page.unwrap_or(limit)).max(1);
        let descending = descending(request.param("sort_order"), true)?;
        Ok(Question { created, updated, by, descending, limit, asked, frozen })
    }

    /// Rows of a page out of two indexes of the same rows.
    fn rows(
        created: &Index,
        updated: &Index,
        q: &Question,
        times: impl Fn(u32) -> (i64, i64),
        keep: impl Fn(u32) -> bool,
    ) -> (Vec<(i64, u32)>, bool) {
        let inside = |row: u32| {
            let (c, u) = times(row);
            q.created.has(c) && q.updated.has(u) && keep(row)
        };
        let (sorted, span, other, other_span) = match q.by {
            By::Created => (created, q.created, updated, q.updated),
            By::Updated => (updated, q.updated, created, q.created),
        };
        let after = q.asked.cursor.map(|c| c.last);
        let walk = Walk { span, descending: q.descending, after, limit: q.limit };
        let narrow = width(other, other_span);
        if narrow <= WORTH_SORTING && narrow < width(sorted, span) {
            let (entries, _) =
                cut(other, &Walk { span: other_span, descending: false, after: None, limit: usize::MAX }, inside);
            let mut own: Index = entries
                .into_iter()
                .map(|(_, row)| (if q.by == By::Created { times(row).0 } else { times(row).1 }, row))
                .collect();
            own.sort_unstable();
            return cut(&own, &walk, |_| true);
        }
        cut(sorted, &walk, inside)
    }

    /// `GET /v2/payments`.
    pub(crate) fn list_payments(&self, request: &Request, now: i64) -> Result<Reply, Refused> {
        known(request, PAYMENT_PARAMETERS)?;
        let q = self.question(request, now)?;
        // Without a location Square answers for the main one only.
        let location = match request.param("location_id").filter(|id| !id.is_empty()) {
            Some(id) => self.find(Named::Location, id).ok_or_else(|| {
                Refused::new(404, "INVALID_REQUEST_ERROR", "NOT_FOUND", "The location was not found.")
            })?,
            None => 0,
        };
        let Some(track) = self.tracks.get(location) else { return Ok(Reply::json(200, b"{}".to_vec())) };
        let whole = |name: &str| {
            let text = request.param(name).filter(|v| !v.is_empty());
            let bad = || Refused::bad("EXPECTED_INTEGER", format!("`{name}` is a number."), name);
            text.map(|v| v.parse::<i64>().map_err(|_| bad())).transpose()
        };
        let total = whole("total")?;
        let said = |name: &str| request.param(name).filter(|v| !v.is_empty());
        let (last_4, brand) = (said("last_4"), said("card_brand"));
        let offline = said("is_offline_payment").map(|v| v == "true");
        let offline_span = Span {
            begin: said("offline_begin_time").map_or(Ok(i64::MIN), |v| time(v, "offline_begin_time"))?,
            end: said("offline_end_time").map_or(Ok(i64::MAX), |v| time(v, "offline_end_time"))?,
        };
        let by_taken = request.param("sort_field") == Some("OFFLINE_CREATED_AT");
        let only_offline = by_taken || offline == Some(true) || offline_span != Span::ALL;
        let keep = |row: u32| {
            let sale = &self.sales[row as usize];
            total.is_none_or(|t| sale.amount + sale.tip == t)
                && (!only_offline || sale.offline() && offline_span.has(sale.taken))
                && (offline != Some(false) || !sale.offline())
                && (last_4.is_none() && brand.is_none() || self.card_is(row as usize, last_4, brand))
        };
        let times = |row: u32| {
            let sale = &self.sales[row as usize];
            (sale.created, sale.updated)
        };
        let (rows, more) = if by_taken {
            let sales = track.by_created.iter().filter(|(at, row)| q.created.has(*at) && keep(*row));
            let mut own: Index = sales.map(|(_, row)| (self.sales[*row as usize].taken, *row)).collect();
            own.sort_unstable();
            let after = q.asked.cursor.map(|c| c.last);
            cut(&own, &Walk { span: Span::ALL, descending: q.descending, after, limit: q.limit }, |_| true)
        } else {
            Self::rows(&track.by_created, &track.by_updated, &q, times, keep)
        };
        let mut json = Json::with_capacity(rows.len() * 1_700 + 256);
        self.page(&mut json, "payments", &rows, more, &q.asked, q.frozen, now, |json, row| {
            self.tell_payment(json, row as usize);
        });
        Ok(Reply::json(200, json.finish()))
    }

    /// `GET /v2/refunds`.
    pub(crate) fn list_refunds(&self, request: &Request, now: i64) -> Result<Reply, Refused> {
        known(request, REFUND_PARAMETERS)?;
        let mut q = self.question(request, now)?;
        if q.updated.begin == i64::MIN {
            // The documented default, which makes the two ranges start together.
            q.updated.begin = q.created.begin.min(q.updated.end);
        }
        let location = match request.param("location_id").filter(|id| !id.is_empty()) {
            Some(id) => Some(self.find(Named::Location, id).ok_or_else(|| {
                Refused::new(404, "INVALID_REQUEST_ERROR", "NOT_FOUND", "The location was not found.")
            })?),
            None => None,
        };
        let status = request.param("status").filter(|s| !s.is_empty());
        let source = request.param("source_type").filter(|s| !s.is_empty());
        let keep = |row: u32| {
            let refund = &self.refunds[row as usize];
            let sale = &self.sales[refund.sale as usize];
            location.is_none_or(|l| l == usize::from(sale.location))
                && status.is_none_or(|s| s == refund.state.name())
                && source.is_none_or(|s| s == sale.method.name())
        };
        let times = |row: u32| {
            let refund = &self.refunds[row as usize];
            (refund.created, refund.updated)
        };
        let (rows, more) = Self::rows(&self.refunds_created, &self.refunds_updated, &q, times, keep);
        let mut json = Json::with_capacity(rows.len() * 1_000 + 256);
        self.page(&mut json, "refunds", &rows, more, &q.asked, q.frozen, now, |json, row| {
            self.tell_refund(json, row as usize);
        });
        Ok(Reply::json(200, json.finish()))
    }

    /// A page: the list (absent where empty) and the cursor (absent on the last page).
    #[expect(clippy::too_many_arguments, reason = "each is one part of the page, told once")]
    pub(crate) fn page(
        &self,
        json: &mut Json,
        name: &str,
        rows: &[(i64, u32)],
        more: bool,
        asked: &Asked,
        frozen: Span,
        now: i64,
        mut tell: impl FnMut(&mut Json, u32),
    ) {
        json.open();
        if !rows.is_empty() {
            json.list(name);
            for (_, row) in rows {
                tell(json, *row);
            }
            json.close_list();
        }
        let last = if more { rows.last().copied() } else { None };
        if let Some(cursor) = self.next_cursor(asked, frozen, last, now) {
            json.str("cursor", &cursor);
        }
        json.close();
    }
}
