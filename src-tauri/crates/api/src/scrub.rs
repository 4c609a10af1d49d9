//! Takes out of a line what must not be in a log: the last wall behind code that does not say it in the first place.
//!
//! It errs on the side of taking out: a log without an id can be read, an address in a log cannot be called back.

/// Digits in a row, also in groups, from which on a number may be a phone's, a card's or a document's.
const LONG_NUMBER: usize = 7;
/// Letters and digits in a row from which on a word may be a key.
const LONG_WORD: usize = 24;

/// The line with everything that may be somebody's or secret named instead of said.
pub(crate) fn scrub(line: &str) -> String {
    let line = links(line);
    let mut told = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(start) = rest.find(|c: char| !is_gap(c)) {
        let (gap, from) = rest.split_at(start);
        told.push_str(gap);
        let (word, after) = from.split_at(from.find(is_gap).unwrap_or(from.len()));
        told.push_str(&plain(word));
        rest = after;
    }
    told.push_str(rest);
    numbers(&told)
}

/// Takes out links whole: what follows their marks is as much of a secret as what stands before.
fn links(line: &str) -> String {
    let mut told = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(mark) = rest.find("://") {
        let (before, from) = rest.split_at(mark);
        let scheme = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')).len();
        told.push_str(before.get(..scheme).unwrap_or_default());
        told.push_str("[link]");
        let end = from.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>')).unwrap_or(from.len());
        rest = from.get(end..).unwrap_or_default();
    }
    told.push_str(rest);
    told
}

/// What stands between two words.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '|')
}

/// A word, or what kind of a word it is.
fn plain(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    if word.contains('@') {
        return "[address]".to_owned();
    }
    if in_a_home(&lower) {
        return "[path]".to_owned();
    }
    // Names of ours are of one case and made of words; a key is mixed.
    let of = |part: &str, case: fn(&u8) -> bool| part.bytes().all(|b| case(&b) || matches!(b, b'_' | b'-'));
    let key =
        |part: &str| part.len() >= LONG_WORD && !of(part, u8::is_ascii_lowercase) && !of(part, u8::is_ascii_uppercase);
    if word.split([':', '/', '\\', '.']).any(key) {
        return "[key]".to_owned();
    }
    word.to_owned()
}

/// Whether a word is a path that names a person of this computer.
fn in_a_home(word: &str) -> bool {
    let part =
        |name: &&str| word.split(['/', '\\']).skip(1).any(|part| part == *name) && word.split(['/', '\\']).count() > 2;
    ["home", "users", "root"].iter().any(part)
}

/// Long numbers, with or without what people put between their groups; the time that a line begins with stays.
fn numbers(line: &str) -> String {
    let mut told = String::with_capacity(line.len());
    let mut run = String::new();
    for c in line.chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() || (!run.is_empty() && BETWEEN.contains(&c)) {
            run.push(c);
            continue;
        }
        let (number, tail) = run.split_at(run.trim_end_matches(BETWEEN).len());
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let of_a_time = (c == 'T' && is_like(number, "0000-00-00")) || (c == 'Z' && is_like(number, "00.000000"));
        told.push_str(if digits >= LONG_NUMBER && !of_a_time { "[number]" } else { number });
        told.push_str(tail);
        run.clear();
        told.push(c);
    }
    // The end that was put there to close the last number.
    told.pop();
    told
}

/// What people put between the groups of a number.
const BETWEEN: [char; 6] = ['-', ' ', '.', '/', '(', ')'];

/// Whether a text has digits where the form has them, and what else the form has.
fn is_like(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(is, form)| if form == b'0' { is.is_ascii_digit() } else { is == form })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_and_nothing_secret_is_left() {
        for (line, told) in [
            ("A sync could not be done. code=SQUARE_TIMEOUT", "A sync could not be done. code=SQUARE_TIMEOUT"),
            (
                "2026-11-21T19:30:33.123456Z  WARN backroom_api::cycle: 12 rows",
                "2026-11-21T19:30:33.123456Z  WARN backroom_api::cycle: 12 rows",
            ),
            ("from olive@example.com, again", "from [address], again"),
            ("call +1 (515) 555-0123 now", "call +[number] now"),
            ("call 515-555-0123 now", "call [number] now"),
            ("card 4111 1111 1111 1111.", "card [number]."),
            ("born 1984-02-29", "born [number]"),
            ("born 2004-02-29", "born [number]"),
            ("code=LIGHTSPEED_ACCOUNT_FOREIGN", "code=LIGHTSPEED_ACCOUNT_FOREIGN"),
            ("token=EAAAinvented00000000000000000000", "token=[key]"),
            ("at https://example.com/x?code=abc&state=(d)", "at [link]"),
            ("url=\"backroom://connected?code=abc\" and http://127.0.0.1:80/", "url=\"[link]\" and [link]"),
            ("open /users/olive/backroom.db: gone", "open [path] gone"),
            ("C:\\Users\\olive\\x", "[path]"),
            ("row 123456 of 200", "row 123456 of 200"),
            ("Überlänge mit Umlauten", "Überlänge mit Umlauten"),
            ("", ""),
        ] {
            assert_eq!(scrub(line), told, "{line}");
        }
    }

    #[test]
    fn it_ends_and_stays_within_bounds_whatever_is_in_the_line() {
        for line in ["\u{0}", "@", "://", "1".repeat(100_000).as_str(), "a".repeat(100_000).as_str(), "¹²³ ١٢٣٤٥٦٧٨"]
        {
            assert!(scrub(line).len() <= line.len() + 16, "{} bytes", line.len());
        }
    }
}
