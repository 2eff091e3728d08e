//! Industries: the twenty sections of GB/T 4754-2017.

use super::plain;

code_table! {
    /// A section of the national classification; the number is the place of its letter.
    Industry: u8 {
        Agriculture = 1, "agriculture", "农、林、牧、渔业", "Agriculture, forestry, fishing";
        Mining = 2, "mining", "采矿业", "Mining";
        Manufacturing = 3, "manufacturing", "制造业", "Manufacturing";
        Energy = 4, "energy", "电力、热力、燃气及水生产和供应业", "Electricity, heat, gas, water";
        Construction = 5, "construction", "建筑业", "Construction";
        Trade = 6, "trade", "批发和零售业", "Wholesale and retail";
        Transport = 7, "transport", "交通运输、仓储和邮政业", "Transport, storage, post";
        Hospitality = 8, "hospitality", "住宿和餐饮业", "Hotels and catering";
        Information = 9, "information", "信息传输、软件和信息技术服务业", "Information technology";
        Finance = 10, "finance", "金融业", "Finance";
        RealEstate = 11, "real_estate", "房地产业", "Real estate";
        Business = 12, "business", "租赁和商务服务业", "Leasing and business services";
        Research = 13, "research", "科学研究和技术服务业", "Research and technical services";
        Environment = 14, "environment", "水利、环境和公共设施管理业", "Environment, public facilities";
        Household = 15, "household", "居民服务、修理和其他服务业", "Household services, repair";
        Education = 16, "education", "教育", "Education";
        Health = 17, "health", "卫生和社会工作", "Health and social work";
        Culture = 18, "culture", "文化、体育和娱乐业", "Culture, sport, entertainment";
        Public = 19, "public", "公共管理、社会保障和社会组织", "Public administration";
        International = 20, "international", "国际组织", "International organisations";
    }
}

/// Words in a spreadsheet's column of industries; the first that occurs decides.
const WORDS: &[(&str, Industry)] = &[
    ("农", Industry::Agriculture),
    ("养殖", Industry::Agriculture),
    ("渔业", Industry::Agriculture),
    ("采矿", Industry::Mining),
    ("软件", Industry::Information),
    ("信息", Industry::Information),
    ("互联网", Industry::Information),
    ("房地产", Industry::RealEstate),
    ("物业", Industry::RealEstate),
    ("餐饮", Industry::Hospitality),
    ("酒店", Industry::Hospitality),
    ("住宿", Industry::Hospitality),
    ("批发", Industry::Trade),
    ("零售", Industry::Trade),
    ("商贸", Industry::Trade),
    ("物流", Industry::Transport),
    ("运输", Industry::Transport),
    ("仓储", Industry::Transport),
    ("快递", Industry::Transport),
    ("邮政", Industry::Transport),
    ("建筑", Industry::Construction),
    ("金融", Industry::Finance),
    ("银行", Industry::Finance),
    ("保险", Industry::Finance),
    ("人力资源", Industry::Business),
    ("商务", Industry::Business),
    ("租赁", Industry::Business),
    ("科学研究", Industry::Research),
    ("技术服务", Industry::Research),
    ("环境", Industry::Environment),
    ("居民服务", Industry::Household),
    ("家政", Industry::Household),
    ("修理", Industry::Household),
    ("教育", Industry::Education),
    ("培训", Industry::Education),
    ("卫生", Industry::Health),
    ("医疗", Industry::Health),
    ("养老", Industry::Health),
    ("文化", Industry::Culture),
    ("体育", Industry::Culture),
    ("电力", Industry::Energy),
    ("燃气", Industry::Energy),
    ("热力", Industry::Energy),
    ("公共管理", Industry::Public),
    ("制造", Industry::Manufacturing),
    ("加工", Industry::Manufacturing),
    ("生产", Industry::Manufacturing),
];

impl Industry {
    /// The section's letter, A to T.
    #[must_use]
    pub fn letter(self) -> Option<char> {
        let offset = u32::from(self.code().checked_sub(1)?);
        char::from_u32(u32::from('A') + offset).filter(char::is_ascii_uppercase)
    }

    /// The section of a letter.
    #[must_use]
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.iter().copied().find(|section| section.letter() == Some(letter))
    }

    /// The section that a text means: its letter, its name, or a word for it.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let text = plain(text);
        let mut letters = text.chars();
        if let (Some(only), None) = (letters.next(), letters.next()) {
            return Self::from_letter(only.to_ascii_uppercase());
        }
        let named = |section: &&Self| text.contains(&plain(section.name(super::Lang::Zh)));
        Self::ALL.iter().find(named).copied().or_else(|| {
            WORDS.iter().find(|(word, _)| text.contains(word)).map(|(_, section)| *section)
        })
    }
}
