//! Opaque page cursors: where the reader stood, at which end the first page froze the range, and until when it holds.

use crate::random::mix;

/// What a cursor remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Of the request without cursor and limit: another question may not use this cursor.
    pub(crate) question: u64,
    /// End of the range, fixed by the first page, in milliseconds.
    pub(crate) end: i64,
    /// Default start of the range, fixed by the first page.
    pub(crate) begin: i64,
    /// Last row told: its time and number.
    pub(crate) last: (i64, u32),
    /// When it was given.
    pub(crate) given: i64,
}

impl Cursor {
    /// As text that tells a reader nothing.
    pub(crate) fn seal(&self, key: u64) -> String {
        let words = [
            self.question,
            self.end as u64,
            self.begin as u64,
            self.last.0 as u64,
            u64::from(self.last.1),
            self.given as u64,
        ];
        let mut check = key;
        let mut text = String::with_capacity(112);
        for (nth, word) in words.into_iter().enumerate() {
            check = mix(check ^ word);
            text.push_str(&format!("{:016x}", word ^ mix(key ^ (nth as u64 + 1))));
        }
        text.push_str(&format!("{check:016x}"));
        text
    }

    /// Reads a cursor of this account; none where it was made up or changed.
    pub(crate) fn open(text: &str, key: u64) -> Option<Self> {
        if text.len() != 7 * 16 || !text.is_ascii() {
            return None;
        }
        let mut words = [0u64; 7];
        for (nth, word) in words.iter_mut().enumerate() {
            *word = u64::from_str_radix(text.get(nth * 16..nth * 16 + 16)?, 16).ok()?;
        }
        let mut check = key;
        for (nth, word) in words.iter_mut().enumerate().take(6) {
            *word ^= mix(key ^ (nth as u64 + 1));
            check = mix(check ^ *word);
        }
        (check == words[6]).then_some(Self {
            question: words[0],
            end: words[1] as i64,
            begin: words[2] as i64,
            last: (words[3] as i64, words[4] as u32),
            given: words[5] as i64,
        })
    }
}

/// A number that differs between questions.
pub(crate) fn question<'a>(parts: impl Iterator<Item = &'a str>) -> u64 {
    parts.fold(0x5147, |sum, part| part.bytes().fold(mix(sum), |n, b| mix(n ^ u64::from(b))))
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_cursor_survives_the_way_out_and_back_and_a_forged_one_does_not() {
        let cursor = Cursor { question: 1, end: 5, begin: -3, last: (7, u32::MAX), given: 9 };
        let text = cursor.seal(42);
        assert_eq!(Cursor::open(&text, 42), Some(cursor));
        assert_eq!(Cursor::open(&text, 43), None, "a cursor of another account");
        let last = if text.ends_with('0') { "1" } else { "0" };
        let forged = format!("{}{last}", &text[..text.len() - 1]);
        assert_eq!(Cursor::open(&forged, 42), None, "a changed cursor");
        assert_eq!(Cursor::open("no cursor", 42), None);
    }
}
