//! Integration suites of Backroom.
