//! Names that belong to nobody: every one begins with 示例.

use std::collections::BTreeSet;

use domain::codes::{District, Industry};
use domain::employer::CreditCode;

use super::chance::Chance;

const FIRST: &[&str] = &[
    "澜", "屿", "汀", "沐", "岚", "棠", "翎", "桐", "霁", "砚", "禾", "芷", "峤", "湛", "瑀", "昀",
];
const SECOND: &[&str] = &[
    "舟", "湾", "岭", "帆", "汐", "泽", "野", "川", "麓", "桥", "塔", "溪", "滩", "坞", "栈", "礁",
];
const STREETS: &[&str] =
    &["示例路", "样例街", "澜屿路", "汀舟街", "桐湾路", "霁岭街", "禾野路", "翎帆街"];

/// Surnames so common that they name nobody.
const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭",
];
const TITLES: &[&str] = &["先生", "女士"];

/// How firms of an industry are called.
fn endings(industry: Industry) -> &'static [&'static str] {
    match industry {
        Industry::Manufacturing => &["机械有限公司", "电子有限公司", "食品有限公司", "装备制造厂"],
        Industry::Hospitality => &["餐饮有限公司", "酒店", "海鲜酒楼"],
        Industry::Trade => &["商贸有限公司", "超市", "家居商场"],
        Industry::RealEstate => &["物业服务有限公司"],
        Industry::Transport => &["物流有限公司", "供应链有限公司"],
        Industry::Business => &["企业服务有限公司"],
        Industry::Information => &["软件有限公司", "信息服务有限公司"],
        Industry::Household => &["家政服务有限公司", "维修服务有限公司"],
        Industry::Construction => &["建筑工程有限公司"],
        Industry::Finance => &["财务咨询有限公司"],
        Industry::Health => &["养老服务中心", "健康管理有限公司"],
        Industry::Agriculture => &["海珍品养殖场", "果蔬合作社"],
        _ => &["有限公司"],
    }
}

/// Draws names, none twice.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    pub(super) fn employer(&mut self, chance: &mut Chance, industry: Industry) -> String {
        loop {
            let (first, second) = (chance.one_of(FIRST), chance.one_of(SECOND));
            let name = format!("示例{first}{second}{}", chance.one_of(endings(industry)));
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

/// A code of the right form whose region, 000000, does not exist.
pub(super) fn credit_code(chance: &mut Chance) -> Option<CreditCode> {
    let body = format!("91000000{:09}", chance.below(1_000_000_000));
    CreditCode::complete(&body).ok()
}

/// An address in a district, on a street that isn't there.
pub(super) fn address(chance: &mut Chance, district: District) -> String {
    let place = district.name(domain::codes::Lang::Zh);
    format!("大连市{place}{}{}号", chance.one_of(STREETS), chance.between(1, 200))
}

/// How a seeker is addressed.
pub(super) fn form_of_address(chance: &mut Chance) -> String {
    format!("{}{}", chance.one_of(SURNAMES), chance.one_of(TITLES))
}

/// A phone number of a range that is not assigned: 154 0000 0000 and up.
pub(super) fn phone(number: u32) -> String {
    format!("1540000{:04}", number % 10_000)
}
