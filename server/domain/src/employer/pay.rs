//! Pay as postings state it, and what it comes to in a month.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

code_table! {
    /// What pay is counted by.
    PayUnit: u8 {
        Month = 1, "month", "月", "month";
        Hour = 2, "hour", "小时", "hour";
        Piece = 3, "piece", "件", "piece";
        Day = 4, "day", "天", "day";
        Year = 5, "year", "年", "year";
    }
}

/// Paid hours of a month: 21.75 days of eight hours (劳社部发〔2008〕3号).
const HOURS_PER_MONTH: u32 = 174;
/// Paid days of a month, in hundredths.
const CENTIDAYS_PER_MONTH: u32 = 2_175;

/// A range of pay, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct PayRange {
    /// The least, in yuan.
    #[n(0)]
    pub low_yuan: u32,
    /// The most, in yuan; not below the least.
    #[n(1)]
    pub high_yuan: u32,
    /// Per what.
    #[n(2)]
    pub per: PayUnit,
}

impl PayRange {
    /// A range per month.
    #[must_use]
    pub const fn monthly(low_yuan: u32, high_yuan: u32) -> Self {
        Self { low_yuan, high_yuan, per: PayUnit::Month }
    }

    /// What it comes to in a full month, in yuan; none for piece rates, whose sum nobody knows.
    #[must_use]
    pub fn per_month(self) -> Option<(u32, u32)> {
        let low = self.low_yuan.min(self.high_yuan);
        let high = self.high_yuan.max(self.low_yuan);
        let month = |yuan: u32| match self.per {
            PayUnit::Month => Some(yuan),
            PayUnit::Hour => Some(yuan.saturating_mul(HOURS_PER_MONTH)),
            PayUnit::Day => Some(yuan.saturating_mul(CENTIDAYS_PER_MONTH) / 100),
            PayUnit::Year => Some(yuan / 12),
            PayUnit::Piece | PayUnit::Unknown(_) => None,
        };
        Some((month(low)?, month(high)?))
    }
}
