//! What can go wrong with the buffer.

use rusqlite::ErrorCode;

/// A failure of local storage. Nothing that was acknowledged is lost by any of these.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another Backroom has the data folder open.
    #[error("another Backroom is already using this data folder")]
    AlreadyOpen,
    /// The data folder or file cannot be created, read or written.
    #[error("the data folder cannot be used: {}", why(.0))]
    Io(#[source] std::io::Error),
    /// A copy of the buffer cannot be written where it was to go.
    #[error("the copy cannot be written: {}", why(.0))]
    Copy(#[source] std::io::Error),
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The data folder is read-only.
    #[error("the data folder is read-only")]
    ReadOnly,
    /// The disk failed while it was read or written; what was being stored is not acknowledged.
    #[error("the disk could not be read or written")]
    Disk,
    /// The file was deleted, moved or replaced while it was open.
    #[error("backroom.db is no longer the one that was opened: it was deleted, moved or replaced")]
    Replaced,
    /// The file is damaged or is not a Backroom buffer.
    #[error("the buffer file is damaged")]
    Corrupt,
    /// The file was written by a newer Backroom.
    #[error("the buffer was written by a newer version of Backroom")]
    TooNew,
    /// The file was written by an older Backroom and has not been brought up to date yet.
    #[error("the buffer was written by an older version of Backroom and has to be brought up to date first")]
    TooOld,
    /// The SQLite library is older than the first one safe for us.
    #[error("the SQLite library is too old ({0})")]
    UnsafeSqlite(&'static str),
    /// A reader took longer than it may.
    #[error("the question took too long and was stopped")]
    TooSlow,
    /// The writer has stopped.
    #[error("the buffer is closed")]
    Closed,
    /// A sealed value cannot be opened with this computer's key.
    #[error("a sealed value cannot be opened with the key of this computer")]
    Sealed,
    /// Another person has this name.
    #[error("another person has this name")]
    NameTaken,
    /// Without an owner nobody could change anything any more.
    #[error("the last owner has to stay one")]
    LastOwner,
    /// Somebody else changed it since it was read.
    #[error("it was changed by somebody else in the meantime")]
    ChangedMeanwhile,
    /// Somebody else is found by this already.
    #[error("somebody else is found by this already")]
    KeyTaken(crate::counter::members::KeyKind),
    /// Points were earned on this sale already.
    #[error("Points were given for this sale already.")]
    SaleTaken,
    /// What was named is not here.
    #[error("there is no such record here")]
    NotHere,
    /// A rule of the buffer would have been broken; a fault of ours.
    #[error("the buffer refused a change: {0}")]
    Invariant(&'static str),
    /// Anything else that SQLite says.
    #[error("the buffer failed: {0}")]
    Sqlite(#[source] rusqlite::Error),
    /// A migration could not be carried out; the old schema stands.
    #[error("the buffer could not be brought to this version: {0}")]
    Migration(#[source] Box<rusqlite_migration::Error>),
}

impl StoreError {
    /// A stable code for the program.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlreadyOpen => "STORE_IN_USE",
            Self::Io(_) => "STORE_FOLDER",
            Self::Copy(_) => "STORE_COPY",
            Self::DiskFull => "STORE_DISK_FULL",
            Self::ReadOnly => "STORE_READ_ONLY",
            Self::Disk => "STORE_DISK",
            Self::Replaced => "STORE_REPLACED",
            Self::Corrupt => "STORE_CORRUPT",
            Self::TooNew => "STORE_TOO_NEW",
            Self::TooOld => "STORE_TOO_OLD",
            Self::UnsafeSqlite(_) => "STORE_SQLITE_TOO_OLD",
            Self::TooSlow => "STORE_TOO_SLOW",
            Self::Closed => "STORE_CLOSED",
            Self::Sealed => "STORE_SEALED",
            Self::NameTaken => "PERSON_NAME_TAKEN",
            Self::LastOwner => "PERSON_LAST_OWNER",
            Self::ChangedMeanwhile => "STORE_CHANGED_MEANWHILE",
            Self::KeyTaken(_) => "STORE_KEY_TAKEN",
            Self::SaleTaken => "STORE_SALE_TAKEN",
            Self::NotHere => "STORE_NOT_HERE",
            Self::Invariant(_) => "STORE_INVARIANT",
            Self::Sqlite(_) => "STORE_FAILED",
            Self::Migration(_) => "STORE_MIGRATION",
        }
    }

    /// What the system says of the place of a copy.
    pub(crate) fn of_copy(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull { Self::DiskFull } else { Self::Copy(error) }
    }

    /// What the person can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::AlreadyOpen => "Close the other Backroom, or choose another data folder.",
            Self::Io(_) => "Check that the folder exists and that you may write to it.",
            Self::Copy(_) => {
                "The buffer itself is untouched. Check that the place exists and that you may write there, or name another file."
            }
            Self::DiskFull => "Free some space; Backroom goes on by itself. Nothing that was stored is lost.",
            Self::ReadOnly => "Make the folder writable, or choose another one.",
            Self::Disk => {
                "What was stored before is safe. Check the disk and how it is connected; Backroom goes on when it answers again."
            }
            Self::Replaced => {
                "Nothing is written, sent or shown from the old one any more. Close Backroom, and start it again to go on with the file that is there now; to have the old one, put it back or restore a backup first."
            }
            Self::Corrupt => {
                "Restore a backup, or move backroom.db out of the data folder and sync again: the points of sale still have everything."
            }
            Self::TooNew => "Update Backroom, or restore the backup made before the update.",
            Self::TooOld => "Start Backroom once: it keeps a copy of the file and brings it up to date.",
            Self::UnsafeSqlite(_) => "Install Backroom again from its installer.",
            Self::TooSlow => "Try again, or ask for a shorter period.",
            Self::Closed => "Start Backroom again.",
            Self::Sealed => "Unlock the keychain of this computer, or sync again to read the data anew.",
            Self::NameTaken => "Choose another name.",
            Self::LastOwner => "Make somebody else an owner first.",
            Self::ChangedMeanwhile => "Nothing was changed by you. Look at it again and repeat what you wanted.",
            Self::SaleTaken => "Each sale earns once. Nothing was changed.",
            Self::KeyTaken(_) => "Look at whoever it leads to. Nothing was changed.",
            Self::NotHere => "Look at the list again: it may have been made on another PC.",
            Self::Invariant(_) | Self::Sqlite(_) => "Run the self-check (backroomctl doctor) and tell us what it says.",
            Self::Migration(_) => {
                "The old data is untouched. Start the previous version, or free some space and try again."
            }
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // The index of the log cannot grow: SQLite tells a full disk apart only where it writes rows.
            _ if error.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) => {
                Self::DiskFull
            }
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt,
            Some(ErrorCode::SystemIoFailure) => Self::Disk,
            Some(ErrorCode::OperationInterrupted) => Self::TooSlow,
            _ => Self::Sqlite(error),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::DiskFull,
            std::io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Io(error),
        }
    }
}

/// The usual reasons in words for a person; others as the system tells them.
fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => "a file is in its place".to_owned(),
        std::io::ErrorKind::PermissionDenied => "you may not read or write there".to_owned(),
        std::io::ErrorKind::NotFound => "it is not there".to_owned(),
        _ => error.to_string(),
    }
}
