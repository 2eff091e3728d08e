//! The demo fair: employers, postings and seekers of Dalian, all invented, made from a seed.
//!
//! Calibrated with what fairs of a district look like: some 120 employers with seven or eight
//! postings each, four to six openings a posting, occupations by a Zipf law, pay by occupation, a
//! third of the seekers hoping for more than is usual. Invariant: the same seed gives the same
//! bytes. Every employer's name begins with 示例 and its credit code with a region that does not
//! exist; phone numbers lie in a range that is not assigned.

use anyhow::Result;
use domain::codes::{District, Education, Industry, Occupation};
use domain::command::Catalogue;
use domain::day::Day;
use domain::employer::{
    BoothNumber, Conditions, CreditCode, Employer, EmploymentType, PayRange, Place, Posting,
};
use domain::ids::{EmployerId, PostingId};

mod chance;
mod employers;
mod market;
mod names;
mod seekers;
mod sheet;

pub use chance::Chance;
pub use seekers::{Registration, Seeker};

/// How many employers a demo fair has.
pub const EMPLOYERS: usize = 120;
/// How many seekers.
pub const SEEKERS: usize = 400;

/// An invented fair.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoFair {
    /// The employers, in the order of their booths.
    pub employers: Vec<DemoEmployer>,
    /// The seekers.
    pub seekers: Vec<Seeker>,
}

/// An invented employer.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoEmployer {
    /// Its name; begins with 示例.
    pub name: String,
    /// Its credit code, of a region that doesn't exist; some don't give one.
    pub credit_code: Option<CreditCode>,
    /// Its industry.
    pub industry: Industry,
    /// Its booth.
    pub booth: BoothNumber,
    /// Its postings.
    pub postings: Vec<DemoPosting>,
}

/// An invented posting.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoPosting {
    /// Its title as the clerk types it.
    pub title: String,
    /// The occupation meant.
    pub occupation: Occupation,
    /// How many are wanted.
    pub openings: u16,
    /// How they are employed.
    pub employment: EmploymentType,
    /// Pay; none is open.
    pub pay: Option<PayRange>,
    /// The lowest education asked for.
    pub education_min: Option<Education>,
    /// Where.
    pub district: District,
    /// The address as typed.
    pub address: String,
    /// What is offered.
    pub conditions: Conditions,
    /// The last day, where the employer says one.
    pub valid_until: Option<Day>,
    /// What the work asks for.
    pub text: String,
}

impl DemoFair {
    /// The fair of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let chance = Chance::new(seed);
        let employers = employers::draw(&mut chance.fork(1));
        let seekers = seekers::draw(&mut chance.fork(2));
        Self { employers, seekers }
    }

    /// How many postings there are.
    #[must_use]
    pub fn postings(&self) -> usize {
        self.employers.iter().map(|employer| employer.postings.len()).sum()
    }

    /// The employers' spreadsheet (.xlsx), as a clerk would type it.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn workbook(&self, seed: u64) -> Result<Vec<u8>> {
        sheet::workbook(self, &mut Chance::new(seed).fork(3))
    }

    /// The same as a command's content, with ids counted up.
    #[must_use]
    pub fn catalogue(&self) -> Catalogue {
        let mut catalogue = Catalogue::default();
        for (number, employer) in (1_u64..).zip(&self.employers) {
            let id = EmployerId(number.to_be_bytes());
            catalogue.employers.push(Employer {
                id,
                name: employer.name.clone(),
                credit_code: employer.credit_code.clone(),
                industry: Some(employer.industry),
                booth: Some(employer.booth),
            });
            for (place, posting) in (1_u64..).zip(&employer.postings) {
                let posting_id = PostingId((number << 16 | place).to_be_bytes());
                catalogue.postings.push(posting.to_posting(posting_id, id));
            }
        }
        catalogue
    }
}

impl DemoPosting {
    fn to_posting(&self, id: PostingId, employer: EmployerId) -> Posting {
        Posting {
            id,
            employer,
            title: self.title.clone(),
            occupation: Some(self.occupation),
            openings: self.openings,
            employment: self.employment,
            pay: self.pay,
            education_min: self.education_min,
            place: Place { district: Some(self.district), address: self.address.clone() },
            conditions: self.conditions,
            valid_until: self.valid_until,
            text: self.text.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
