//! The system's installer behind the engine's seam: what was fetched and verified there is handed to Tauri's updater here.
//!
//! The updater's own download is not used: the engine has the bytes, and has looked at their signature, version and hash. Of the
//! updater comes what each system's installation takes, and one more look at the signature. It wants to read a description first,
//! which nobody signs: it must say the same as what was verified, or nothing happens. The page may ask it nothing.

use crate::engine::updates::{Installer, Package, Target, UpdateError, provide_installer};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tauri::AppHandle;
use tauri::utils::config::BundleType;
use tauri::utils::platform::bundle_type;
use tauri_plugin_updater::{Update, UpdaterExt};

/// How long the description may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Says to the engine how this program is replaced. Comes before the engine is opened.
pub fn provide(app: &AppHandle) {
    provide_installer(Arc::new(Host { app: app.clone() }));
}

struct Host {
    app: AppHandle,
}

/// What this program was installed from.
fn kind() -> Option<&'static str> {
    match bundle_type()? {
        BundleType::Deb => Some("deb"),
        BundleType::Rpm => Some("rpm"),
        BundleType::AppImage => Some("appimage"),
        BundleType::Msi => Some("msi"),
        BundleType::Nsis => Some("nsis"),
        BundleType::App | BundleType::Dmg => Some("app"),
    }
}

impl Installer for Host {
    fn target(&self) -> Option<Target> {
        kind().map(Target::here)
    }

    fn unattended(&self) -> bool {
        // Packages of the system, and installers for everybody, ask for the password of somebody who may.
        matches!(kind(), Some("appimage" | "nsis" | "app"))
    }

    fn install<'a>(
        &'a self,
        package: &'a Package,
    ) -> Pin<Box<dyn Future<Output = Result<(), UpdateError>> + Send + 'a>> {
        Box::pin(async move {
            let update = self.described(package).await?;
            let bytes = package.bytes.clone();
            let installed = tauri::async_runtime::spawn_blocking(move || update.install(bytes)).await;
            match installed {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(failed(&error)),
                Err(_) => Err(UpdateError::Installer("it broke off".to_owned())),
            }
        })
    }

    fn restart(&self) {
        self.app.request_restart();
    }
}

impl Host {
    /// The updater's own idea of the package, which must be ours.
    async fn described(&self, package: &Package) -> Result<Update, UpdateError> {
        let wanted = package.version.clone();
        let updater = self
            .app
            .updater_builder()
            .endpoints(vec![package.install.clone()])
            .map_err(|error| failed(&error))?
            .target(package.target.name())
            // It looks at the bytes once more, with the key that was found to have signed them.
            .pubkey(&package.key)
            .timeout(PATIENCE)
            // Which version may follow which was decided before; here it must be that one.
            .version_comparator(move |_, offered| offered.version == wanted)
            .build()
            .map_err(|error| failed(&error))?;
        let offered = updater.check().await.map_err(|error| failed(&error))?;
        offered
            .filter(|update| update.signature == package.signature && update.version == package.version.to_string())
            .ok_or_else(|| {
                UpdateError::Installer("its description says something else; the release may be withdrawn".to_owned())
            })
    }
}

/// Trouble in words without addresses: the updater's own text may hold them.
fn failed(error: &tauri_plugin_updater::Error) -> UpdateError {
    use tauri_plugin_updater::Error;
    tracing::warn!(%error, "The system's installer did not install an update.");
    let words = match error {
        Error::Io(error) => format!("a file cannot be used ({})", error.kind()),
        Error::Reqwest(_) | Error::Network(_) | Error::ReleaseNotFound => "its description cannot be read".to_owned(),
        Error::AuthenticationFailed | Error::PackageInstallFailed => {
            "nobody who may install gave a password, or the package system refused".to_owned()
        }
        Error::InvalidUpdaterFormat => "the file is not of its kind".to_owned(),
        _ => "it refused".to_owned(),
    };
    UpdateError::Installer(words)
}
