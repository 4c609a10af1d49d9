//! What WebKitGTK needs to hear before it is loaded.

/// Turns the DMA-BUF renderer off where it is known to leave a blank window (before 2.48) and where no graphics device would do its
/// work: there each frame would be drawn by the processor twice. What the person decided stands. Elsewhere it draws much faster.
pub fn prepare() {
    #[cfg(target_os = "linux")]
    {
        const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
        let old = tauri::webview_version().is_ok_and(|version| is_older_than_2_48(&version));
        if (old || !has_graphics_device(std::path::Path::new("/dev/dri"))) && std::env::var_os(SWITCH).is_none() {
            #[expect(unsafe_code, reason = "runs first in `main`, before any other thread exists")]
            // SAFETY: no other thread reads or writes the environment yet.
            unsafe {
                std::env::set_var(SWITCH, "1");
            }
        }
    }
}

/// Whether the kernel offers a device that programs may draw with.
#[cfg(any(target_os = "linux", test))]
fn has_graphics_device(folder: &std::path::Path) -> bool {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with("renderD"))
}

#[cfg(any(target_os = "linux", test))]
fn is_older_than_2_48(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) < (2, 48)
}

#[cfg(test)]
mod tests {
    use super::{has_graphics_device, is_older_than_2_48};

    #[test]
    fn only_old_versions_lose_the_fast_renderer() {
        for (version, old) in [("2.46.5", true), ("2.48.0", false), ("2.50.6", false), ("3.0.0", false), ("2.5", true)]
        {
            assert_eq!(is_older_than_2_48(version), old, "WebKitGTK {version}");
        }
    }

    #[test]
    fn a_graphics_device_is_one_that_draws() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_graphics_device(&folder.path().join("none")), "no folder, no device");
        std::fs::write(folder.path().join("card0"), "").unwrap();
        assert!(!has_graphics_device(folder.path()), "a screen alone draws nothing");
        std::fs::write(folder.path().join("renderD128"), "").unwrap();
        assert!(has_graphics_device(folder.path()));
    }
}
