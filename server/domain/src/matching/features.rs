//! What of a posting is compared, taken out of it once.

use crate::codes::{Branch, District, Education, Occupation, OccupationGroup};
use crate::employer::{Conditions, Posting};

/// The comparable part of a posting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Features {
    pub(super) occupation: Option<Occupation>,
    pub(super) group: Option<OccupationGroup>,
    pub(super) branch: Option<Branch>,
    /// Yuan in a full month, least and most.
    pub(super) pay: Option<(u32, u32)>,
    pub(super) district: Option<District>,
    pub(super) education_min: Option<Education>,
    pub(super) conditions: Conditions,
}

impl Features {
    pub(super) fn of(posting: &Posting) -> Self {
        let group = posting.occupation.map(Occupation::group);
        Self {
            occupation: posting.occupation,
            group,
            branch: group.and_then(OccupationGroup::branch),
            pay: posting.pay.and_then(crate::employer::PayRange::per_month),
            district: posting.place.district,
            education_min: posting.education_min,
            conditions: posting.conditions,
        }
    }
}
