//! Occupations that a fair offers and asks for: a tree of branch → group → occupation.
//!
//! An occupation's number is its group's times a hundred plus its place, so the group of a number
//! that this version doesn't know is still known. Where the 中华人民共和国职业分类大典 (2022) has the
//! occupation under the same or a plainly equal name, its code stands beside it; the rest are
//! common names of postings that it doesn't list, or lists under several codes.

use std::fmt;

use minicbor::{Decode, Encode};

use super::{Lang, plain};

mod building;
mod making;
mod office;
mod serving;

/// One row of the table.
pub(super) struct Row {
    code: u16,
    key: &'static str,
    national: &'static str,
    zh: &'static str,
    en: &'static str,
    /// Other names, separated by spaces.
    aliases: &'static str,
}

macro_rules! rows {
    ($($code:literal $key:literal $national:literal $zh:literal $en:literal $aliases:literal;)+) => {
        &[$(super::Row {
            code: $code, key: $key, national: $national, zh: $zh, en: $en, aliases: $aliases,
        }),+]
    };
}
use rows;

const TABLES: [&[Row]; 4] = [making::ROWS, building::ROWS, serving::ROWS, office::ROWS];

/// How many numbers a group has.
const GROUP_SIZE: u16 = 100;

code_table! {
    /// A group of occupations: what a seeker points at on a kiosk.
    OccupationGroup: u8 {
        GeneralProduction = 1, "general_production", "生产普工", "General production";
        Machining = 2, "machining", "机械加工", "Machining and metalwork";
        Electrical = 3, "electrical", "电气电子", "Electrical and electronic";
        Garment = 4, "garment", "服装纺织", "Garments and textiles";
        FoodProcessing = 5, "food_processing", "食品水产加工", "Food and seafood processing";
        Chemical = 6, "chemical", "石化制药", "Petrochemicals and drugs";
        Equipment = 7, "equipment", "船舶汽车装备", "Ships, cars, equipment";
        Construction = 8, "construction", "建筑施工", "Construction";
        FittingRepair = 9, "fitting_repair", "安装维修装修", "Fitting and repair";
        Warehousing = 10, "warehousing", "仓储物流", "Warehousing and logistics";
        Transport = 11, "transport", "驾驶运输", "Driving and transport";
        Delivery = 12, "delivery", "快递配送", "Delivery";
        Catering = 13, "catering", "餐饮", "Catering";
        Hospitality = 14, "hospitality", "酒店旅游", "Hotels and tourism";
        Retail = 15, "retail", "零售收银", "Shops and tills";
        Sales = 16, "sales", "销售电商", "Sales and e-commerce";
        CustomerService = 17, "customer_service", "客服话务", "Customer service";
        Care = 18, "care", "家政养老美业", "Household, care, beauty";
        Property = 19, "property", "物业保安保洁", "Property, guarding, cleaning";
        Office = 20, "office", "行政人事文秘", "Office and personnel";
        Finance = 21, "finance", "财务金融", "Accounts and finance";
        Technology = 22, "technology", "软件设计", "Software and design";
        EducationHealth = 23, "education_health", "教育医疗", "Education and health";
        Farming = 24, "farming", "农林牧渔", "Farming and fishing";
    }
}

/// The top of the tree: groups between which people change more easily than to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Branch {
    /// Factories.
    Making,
    /// Sites, workshops.
    Building,
    /// Goods and people on the move.
    Moving,
    /// Guests, customers, households.
    Serving,
    /// Desks.
    Office,
    /// Land and sea.
    Farming,
}

impl OccupationGroup {
    /// The branch to which it belongs; none for a group unknown to this version.
    #[must_use]
    pub const fn branch(self) -> Option<Branch> {
        Some(match self.code() {
            1..=7 => Branch::Making,
            8 | 9 => Branch::Building,
            10..=12 => Branch::Moving,
            13..=19 => Branch::Serving,
            20..=23 => Branch::Office,
            24 => Branch::Farming,
            _ => return None,
        })
    }

    /// The occupations of the group, in the order in which they are shown.
    pub fn occupations(self) -> impl Iterator<Item = Occupation> {
        Occupation::all().filter(move |occupation| occupation.group() == self)
    }
}

/// An occupation, by its number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Occupation(u16);

impl Occupation {
    /// All occupations of this version.
    pub fn all() -> impl Iterator<Item = Self> {
        all_rows().map(|row| Self(row.code))
    }

    /// Its number, as records carry it.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// The occupation of a number, if this version knows it.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        all_rows().find(|row| row.code == code).map(|row| Self(row.code))
    }

    /// Its stable name, as the API carries it.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.row().map_or("unknown", |row| row.key)
    }

    /// The occupation of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        all_rows().find(|row| row.key == key).map(|row| Self(row.code))
    }

    /// Its name as people read it; its group's where this version doesn't know it.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self.row() {
            Some(row) => lang.pick(row.zh, row.en),
            None => self.group().name(lang),
        }
    }

    /// Its code in the 职业分类大典 of 2022, d-dd-dd-dd, where there is a plain one.
    #[must_use]
    pub fn national_code(self) -> Option<&'static str> {
        self.row().map(|row| row.national).filter(|code| !code.is_empty())
    }

    /// Its group.
    #[must_use]
    pub fn group(self) -> OccupationGroup {
        let code = u8::try_from(self.0 / GROUP_SIZE).unwrap_or(u8::MAX);
        OccupationGroup::from_code(code).unwrap_or(OccupationGroup::Unknown(code))
    }

    /// The occupation that the title of a posting means: the longest of all names and other names
    /// that occurs in it, of equally long ones the last, as Chinese puts the noun at the end.
    #[must_use]
    pub fn find(title: &str) -> Option<Self> {
        let title = plain(title);
        let mut best: Option<(usize, usize, Self)> = None;
        for row in all_rows() {
            for name in std::iter::once(row.zh).chain(row.aliases.split(' ')) {
                let Some(at) = title.rfind(name).filter(|_| !name.is_empty()) else { continue };
                if best.is_none_or(|(length, place, _)| (name.len(), at) > (length, place)) {
                    best = Some((name.len(), at, Self(row.code)));
                }
            }
        }
        best.map(|(_, _, occupation)| occupation)
    }

    fn row(self) -> Option<&'static Row> {
        all_rows().find(|row| row.code == self.0)
    }
}

impl fmt::Debug for Occupation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Occupation({} {})", self.0, self.key())
    }
}

impl serde::Serialize for Occupation {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.key())
    }
}

impl<'de> serde::Deserialize<'de> for Occupation {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let key = <std::borrow::Cow<'de, str>>::deserialize(input)?;
        Self::from_key(&key)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown occupation: {key:?}")))
    }
}

fn all_rows() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().copied().flatten()
}

#[cfg(test)]
mod tests;
