//! The seam to the system's installer.

use crate::error::UpdateError;
use crate::target::Target;
use std::future::Future;
use std::pin::Pin;
use url::Url;

/// An installer that was verified, with what the host needs to hand it on.
#[derive(Clone)]
pub struct Package {
    /// The version it installs.
    pub version: semver::Version,
    /// What it is for.
    pub target: Target,
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// The signature of the bundler's tool over them.
    pub signature: String,
    /// The key that it was verified with, as the tools of Tauri write keys.
    pub key: String,
    /// What the system's updater wants to read first; it must say the same as the rest of this.
    pub install: Url,
}

/// What the host can do: install a package in the place of the program that runs, and start again.
pub trait Installer: Send + Sync + 'static {
    /// What this program was installed from; none where it was not installed by an installer of ours and so cannot be replaced.
    fn target(&self) -> Option<Target>;

    /// Whether it installs without anybody at the computer: where the system asks for a password, somebody has to be there.
    fn unattended(&self) -> bool;

    /// Installs. May end this process; whatever comes back, the version that runs goes on running until [`Installer::restart`].
    fn install<'a>(
        &'a self,
        package: &'a Package,
    ) -> Pin<Box<dyn Future<Output = Result<(), UpdateError>> + Send + 'a>>;

    /// Ends this process and starts what is installed now.
    fn restart(&self);
}
