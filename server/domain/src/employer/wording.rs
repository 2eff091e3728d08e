//! What may not stand in a posting: discriminating or risky conditions in its free text.
//!
//! Plain phrases, no grammar: what is found is shown with the rule and its source, so that a person
//! can mend the text or, where the law has an exception, record it. Phrases that say the opposite
//! (男女不限, 不收押金) are no finding.

use crate::codes::{Lang, plain};

mod phrases;

use phrases::{ALLOWED, DENIALS, PHRASES, WARNINGS};

code_table! {
    /// A rule about the wording of postings.
    WordingRule: u8 {
        Sex = 1, "sex", "不得限定或优先性别", "No limit to or preference for a sex";
        Family = 2, "family", "不得限制婚姻、生育", "No condition of marriage or childbirth";
        Hukou = 3, "hukou", "不得限制户籍、地域", "No limit by household registration or origin";
        Ethnicity = 4, "ethnicity", "不得限制民族、宗教信仰", "No condition of ethnicity or religion";
        Health = 5, "health", "不得因传染病病原携带拒绝录用", "No refusal of carriers of pathogens";
        Disability = 6, "disability", "不得歧视残疾人", "No discrimination against disabled people";
        Minors = 7, "minors", "不得招用未满16周岁的人", "Nobody under 16 may be hired";
        Deposit = 8, "deposit", "不得收取押金、扣押证件", "No deposits, no holding of papers";
        Age = 9, "age", "建议不限年龄", "Better without a limit of age";
    }
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// To be looked at; the posting may be shown.
    Warn,
    /// Not to be shown until mended or until a reviewer records a legal exception.
    Block,
}

/// A phrase in a posting that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: WordingRule,
    /// The phrase, in plain form.
    pub phrase: String,
    severity: Severity,
}

impl Finding {
    /// How grave it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }
}

impl WordingRule {
    /// Where the rule comes from.
    #[must_use]
    pub const fn source(self, lang: Lang) -> &'static str {
        match self {
            Self::Sex => lang.pick(
                "《妇女权益保障法》第四十三条，《人力资源市场暂行条例》第二十四条",
                "Law on the Protection of Women, art. 43; Human Resources Market Rules, art. 24",
            ),
            Self::Family => {
                lang.pick("《妇女权益保障法》第四十三条", "Law on the Protection of Women, art. 43")
            }
            Self::Hukou => lang.pick(
                "《就业促进法》第三十一条，《网络招聘服务管理规定》第十五条",
                "Employment Promotion Law, art. 31; Online Recruitment Rules, art. 15",
            ),
            Self::Ethnicity => lang.pick(
                "《就业促进法》第二十八条，《人力资源市场暂行条例》第二十四条",
                "Employment Promotion Law, art. 28; Human Resources Market Rules, art. 24",
            ),
            Self::Health => {
                lang.pick("《就业促进法》第三十条", "Employment Promotion Law, art. 30")
            }
            Self::Disability => {
                lang.pick("《就业促进法》第二十九条", "Employment Promotion Law, art. 29")
            }
            Self::Minors => lang.pick(
                "《禁止使用童工规定》第二条、第四条",
                "Rules against Child Labour, arts. 2 and 4",
            ),
            Self::Deposit => lang.pick(
                "《就业促进法》第四十一条、第六十六条，《劳动合同法》第九条",
                "Employment Promotion Law, arts. 41 and 66; Labour Contract Law, art. 9",
            ),
            Self::Age | Self::Unknown(_) => lang.pick(
                "法律未列明；提倡公平就业",
                "Not named in the law; fair employment is encouraged",
            ),
        }
    }
}

/// What a text breaks; each rule and phrase once, the gravest first.
#[must_use]
pub fn check(text: &str) -> Vec<Finding> {
    let mut text = plain(&text.replace(['\n', '\r'], "，"));
    for phrase in ALLOWED {
        text = text.replace(phrase, "，");
    }
    let mut findings = Vec::new();
    for (severity, table) in [(Severity::Block, PHRASES), (Severity::Warn, WARNINGS)] {
        for (rule, phrases) in table {
            for phrase in *phrases {
                if asserts(&text, phrase) {
                    text = text.replace(phrase, "，");
                    findings.push(Finding { rule: *rule, phrase: (*phrase).to_owned(), severity });
                }
            }
        }
    }
    findings.extend(ages(&text));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// Whether the text has the phrase anywhere without a denial right before it.
fn asserts(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        !DENIALS.iter().any(|denial| before.ends_with(denial))
    })
}

/// Conditions of age: each number before 岁 or 周岁. “18周岁以上” is the law's own limit and no
/// finding; below 16 is forbidden; any other limit is a warning.
fn ages(text: &str) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (at, _) in text.match_indices('岁') {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at..).unwrap_or_default().trim_start_matches('岁');
        let before = before.strip_suffix('周').unwrap_or(before);
        let start = before.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| {
            at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        let Ok(years) = before.get(start..).unwrap_or_default().parse::<u32>() else { continue };
        let lead = before.get(..start).unwrap_or_default();
        let is_minimum = after.starts_with("以上")
            || after.starts_with("及以上")
            || after.starts_with("(含)以上")
            || lead.ends_with('满');
        let rule = match (is_minimum, years) {
            (true, 16..=18) => continue,
            (true, 1..16) => WordingRule::Minors,
            _ => WordingRule::Age,
        };
        let severity = if rule == WordingRule::Age { Severity::Warn } else { Severity::Block };
        let finding = Finding { rule, phrase: format!("{years}岁"), severity };
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings
}
