//! Invented cards of every version and of the states that write theirs otherwise: for tests, for the demonstration, and for the
//! card with which a scanner is tried. Nobody has these names and numbers.

use crate::jurisdiction::{Country, Jurisdiction};
use chrono::NaiveDate;

/// The issuer number of the scanner's test card: AAMVA gave it to nobody.
pub(crate) const SELF_TEST_ISSUER: u32 = 0;

/// How a card writes its barcode, where not as its version asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As the standard asks.
    Standard,
    /// File type `AAMVA`, as Maryland and Connecticut in version 01.
    OldFileType,
    /// Another issuer number, no number of subfiles, dates with hyphens, early elements: North Carolina's old cards.
    NorthCarolina,
    /// No jurisdiction version: Illinois in version 02.
    NoJurisdictionVersion,
    /// A file separator in place of the record separator, and an offset of one more: South Carolina.
    FileSeparator,
    /// An offset in the directory that is not where the subfile begins.
    WrongOffset,
    /// No tag before the first element, and dates in the order of Canada: West Virginia and Wyoming.
    NoTag,
    /// No directory, no issue date: Alberta.
    Alberta,
    /// The tracks of a magnetic stripe: British Columbia.
    Tracks,
}

/// Which elements come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The number first, the dates in the middle.
    NumberFirst,
    /// Class and expiry first, the number late.
    ExpiryFirst,
}

/// An invented card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Who issues it.
    pub state: Jurisdiction,
    /// The version of the standard, 0 to 11 or one that is yet to come.
    pub version: u8,
    /// How it is written.
    pub style: Style,
    /// The order of its elements.
    pub order: Order,
    /// Whether it is an identification card and no license.
    pub is_id: bool,
    /// Whether it has a subfile of the jurisdiction.
    pub second_subfile: bool,
    /// The birth date.
    pub birth: NaiveDate,
    /// The issue date.
    pub issued: NaiveDate,
    /// The last valid day.
    pub expires: NaiveDate,
    /// The number.
    pub number: String,
    /// The family name.
    pub family: String,
    /// The given name.
    pub given: String,
}

impl Sample {
    /// A license of `state` by `version`.
    pub fn new(state: Jurisdiction, version: u8, birth: NaiveDate, issued: NaiveDate, expires: NaiveDate) -> Self {
        Self {
            state,
            version,
            style: Style::Standard,
            order: Order::NumberFirst,
            is_id: false,
            second_subfile: version >= 8,
            birth,
            issued,
            expires,
            number: "X000000001".to_owned(),
            family: "SAMPLE".to_owned(),
            given: "TESTINA".to_owned(),
        }
    }

    /// The text of its barcode.
    pub fn text(&self) -> String {
        match self.style {
            Style::Tracks => self.tracks(),
            Style::Alberta => format!("@\n\u{1e}\rANSI 990876030001DLabacDL{}\r", self.elements().join("\n")),
            _ => self.framed(self.issuer(), &self.elements().join("\n")),
        }
    }

    fn issuer(&self) -> u32 {
        if self.style == Style::NorthCarolina { 360_040 } else { self.state.issuer() }
    }

    /// Head, directory and subfiles around the elements.
    fn framed(&self, issuer: u32, elements: &str) -> String {
        let tag = if self.is_id { "ID" } else { "DL" };
        let first = if self.style == Style::NoTag { format!("{elements}\r") } else { format!("{tag}{elements}\r") };
        let letter = &self.state.code()[..1];
        let second =
            if self.second_subfile { format!("Z{letter}Z{letter}ANOTES\nZ{letter}B\r") } else { String::new() };
        let count = 1 + usize::from(self.second_subfile);
        let old = matches!(self.style, Style::OldFileType | Style::NorthCarolina);
        let separator = if self.style == Style::FileSeparator { '\u{1c}' } else { '\u{1e}' };
        let version = self.version;
        let numbers = match self.style {
            Style::NorthCarolina => format!("{issuer:06}{version:02}"),
            Style::NoJurisdictionVersion => format!("{issuer:06}{version:02}{count:02}"),
            _ if version < 2 => format!("{issuer:06}{version:02}{count:02}"),
            _ => format!("{issuer:06}{version:02}01{count:02}"),
        };
        let head = format!("@\n{separator}\r{}{numbers}", if old { "AAMVA" } else { "ANSI " });
        let begins = head.len() + 10 * count;
        let said = match self.style {
            Style::FileSeparator => begins + 1,
            Style::WrongOffset => begins + 8,
            _ => begins,
        };
        let mut directory = format!("{tag}{said:04}{:04}", first.len());
        if self.second_subfile {
            directory.push_str(&format!("Z{letter}{:04}{:04}", said + first.len(), second.len()));
        }
        format!("{head}{directory}{first}{second}")
    }

    fn date(&self, date: NaiveDate) -> String {
        let canadian = self.state.country() == Country::Canada || self.version < 2 || self.style == Style::NoTag;
        let form = match self.style {
            Style::NorthCarolina => "%m-%d-%Y",
            _ if canadian => "%Y%m%d",
            _ => "%m%d%Y",
        };
        date.format(form).to_string()
    }

    fn elements(&self) -> Vec<String> {
        let number = format!("DAQ{}", self.number);
        let (birth, expires) = (format!("DBB{}", self.date(self.birth)), format!("DBA{}", self.date(self.expires)));
        let issued = format!("DBD{}", self.date(self.issued));
        let state = self.state.code();
        let place = |codes: [&str; 4]| {
            let [street, city, of, zip] = codes;
            [
                format!("{street}1 NOWHERE RD"),
                format!("{city}SAMPLETOWN"),
                format!("{of}{state}"),
                format!("{zip}000000000  "),
            ]
        };
        if self.style == Style::NorthCarolina {
            let names =
                [format!("DAB{}", self.family), format!("DAC{}", self.given), "DADQ".to_owned(), "DAE".to_owned()];
            let rest = ["DARC", "DAS1", "DATNONE", "DAV5-06", "DAYHAZ", "DAZBLO"].map(str::to_owned);
            let dates = [expires, birth, "DBCF".to_owned(), issued];
            return [&names[..], &place(["DAL", "DAN", "DAO", "DAP"]), &[number], &rest, &dates].concat();
        }
        if self.style == Style::Alberta {
            let names = [format!("DCS{}", self.family), format!("DCT{} Q", self.given)];
            let sex = ["DBCF".to_owned(), birth, "DAR5".to_owned(), "DATA".to_owned(), expires, "DAU155 CM".to_owned()];
            return [&names[..], &[number], &place(["DAG", "DAI", "DAJ", "DAK"]), &sex].concat();
        }
        if self.version < 2 {
            let name = format!("DAA{},{},Q", self.family, self.given);
            let rest = ["DARC   ", "DAS          ", "DAT     ", "DAU506", "DAYBLU"].map(str::to_owned);
            let dates = [expires, birth, "DBCF".to_owned(), issued];
            return [&[number, name][..], &place(["DAG", "DAI", "DAJ", "DAK"]), &rest, &dates].concat();
        }
        let names = self.names();
        let class = ["DCAC", "DCBNONE", "DCDNONE"].map(str::to_owned);
        let looks = ["DBC2", "DAU066 in", "DAYBLU"].map(str::to_owned);
        let place = place(["DAG", "DAI", "DAJ", "DAK"]);
        let country = if self.state.country() == Country::Canada { "DCGCAN" } else { "DCGUSA" };
        let marks = ["DCFFAKEDD0001".to_owned(), country.to_owned()];
        let late = self.late();
        match self.order {
            Order::NumberFirst => {
                [&[number][..], &names, &class, &[issued, birth, expires], &looks, &place, &marks, &late].concat()
            }
            Order::ExpiryFirst => {
                [&class[..], &[expires], &names, &[issued, birth], &looks, &place, &[number], &marks, &late].concat()
            }
        }
    }

    fn names(&self) -> Vec<String> {
        let (family, given) = (format!("DCS{}", self.family), &self.given);
        match self.version {
            2 => vec![family, format!("DCT{given},Q")],
            3 => vec![family, format!("DCT{given} Q")],
            _ => {
                let cut = ["DDEN", "DDFN", "DDGN"].map(str::to_owned);
                let [one, two, three] = cut;
                vec![family, one, format!("DAC{given}"), two, "DADNONE".to_owned(), three]
            }
        }
    }

    /// Elements that later versions added.
    fn late(&self) -> Vec<String> {
        let mut late = Vec::new();
        if self.version >= 8 {
            late.extend(["DDAF".to_owned(), format!("DDB{}", self.date(self.issued))]);
            let under_21 = crate::date::birthday(self.birth, 21, crate::date::LeapDay::March1);
            late.push(format!("DDJ{}", self.date(under_21)));
        }
        if self.version >= 11 {
            late.extend(["DDM1".to_owned(), "DDP1".to_owned()]);
        }
        late
    }

    fn tracks(&self) -> String {
        let Self { family, given, number, .. } = self;
        let first = format!("%BCSAMPLETOWN^{family},${given} Q^1 NOWHERE RD$SAMPLETOWN BC  V0V 0V0^?");
        let second = format!(";636028{number}={}{}=?", self.expires.format("%y%m"), self.birth.format("%Y%m%d"));
        format!("{first}{second}_%0AV0V0V0                     F168 60BLUBRN                E$''C(R2S6L?")
    }
}

/// The text of the card with which a scanner is tried. Every check of it ends amber, with a reason of its own.
pub fn self_test_card(today: NaiveDate) -> String {
    let years = |years: i32| today + chrono::Duration::days(i64::from(years) * 366);
    let state = Jurisdiction::of_issuer(636_000).or_else(|| Jurisdiction::all().next());
    let Some(state) = state else { return String::new() };
    let mut sample = Sample::new(state, 10, years(-40), years(-1), years(7));
    sample.number = "SELFTEST000001".to_owned();
    sample.family = "SCANNER-TEST".to_owned();
    sample.given = "CARD".to_owned();
    let elements = sample.elements().join("\n");
    sample.framed(SELF_TEST_ISSUER, &elements)
}

/// What a scanner or a PC can do to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Nothing.
    Raw,
    /// Enter in place of the line feeds; the other controls are lost.
    Enter,
    /// All controls are lost.
    NoSeparators,
    /// Caps Lock turns the case of all letters round.
    CapsLock,
    /// Line feeds become two characters.
    CrLf,
    /// Bars in place of the line feeds; the other controls are lost.
    Bars,
    /// The letters of the keys in place of the controls.
    Letters,
    /// The pictures of the controls.
    Pictures,
    /// The scanner's own prefix and suffix, with an Enter.
    Wrapped,
}

impl Damage {
    /// Every one of them.
    pub const ALL: [Self; 9] = [
        Self::Raw,
        Self::Enter,
        Self::NoSeparators,
        Self::CapsLock,
        Self::CrLf,
        Self::Bars,
        Self::Letters,
        Self::Pictures,
        Self::Wrapped,
    ];

    /// The text after it.
    pub fn of(self, text: &str) -> String {
        let each = |change: fn(char) -> Option<char>| text.chars().filter_map(change).collect::<String>();
        match self {
            Self::Raw => text.to_owned(),
            Self::Enter => each(|letter| (letter == '\n' || !letter.is_control()).then_some(letter)),
            Self::NoSeparators => each(|letter| (!letter.is_control()).then_some(letter)),
            Self::CapsLock => each(|letter| {
                Some(if letter.is_ascii_lowercase() {
                    letter.to_ascii_uppercase()
                } else {
                    letter.to_ascii_lowercase()
                })
            }),
            Self::CrLf => text.replace('\n', "\r\n"),
            Self::Bars => each(|letter| match letter {
                '\n' => Some('|'),
                _ => (!letter.is_control()).then_some(letter),
            }),
            Self::Letters => each(|letter| match letter {
                '\n' => Some('J'),
                '\u{1e}' => Some('6'),
                '\r' => Some('M'),
                _ => (!letter.is_control()).then_some(letter),
            }),
            Self::Pictures => each(|letter| {
                let code = u32::from(letter);
                if code < 0x20 { char::from_u32(0x2400 + code) } else { Some(letter) }
            }),
            Self::Wrapped => format!("~ID>{text}#END\n"),
        }
    }
}

/// The characters of a text with the milliseconds at which a scanner types them, the first at `from_ms`.
pub fn keystrokes(text: &str, from_ms: u64, each_ms: u64) -> Vec<(char, u64)> {
    (0u64..).zip(text.chars()).map(|(place, letter)| (letter, from_ms + place * each_ms)).collect()
}
