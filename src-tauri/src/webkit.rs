//! What WebKitGTK needs to hear before it is loaded.

/// Turns the DMA-BUF renderer off where it is known to leave a blank window (before 2.48), unless the person decided.
/// Newer versions draw much faster with it.
pub fn prepare() {
    #[cfg(target_os = "linux")]
    {
        const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
        let old = tauri::webview_version().is_ok_and(|version| is_older_than_2_48(&version));
        if old && std::env::var_os(SWITCH).is_none() {
            #[expect(unsafe_code, reason = "runs first in `main`, before any other thread exists")]
            // SAFETY: no other thread reads or writes the environment yet.
            unsafe {
                std::env::set_var(SWITCH, "1");
            }
        }
    }
}

#[cfg(any(target_os = "linux", test))]
fn is_older_than_2_48(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) < (2, 48)
}

#[cfg(test)]
mod tests {
    use super::is_older_than_2_48;

    #[test]
    fn only_old_versions_lose_the_fast_renderer() {
        for (version, old) in [("2.46.5", true), ("2.48.0", false), ("2.50.6", false), ("3.0.0", false), ("2.5", true)]
        {
            assert_eq!(is_older_than_2_48(version), old, "WebKitGTK {version}");
        }
    }
}
