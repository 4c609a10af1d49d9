//! Tells a scan from typing, where a scanner types like a keyboard: by how the text begins and by its speed.
//!
//! It has a twin in the screens (`ui/src/lib/age/wedge.ts`), where the keys are; both are held against one table of cases.
//!
//! It has no clock and no keyboard: it is given each character with its time, and the time alone when nothing comes. What may be
//! the beginning of a scan is held back, so that nothing of a card lands in a field; what turns out to be typing is given back.

use crate::text::LONGEST;
use std::fmt;
use zeroize::Zeroizing;

/// How a scanner is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WedgeSettings {
    /// What the scanner sends before each code; empty where nothing.
    pub prefix: String,
    /// What it sends after each code; empty where nothing.
    pub suffix: String,
    /// The longest time between two characters of a scan, in milliseconds. People need more.
    pub gap_ms: u64,
    /// The silence that ends a scan, in milliseconds.
    pub silence_ms: u64,
    /// How long after a scan late characters are still taken as its tail and dropped, in milliseconds.
    pub tail_ms: u64,
    /// Whether anything fast is a scan, whatever it begins with: where an ID is awaited, so that a wrong code gets an answer.
    pub any_code: bool,
}

impl Default for WedgeSettings {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            suffix: String::new(),
            gap_ms: 50,
            silence_ms: 150,
            tail_ms: 500,
            any_code: false,
        }
    }
}

/// The text of a scan. It cannot be printed, and its memory is wiped.
pub struct Scan(Zeroizing<String>);

impl Scan {
    /// The text, for [`read`](crate::read).
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scan(not shown)")
    }
}

/// What became of a character, or of time that passed.
pub enum Step {
    /// It is held back: it may belong to a scan.
    Held,
    /// This was typed: it goes where the focus is.
    Typed(Zeroizing<String>),
    /// A scan is complete.
    Scanned(Scan),
    /// It came after the end of a scan and is dropped.
    Dropped,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "Held",
            Self::Typed(_) => "Typed(not shown)",
            Self::Scanned(_) => "Scanned(not shown)",
            Self::Dropped => "Dropped",
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is held, or what may be the beginning of a scan.
    Waiting,
    /// In a scan.
    Scanning,
    /// After a scan: its tail may still come.
    Tail,
}

/// How far a text is the beginning of a scan.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    No,
    Perhaps,
    Yes,
}

/// Characters at speed after which anything is a scan, where anything may be one.
const BURST: usize = 6;

/// The detector.
pub struct Wedge {
    settings: WedgeSettings,
    state: State,
    held: Zeroizing<String>,
    last_ms: u64,
    /// When the last scan's last character came.
    ended_ms: u64,
    /// The last scan as it was held, and the time up to which nothing was said to have come: a key that is older shows that it goes on.
    whole: Zeroizing<String>,
    told_ms: u64,
}

impl fmt::Debug for Wedge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wedge(not shown)")
    }
}

impl Wedge {
    /// A detector for a scanner set like this.
    pub fn new(settings: WedgeSettings) -> Self {
        Self { settings, state: State::Waiting, held: buffer(), last_ms: 0, ended_ms: 0, whole: buffer(), told_ms: 0 }
    }

    /// Takes a character that came at `at_ms`, on any clock. Where the clock goes back, no time has passed.
    pub fn character(&mut self, character: char, at_ms: u64) -> Vec<Step> {
        let mut steps = Vec::new();
        // On a slow machine keys arrive later than they were pressed: what was taken for silence was none.
        if self.state == State::Tail && at_ms < self.told_ms {
            self.held = std::mem::replace(&mut self.whole, buffer());
            self.state = State::Scanning;
        }
        let gap = at_ms.saturating_sub(self.last_ms);
        self.pass(gap, &mut steps);
        self.last_ms = at_ms;
        match self.state {
            State::Tail => steps.push(self.after(character, gap)),
            State::Scanning => {
                self.held.push(character);
                steps.push(self.unless_ended());
            }
            State::Waiting => {
                self.held.push(character);
                match self.begins() {
                    Begins::Yes => {
                        self.state = State::Scanning;
                        steps.push(Step::Held);
                    }
                    Begins::Perhaps => steps.push(Step::Held),
                    Begins::No => steps.push(Step::Typed(self.take())),
                }
            }
        }
        steps
    }

    /// Takes note that it is `at_ms` and nothing has come since the last character.
    pub fn silence(&mut self, at_ms: u64) -> Option<Step> {
        let mut steps = Vec::new();
        self.pass(at_ms.saturating_sub(self.last_ms), &mut steps);
        if steps.iter().any(|step| matches!(step, Step::Scanned(_))) {
            self.told_ms = at_ms;
        }
        self.last_ms = self.last_ms.min(at_ms);
        steps.pop()
    }

    /// What a silence of `gap` milliseconds ends.
    fn pass(&mut self, gap: u64, steps: &mut Vec<Step>) {
        if self.state == State::Waiting && gap > self.settings.gap_ms && !self.held.is_empty() {
            steps.push(Step::Typed(self.take()));
        }
        if self.state == State::Scanning && gap >= self.settings.silence_ms {
            steps.push(self.end());
        }
        // What comes as one burst goes as one; a person who goes on typing is not kept out.
        let over = (self.last_ms + gap).saturating_sub(self.ended_ms) >= self.settings.tail_ms;
        if self.state == State::Tail && over && gap > self.settings.gap_ms {
            drop(self.take());
            self.whole = buffer();
            self.told_ms = 0;
            self.state = State::Waiting;
        }
    }

    /// What comes after a scan is its tail and dropped, unless it begins another card: a verdict must not stand for the next one.
    fn after(&mut self, character: char, gap: u64) -> Step {
        if gap > self.settings.gap_ms {
            drop(self.take());
        }
        self.held.push(character);
        let (held, prefix) = (self.held.as_str(), self.settings.prefix.as_str());
        let begins = if !prefix.is_empty() && held.starts_with(prefix) { Begins::Yes } else { begins_as_card(held) };
        let may_have_prefix = !prefix.is_empty() && prefix.starts_with(held);
        match begins {
            Begins::Yes => {
                self.state = State::Scanning;
                return Step::Held;
            }
            Begins::No if !may_have_prefix => drop(self.take()),
            Begins::No | Begins::Perhaps => {}
        }
        Step::Dropped
    }

    /// Ends the scan where its suffix came, or where it is longer than any.
    fn unless_ended(&mut self) -> Step {
        let suffix = &self.settings.suffix;
        // An Enter or a tab can also part two elements, so only silence tells that it was the end.
        let tells = !suffix.is_empty() && !suffix.contains(char::is_control);
        if (tells && self.held.ends_with(suffix.as_str())) || self.held.len() > LONGEST {
            self.end()
        } else {
            Step::Held
        }
    }

    fn end(&mut self) -> Step {
        self.state = State::Tail;
        self.ended_ms = self.last_ms;
        let held = self.take();
        let text = held.strip_prefix(self.settings.prefix.as_str()).unwrap_or(&held);
        let text = text.strip_suffix(self.settings.suffix.as_str()).unwrap_or(text);
        let scan = Scan(Zeroizing::new(text.to_owned()));
        self.whole = held;
        self.told_ms = 0;
        Step::Scanned(scan)
    }

    fn take(&mut self) -> Zeroizing<String> {
        std::mem::replace(&mut self.held, buffer())
    }

    fn begins(&self) -> Begins {
        let (held, prefix) = (self.held.as_str(), self.settings.prefix.as_str());
        if !prefix.is_empty() && held.starts_with(prefix) {
            return Begins::Yes;
        }
        let own = if !prefix.is_empty() && prefix.starts_with(held) { Begins::Perhaps } else { Begins::No };
        let burst = match self.settings.any_code {
            true if held.chars().count() >= BURST => Begins::Yes,
            true => Begins::Perhaps,
            false => Begins::No,
        };
        match (own, burst, begins_as_card(held)) {
            (_, _, Begins::Yes) | (_, Begins::Yes, _) => Begins::Yes,
            (Begins::No, Begins::No, Begins::No) => Begins::No,
            _ => Begins::Perhaps,
        }
    }
}

/// Whether a text begins as an ID's barcode or a magnetic stripe does.
fn begins_as_card(held: &str) -> Begins {
    let capitals = Zeroizing::new(held.to_ascii_uppercase());
    let text = capitals.as_str();
    let after = |kind: &str| text.strip_prefix(kind).map(str::trim_start);
    if let Some(rest) = text.strip_prefix('@') {
        // Between the @ and the file type stand up to three controls, or what the scanner types for them.
        return if rest.contains("ANSI") || rest.contains("AAMVA") {
            Begins::Yes
        } else if rest.chars().count() <= 12 {
            Begins::Perhaps
        } else {
            Begins::No
        };
    }
    if let Some(rest) = after("ANSI ").or_else(|| after("AAMVA")) {
        return match rest.chars().next() {
            None => Begins::Perhaps,
            Some(first) if first.is_ascii_digit() => Begins::Yes,
            Some(_) => Begins::No,
        };
    }
    let stripe = |rest: &str, is: fn(&char) -> bool, enough: usize| {
        let fitting = rest.chars().take(enough).filter(is).count();
        match (fitting == rest.chars().count().min(enough), fitting == enough) {
            (true, true) => Begins::Yes,
            (true, false) => Begins::Perhaps,
            (false, _) => Begins::No,
        }
    };
    match text.chars().next() {
        Some('%') => stripe(&text[1..], char::is_ascii_alphabetic, 3),
        Some(';') => stripe(&text[1..], char::is_ascii_digit, 6),
        _ if "ANSI ".starts_with(text) || "AAMVA".starts_with(text) => Begins::Perhaps,
        _ => Begins::No,
    }
}

/// Room for the longest scan at once, so that it never moves and leaves no copy behind.
fn buffer() -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(LONGEST + 8))
}
