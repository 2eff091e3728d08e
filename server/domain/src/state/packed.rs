//! Values as bytes that follow each other without names or lengths: read back in a few nanoseconds,
//! by the very program that wrote them (`rules`), never by another.

use smallvec::{Array, SmallVec};

use crate::day::Day;
use crate::employer::BoothNumber;
use crate::ids::{ConsultationId, Hlc, NodeId, PostingId, Reference, ShortNumber};

/// What can be written so.
pub trait Packed: Sized {
    /// Appends it.
    fn put(&self, out: &mut Vec<u8>);

    /// Takes it from the beginning of `input`; `None` for bytes that [`Packed::put`] did not write.
    fn take(input: &mut &[u8]) -> Option<Self>;
}

impl<const N: usize> Packed for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        let (bytes, rest) = input.split_first_chunk::<N>()?;
        *input = rest;
        Some(*bytes)
    }
}

macro_rules! packed_numbers {
    ($($number:ty),*) => {$(
        impl Packed for $number {
            fn put(&self, out: &mut Vec<u8>) {
                self.to_le_bytes().put(out);
            }

            fn take(input: &mut &[u8]) -> Option<Self> {
                Packed::take(input).map(Self::from_le_bytes)
            }
        }
    )*};
}

packed_numbers!(u8, u16, u32, u64);

macro_rules! packed_names {
    ($($name:ident),*) => {$(
        impl Packed for $name {
            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }

            fn take(input: &mut &[u8]) -> Option<Self> {
                Packed::take(input).map(Self)
            }
        }
    )*};
}

packed_names!(ConsultationId, Day, Hlc, NodeId, PostingId, Reference, ShortNumber);

impl Packed for BoothNumber {
    fn put(&self, out: &mut Vec<u8>) {
        self.code().put(out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        Self::from_code(Packed::take(input)?)
    }
}

impl Packed for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        match u8::take(input)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl<T: Packed> Packed for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        if bool::take(input)? { T::take(input).map(Some) } else { Some(None) }
    }
}

impl<A: Packed, B: Packed> Packed for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        Some((A::take(input)?, B::take(input)?))
    }
}

/// At most 255 of them are written: a ticket has days and groups, a few of each.
impl<A: Array<Item: Packed>> Packed for SmallVec<A> {
    fn put(&self, out: &mut Vec<u8>) {
        let count = u8::try_from(self.len()).unwrap_or(u8::MAX);
        count.put(out);
        self.iter().take(count.into()).for_each(|value| value.put(out));
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        let count = u8::take(input)?;
        (0..count).map(|_| A::Item::take(input)).collect()
    }
}

/// A struct by its fields, in the order given.
macro_rules! packed_fields {
    ($name:ty { $($field:tt),* }) => {
        impl $crate::state::Packed for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $($crate::state::Packed::put(&self.$field, out);)*
            }

            fn take(input: &mut &[u8]) -> Option<Self> {
                $(let $field = $crate::state::Packed::take(input)?;)*
                Some(Self { $($field),* })
            }
        }
    };
}

/// An enum by the one byte of its number.
macro_rules! packed_codes {
    ($($name:ty),*) => {$(
        impl Packed for $name {
            fn put(&self, out: &mut Vec<u8>) {
                minicbor::encode(self, out).expect("encoding into memory never fails");
            }

            fn take(input: &mut &[u8]) -> Option<Self> {
                let (code, rest) = input.split_at_checked(1)?;
                *input = rest;
                minicbor::decode(code).ok()
            }
        }
    )*};
}

packed_codes!(crate::event::Channel, crate::event::TalkOutcome);

pub(crate) use packed_fields;
