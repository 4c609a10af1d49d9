//! Blocks of a paper as a PDF on US Letter, in the fonts that every reader has.

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

const PAGE: (f32, f32) = (612.0, 792.0);
const MARGIN: f32 = 46.0;
const FOOT: f32 = 30.0;
const ROOM: f32 = PAGE.0 - 2.0 * MARGIN;
const PLAIN: Name = Name(b"F1");
const BOLD: Name = Name(b"F2");
const DIGITS: Name = Name(b"F3");
const CELL: f32 = 7.6;
/// Between two columns.
const GAP: f32 = 6.0;

/// A part of the paper.
pub(super) enum Block {
    /// What the paper is.
    Title(String),
    /// What the next parts are about.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A table; where it has no row it says so.
    Table(Table),
    /// A name and digits that are compared one by one.
    Mark {
        /// What it is.
        name: String,
        /// Its digits.
        value: String,
    },
}

/// A table: names and relative widths of its columns, and its cells.
pub(super) struct Table {
    pub(super) head: Vec<(&'static str, f32)>,
    pub(super) rows: Vec<Vec<String>>,
}

/// A piece of text at a distance from the left margin and from the top of its strip to its base line.
#[derive(Clone)]
struct Run {
    x: f32,
    down: f32,
    font: Name<'static>,
    size: f32,
    bytes: Vec<u8>,
}

/// What is not torn apart: a line, or a row of a table.
#[derive(Clone, Default)]
struct Strip {
    height: f32,
    runs: Vec<Run>,
    /// The grey of the line below it.
    rule: Option<f32>,
    /// Whether it does not stand at the end of a page.
    leads: bool,
    /// The head of its table, which stands at the top of each page.
    head: Option<usize>,
}

/// The PDF, called `title` in a reader's window, with `foot` at the foot of each page.
pub(super) fn pdf(blocks: &[Block], title: &str, foot: &str) -> Vec<u8> {
    let strips = strips(blocks);
    let pages = pages(&strips);
    let mut next = Ref::new(1);
    let mut take = || next.bump();
    let (catalog, tree, info) = (take(), take(), take());
    let fonts = [(PLAIN, take(), "Helvetica"), (BOLD, take(), "Helvetica-Bold"), (DIGITS, take(), "Courier")];
    let ids: Vec<(Ref, Ref)> = pages.iter().map(|_| (take(), take())).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.document_info(info).title(TextStr(title));
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(ids.iter().map(|(page, _)| *page)).count(count);
    for (_, id, name) in fonts {
        pdf.type1_font(id).base_font(Name(name.as_bytes())).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (number, ((page_id, content_id), page)) in ids.iter().zip(&pages).enumerate() {
        let mut written = pdf.page(*page_id);
        written.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(tree).contents(*content_id);
        let mut resources = written.resources();
        let mut named = resources.fonts();
        for (name, id, _) in fonts {
            named.pair(name, id);
        }
        named.finish();
        resources.finish();
        written.finish();
        let foot = format!("{foot} · page {} of {}", number + 1, pages.len());
        pdf.stream(*content_id, &content(page, &foot));
    }
    pdf.finish()
}

fn content(page: &[&Strip], foot: &str) -> Vec<u8> {
    let mut content = Content::new();
    let mut top = PAGE.1 - MARGIN;
    for strip in page {
        for run in &strip.runs {
            show(&mut content, run, top);
        }
        top -= strip.height;
        if let Some(grey) = strip.rule {
            line(&mut content, top, grey);
        }
    }
    content.set_fill_gray(0.35);
    line(&mut content, MARGIN - 2.0, 0.75);
    let run = Run { x: 0.0, down: 0.0, font: PLAIN, size: 7.0, bytes: windows_1252(foot) };
    show(&mut content, &run, FOOT);
    content.finish().to_vec()
}

fn show(content: &mut Content, run: &Run, top: f32) {
    content.begin_text();
    content.set_font(run.font, run.size);
    content.next_line(MARGIN + run.x, top - run.down);
    content.show(Str(&run.bytes));
    content.end_text();
}

fn line(content: &mut Content, y: f32, grey: f32) {
    content.set_stroke_gray(grey);
    content.set_line_width(0.5);
    content.move_to(MARGIN, y);
    content.line_to(PAGE.0 - MARGIN, y);
    content.stroke();
}

fn pages(strips: &[Strip]) -> Vec<Vec<&Strip>> {
    let most = PAGE.1 - 2.0 * MARGIN;
    let mut pages: Vec<Vec<&Strip>> = vec![Vec::new()];
    let mut used = 0.0;
    for (at, strip) in strips.iter().enumerate() {
        // A heading goes with what it is about, and the head of a table with a row.
        let led = strips[at..].iter().take_while(|s| s.leads).count();
        let needed: f32 = strips[at..].iter().take(led + 1).map(|s| s.height).sum();
        if used + needed > most && used > 0.0 {
            pages.push(Vec::new());
            used = 0.0;
            if let (Some(page), Some(head)) = (pages.last_mut(), strip.head.and_then(|head| strips.get(head))) {
                page.push(head);
                used = head.height;
            }
        }
        used += strip.height;
        if let Some(page) = pages.last_mut() {
            page.push(strip);
        }
    }
    pages
}

fn strips(blocks: &[Block]) -> Vec<Strip> {
    let mut strips = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        // What is said of a table stands with it.
        let of_table = matches!(blocks.get(at + 1), Some(Block::Table(_)));
        match block {
            Block::Title(text) => paragraph(&mut strips, text, BOLD, 18.0, 0.0, true),
            Block::Heading(text) => paragraph(&mut strips, text, BOLD, 11.5, 14.0, true),
            Block::Text(text) => paragraph(&mut strips, text, PLAIN, 9.0, 4.0, of_table),
            Block::Mark { name, value } => {
                paragraph(&mut strips, name, PLAIN, 7.6, 5.0, true);
                paragraph(&mut strips, value, DIGITS, 8.0, 0.0, false);
            }
            Block::Table(table) => rows(&mut strips, table),
        }
    }
    strips
}

fn paragraph(strips: &mut Vec<Strip>, text: &str, font: Name<'static>, size: f32, above: f32, leads: bool) {
    for (at, bytes) in wrapped(&windows_1252(text), size, font, ROOM).into_iter().enumerate() {
        let above = if at == 0 { above } else { 0.0 };
        let runs = vec![Run { x: 0.0, down: above + size, font, size, bytes }];
        strips.push(Strip { height: above + size * 1.32, runs, leads, ..Strip::default() });
    }
}

fn rows(strips: &mut Vec<Strip>, table: &Table) {
    if table.rows.is_empty() {
        paragraph(strips, "None.", PLAIN, 9.0, 4.0, false);
        return;
    }
    let whole: f32 = table.head.iter().map(|(_, share)| share).sum();
    let widths: Vec<f32> = table.head.iter().map(|(_, share)| ROOM * share / whole).collect();
    strips.push(Strip { height: 5.0, leads: true, ..Strip::default() });
    let at = strips.len();
    let names: Vec<String> = table.head.iter().map(|(name, _)| (*name).to_owned()).collect();
    strips.push(Strip { rule: Some(0.3), leads: true, ..row(&names, &widths, BOLD) });
    for cells in &table.rows {
        strips.push(Strip { rule: Some(0.85), head: Some(at), ..row(cells, &widths, PLAIN) });
    }
    strips.push(Strip { height: 4.0, ..Strip::default() });
}

fn row(cells: &[String], widths: &[f32], font: Name<'static>) -> Strip {
    let (mut runs, mut x, mut most) = (Vec::new(), 0.0, 1_usize);
    for (cell, width) in cells.iter().zip(widths) {
        let lines = wrapped(&windows_1252(cell), CELL, font, width - GAP);
        most = most.max(lines.len());
        let mut down = CELL + 2.6;
        for bytes in lines {
            runs.push(Run { x, down, font, size: CELL, bytes });
            down += CELL * 1.25;
        }
        x += width;
    }
    let height = most as f32 * CELL * 1.25 + 5.0;
    Strip { height, runs, ..Strip::default() }
}

/// Bytes of Windows-1252, which those fonts have; a letter beyond it is a question mark, and the table has it.
fn windows_1252(text: &str) -> Vec<u8> {
    let text = text.replace('→', "->");
    let byte = |letter: char| match letter {
        ' '..='~' | '\u{a0}'..='\u{ff}' => u8::try_from(u32::from(letter)).unwrap_or(b'?'),
        '\n' | '\t' => b' ',
        '\u{2018}' => 0x91,
        '\u{2019}' => 0x92,
        '\u{201c}' => 0x93,
        '\u{201d}' => 0x94,
        '\u{2013}' => 0x96,
        '\u{2014}' => 0x97,
        _ => b'?',
    };
    text.chars().map(byte).collect()
}

/// Cuts a text into lines of a width, between words where there are any.
fn wrapped(bytes: &[u8], size: f32, font: Name<'static>, width: f32) -> Vec<Vec<u8>> {
    let most = width / size * 1_000.0;
    let wide = |bytes: &[u8]| bytes.iter().map(|b| letter_width(*b, font)).sum::<f32>();
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
            if wide(&line) > most && line.len() > 1 {
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

/// Widths of Helvetica's letters from the space to the tilde, in thousandths of their size.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];

fn letter_width(letter: u8, font: Name<'static>) -> f32 {
    if font == DIGITS {
        return 600.0;
    }
    let plain = WIDTHS.get(usize::from(letter).wrapping_sub(32)).map_or(778.0, |width| f32::from(*width));
    // Helvetica-Bold is nowhere wider than this.
    if font == BOLD { plain * 1.1 + 12.0 } else { plain }
}
