//! How a process of ours treats memory.

/// A piece of memory of at least so many bytes is the system's own again as soon as it is freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const GIVEN_BACK_FROM: i32 = 256 << 10;
/// Stocks of small pieces, which threads share.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const STOCKS: i32 = 2;

/// To be called once, before there are other threads. A vendor's page is a few hundred kilobytes that live for milliseconds on
/// several threads. The allocator of Linux would learn to keep such pieces, for each thread apart: a tenth of what a sync holds.
/// Other systems give them back by themselves.
pub fn give_back_early() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(
        unsafe_code,
        reason = "the allocator has no other door; it takes two numbers and touches no memory of ours"
    )]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, STOCKS);
        libc::mallopt(libc::M_MMAP_THRESHOLD, GIVEN_BACK_FROM);
        libc::mallopt(libc::M_TRIM_THRESHOLD, GIVEN_BACK_FROM);
    }
}
