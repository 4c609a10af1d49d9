//! What can be asked for on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The Backroom engine without a window.
#[derive(Parser)]
#[command(name = "backroomctl", version, about)]
pub struct Arguments {
    /// The data folder.
    #[arg(long, global = true, env = "BACKROOM_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print results as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// Where secrets come from.
    #[arg(long, global = true, value_enum, default_value_t = Secrets::Keychain)]
    pub secrets: Secrets,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where secrets come from.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Secrets {
    /// The keychain of the operating system.
    Keychain,
    /// `SQUARE_ACCESS_TOKEN`, `LIGHTSPEED_ACCESS_TOKEN`, `GOOGLE_APPLICATION_CREDENTIALS`, and `BACKROOM_BUFFER_KEY`: a long text
    /// that seals personal data; without it the access token does, and a new token can no longer open what the old one sealed.
    Env,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Pull once to the end.
    Sync {
        /// Only this source.
        #[arg(long, value_name = "NAME")]
        source: Option<String>,
        /// Only this entity: payments, refunds, orders, catalog, customers, locations, inventory or team.
        #[arg(long, value_name = "E")]
        entity: Option<String>,
        /// Read everything again.
        #[arg(long)]
        full: bool,
    },
    /// Deliver what waits to the warehouse.
    Push,
    /// Sync and push on a schedule until stopped.
    Run {
        /// Time between two, such as 15m, 90s or 1h.
        #[arg(long, default_value = "15m")]
        every: String,
    },
    /// The numbers of the dashboards.
    Report(Report),
    /// How fresh everything is and what waits.
    Status,
    /// Check the file, the rollups and the ledger.
    Doctor {
        /// Make the rollups anew from the rows.
        #[arg(long)]
        rebuild: bool,
    },
    /// Copy the buffer to FILE while it is in use.
    Backup {
        /// Where to.
        file: PathBuf,
    },
    /// Replace the buffer by the backup FILE; the replaced one is kept beside it.
    Restore {
        /// Where from.
        file: PathBuf,
    },
    /// Write what whoever helps needs to know into FILE: how it is set and how it stands; no sales, no names, no secrets.
    Support {
        /// Where to.
        file: PathBuf,
        /// Print it and write nothing.
        #[arg(long)]
        preview: bool,
    },
    /// Who did what, newest first.
    Audit {
        /// Check that no entry was changed, removed or slipped in.
        #[arg(long)]
        verify: bool,
        /// At most so many entries.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Who works with Backroom, and in which role.
    People {
        /// Remove everybody and their PINs: for an owner who forgot his own.
        #[arg(long)]
        reset: bool,
    },
    /// Newer versions of Backroom itself.
    #[command(subcommand)]
    Update(crate::update::Update),
    /// ID checks: judge a scan, and what was kept of them.
    #[command(subcommand)]
    Age(crate::age::Age),
    /// Raffles: rules, entries, the draw and its proof.
    #[command(subcommand)]
    Raffle(crate::raffle::Raffle),
    /// Tiers and members: who they are, what is done with them, points, discounts and figures.
    #[command(subcommand)]
    Member(Box<crate::member::Member>),
    /// Partition an existing table at the warehouse by day, without loss; the old one is kept under another name.
    MigrateTable {
        /// Which table, such as square_payments.
        table: String,
        /// Change nothing; tell the bytes it would read and what they cost.
        #[arg(long)]
        dry_run: bool,
    },
    /// Serve the UI and the API on loopback. The address with its token is printed once; from then on the keychain has it.
    Serve {
        /// Make another token: browsers that know the present one are shut out.
        #[arg(long)]
        new_token: bool,
        /// Port on 127.0.0.1; 0 for any.
        #[arg(long, default_value_t = backroom_api::serve::PORT)]
        port: u16,
        /// Folder of the built UI.
        #[arg(long, value_name = "DIR", env = "BACKROOM_UI")]
        ui: Option<PathBuf>,
    },
    /// Run a demonstration store: stand-ins on loopback with their own data folder.
    Demo {
        /// Payments in its history.
        #[arg(long, default_value_t = 36_500)]
        payments: usize,
        /// A Lightspeed shop of 50 transactions and 25 products in its place.
        #[arg(long, conflicts_with = "payments")]
        lightspeed: bool,
        /// Also sync, push and serve the UI.
        #[arg(long)]
        serve: bool,
        /// Port of the UI; 0 for any.
        #[arg(long, default_value_t = backroom_api::serve::PORT)]
        port: u16,
        /// Folder of the built UI.
        #[arg(long, value_name = "DIR", env = "BACKROOM_UI")]
        ui: Option<PathBuf>,
    },
}

/// Which numbers.
#[derive(Args)]
pub struct Report {
    /// Which report.
    #[arg(value_enum)]
    pub what: What,
    /// First business day, YYYY-MM-DD (daily, monthly, recent).
    #[arg(long)]
    pub from: Option<String>,
    /// Last business day, YYYY-MM-DD (daily, monthly, recent).
    #[arg(long)]
    pub to: Option<String>,
    /// Location id.
    #[arg(long)]
    pub location: Option<String>,
    /// Rows wanted: the newest periods or payments, or the first products.
    #[arg(long)]
    pub limit: Option<u32>,
}

/// A report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Today, week, month, year and everything.
    Summary,
    /// Day by day.
    Daily,
    /// Month by month.
    Monthly,
    /// The newest payments.
    Recent,
    /// Active products with price and stock.
    Products,
}
