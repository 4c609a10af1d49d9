//! What the program was asked for on its command line.

use crate::link::{self, Link};
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

/// The help text.
pub const HELP: &str = "\
Backroom, the back office for store managers.

  --data-dir DIR   keep everything in DIR (also: BACKROOM_DATA_DIR)
  --demo           open the demonstration store
  --big            with --demo: the large demonstration store, 100,184 payments
  --lightspeed     with --demo: a Lightspeed shop, 50 transactions and 25 products
  --hidden         start in the tray
  --version        print the version";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Open the window.
    Run(Options),
    /// Print this and end.
    Say(String),
}

/// How to open the window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The data folder, none for the usual place of this system.
    pub data_dir: Option<PathBuf>,
    /// Which demonstration store to open, none for the shop's own data.
    pub demo: Option<Demo>,
    /// Whether to stay in the tray until called.
    pub hidden: bool,
    /// The link of a browser that this start is for.
    pub link: Option<Link>,
}

/// A demonstration store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demo {
    /// A few weeks of a small shop.
    Small,
    /// 100,184 payments over two years.
    Big,
    /// A Lightspeed shop of 50 transactions and 25 products.
    Lightspeed,
}

/// Wrong options.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Not an option of ours.
    #[error("unknown option {0:?}")]
    Unknown(OsString),
    /// `--data-dir` without a folder.
    #[error("--data-dir needs a folder")]
    NoFolder,
    /// A link of a browser with something beside it.
    #[error("a link comes alone")]
    LinkWithOptions,
    /// `--big` or `--lightspeed` without `--demo`.
    #[error("--big and --lightspeed go with --demo")]
    KindWithoutDemo,
    /// `--big` with `--lightspeed`.
    #[error("there is one demonstration store at a time: --big or --lightspeed")]
    TwoKinds,
}

impl Options {
    /// Identity of this start among others: two starts with the same identity are one program, and share the window's
    /// remembered place. The demonstration and another data folder each have their own.
    pub fn identifier(&self, base: &str) -> String {
        match (&self.data_dir, self.demo) {
            (None, None) => base.to_owned(),
            (None, Some(_)) => format!("{base}.demo"),
            (Some(folder), demo) => {
                let mut hasher = DefaultHasher::new();
                std::path::absolute(folder).unwrap_or_else(|_| folder.clone()).hash(&mut hasher);
                demo.is_some().hash(&mut hasher);
                format!("{base}.d{:016x}", hasher.finish())
            }
        }
    }
}

/// Reads the arguments (without the program's own name); `from_env` is the value of `BACKROOM_DATA_DIR`.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    from_env: Option<OsString>,
) -> Result<Request, OptionsError> {
    let mut options = Options { data_dir: from_env.filter(|v| !v.is_empty()).map(PathBuf::from), ..Options::default() };
    let (mut demo, mut big, mut lightspeed) = (false, false, false);
    let mut arguments = arguments.into_iter();
    let mut given = 0;
    while let Some(argument) = arguments.next() {
        given += 1;
        match argument.to_str() {
            Some("--demo") => demo = true,
            Some("--big") => big = true,
            Some("--lightspeed") => lightspeed = true,
            Some("--hidden") => options.hidden = true,
            Some("--data-dir") => {
                let folder = arguments.next().filter(|v| !v.is_empty()).ok_or(OptionsError::NoFolder)?;
                options.data_dir = Some(PathBuf::from(folder));
            }
            Some("--version" | "-V") => {
                return Ok(Request::Say(concat!("Backroom ", env!("CARGO_PKG_VERSION")).to_owned()));
            }
            Some("--help" | "-h") => return Ok(Request::Say(HELP.to_owned())),
            Some(text) if text.starts_with("--data-dir=") && text.len() > "--data-dir=".len() => {
                options.data_dir = Some(PathBuf::from(&text["--data-dir=".len()..]));
            }
            // The system hands over what a page told the browser: whoever wrote that page adds no option to it.
            Some(text) if is_link(text) => {
                if given > 1 || arguments.next().is_some() {
                    return Err(OptionsError::LinkWithOptions);
                }
                options.link = Link::read(text);
            }
            _ => return Err(OptionsError::Unknown(argument)),
        }
    }
    options.demo = match (demo, big, lightspeed) {
        (_, true, true) => return Err(OptionsError::TwoKinds),
        (false, true, _) | (false, _, true) => return Err(OptionsError::KindWithoutDemo),
        (true, true, false) => Some(Demo::Big),
        (true, false, true) => Some(Demo::Lightspeed),
        (true, false, false) => Some(Demo::Small),
        (false, false, false) => None,
    };
    Ok(Request::Run(options))
}

/// Whether an argument is a link of our scheme, with or without a meaning.
fn is_link(text: &str) -> bool {
    text.get(..link::SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(link::SCHEME))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "backroom://connected?code=a&state=b";

    fn parsed(arguments: &[&str], from_env: Option<&str>) -> Result<Request, OptionsError> {
        parse(arguments.iter().map(OsString::from), from_env.map(OsString::from))
    }

    fn run(options: Options) -> Result<Request, OptionsError> {
        Ok(Request::Run(options))
    }

    #[test]
    fn arguments_become_options() {
        let folder = |name: &str| Some(PathBuf::from(name));
        let cases = [
            (vec![], None, run(Options::default()), "no option: the shop's own data in the usual place"),
            (vec!["--data-dir", "a"], None, run(Options { data_dir: folder("a"), ..Options::default() }), "a folder"),
            (vec!["--data-dir=a"], None, run(Options { data_dir: folder("a"), ..Options::default() }), "one word"),
            (vec![], Some("e"), run(Options { data_dir: folder("e"), ..Options::default() }), "the environment"),
            (vec![], Some(""), run(Options::default()), "an empty variable is no folder"),
            (
                vec!["--data-dir", "a"],
                Some("e"),
                run(Options { data_dir: folder("a"), ..Options::default() }),
                "what is typed wins over the environment",
            ),
            (vec!["--demo"], None, run(Options { demo: Some(Demo::Small), ..Options::default() }), "small demo"),
            (vec!["--big", "--demo"], None, run(Options { demo: Some(Demo::Big), ..Options::default() }), "any order"),
            (vec!["--hidden"], None, run(Options { hidden: true, ..Options::default() }), "in the tray"),
            (
                vec!["--demo", "--lightspeed"],
                None,
                run(Options { demo: Some(Demo::Lightspeed), ..Options::default() }),
                "the other vendor's",
            ),
            (vec!["--big"], None, Err(OptionsError::KindWithoutDemo), "a large shop of one's own is no option"),
            (vec!["--lightspeed"], None, Err(OptionsError::KindWithoutDemo), "nor an invented one without its mark"),
            (vec!["--demo", "--big", "--lightspeed"], None, Err(OptionsError::TwoKinds), "one at a time"),
            (vec!["--data-dir"], None, Err(OptionsError::NoFolder), "a missing folder must not mean the usual one"),
            (vec!["--data-dir="], None, Err(OptionsError::Unknown("--data-dir=".into())), "an empty folder neither"),
            (vec!["--dmeo"], None, Err(OptionsError::Unknown("--dmeo".into())), "a slip is not ignored"),
            (vec!["a"], None, Err(OptionsError::Unknown("a".into())), "nor a word by itself"),
            (vec![LINK], None, run(Options { link: Link::read(LINK), ..Options::default() }), "a link of a browser"),
            (
                vec![LINK],
                Some("e"),
                run(Options { link: Link::read(LINK), data_dir: folder("e"), ..Options::default() }),
                "a link for the folder of the environment",
            ),
            (vec!["backroom://x"], None, run(Options::default()), "a link without a meaning starts and no more"),
            (vec![LINK, "--demo"], None, Err(OptionsError::LinkWithOptions), "a link adds no option"),
            (vec!["--hidden", LINK], None, Err(OptionsError::LinkWithOptions), "before it neither"),
            (vec![LINK, LINK], None, Err(OptionsError::LinkWithOptions), "nor another link"),
        ];
        for (arguments, from_env, expected, why) in cases {
            assert_eq!(parsed(&arguments, from_env), expected, "{why}: {arguments:?}");
        }
    }

    #[test]
    fn each_place_has_an_identity_of_its_own() {
        let with = |data_dir: Option<&str>, demo| {
            Options { data_dir: data_dir.map(PathBuf::from), demo, ..Options::default() }.identifier("app.x")
        };
        assert_eq!(with(None, None), "app.x", "the usual start keeps the usual name");
        let others = [with(None, None), with(None, Some(Demo::Small)), with(Some("a"), None), with(Some("b"), None)];
        let distinct: std::collections::HashSet<_> = others.iter().collect();
        assert_eq!(distinct.len(), others.len(), "a demonstration must not be taken for the shop's own window");
        assert_eq!(with(Some("a"), None), with(Some("a"), None), "a second start of the same folder is recognised");
        assert!(
            others.iter().flat_map(|name| name.split('.')).all(|part| !part.starts_with(|c: char| c.is_ascii_digit())),
            "a bus name refuses a part that begins with a digit"
        );
    }
}
