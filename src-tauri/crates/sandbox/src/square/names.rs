//! The words the shop is made of. All of them are invented; no maker, brand or person is meant.

/// A group of goods: how it is called, what it sells, in which sizes and at what price.
pub(crate) struct Goods {
    pub(crate) category: &'static str,
    pub(crate) nouns: &'static [&'static str],
    pub(crate) sizes: &'static [&'static str],
    /// Lowest and highest price of the smallest size, in minor units of a currency with two decimals.
    pub(crate) price: (i64, i64),
    /// How often its things are sold, relative to the others.
    pub(crate) demand: f64,
    pub(crate) taxable: bool,
    /// Sold by the gram: quantities have decimals.
    pub(crate) by_weight: bool,
}

const fn goods(
    category: &'static str,
    nouns: &'static [&'static str],
    sizes: &'static [&'static str],
    price: (i64, i64),
    demand: f64,
) -> Goods {
    Goods { category, nouns, sizes, price, demand, taxable: true, by_weight: false }
}

pub(crate) const GOODS: &[Goods] = &[
    goods(
        "Rolling Papers & Wraps",
        &["Papers", "Hemp Wraps", "Cones 6-pack", "Slow-Burn Papers", "Filter Tips", "Rice Papers", "Cone Filler"],
        &["1 1/4", "King Size"],
        (199, 599),
        9.0,
    ),
    goods(
        "Lighters & Torches",
        &["Lighter", "Torch Lighter", "Refillable Lighter", "Hemp Wick", "Butane", "Arc Lighter", "Match Tin"],
        &["Regular"],
        (149, 2_499),
        8.0,
    ),
    goods(
        "Disposable Vapes",
        &["Disposable", "Disposable Mini", "Disposable Max", "Zero Disposable", "Twin Disposable", "Bar", "Pocket Bar"],
        &["Mint", "Mango", "Blue Razz", "Watermelon"],
        (1_299, 2_499),
        8.0,
    ),
    goods(
        "E-Liquid",
        &["E-Liquid", "Nic Salt", "Custard Liquid", "Fruit Liquid", "Menthol Liquid", "Tobacco Liquid", "Shortfill"],
        &["3 mg", "6 mg"],
        (1_499, 2_299),
        4.0,
    ),
    goods(
        "Vape Devices",
        &["Pod Kit", "Box Mod", "Vape Pen", "510 Battery", "Coil 5-pack", "Replacement Pod", "Dry Herb Vaporizer"],
        &["Black", "Copper"],
        (1_199, 8_999),
        2.5,
    ),
    goods(
        "Glass Pipes",
        &["Hand Pipe", "Spoon", "Chillum", "Sherlock", "Steamroller", "One Hitter", "Bubbler"],
        &["Small", "Large"],
        (999, 4_999),
        2.5,
    ),
    goods(
        "Water Pipes",
        &["Beaker", "Straight Tube", "Recycler", "Percolator", "Mini Beaker", "Silicone Tube", "Bent Neck"],
        &["Clear", "Color"],
        (3_499, 19_999),
        0.9,
    ),
    goods(
        "Dab Rigs & Tools",
        &["Rig", "Nectar Straw", "Quartz Banger", "Carb Cap", "Dab Tool", "Silicone Jar", "Terp Pearls"],
        &["14 mm"],
        (799, 12_999),
        0.9,
    ),
    Goods {
        by_weight: true,
        ..goods(
            "Hemp Flower",
            &["Flower", "Smalls", "Reserve Flower", "Indoor Flower", "Sun-Grown Flower", "Shake", "Pre-Roll Flower"],
            &["per gram"],
            (399, 1_199),
            5.0,
        )
    },
    goods(
        "Hemp Edibles",
        &["Gummies", "Chocolate", "Honey Sticks", "Seltzer", "Caramels", "Hard Candy", "Cookies"],
        &["10 ct", "30 ct"],
        (599, 3_999),
        4.0,
    ),
    goods(
        "Tinctures & Topicals",
        &["Tincture", "Balm", "Roll-On", "Capsules", "Sleep Tincture", "Bath Soak", "Pet Tincture"],
        &["500 mg", "1000 mg"],
        (1_999, 5_999),
        1.6,
    ),
    goods(
        "Kratom & Botanicals",
        &[
            "Kratom Powder",
            "Kratom Capsules",
            "Kava Drink",
            "Botanical Tea",
            "Kratom Shot",
            "Blue Lotus",
            "Kava Gummies",
        ],
        &["60 g", "120 g"],
        (699, 3_499),
        2.8,
    ),
    goods(
        "Grinders & Trays",
        &["Grinder", "Rolling Tray", "Stash Jar", "Scale", "Smell-Proof Pouch", "Storage Tube", "Cleaning Kit"],
        &["Standard"],
        (499, 4_499),
        1.8,
    ),
    goods(
        "Cigars & Tobacco",
        &["Cigar", "Cigarillos", "Pipe Tobacco", "Rolling Tobacco", "Pouches", "Little Cigars", "Shisha"],
        &["Single", "Pack"],
        (199, 2_999),
        5.0,
    ),
    Goods {
        taxable: false,
        ..goods(
            "Drinks & Snacks",
            &["Water", "Iced Tea", "Energy Drink", "Jerky", "Trail Mix", "Mints", "Soda"],
            &["Regular"],
            (149, 449),
            3.0,
        )
    },
    goods(
        "Incense & Gifts",
        &["Incense", "Candle", "Sticker", "T-Shirt", "Enamel Pin", "Tapestry", "Beanie"],
        &["Regular"],
        (199, 3_499),
        1.2,
    ),
];

pub(crate) const MAKERS: &[&str] = &[
    "Copper Finch",
    "Blue Mesa",
    "Old Ferry",
    "Paper Crane",
    "Nine Oaks",
    "Quiet Ember",
    "Lantern House",
    "Red Gate",
    "Tin Whistle",
    "Amber Fox",
    "Slow River",
    "Moth & Flame",
];

pub(crate) const GIVEN: &[&str] = &[
    "Avery", "Blake", "Casey", "Dana", "Elliot", "Frankie", "Gray", "Harper", "Indigo", "Jules", "Kit", "Logan",
    "Marlow", "Noel", "Oakley", "Parker", "Quinn", "Reese", "Sage", "Taylor", "Umber", "Val", "Winter", "Yael", "Zion",
];

pub(crate) const FAMILY: &[&str] = &[
    "Appletree",
    "Birchwood",
    "Copperfield",
    "Dunmarsh",
    "Elmgrove",
    "Fernhollow",
    "Goldbrook",
    "Hazelwick",
    "Ironvale",
    "Juniperlane",
    "Kettlewell",
    "Larkmeadow",
    "Mossbank",
    "Nettlecombe",
    "Oxbow",
    "Pebblestone",
    "Quillfeather",
    "Rushmere",
    "Stonewick",
    "Thistledown",
    "Underhill",
    "Vinegarden",
    "Willowmere",
    "Yarrowfield",
];
