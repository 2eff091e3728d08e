//! Levels of education after GB/T 4658-2006, with the order that matters to an employer.

use super::plain;

code_table! {
    /// A level of education; the number is the standard's.
    Education: u8 {
        Primary = 80, "primary", "小学", "Primary school";
        JuniorMiddle = 71, "junior_middle", "初中", "Junior middle school";
        SeniorMiddle = 61, "senior_middle", "高中", "Senior middle school";
        Technical = 47, "technical", "技工学校", "Skilled workers' school";
        Vocational = 44, "vocational", "职业高中", "Vocational high school";
        Secondary = 41, "secondary", "中等专科", "Secondary specialised school";
        College = 31, "college", "大学专科", "Junior college";
        Bachelor = 21, "bachelor", "大学本科", "Bachelor";
        Master = 14, "master", "硕士研究生", "Master";
        Doctor = 11, "doctor", "博士研究生", "Doctorate";
    }
}

/// Words for levels in postings, longest first where one contains another.
const WORDS: &[(&str, Education)] = &[
    ("小学", Education::Primary),
    ("初中", Education::JuniorMiddle),
    ("初级中学", Education::JuniorMiddle),
    ("九年义务", Education::JuniorMiddle),
    ("职业高中", Education::Vocational),
    ("职高", Education::Vocational),
    ("高中", Education::SeniorMiddle),
    ("中专", Education::Secondary),
    ("中等专", Education::Secondary),
    ("中职", Education::Secondary),
    ("技校", Education::Technical),
    ("技工", Education::Technical),
    ("中技", Education::Technical),
    ("大专", Education::College),
    ("专科", Education::College),
    ("高职", Education::College),
    ("高技", Education::College),
    ("本科", Education::Bachelor),
    ("学士", Education::Bachelor),
    ("硕士", Education::Master),
    ("研究生", Education::Master),
    ("博士", Education::Doctor),
];

impl Education {
    /// The rank by which a minimum is judged, 1 (primary) to 7 (doctorate). The standard's numbers
    /// are no order, and 高中, 中专, 职高 and 技校 tie. None for a level unknown to this version.
    #[must_use]
    pub const fn rank(self) -> Option<u8> {
        Some(match self {
            Self::Primary => 1,
            Self::JuniorMiddle => 2,
            Self::SeniorMiddle | Self::Technical | Self::Vocational | Self::Secondary => 3,
            Self::College => 4,
            Self::Bachelor => 5,
            Self::Master => 6,
            Self::Doctor => 7,
            Self::Unknown(_) => return None,
        })
    }

    /// The plainest level of a rank.
    #[must_use]
    pub const fn of_rank(rank: u8) -> Option<Self> {
        Some(match rank {
            1 => Self::Primary,
            2 => Self::JuniorMiddle,
            3 => Self::SeniorMiddle,
            4 => Self::College,
            5 => Self::Bachelor,
            6 => Self::Master,
            7 => Self::Doctor,
            _ => return None,
        })
    }

    /// The lowest level that a text names, as in “中专或高中以上”: it is the minimum.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let mut text = plain(text);
        let mut lowest: Option<Self> = None;
        for (word, level) in WORDS {
            if !text.contains(word) {
                continue;
            }
            // Taken out, so that 职业高中 isn't read as 高中 once more, nor 中等专科 as 专科.
            text = text.replace(word, "，");
            let lower = lowest.is_none_or(|found| level.rank() < found.rank());
            if lower {
                lowest = Some(*level);
            }
        }
        lowest
    }
}
