//! `backroomctl`: the Backroom engine without a window.
fn main() {}
