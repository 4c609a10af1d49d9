//! Which file of a release is for this computer.

use std::fmt;

/// System, processor and kind of installation, such as `linux-x86_64-deb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(String);

/// Words by which the names of files tell a processor.
const PROCESSORS: [(&str, &[&str]); 4] = [
    ("x86_64", &["amd64", "x86_64", "x64"]),
    ("aarch64", &["arm64", "aarch64"]),
    ("i686", &["i386", "i686", "x86."]),
    ("armv7", &["armhf", "armv7"]),
];

impl Target {
    /// The target of this program, installed as `kind`: `deb`, `rpm`, `appimage`, `nsis`, `msi` or `app`.
    pub fn here(kind: &str) -> Self {
        let system = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
        Self::of(system, std::env::consts::ARCH, kind)
    }

    /// A target by its parts.
    pub fn of(system: &str, processor: &str, kind: &str) -> Self {
        Self(format!("{system}-{processor}-{kind}"))
    }

    /// Its name, as manifests use it.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether the name of a file says that it is for another processor. A name that says none, or all, passes.
    pub(crate) fn is_foreign(&self, file: &str) -> bool {
        let named = |words: &[&str]| words.iter().any(|word| file.contains(word));
        let ours = self.0.split('-').nth(1).unwrap_or_default();
        let says_ours = PROCESSORS.iter().any(|(processor, words)| *processor == ours && named(words));
        let says_other = PROCESSORS.iter().any(|(processor, words)| *processor != ours && named(words));
        says_other && !says_ours
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_tells_another_processor_is_foreign() {
        let intel = Target::of("linux", "x86_64", "deb");
        let arm = Target::of("darwin", "aarch64", "app");
        for (target, file, foreign) in [
            (&intel, "Backroom_0.2.0_amd64.deb", false),
            (&intel, "Backroom_0.2.0_arm64.deb", true),
            (&intel, "Backroom_0.2.0_x64-setup.exe", false),
            (&intel, "Backroom_0.2.0_i386.deb", true),
            (&arm, "Backroom_aarch64.app.tar.gz", false),
            (&arm, "Backroom_x64.app.tar.gz", true),
            (&arm, "Backroom_universal.app.tar.gz", false),
            (&arm, "Backroom.app.tar.gz", false),
        ] {
            assert_eq!(target.is_foreign(file), foreign, "{file} on {target}");
        }
    }
}
