//! Employers, their postings and their booths, as events carry them.
//!
//! Plain values: a booth is a place in the hall and no employer's property (one employer may have
//! several, and a booth may be given to another after a no-show). What may not stand in a posting
//! is in [`wording`]. Nothing here knows of seekers.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::codes::{District, Education, Industry, Occupation};
use crate::day::Day;
use crate::ids::{EmployerId, PostingId};

mod booth;
mod condition;
mod credit_code;
mod pay;
pub mod wording;

pub use booth::{BadBoothNumber, BoothNumber};
pub use condition::{Condition, Conditions};
pub use credit_code::{BadCreditCode, CreditCode};
pub use pay::{PayRange, PayUnit};

/// The longest name of an employer or title of a posting, in characters.
pub const NAME_CHARS_MAX: usize = 100;
/// The longest free text of a posting, in characters.
pub const TEXT_CHARS_MAX: usize = 2_000;
/// The most openings that one posting may have.
pub const OPENINGS_MAX: u16 = 9_999;

/// An employer (用人单位) that takes part.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Employer {
    /// Its id.
    #[n(0)]
    pub id: EmployerId,
    /// Its name (单位名称).
    #[n(1)]
    pub name: String,
    /// Its unified social credit code (统一社会信用代码), where it gave one.
    #[n(2)]
    pub credit_code: Option<CreditCode>,
    /// Its industry.
    #[n(3)]
    pub industry: Option<Industry>,
    /// The booth it was first given; who has a booth now, the fair's assignments say.
    #[n(4)]
    pub booth: Option<BoothNumber>,
}

code_table! {
    /// How people are employed.
    EmploymentType: u8 {
        FullTime = 1, "full_time", "全职", "Full time";
        PartTime = 2, "part_time", "兼职", "Part time";
        Agency = 3, "agency", "劳务派遣", "Through an agency";
        Flexible = 4, "flexible", "灵活就业", "Flexible";
        Internship = 5, "internship", "实习", "Internship";
    }
}

/// Where the work is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Place {
    /// The district, where the address names one of Dalian's.
    #[n(0)]
    pub district: Option<District>,
    /// The address as given; may be empty.
    #[n(1)]
    pub address: String,
}

/// A posting (岗位). The law asks for at least headcount, conditions, content, place and basic pay
/// (人力资源市场暂行条例 art. 24).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Posting {
    /// Its id.
    #[n(0)]
    pub id: PostingId,
    /// Whose it is.
    #[n(1)]
    pub employer: EmployerId,
    /// Its title (岗位名称) as given.
    #[n(2)]
    pub title: String,
    /// The occupation that the title means; none if it could not be told.
    #[n(3)]
    pub occupation: Option<Occupation>,
    /// How many people are wanted (招聘人数).
    #[n(4)]
    pub openings: u16,
    /// How they are employed.
    #[n(5)]
    pub employment: EmploymentType,
    /// Basic pay; none if it is to be agreed on (面议).
    #[n(6)]
    pub pay: Option<PayRange>,
    /// The lowest education asked for; none if any will do.
    #[n(7)]
    pub education_min: Option<Education>,
    /// Where the work is.
    #[n(8)]
    pub place: Place,
    /// Food, lodging, insurance, shifts, as far as stated.
    #[n(9)]
    pub conditions: Conditions,
    /// The last day on which it is open; none if it says nothing.
    #[n(10)]
    pub valid_until: Option<Day>,
    /// Content and requirements, as given.
    #[n(11)]
    pub text: String,
}

impl Posting {
    /// What the law forbids or frowns on in its title and text.
    #[must_use]
    pub fn findings(&self) -> Vec<wording::Finding> {
        wording::check(&format!("{}\n{}", self.title, self.text))
    }

    /// Whether it may be shown to seekers: nothing in it is forbidden. A reviewer may record a
    /// legal exception, which the caller must know.
    #[must_use]
    pub fn is_publishable(&self) -> bool {
        self.findings().iter().all(|finding| finding.severity() != wording::Severity::Block)
    }
}

#[cfg(test)]
mod tests;
