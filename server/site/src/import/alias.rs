//! The columns of an employers' spreadsheet and the names that clerks give them.

use domain::codes::plain;
use domain::employer::PayUnit;

/// A column that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Column {
    /// A running number; ignored.
    Index,
    Employer,
    CreditCode,
    Industry,
    Booth,
    Title,
    Openings,
    Pay,
    PayLow,
    PayHigh,
    Education,
    Place,
    Employment,
    ValidUntil,
    /// Free text: content, requirements, remarks.
    Text,
    /// What is offered besides pay, and the hours.
    Conditions,
    Meals,
    Lodging,
    Insurance,
    /// A condition of sex: not taken over.
    Sex,
    /// A condition of age: not taken over.
    Age,
    /// A person or a telephone number: not taken over.
    Contact,
}

/// Names in plain form, the usual one first.
const NAMES: &[(Column, &[&str])] = &[
    (Column::Index, &["序号", "编号", "no", "no."]),
    (
        Column::Employer,
        &[
            "用人单位",
            "单位名称",
            "企业名称",
            "公司名称",
            "招聘单位",
            "用工单位",
            "招聘企业",
            "参会单位",
            "参会企业",
            "单位全称",
            "企业全称",
            "用人单位名称",
            "单位",
            "企业",
            "公司",
            "employer",
            "company",
        ],
    ),
    (
        Column::CreditCode,
        &["统一社会信用代码", "社会信用代码", "信用代码", "组织机构代码", "税号", "creditcode"],
    ),
    (Column::Industry, &["行业", "所属行业", "行业类别", "行业类型", "industry"]),
    (Column::Booth, &["展位号", "展位", "摊位号", "摊位", "展台号", "展台", "席位号", "booth"]),
    (
        Column::Title,
        &[
            "岗位名称",
            "职位名称",
            "招聘岗位",
            "招聘职位",
            "工种",
            "岗位",
            "职位",
            "职务",
            "招聘工种",
            "需求岗位",
            "title",
            "position",
            "posting",
        ],
    ),
    (
        Column::Openings,
        &[
            "招聘人数",
            "需求人数",
            "人数",
            "招聘数量",
            "用工人数",
            "岗位数量",
            "岗位数",
            "招工人数",
            "名额",
            "数量",
            "拟招人数",
            "openings",
            "headcount",
        ],
    ),
    (
        Column::Pay,
        &[
            "月薪",
            "薪资待遇",
            "工资待遇",
            "薪酬待遇",
            "薪资",
            "工资",
            "薪酬",
            "月工资",
            "月收入",
            "薪资范围",
            "薪资标准",
            "工资标准",
            "综合工资",
            "综合薪资",
            "待遇",
            "年薪",
            "日薪",
            "时薪",
            "月薪范围",
            "pay",
            "salary",
            "wage",
        ],
    ),
    (
        Column::PayLow,
        &["最低月薪", "最低工资", "最低薪资", "薪资下限", "工资下限", "月薪下限", "起薪"],
    ),
    (Column::PayHigh, &["最高月薪", "最高工资", "最高薪资", "薪资上限", "工资上限", "月薪上限"]),
    (
        Column::Education,
        &["学历要求", "学历", "文化程度", "最低学历", "学历层次", "文化要求", "education"],
    ),
    (
        Column::Place,
        &[
            "工作地点",
            "工作地址",
            "工作区域",
            "上班地点",
            "单位地址",
            "公司地址",
            "企业地址",
            "地址",
            "地点",
            "用工地点",
            "place",
            "address",
            "location",
        ],
    ),
    (
        Column::Employment,
        &["用工类型", "用工形式", "工作性质", "岗位性质", "用工方式", "employment"],
    ),
    (
        Column::ValidUntil,
        &[
            "有效期",
            "截止日期",
            "有效期至",
            "招聘截止日期",
            "截止时间",
            "报名截止",
            "有效日期",
            "validuntil",
        ],
    ),
    (
        Column::Text,
        &[
            "岗位要求",
            "任职要求",
            "岗位职责",
            "工作内容",
            "职位描述",
            "岗位描述",
            "任职条件",
            "招聘条件",
            "招聘要求",
            "其他要求",
            "技能要求",
            "专业要求",
            "专业",
            "工作经验",
            "经验要求",
            "备注",
            "说明",
            "要求",
            "岗位说明",
            "工作职责",
            "requirements",
            "text",
            "remarks",
        ],
    ),
    (
        Column::Conditions,
        &[
            "包吃包住",
            "包吃住",
            "食宿",
            "食宿情况",
            "福利待遇",
            "福利",
            "食宿条件",
            "工作时间",
            "工作时长",
            "班次",
            "班制",
            "上班时间",
            "工时",
            "休息休假",
            "吃住",
            "conditions",
            "benefits",
        ],
    ),
    (Column::Meals, &["包吃", "是否包吃", "供餐", "工作餐"]),
    (Column::Lodging, &["包住", "是否包住", "住宿", "提供住宿"]),
    (Column::Insurance, &["社保", "社会保险", "五险一金", "保险", "是否缴纳社保", "五险"]),
    (Column::Sex, &["性别", "性别要求"]),
    (Column::Age, &["年龄", "年龄要求", "年龄段"]),
    (
        Column::Contact,
        &[
            "联系人",
            "联系电话",
            "联系方式",
            "电话",
            "手机",
            "手机号",
            "负责人",
            "邮箱",
            "传真",
            "报名电话",
            "法人",
            "法定代表人",
            "经办人",
        ],
    ),
];

/// What a header says beyond the column's name: “薪资（千元/月）”.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PayHint {
    /// How many yuan one is.
    pub(super) factor: u32,
    /// Per what, where a cell doesn't say.
    pub(super) per: PayUnit,
}

impl Column {
    /// Its usual name.
    pub(super) fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(column, _)| *column == self)
            .and_then(|(_, names)| names.first())
            .copied()
            .unwrap_or_default()
    }

    /// The column that a header cell names: one of its names exactly, or else the longest name that
    /// occurs in it.
    pub(super) fn of_header(header: &str) -> Option<Self> {
        let header = plain(header);
        let header = header.split(['(', '[', '【', '<']).next().unwrap_or_default();
        let header = header.trim_matches(|c: char| !c.is_alphanumeric());
        if header.is_empty() || header.chars().count() > 20 {
            return None;
        }
        let names = || NAMES.iter().flat_map(|(column, names)| names.iter().map(|n| (*column, *n)));
        let exact = names().find(|(_, name)| *name == header);
        let within = || {
            names()
                .filter(|(_, name)| name.chars().count() > 1 && !name.is_ascii())
                .filter(|(_, name)| header.contains(name))
                .max_by_key(|(_, name)| name.len())
        };
        let is_short = header.chars().count() <= 12;
        exact.or_else(|| within().filter(|_| is_short)).map(|(column, _)| column)
    }
}

impl PayHint {
    pub(super) fn of_header(header: &str) -> Self {
        let header = plain(header);
        let has = |words: &[&str]| words.iter().any(|word| header.contains(word));
        let factor = if has(&["万元"]) {
            10_000
        } else if has(&["千元"]) {
            1_000
        } else {
            1
        };
        let per = if has(&["时薪", "/时", "/小时", "每小时"]) {
            PayUnit::Hour
        } else if has(&["日薪", "/天", "/日", "每天"]) {
            PayUnit::Day
        } else if has(&["年薪", "/年"]) {
            PayUnit::Year
        } else {
            PayUnit::Month
        };
        Self { factor, per }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_by_their_usual_and_unusual_names() {
        let expected = [
            ("用人单位", Column::Employer),
            (" 单 位 名 称 ", Column::Employer),
            ("*招聘人数（人）", Column::Openings),
            ("薪资待遇\n(元/月)", Column::Pay),
            ("学历要求", Column::Education),
            ("岗位要求及职责", Column::Text),
            ("工作地点", Column::Place),
            ("展位号", Column::Booth),
            ("统一社会信用代码", Column::CreditCode),
            ("最低月薪", Column::PayLow),
            ("是否包住", Column::Lodging),
            ("联系电话", Column::Contact),
        ];
        for (header, column) in expected {
            assert_eq!(Column::of_header(header), Some(column), "{header}");
        }
        for header in ["", "大连", "（）", "春风行动专场招聘会用人单位岗位信息汇总表（二〇二六年）"]
        {
            assert_eq!(Column::of_header(header), None, "{header}");
        }
    }

    #[test]
    fn no_name_stands_for_two_columns() {
        let mut seen = std::collections::HashSet::new();
        for (_, names) in NAMES {
            for name in *names {
                assert!(seen.insert(*name), "{name}");
                assert_eq!(*name, plain(name));
            }
        }
    }

    #[test]
    fn a_header_may_give_the_unit() {
        let hint = PayHint::of_header("薪资（千元／月）");
        assert_eq!(hint, PayHint { factor: 1_000, per: PayUnit::Month });
        assert_eq!(PayHint::of_header("时薪").per, PayUnit::Hour);
    }
}
