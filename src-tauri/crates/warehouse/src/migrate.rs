//! stub
/// What a migration did.
#[derive(Debug)]
pub struct Migration;
