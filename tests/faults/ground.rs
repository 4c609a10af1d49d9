//! File systems to ruin, where this computer lets us make them.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Says that a case was not made here, and why; the test command shows it.
pub fn skipped(case: &str, why: &str) {
    eprintln!("skipped: {case}: {why}");
    if let Some(file) = std::env::var_os("BACKROOM_SKIPPED") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
        writeln!(file, "{case}: {why}").unwrap();
    }
}

/// Whether a program answers to a harmless question.
pub fn has(program: &str, question: &str) -> bool {
    Command::new(program).arg(question).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Runs a command of the system.
pub fn system(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output().map_err(|e| format!("{program}: {e}"))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(format!("{program} {arguments:?}: {said}")) }
}

/// A mounted file system of our own; unmounted when dropped.
pub struct Ground {
    _home: tempfile::TempDir,
    image: Option<PathBuf>,
    place: PathBuf,
}

impl Ground {
    /// A file system in memory of a limited size.
    pub fn memory(megabytes: usize) -> Result<Self, String> {
        let (home, place) = Self::home()?;
        system("mount", &["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs", text(&place)])?;
        Ok(Self { _home: home, image: None, place })
    }

    /// An ext4 on a file, which can be cut off from its disk.
    pub fn disk(megabytes: u64) -> Result<Self, String> {
        let (home, place) = Self::home()?;
        let image = home.path().join("disk");
        std::fs::File::create(&image).and_then(|f| f.set_len(megabytes << 20)).map_err(|e| e.to_string())?;
        system("mkfs.ext4", &["-q", "-F", text(&image)])?;
        let ground = Self { _home: home, image: Some(image), place };
        ground.mount()?;
        Ok(ground)
    }

    fn home() -> Result<(tempfile::TempDir, PathBuf), String> {
        if !cfg!(target_os = "linux") {
            return Err("only Linux is known to let us mount a file system for a test".to_owned());
        }
        let home = tempfile::tempdir().map_err(|e| e.to_string())?;
        let place = home.path().join("place");
        std::fs::create_dir(&place).map_err(|e| e.to_string())?;
        Ok((home, place))
    }

    fn mount(&self) -> Result<(), String> {
        let image = self.image.as_deref().map_or("", text);
        system("mount", &["-o", "loop,errors=remount-ro", image, text(&self.place)])
    }

    /// Takes it off and puts it on again, as after a restart.
    pub fn restart(&self) {
        system("umount", &[text(&self.place)]).unwrap();
        self.mount().unwrap();
    }

    /// Makes it read-only, or writable again.
    pub fn writable(&self, writable: bool) -> Result<(), String> {
        system("mount", &["-o", if writable { "remount,rw" } else { "remount,ro" }, text(&self.place)])
    }

    /// Makes the kernel believe that the disk is ill: it turns read-only under whoever is writing.
    pub fn falls_ill(&self) -> Result<(), String> {
        let mounts = std::fs::read_to_string("/proc/mounts").map_err(|e| e.to_string())?;
        let own = mounts.lines().find(|line| line.split(' ').nth(1) == Some(text(&self.place)));
        let device = own.and_then(|line| line.split(' ').next()).and_then(|d| d.strip_prefix("/dev/"));
        let switch = format!("/sys/fs/ext4/{}/trigger_fs_error", device.ok_or("it is not mounted")?);
        std::fs::write(&switch, "1").map_err(|e| format!("{switch}: {e}"))
    }

    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Fills it up but for `left` bytes.
    pub fn fill(&self, left: u64) {
        let mut file = std::fs::File::create(self.place.join("filler")).unwrap();
        let block = vec![0u8; 64 * 1024];
        let mut size = 0;
        for length in [block.len(), 4096] {
            while let Ok(written) = file.write(&block[..length]) {
                size += written as u64;
            }
        }
        file.set_len(size.saturating_sub(left)).unwrap();
    }

    /// Makes room again.
    pub fn make_room(&self) {
        std::fs::remove_file(self.place.join("filler")).unwrap();
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = system("umount", &["-l", text(&self.place)]);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The hand at the mains switch: ready beforehand, so that the cut itself takes no time.
pub struct Switch(Child, BufReader<std::process::ChildStdout>);

impl Switch {
    pub fn at(ground: &Ground) -> Result<Self, String> {
        let mut child = Command::new("python3")
            .args(["-c", include_str!("shutdown.py"), text(&ground.place)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("python3: {e}"))?;
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).map_err(|e| e.to_string())?;
        if line.trim() == "ready" { Ok(Self(child, said)) } else { Err("the switch is not ready".to_owned()) }
    }

    pub fn cut(mut self) -> Result<(), String> {
        self.0.stdin.take().unwrap().write_all(b"\n").map_err(|e| e.to_string())?;
        let mut line = String::new();
        self.1.read_line(&mut line).map_err(|e| e.to_string())?;
        self.0.wait().map_err(|e| e.to_string())?;
        if line.trim() == "cut" { Ok(()) } else { Err("this system cannot cut a file system off".to_owned()) }
    }
}
