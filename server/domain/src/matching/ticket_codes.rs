//! The two bytes of a ticket from which a station without a network can still suggest booths.
//!
//! | bits | meaning |
//! |---|---|
//! | 5 | first group of occupations, 0 for none |
//! | 5 | second group |
//! | 3 | education, as a rank; 0 for none |
//! | 3 | pay hoped for, as a band; 0 for none |
//!
//! They say nothing that would tell one person from the next: some thousand people share each.

use crate::codes::{Education, OccupationGroup};

use super::wish::{Wanted, Wish};

/// The least pay of each band from band 1 on, in yuan per month.
const PAY_BANDS: [u32; 7] = [2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 10_000];
const GROUP_BITS: u16 = 0b1_1111;
const SMALL_BITS: u16 = 0b111;

impl Wish {
    /// The wish in two bytes: its first two groups, education and pay; never asking for more than
    /// the wish does.
    #[must_use]
    pub fn to_codes(&self) -> [u8; 2] {
        let mut groups = Vec::new();
        for group in self.wanted.iter().map(|wanted| wanted.group()) {
            let fits = u16::from(group.code()) <= GROUP_BITS;
            if fits && !groups.contains(&group) {
                groups.push(group);
            }
        }
        let group = |place: usize| groups.get(place).map_or(0, |group| u16::from(group.code()));
        let rank = self.education.and_then(Education::rank).map_or(0, u16::from);
        let hope = self.pay_low.unwrap_or(0);
        let bands = PAY_BANDS.iter().filter(|band| **band <= hope).count();
        let band = u16::try_from(bands).unwrap_or(SMALL_BITS);
        (group(0) << 11 | group(1) << 6 | rank << 3 | band).to_be_bytes()
    }

    /// The wish that two bytes stand for; any two bytes are one.
    #[must_use]
    pub fn from_codes(codes: [u8; 2]) -> Self {
        let bits = u16::from_be_bytes(codes);
        let group = |shift: u16| {
            let code = u8::try_from(bits >> shift & GROUP_BITS).ok()?;
            OccupationGroup::from_code(code).map(Wanted::Group)
        };
        let rank = u8::try_from(bits >> 3 & SMALL_BITS).unwrap_or(0);
        let band = usize::from(bits & SMALL_BITS);
        Self {
            wanted: group(11).into_iter().chain(group(6)).collect(),
            education: Education::of_rank(rank),
            pay_low: band.checked_sub(1).and_then(|place| PAY_BANDS.get(place)).copied(),
            ..Self::default()
        }
        .tidied()
    }
}
