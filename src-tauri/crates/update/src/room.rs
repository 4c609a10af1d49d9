//! Room on the disk.

/// Bytes that must be free before an update: the buffer's copy, its migration, the installer and what it unpacks. 2.2 times the
/// buffer and the installer.
pub const fn room_needed(buffer: u64, installer: u64) -> u64 {
    let both = buffer.saturating_add(installer);
    both.saturating_mul(2).saturating_add(both / 5)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_room_is_that_of_both_twice_and_a_fifth() {
        for (buffer, installer, needed) in [(0, 0, 0), (1_000, 0, 2_200), (700, 300, 2_200), (u64::MAX, 1, u64::MAX)] {
            assert!(super::room_needed(buffer, installer) >= needed, "{buffer} and {installer}");
        }
        assert_eq!(super::room_needed(1_000_000, 500_000), 3_300_000);
    }
}
