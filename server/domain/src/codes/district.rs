//! The districts, cities and the county of Dalian, after GB/T 2260.

use super::plain;

code_table! {
    /// A part of Dalian (210200); the number is the standard's.
    District: u32 {
        Zhongshan = 210_202, "zhongshan", "中山区", "Zhongshan";
        Xigang = 210_203, "xigang", "西岗区", "Xigang";
        Shahekou = 210_204, "shahekou", "沙河口区", "Shahekou";
        Ganjingzi = 210_211, "ganjingzi", "甘井子区", "Ganjingzi";
        Lushunkou = 210_212, "lushunkou", "旅顺口区", "Lüshunkou";
        Jinzhou = 210_213, "jinzhou", "金州区", "Jinzhou";
        Pulandian = 210_214, "pulandian", "普兰店区", "Pulandian";
        Changhai = 210_224, "changhai", "长海县", "Changhai";
        Wafangdian = 210_281, "wafangdian", "瓦房店市", "Wafangdian";
        Zhuanghe = 210_283, "zhuanghe", "庄河市", "Zhuanghe";
    }
}

/// How places are named in addresses. The functional zones are no districts of the standard: each
/// stands for the district in which most of it lies.
const WORDS: &[(&str, District)] = &[
    ("中山区", District::Zhongshan),
    ("西岗", District::Xigang),
    ("沙河口", District::Shahekou),
    ("甘井子", District::Ganjingzi),
    ("旅顺", District::Lushunkou),
    ("金州", District::Jinzhou),
    ("金普", District::Jinzhou),
    ("普兰店", District::Pulandian),
    ("长海", District::Changhai),
    ("瓦房店", District::Wafangdian),
    ("庄河", District::Zhuanghe),
    ("高新园区", District::Ganjingzi),
    ("高新技术", District::Ganjingzi),
    ("高新区", District::Ganjingzi),
    ("大连湾", District::Ganjingzi),
    ("开发区", District::Jinzhou),
    ("保税区", District::Jinzhou),
    ("长兴岛", District::Wafangdian),
    ("花园口", District::Zhuanghe),
    ("青泥洼", District::Zhongshan),
    ("中山", District::Zhongshan),
];

impl District {
    /// Whether two share a border or a bridge of daily commuting.
    #[must_use]
    pub fn is_next_to(self, other: Self) -> bool {
        self.neighbours().contains(&other) || other.neighbours().contains(&self)
    }

    /// The district that an address names; the longest way round first.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        // 中山路 runs through three districts.
        let text = plain(text).replace("中山路", "");
        WORDS.iter().find(|(word, _)| text.contains(word)).map(|(_, district)| *district)
    }

    const fn neighbours(self) -> &'static [Self] {
        match self {
            Self::Zhongshan => &[Self::Xigang, Self::Shahekou, Self::Ganjingzi],
            Self::Xigang => &[Self::Shahekou, Self::Ganjingzi],
            Self::Shahekou => &[Self::Ganjingzi],
            Self::Ganjingzi => &[Self::Lushunkou, Self::Jinzhou],
            Self::Jinzhou => &[Self::Pulandian],
            Self::Pulandian => &[Self::Wafangdian, Self::Zhuanghe],
            Self::Wafangdian => &[Self::Zhuanghe],
            _ => &[],
        }
    }
}
