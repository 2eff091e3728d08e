//! The phrases of the wording rules, in plain form (half-width, no spaces).

use super::WordingRule;

/// Phrases that say there is no limit; taken out first.
pub(super) const ALLOWED: &[&str] = &[
    "男女不限",
    "不限男女",
    "男女均可",
    "男女皆可",
    "男女都可",
    "男女平等",
    "性别不限",
    "不限性别",
    "年龄不限",
    "不限年龄",
    "户籍不限",
    "不限户籍",
    "户口不限",
    "民族不限",
    "婚否不限",
    "婚育不限",
    "残疾人优先",
    "欢迎残疾人",
];

/// What right before a phrase turns it into its opposite.
pub(super) const DENIALS: &[&str] =
    &["不收取", "不收", "不交", "不缴", "不押", "无", "免", "零", "不要", "不需要", "无需", "不限"];

type Table = &'static [(WordingRule, &'static [&'static str])];

/// Phrases that keep a posting from being shown.
pub(super) const PHRASES: Table = &[
    (
        WordingRule::Sex,
        &[
            "限男",
            "限女",
            "男性优先",
            "女性优先",
            "男士优先",
            "女士优先",
            "男优先",
            "女优先",
            "男生优先",
            "女生优先",
            "只招男",
            "只招女",
            "仅招男",
            "仅招女",
            "只要男",
            "只要女",
            "要求男",
            "要求女",
            "性别:男",
            "性别:女",
            "性别要求:男",
            "性别要求:女",
            "性别男",
            "性别女",
            "不招女",
            "不招男",
            "不要女",
            "不要男",
            "谢绝女",
            "谢绝男",
        ],
    ),
    (
        WordingRule::Family,
        &[
            "已婚",
            "未婚",
            "已育",
            "未育",
            "婚育状况",
            "婚姻状况",
            "婚姻情况",
            "生育情况",
            "备孕",
            "无生育计划",
            "怀孕",
            "孕检",
            "孕期",
            "妊娠",
            "单身",
        ],
    ),
    (
        WordingRule::Hukou,
        &[
            "本地户口",
            "本市户口",
            "大连户口",
            "本地户籍",
            "本市户籍",
            "大连户籍",
            "限本地",
            "限本市",
            "非农户口",
            "城镇户口",
            "农村户口",
            "户籍限",
            "户口限",
            "不招外地",
            "不要外地",
            "外地勿扰",
            "本地人优先",
            "限大连",
        ],
    ),
    (
        WordingRule::Ethnicity,
        &["汉族", "少数民族勿", "不招少数民族", "民族要求", "无宗教信仰", "宗教信仰要求", "不信教"],
    ),
    (
        WordingRule::Health,
        &["乙肝", "两对半", "艾滋", "hiv", "大三阳", "小三阳", "无传染病", "传染病史"],
    ),
    (WordingRule::Disability, &["残疾人勿", "不招残疾", "无残疾", "非残疾", "残疾勿扰"]),
];

/// Phrases that need a look.
pub(super) const WARNINGS: Table = &[
    (
        WordingRule::Deposit,
        &[
            "押金",
            "保证金",
            "服装费",
            "培训费",
            "扣押身份证",
            "押身份证",
            "扣证件",
            "押证件",
            "岗前费",
            "建档费",
            "报名费",
        ],
    ),
    (WordingRule::Sex, &["男性", "女性", "男士", "女士", "男工", "女工"]),
    (WordingRule::Hukou, &["本地人"]),
    (WordingRule::Age, &["年轻", "35周岁以下"]),
];
