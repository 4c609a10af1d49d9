//! The engine over HTTP on loopback.
