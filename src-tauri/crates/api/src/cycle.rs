//! The schedule: sync, then send, again and again, and what each cycle did.

use crate::counter::today;
use crate::dto::{ApiError, PushOutcome, SyncOutcome};
use crate::engine::{Engine, held};
use backroom_core::Timestamp;
use backroom_core::table::Table;
use backroom_sync::PullOptions;
use std::time::Duration;
use tokio::sync::broadcast;

/// What a part of a cycle did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cycle {
    /// The sources were pulled; a stream that failed says so itself.
    Synced(SyncOutcome),
    /// What waited was sent; a table that stopped says so itself.
    Sent(PushOutcome),
    /// Nothing could be pulled or sent at all.
    Failed {
        /// `sync` or `push`.
        work: &'static str,
        /// Why.
        error: ApiError,
    },
}

impl Engine {
    /// Hears what each cycle did, after it ended.
    pub fn cycles(&self) -> broadcast::Receiver<Cycle> {
        self.inner.cycles.subscribe()
    }

    /// Syncs, then sends, every `every`, until stopped. Calling it again changes nothing.
    pub fn start_schedule(&self, every: Duration) {
        let mut scheduled = held(&self.inner.scheduled);
        if scheduled.is_some() {
            return;
        }
        held(&self.inner.schedule).every_seconds = crate::settings::every_seconds(&self.config(), every);
        let engine = self.clone();
        *scheduled = Some(tokio::spawn(async move { engine.follow_schedule().await }));
    }

    async fn follow_schedule(&self) {
        self.settle_update().await;
        self.start_updates();
        while !self.inner.stopped.is_cancelled() {
            let now = self.inner.clock.now();
            let due = held(&self.inner.schedule).next_at(now);
            let wait = due.seconds_since(now);
            if wait > 0 {
                // In small steps: a computer that slept, or a clock that was set, must not put a sync off.
                let step = Duration::from_secs(u64::try_from(wait.min(15)).unwrap_or(15));
                tokio::select! {
                    () = tokio::time::sleep(step) => {}
                    () = self.inner.stopped.cancelled() => return,
                }
                continue;
            }
            self.sync_and_send().await;
        }
    }

    /// One cycle. What fails is recorded with its stream or batch, shown on the screen, and tried again.
    pub(crate) async fn sync_and_send(&self) {
        if self.inner.stopped.is_cancelled() {
            return;
        }
        let synced = self.sync(PullOptions::default()).await;
        if let Err(error) = &synced {
            let mut schedule = held(&self.inner.schedule);
            schedule.last_start = Some(self.inner.clock.now());
            schedule.failures = schedule.failures.saturating_add(1);
            tracing::info!(code = %error.code, "A sync could not be done.");
        }
        let mut halted = synced.as_ref().err().cloned();
        self.tell("sync", synced.map(Cycle::Synced));
        if self.config().warehouse.is_some() && !self.inner.stopped.is_cancelled() {
            let sent = self.push().await;
            let arrived = |table: &Table| {
                let sent = sent.iter().flat_map(|outcome| &outcome.tables);
                sent.filter(|t| t.table == table.name()).any(|t| t.rows > 0 && t.error.is_none())
            };
            let mut sales = vec![Table::SquarePayments, Table::LightspeedTransactions];
            sales.retain(arrived);
            if !sales.is_empty()
                && let Err(error) = self.note_freshness(&sales).await
            {
                tracing::info!(code = %error.code, "How fresh the warehouse is could not be noted.");
            }
            if let Err(error) = &sent {
                tracing::info!(code = %error.code, "What waits could not be sent.");
            }
            halted = halted.or_else(|| sent.as_ref().err().cloned());
            self.tell("push", sent.map(Cycle::Sent));
        }
        // Time does something to members once a business day; what is written meanwhile is of that day already.
        let today = today(self);
        if *held(&self.inner.settled_on) != Some(today) {
            match self.settle_members().await {
                Ok(_) => *held(&self.inner.settled_on) = Some(today),
                Err(error) => {
                    tracing::info!(code = %error.code, "What time did to members could not be written down.");
                }
            }
        }
        if let Err(error) = self.note_ends().await {
            tracing::info!(code = %error.code, "When the accesses end could not be noted.");
        }
        if !self.inner.stopped.is_cancelled()
            && let Err(error) = self.tidy_when_due().await
        {
            tracing::info!(code = %error.code, "What is too old could not be removed.");
        }
        let before = std::mem::replace(&mut *held(&self.inner.halted), halted.clone());
        if before != halted {
            self.changed(&["app", "sales", "sync"]);
        }
    }

    fn tell(&self, work: &'static str, outcome: Result<Cycle, ApiError>) {
        // Nobody listening is fine.
        let _ = self.inner.cycles.send(outcome.unwrap_or_else(|error| Cycle::Failed { work, error }));
    }

    /// When the next sync starts by itself.
    pub(crate) fn next_sync(&self) -> Option<Timestamp> {
        held(&self.inner.scheduled).as_ref()?;
        Some(held(&self.inner.schedule).next_at(self.inner.clock.now()))
    }

    /// Ends at the next safe point: what was fetched is kept, what is being sent is sent again.
    pub async fn stop(&self) {
        self.inner.stopped.cancel();
        if let Some(run) = held(&self.inner.running).as_ref() {
            run.cancel();
        }
        if let Some(sending) = held(&self.inner.sending).as_ref() {
            sending.cancel();
        }
        let task = held(&self.inner.scheduled).take();
        if let Some(task) = task {
            let _ = tokio::time::timeout(Duration::from_secs(10), task).await;
        }
    }

    /// Waits until no sync and no delivery is under way, whoever began it. After `stop` none begins any more.
    pub async fn idle(&self) {
        let _synced = self.inner.syncing.lock().await;
        let _sent = self.inner.pushing.lock().await;
    }
}
