//! The one writer: a thread with the only connection that writes.
//!
//! Pages are applied as they come and committed together about once a second, or at once when somebody waits for them
//! (`flush`, the end of a pull, any other write). A commit fsyncs, so few large ones cost less than many small ones.
//! Where a page cannot be applied, the whole open transaction is undone and every page in it is reported lost to the
//! puller, which asks the source again: nothing is half done.

use crate::apply::{Delivers, OutboxRuns, Work};
use crate::delta::Deltas;
use crate::error::StoreError;
use crate::intern::Keys;
use crate::open::{Options, Store};
use crate::page::{PageWrite, PullEnd, PullKind, PullStats, ends};
use crate::place::Place;
use crate::raw::Seal;
use crate::stream::{StreamId, source_of};
use backroom_core::source::Entity;
use backroom_core::{Clock, DayRule, Timestamp};
use rusqlite::{Connection, params};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// How long a transaction stays open while pages come.
const COMMIT_EVERY: Duration = Duration::from_millis(1_000);
/// Keys of waiting changes after which a transaction is closed early: bounds memory.
const LARGEST_DELTA: usize = 20_000;

type Job = Box<dyn FnOnce(&Connection) -> Result<(), StoreError> + Send>;

pub(crate) enum Command {
    Page(Box<PageWrite>),
    Flush(oneshot::Sender<Result<(), StoreError>>),
    /// A write of its own transaction; the second part is called after the commit with how it ended.
    Write(Job, Box<dyn FnOnce(Result<(), StoreError>) + Send>),
    /// Forgets the pulls that were cut off.
    Reset(oneshot::Sender<()>),
    /// Another business day rule of the shop.
    Rule(DayRule, oneshot::Sender<Result<(), StoreError>>),
}

#[derive(Default)]
struct Pull {
    stats: PullStats,
    seen: HashSet<i64>,
}

pub(crate) struct Writer {
    c: Connection,
    place: Place,
    commands: mpsc::Receiver<Command>,
    clock: Arc<dyn Clock>,
    rule: DayRule,
    seal: Arc<OnceLock<Seal>>,
    keys: Keys,
    deltas: Deltas,
    outbox: OutboxRuns,
    pulls: HashMap<u64, Pull>,
    /// Pulls that lost a page: the rest of them is dropped, so that no sweep judges by half of what there is.
    broken: HashSet<u64>,
    sources: HashMap<StreamId, (i64, Delivers, Entity, bool)>,
    opened: Option<Instant>,
    waiting: Vec<(oneshot::Sender<PullStats>, PullStats)>,
    failed: Option<StoreError>,
}

impl Writer {
    pub(crate) fn new(
        c: Connection,
        place: Place,
        options: &Options,
        seal: Arc<OnceLock<Seal>>,
        commands: mpsc::Receiver<Command>,
        recount: bool,
    ) -> Result<Self, StoreError> {
        let writer = Self {
            c,
            place,
            commands,
            clock: options.clock.clone(),
            rule: options.rule,
            seal,
            keys: Keys::new(options.rule, options.zone_is_set),
            deltas: Deltas::default(),
            outbox: OutboxRuns::default(),
            pulls: HashMap::new(),
            broken: HashSet::new(),
            sources: HashMap::new(),
            opened: None,
            waiting: Vec::new(),
            failed: None,
        };
        if recount {
            crate::doctor::recount_days(&writer.c, options.rule, options.zone_is_set, options.clock.now())?;
        }
        let opening = writer.c.unchecked_transaction()?;
        crate::pace::move_on(&opening, options.rule.day_of(options.clock.now()).number())?;
        opening.commit()?;
        Ok(writer)
    }

    pub(crate) fn run(mut self) {
        while let Some(command) = self.next() {
            match command {
                Next::Command(command) => self.take(command),
                Next::Due => {
                    if let Err(error) = self.commit() {
                        self.fail(error);
                    }
                }
            }
        }
        if let Err(error) = self.commit() {
            tracing::error!(code = error.code(), "The last pages could not be stored.");
        }
        // Leaves one tidy file behind: best effort, the log is replayed otherwise.
        let _ = self.c.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
    }

    /// The next command, or that the open transaction is due.
    fn next(&mut self) -> Option<Next> {
        if let Some(opened) = self.opened
            && (opened.elapsed() >= COMMIT_EVERY || self.deltas.len() + self.outbox.len() >= LARGEST_DELTA)
        {
            return Some(Next::Due);
        }
        match self.opened {
            None => self.commands.blocking_recv().map(Next::Command),
            Some(opened) => {
                let deadline = opened + COMMIT_EVERY;
                loop {
                    match self.commands.try_recv() {
                        Ok(command) => return Some(Next::Command(command)),
                        Err(mpsc::error::TryRecvError::Disconnected) => return None,
                        Err(mpsc::error::TryRecvError::Empty) => {
                            if Instant::now() >= deadline {
                                return Some(Next::Due);
                            }
                            // tokio's channel has no blocking receive with a limit.
                            std::thread::park_timeout(Duration::from_micros(500));
                        }
                    }
                }
            }
        }
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Page(page) => {
                if self.failed.is_some() || self.broken.contains(&page.pull) {
                    self.broken.insert(page.pull);
                    return;
                }
                let pull = page.pull;
                if let Err(error) = self.page(*page) {
                    self.fail(error);
                    self.broken.insert(pull);
                }
            }
            Command::Flush(reply) => {
                let outcome = match self.failed.take() {
                    Some(error) => Err(error),
                    None => self.commit().inspect_err(|_| self.undo()),
                };
                let _ = reply.send(outcome);
            }
            Command::Write(job, after) => {
                if let Err(error) = self.commit() {
                    self.fail(error);
                }
                after(self.alone(job));
            }
            Command::Rule(rule, reply) => {
                let _ = reply.send(self.commit().and_then(|()| self.take_rule(rule)).inspect_err(|_| self.undo()));
            }
            Command::Reset(reply) => {
                self.pulls.clear();
                self.broken.clear();
                self.failed = None;
                let _ = reply.send(());
            }
        }
    }

    /// From here on the shop counts its days by `rule`. Rows of locations without a zone of their own are counted anew.
    fn take_rule(&mut self, rule: DayRule) -> Result<(), StoreError> {
        let counted_by_shop: bool =
            self.c.query_row("SELECT EXISTS (SELECT 1 FROM location WHERE time_zone IS NULL)", [], |r| r.get(0))?;
        if counted_by_shop {
            crate::doctor::recount_days(&self.c, rule, false, self.clock.now())?;
        }
        self.rule = rule;
        self.keys = Keys::new(rule, false);
        Ok(())
    }

    fn alone(&mut self, job: Job) -> Result<(), StoreError> {
        self.c.execute_batch("BEGIN IMMEDIATE")?;
        let done = job(&self.c).and_then(|()| self.place.still_holds());
        let outcome = done.and_then(|()| Ok(self.c.execute_batch("COMMIT")?));
        if outcome.is_err() {
            self.undo();
        }
        outcome
    }

    /// Undoes the open transaction and forgets everything read in it.
    fn undo(&mut self) {
        if !self.c.is_autocommit() {
            let _ = self.c.execute_batch("ROLLBACK");
        }
        self.opened = None;
        self.keys.clear();
        self.deltas = Deltas::default();
        self.outbox.clear();
        self.waiting.clear();
        self.broken.extend(self.pulls.drain().map(|(pull, _)| pull));
    }

    fn fail(&mut self, error: StoreError) {
        tracing::warn!(code = error.code(), "Pages could not be stored; they will be asked for again.");
        self.undo();
        self.failed = Some(error);
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        if self.opened.is_none() {
            return Ok(());
        }
        let now = self.clock.now();
        let today = self.rule.day_of(now).number();
        crate::pace::move_on(&self.c, today)?;
        self.deltas.write(&self.c, today, now.micros())?;
        self.outbox.write(&self.c, now.micros().div_euclid(86_400_000_000))?;
        self.place.still_holds()?;
        self.c.execute_batch("COMMIT")?;
        self.opened = None;
        for (done, stats) in self.waiting.drain(..) {
            // The puller may have been cancelled; the rows stay.
            let _ = done.send(stats);
        }
        Ok(())
    }

    fn page(&mut self, page: PageWrite) -> Result<(), StoreError> {
        if self.opened.is_none() {
            self.c.execute_batch("BEGIN IMMEDIATE")?;
            self.opened = Some(Instant::now());
        }
        let now = self.clock.now();
        let (source, delivers, entity, filled) = self.stream(page.stream)?;
        let raw_page = match &page.raw {
            Some(sealed) if !page.rows.is_empty() => {
                self.c
                    .prepare_cached("INSERT INTO raw_page (stream, fetched_at, sealed) VALUES (?1, ?2, ?3)")?
                    .execute(params![page.stream.0, now.micros(), sealed])?;
                Some(self.c.last_insert_rowid())
            }
            _ => None,
        };
        let pull = self.pulls.entry(page.pull).or_default();
        let mut work = Work {
            c: &self.c,
            keys: &mut self.keys,
            deltas: &mut self.deltas,
            outbox: &mut self.outbox,
            source,
            delivers,
            raw_page,
            restates: filled && page.kind == PullKind::Changes,
            now: now.micros(),
            seal: self.seal.get(),
            seen: (page.kind == PullKind::All).then_some(&mut pull.seen),
        };
        let applied = work.apply(&page.rows)?;
        let mut swept = 0;
        if page.end.is_some() && page.kind == PullKind::All {
            swept = work.sweep(entity)?;
        }
        // What is only read again, as every cycle does with its overlap, has its reply here already.
        if let (Some(raw), 0, 0) = (raw_page, applied.changed, applied.deleted) {
            self.c.prepare_cached("DELETE FROM raw_page WHERE pk = ?1")?.execute([raw])?;
        }
        let (first, last) = ends(&page.rows);
        let stats = &mut pull.stats;
        stats.pages += 1;
        stats.requests += u64::from(page.requests);
        stats.rows += page.rows.len() as u64;
        stats.changed += applied.changed + swept;
        stats.deleted += applied.deleted + swept;
        stats.sum = stats.sum.saturating_add(applied.sum);
        let oldest = applied.oldest_changed.map(Timestamp::from_micros);
        stats.oldest_changed = stats.oldest_changed.map_or(oldest, |o| Some(oldest.map_or(o, |n| o.min(n))));
        stats.first_id = stats.first_id.take().or(first);
        stats.last_id = last.or(stats.last_id.take());
        if let Some(end) = page.end {
            let stats = self.pulls.remove(&page.pull).map(|p| p.stats).unwrap_or_default();
            self.end(page.stream, page.kind, now, &end, &stats)?;
            self.waiting.push((end.done, stats));
        }
        Ok(())
    }

    fn end(
        &mut self,
        stream: StreamId,
        kind: PullKind,
        now: Timestamp,
        end: &PullEnd,
        stats: &PullStats,
    ) -> Result<(), StoreError> {
        let c = &self.c;
        // Of the cycles in which nothing changed one receipt says all there is to say: from where the first of them began to where
        // the last one read, as long as they follow each other.
        let (quiet_from, quiet_to): (Option<i64>, Option<i64>) = c
            .prepare_cached(
                "SELECT min(from_at), max(coalesce(to_at, finished_at)) FROM receipt
                 WHERE stream = ?1 AND kind = ?2 AND changed = 0 AND kind <> 'window'",
            )?
            .query_row(params![stream.0, kind.name()], |r| Ok((r.get(0)?, r.get(1)?)))?;
        let mut from = end.from.map(Timestamp::micros);
        if from.zip(quiet_to).is_none_or(|(from, to)| from <= to) {
            c.prepare_cached(
                "DELETE FROM receipt WHERE stream = ?1 AND kind = ?2 AND changed = 0 AND kind <> 'window'",
            )?
            .execute(params![stream.0, kind.name()])?;
            from = from.map(|at| quiet_from.map_or(at, |quiet| quiet.min(at)));
        }
        c.prepare_cached(
            "INSERT INTO receipt (stream, kind, from_at, to_at, started_at, finished_at, pages, requests, rows, changed, deleted,
               first_id, last_id, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            stream.0, kind.name(), from, end.to.map(Timestamp::micros),
            end.started_at.micros(), now.micros(), stats.pages as i64, stats.requests as i64, stats.rows as i64,
            stats.changed as i64, stats.deleted as i64, stats.first_id, stats.last_id, stats.sum
        ])?;
        if let (PullKind::Window, Some(from), Some(to)) = (kind, end.from, end.to) {
            c.prepare_cached(
                "INSERT INTO history_window (stream, from_at, to_at, rows) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET from_at = min(from_at, excluded.from_at), rows = excluded.rows",
            )?
            .execute(params![stream.0, from.micros(), to.micros(), stats.rows as i64])?;
        }
        // A watermark that was set back while the pull ran stays where it is, unless the pull began that early.
        c.prepare_cached(
            "UPDATE stream SET watermark = CASE WHEN ?7 AND watermark < ?8 THEN watermark
                 ELSE nullif(max(coalesce(watermark, -1), coalesce(?2, -1)), -1) END,
               seen_version = nullif(max(coalesce(seen_version, -1), coalesce(?3, -1)), -1),
               last_sweep = CASE WHEN ?5 THEN ?6 ELSE last_sweep END, history_done = max(history_done, ?4) WHERE pk = ?1",
        )?
        .execute(params![
            stream.0, end.watermark.map(Timestamp::micros), end.seen.map(Timestamp::micros), end.history_done,
            kind == PullKind::All, now.micros(), kind == PullKind::Changes, end.from.map(Timestamp::micros)
        ])?;
        if let (PullKind::Changes, Some(oldest)) = (kind, stats.oldest_changed) {
            self.set_back(stream, oldest)?;
        }
        // Whether closed days are restated depends on the history being in.
        self.sources.remove(&stream);
        Ok(())
    }

    /// An order that a register uploaded late brings its payment with it, as old as itself. Together with the order it is kept
    /// from when on payments and refunds of that location have to be asked for again: whatever stops that, the next cycle does it.
    fn set_back(&self, orders: StreamId, oldest: Timestamp) -> Result<(), StoreError> {
        self.c
            .prepare_cached(
                "UPDATE stream SET watermark = ?2
                 WHERE watermark > ?2 AND history_done AND entity IN ('payments', 'refunds')
                   AND (source, location) IS (SELECT source, location FROM stream WHERE pk = ?1)",
            )?
            .execute(params![orders.0, oldest.micros()])?;
        Ok(())
    }

    /// Key of the source of a stream, where its rows go, its entity, and whether its history is in.
    fn stream(&mut self, stream: StreamId) -> Result<(i64, Delivers, Entity, bool), StoreError> {
        if let Some(&known) = self.sources.get(&stream) {
            return Ok(known);
        }
        let (source, kind, entity) = source_of(&self.c, stream)?;
        let filled: bool =
            self.c.query_row("SELECT history_done FROM stream WHERE pk = ?1", [stream.0], |r| r.get(0))?;
        let known = (source, Delivers::of(&kind), entity, filled);
        self.sources.insert(stream, known);
        Ok(known)
    }
}

enum Next {
    Command(Command),
    Due,
}

impl Store {
    /// Hands a page to the writer; waits only while its queue is full. It is stored by the next commit.
    ///
    /// # Errors
    /// `Closed` where the writer has stopped.
    pub async fn submit(&self, page: PageWrite) -> Result<(), StoreError> {
        let commands = self.inner.commands.as_ref().ok_or(StoreError::Closed)?;
        commands.send(Command::Page(Box::new(page))).await.map_err(|_| StoreError::Closed)
    }

    /// Commits what has been submitted.
    ///
    /// # Errors
    /// Why pages submitted since the last flush could not be stored; they have to be asked for again.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.ask(Command::Flush).await?
    }

    /// Forgets pulls that were cut off before their last page.
    ///
    /// # Errors
    /// `Closed` where the writer has stopped.
    pub async fn reset_pulls(&self) -> Result<(), StoreError> {
        self.ask(Command::Reset).await
    }

    /// Makes a change in a transaction of its own.
    ///
    /// # Errors
    /// What the change or the commit says; nothing is changed then.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let made: Arc<std::sync::Mutex<Option<T>>> = Arc::default();
        let slot = made.clone();
        let job: Job = Box::new(move |c| {
            let value = change(c)?;
            *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(value);
            Ok(())
        });
        let after = Box::new(move |outcome: Result<(), StoreError>| {
            let _ = reply.send(outcome);
        });
        let commands = self.inner.commands.as_ref().ok_or(StoreError::Closed)?;
        commands.send(Command::Write(job, after)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)??;
        let value = made.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        value.ok_or(StoreError::Closed)
    }
}
