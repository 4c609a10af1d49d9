//! Work that a person does not wait for runs behind the screens: on a PC with two cores a first sync would otherwise be in the
//! way of every number that is asked for meanwhile.

use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

/// Below normal on Windows, nice 9 on Linux.
const BEHIND: u8 = 25;

/// Lets every thread of normal priority go before the current one, for as long as it lives. Where the system does not allow it
/// nothing changes.
pub fn run_behind_screens() {
    let set = ThreadPriorityValue::try_from(BEHIND)
        .map(|value| set_current_thread_priority(ThreadPriority::Crossplatform(value)));
    if !matches!(set, Ok(Ok(()))) {
        tracing::debug!("the system does not let this thread stand back");
    }
}
