//! The paper as a PDF, in the fonts that every reader has.
//!
//! Letters beyond those fonts' table (Windows-1252) are printed as a question mark, and the paper says so: the file is what counts.

use crate::paper::{Paper, PaperLine};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

/// US Letter, in points.
const PAGE: (f32, f32) = (612.0, 792.0);
const MARGIN: f32 = 54.0;
const PROSE: Name = Name(b"F1");
const BOLD: Name = Name(b"F2");
const DIGITS: Name = Name(b"F3");

/// A line that fits the page: its font, size and bytes, and the space above it.
struct Set {
    font: Name<'static>,
    size: f32,
    above: f32,
    bytes: Vec<u8>,
}

/// The PDF of `paper`, called `title` in a reader's window.
pub fn pdf(paper: &Paper, title: &str) -> Vec<u8> {
    let set = set(paper);
    let pages = pages(&set);
    let mut next = Ref::new(1);
    let mut take = || next.bump();
    let (catalog, tree, info) = (take(), take(), take());
    let fonts = [(PROSE, take(), "Helvetica"), (BOLD, take(), "Helvetica-Bold"), (DIGITS, take(), "Courier")];
    let ids: Vec<(Ref, Ref)> = pages.iter().map(|_| (take(), take())).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.document_info(info).title(TextStr(title));
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(ids.iter().map(|(page, _)| *page)).count(count);
    for (_, id, name) in fonts {
        pdf.type1_font(id).base_font(Name(name.as_bytes())).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for ((page_id, content_id), lines) in ids.iter().zip(&pages) {
        let mut page = pdf.page(*page_id);
        page.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(tree).contents(*content_id);
        let mut resources = page.resources();
        let mut named = resources.fonts();
        for (name, id, _) in fonts {
            named.pair(name, id);
        }
        named.finish();
        resources.finish();
        page.finish();
        pdf.stream(*content_id, &content(lines));
    }
    pdf.finish()
}

fn content(lines: &[&Set]) -> Vec<u8> {
    let mut content = Content::new();
    let mut y = PAGE.1 - MARGIN;
    for line in lines {
        y -= line.above + line.size * 1.3;
        content.begin_text();
        content.set_font(line.font, line.size);
        content.next_line(MARGIN, y);
        content.show(Str(&line.bytes));
        content.end_text();
    }
    content.finish().to_vec()
}

fn pages(set: &[Set]) -> Vec<Vec<&Set>> {
    let mut pages: Vec<Vec<&Set>> = vec![Vec::new()];
    let mut used = 0.0;
    for line in set {
        let height = line.above + line.size * 1.3;
        if used + height > PAGE.1 - 2.0 * MARGIN {
            pages.push(Vec::new());
            used = 0.0;
        }
        used += height;
        if let Some(page) = pages.last_mut() {
            page.push(line);
        }
    }
    pages
}

fn set(paper: &Paper) -> Vec<Set> {
    let mut set = Vec::new();
    let mut missing = false;
    for line in &paper.lines {
        let mut put = |font, size: f32, above, text: &str, width: fn(u8) -> u16| {
            let (bytes, lost) = windows_1252(text);
            missing |= lost;
            for (at, bytes) in wrapped(&bytes, size, width).into_iter().enumerate() {
                set.push(Set { font, size, above: if at == 0 { above } else { 0.0 }, bytes });
            }
        };
        match line {
            PaperLine::Title(text) => put(BOLD, 16.0, 0.0, text, wide),
            PaperLine::Heading(text) => put(BOLD, 11.0, 10.0, text, wide),
            PaperLine::Text(text) => put(PROSE, 10.0, 3.0, text, narrow),
            PaperLine::Mark { name, value } => {
                put(PROSE, 8.0, 4.0, name, narrow);
                put(DIGITS, 8.0, 0.0, value, |_| 600);
            }
        }
    }
    if missing {
        let bytes = b"Letters that this paper cannot show are printed as ?. The file has them.".to_vec();
        set.push(Set { font: PROSE, size: 8.0, above: 10.0, bytes });
    }
    set
}

/// Bytes of Windows-1252, and whether a letter had to be replaced.
fn windows_1252(text: &str) -> (Vec<u8>, bool) {
    let mut lost = false;
    let bytes = text.chars().map(|letter| match letter {
        ' '..='~' | '\u{a0}'..='\u{ff}' => u8::try_from(u32::from(letter)).unwrap_or(b'?'),
        '\n' | '\t' => b' ',
        '\u{20ac}' => 0x80,
        '\u{2026}' => 0x85,
        '\u{2018}' => 0x91,
        '\u{2019}' => 0x92,
        '\u{201c}' => 0x93,
        '\u{201d}' => 0x94,
        '\u{2022}' => 0x95,
        '\u{2013}' => 0x96,
        '\u{2014}' => 0x97,
        '\u{2122}' => 0x99,
        _ => {
            lost = true;
            b'?'
        }
    });
    let bytes = bytes.collect();
    (bytes, lost)
}

/// Cuts a text into lines of the page's width, between words where there are any.
fn wrapped(bytes: &[u8], size: f32, width: fn(u8) -> u16) -> Vec<Vec<u8>> {
    let most = (PAGE.0 - 2.0 * MARGIN) / size * 1_000.0;
    let wide = |bytes: &[u8]| bytes.iter().map(|b| f32::from(width(*b))).sum::<f32>();
    let mut lines = Vec::new();
    let mut line: Vec<u8> = Vec::new();
    for word in bytes.split(|b| *b == b' ').filter(|word| !word.is_empty()) {
        let with = if line.is_empty() { word.to_vec() } else { [line.as_slice(), b" ", word].concat() };
        if wide(&with) <= most {
            line = with;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for byte in word {
            line.push(*byte);
            if wide(&line) > most {
                line.pop();
                lines.push(std::mem::replace(&mut line, vec![*byte]));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A letter's width in Helvetica, in thousandths of its size; generous where letters differ.
fn narrow(letter: u8) -> u16 {
    match letter {
        b'i' | b'j' | b'l' | b'\'' => 222,
        b' ' | b'!' | b',' | b'.' | b'/' | b':' | b';' | b'I' | b'f' | b't' | b'[' | b']' | b'\\' | b'|' => 278,
        b'r' | b'-' | b'(' | b')' => 333,
        b'c' | b'k' | b's' | b'v' | b'x' | b'y' | b'z' | b'J' => 500,
        b'm' => 833,
        b'w' | b'C' | b'D' | b'H' | b'N' | b'R' | b'U' => 722,
        b'A' | b'B' | b'E' | b'K' | b'P' | b'S' | b'V' | b'X' | b'Y' | b'&' => 667,
        b'F' | b'T' | b'Z' => 611,
        b'G' | b'O' | b'Q' => 778,
        b'M' => 833,
        b'W' => 944,
        b'%' => 889,
        b'@' | 0x85 | 0x97 | 0x99 => 1_015,
        b'0'..=b'9' | b'a'..=b'z' | b'L' | b'$' | b'#' | b'*' | b'?' | b'_' => 556,
        _ => 778,
    }
}

/// A letter's width in Helvetica-Bold: a tenth more than the plain one covers every letter.
fn wide(letter: u8) -> u16 {
    narrow(letter) + narrow(letter) / 10 + 30
}
