//! `config.toml`: what is taken, and that what is refused is refused by name.

use backroom_api::config::{Config, ConfigError, history_days};

#[test]
fn configurations_are_read_or_refused_by_name() {
    let square = "[[source]]\nkind = \"square\"\n";
    let good = Config::parse(square).unwrap();
    assert_eq!(good.source[0].base_url, "https://connect.squareup.com");
    assert_eq!(good.store.business_day_start, "04:00");
    let table = [
        ("[store]\nbusiness_day_start = \"4\"".to_owned(), "business_day_start"),
        ("[store]\ntime_zone = \"Chicago\"".to_owned(), "time_zone"),
        (format!("{square}token = \"secret\""), "token"),
        (format!("{square}history = \"forever\""), "history"),
        (format!("{square}base_url = \"http://example.com\""), "base_url"),
        (format!("{square}base_url = \"ftp://127.0.0.1\""), "base_url"),
        (format!("{square}{square}"), "twice"),
        (format!("{square}name = \"warehouse\""), "warehouse"),
        ("[[source]]\nkind = \"abacus\"".to_owned(), "abacus"),
        ("[warehouse]\nproject = \"P!\"\ndataset = \"d\"".to_owned(), "project"),
        ("[warehouse]\nproject = \"p\"\ndataset = \"d-d\"".to_owned(), "dataset"),
        ("[warehouse]\nproject = \"p\"".to_owned(), "dataset"),
    ];
    for (text, word) in table {
        let error = Config::parse(&text).unwrap_err().to_string();
        assert!(error.contains(word), "{text:?} is refused by naming {word}: {error}");
    }
    for (text, days) in [("2y", Some(731)), ("18m", Some(558)), ("90d", Some(90)), ("all", None)] {
        assert_eq!(history_days(text).unwrap(), days, "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    good.save(folder.path()).unwrap();
    assert_eq!(Config::load(folder.path()).unwrap(), good, "what is saved can be read back");
}

#[test]
fn a_mistake_is_told_with_its_line_and_key() {
    let table = [
        ("[store\n", "line 1", ""),
        ("[store]\ntime_zone = \"UTC\"\nzone = 1\n", "line 3", "zone"),
        ("\n\n[[source]]\nkind = 4\n", "line 4", ""),
        ("[stores]\n", "line 1", "stores"),
        ("[[source]]\nname = \"main\"\n", "line 1", "kind"),
    ];
    for (text, line, key) in table {
        let error = Config::parse(text).unwrap_err();
        let told = error.to_string();
        assert_eq!(error.code(), "CONFIG_SYNTAX", "{text:?}: {told}");
        assert!(told.contains(line) && told.contains(key), "{text:?} names {line} and {key:?}: {told}");
        assert_eq!(told.lines().count(), 1, "in one line: {told:?}");
    }
}

#[test]
fn addresses_are_https_or_on_this_computer() {
    let table = [
        ("https://connect.squareup.com", true),
        ("https://192.0.2.7:8443/base", true),
        ("http://127.0.0.1:4000", true),
        ("http://127.1.2.3:4000", true),
        ("http://[::1]:4000", true),
        ("http://localhost:4000", true),
        ("http://localhost.example.com", false),
        ("http://127.0.0.1.example.com", false),
        ("http://192.0.2.7", false),
        ("http://0.0.0.0:4000", false),
        ("file:///etc/hosts", false),
        ("connect.squareup.com", false),
        ("", false),
    ];
    for (address, fine) in table {
        let source = format!("[[source]]\nkind = \"square\"\nbase_url = \"{address}\"\n");
        let warehouse = format!("[warehouse]\nproject = \"p\"\ndataset = \"d\"\nbase_url = \"{address}\"\n");
        for text in [source, warehouse] {
            assert_eq!(Config::parse(&text).is_ok(), fine, "{text}");
        }
    }
}

#[test]
fn histories_and_budgets_have_their_bounds() {
    for text in ["", "y", "0d", "-1y", "11y", "1.5y", "2 y", "2Y", "9999999999999999999d", "2\u{e9}"] {
        assert!(history_days(text).is_err(), "{text:?} is no history");
    }
    let warehouse = |budget: &str| {
        Config::parse(&format!("[warehouse]\nproject = \"p\"\ndataset = \"d\"\ndaily_budget_usd = \"{budget}\"\n"))
    };
    for (text, micro) in [("1.00", 1_000_000), ("0", 0), ("2.5", 2_500_000), ("0.000001", 1)] {
        assert_eq!(warehouse(text).unwrap().warehouse.unwrap().budget_micro_usd(), micro, "{text}");
    }
    for text in ["", "-1", "1,00", "1.0000001", "1e3", "NaN", "$1"] {
        assert!(warehouse(text).is_err(), "{text:?} is no amount");
    }
}

#[test]
fn files_that_cannot_be_used_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    assert_eq!(Config::load(folder.path()).unwrap(), Config::default(), "an absent file is an empty configuration");
    std::fs::write(&file, b"\xff\xfe[store]").unwrap();
    assert!(matches!(Config::load(folder.path()), Err(ConfigError::Syntax(_))), "no text");
    std::fs::write(&file, "#".repeat(300 * 1024)).unwrap();
    assert!(matches!(Config::load(folder.path()), Err(ConfigError::Syntax(_))), "a file without end");
    let in_place = Config::load(&file);
    assert_eq!(
        in_place.unwrap(),
        Config::default(),
        "a file in place of the folder is told by whoever opens the folder"
    );
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert!(matches!(Config::load(folder.path()), Err(ConfigError::File(_))), "a folder in place of the file");
}
