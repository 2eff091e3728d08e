//! What a seeker wants, in as few words as they care to say.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::codes::{District, Education, Lang, Occupation, OccupationGroup};
use crate::employer::Conditions;

/// An occupation wished for, or a whole group of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wanted {
    /// This one.
    Occupation(Occupation),
    /// Any of the group.
    Group(OccupationGroup),
}

/// What a seeker wants. Everything is optional; nothing tells who they are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(default, deny_unknown_fields)]
pub struct Wish {
    /// Up to three occupations or groups.
    #[n(0)]
    pub wanted: Vec<Wanted>,
    /// The least pay hoped for, in yuan per month.
    #[n(1)]
    pub pay_low: Option<u32>,
    /// Districts to which the seeker would go.
    #[n(2)]
    pub districts: Vec<District>,
    /// The seeker's education.
    #[n(3)]
    pub education: Option<Education>,
    /// What would be welcome besides pay.
    #[n(4)]
    pub conditions: Conditions,
    /// Nothing outside those districts.
    #[n(5)]
    #[cbor(default)]
    pub only_districts: bool,
    /// Nothing with night shifts.
    #[n(6)]
    #[cbor(default)]
    pub no_nights: bool,
}

impl Wish {
    /// The most occupations and groups of one wish.
    pub const WANTED_MAX: usize = 3;

    /// The wish within its limits: what is too much is cut off, what is double is dropped.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        let mut seen = Vec::new();
        self.wanted.retain(|wanted| {
            let is_new = !seen.contains(wanted);
            seen.push(*wanted);
            is_new
        });
        self.wanted.truncate(Self::WANTED_MAX);
        self.districts.sort_unstable();
        self.districts.dedup();
        self.pay_low = self.pay_low.filter(|yuan| *yuan > 0);
        self
    }

    /// Whether nothing is wished for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Wanted {
    /// The group wished for, or that of the occupation.
    #[must_use]
    pub fn group(self) -> OccupationGroup {
        match self {
            Self::Occupation(occupation) => occupation.group(),
            Self::Group(group) => group,
        }
    }

    /// Its name as people read it.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Occupation(occupation) => occupation.name(lang),
            Self::Group(group) => group.name(lang),
        }
    }

    /// Its stable name, as the API and forms carry it; groups and occupations share no name.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Occupation(occupation) => occupation.key(),
            Self::Group(group) => group.key(),
        }
    }

    /// What a stable name stands for.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        OccupationGroup::from_key(key)
            .map(Self::Group)
            .or_else(|| Occupation::from_key(key).map(Self::Occupation))
    }
}

/// Stored as the occupation's number; a group as its hundred.
impl<C> Encode<C> for Wanted {
    fn encode<W: minicbor::encode::Write>(
        &self,
        out: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Occupation(occupation) => occupation.encode(out, ctx),
            Self::Group(group) => (u16::from(group.code()) * 100).encode(out, ctx),
        }
    }
}

impl<'b, C> Decode<'b, C> for Wanted {
    fn decode(
        input: &mut minicbor::Decoder<'b>,
        ctx: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        let occupation = Occupation::decode(input, ctx)?;
        Ok(if occupation.code().is_multiple_of(100) {
            Self::Group(occupation.group())
        } else {
            Self::Occupation(occupation)
        })
    }
}

impl Serialize for Wanted {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.key())
    }
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let key = <std::borrow::Cow<'de, str>>::deserialize(input)?;
        Self::from_key(&key).ok_or_else(|| {
            serde::de::Error::custom(format!("unknown occupation or group: {key:?}"))
        })
    }
}
