//! The threads that pages are read on: behind the screens, whose numbers a person waits for.

use backroom_store::run_behind_screens;
use std::sync::OnceLock;
use tokio::runtime::{Builder, Handle, Runtime};

/// Reading a page is mostly waiting; what it computes shares two cores with the writer.
const THREADS: usize = 2;

/// Where pulls run: a runtime of its own, made once; the caller's where there can be no more threads.
pub(crate) fn handle() -> Handle {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(THREADS).thread_name("pull").enable_all().on_thread_start(run_behind_screens);
        builder.build().ok()
    });
    runtime.as_ref().map_or_else(Handle::current, |runtime| runtime.handle().clone())
}
