//! How a value list is declared: one macro, so that every list reads, prints and stores alike.

/// Declares an enum with a stable number, a stable name and names in both languages per variant.
///
/// Besides the variants listed there is `Unknown(number)`: what a later version wrote. It decodes
/// and encodes unchanged, and is refused where people or programs give a value by name.
macro_rules! code_table {
    (
        $(#[$doc:meta])*
        $name:ident: $number:ty {
            $($variant:ident = $code:literal, $key:literal, $zh:literal, $en:literal;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = concat!($en, " (", $zh, ").")] $variant,)+
            /// A number that this version does not know.
            Unknown($number),
        }

        impl $name {
            /// All values known, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its number, as records carry it.
            #[must_use]
            pub const fn code(self) -> $number {
                match self {
                    $(Self::$variant => $code,)+
                    Self::Unknown(code) => code,
                }
            }

            /// The value of a number, if this version knows it.
            #[must_use]
            pub const fn from_code(code: $number) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Its stable name, as the API carries it.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $key,)+
                    Self::Unknown(_) => "unknown",
                }
            }

            /// The value of a stable name.
            #[must_use]
            pub fn from_key(key: &str) -> Option<Self> {
                match key {
                    $($key => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Its name as people read it.
            #[must_use]
            pub const fn name(self, lang: $crate::codes::Lang) -> &'static str {
                match self {
                    $(Self::$variant => lang.pick($zh, $en),)+
                    Self::Unknown(_) => lang.pick("未知", "Unknown"),
                }
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                out: &mut minicbor::Encoder<W>,
                ctx: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                self.code().encode(out, ctx)
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                input: &mut minicbor::Decoder<'b>,
                ctx: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                let code = <$number>::decode(input, ctx)?;
                Ok(Self::from_code(code).unwrap_or(Self::Unknown(code)))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.key())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let key = <std::borrow::Cow<'de, str>>::deserialize(input)?;
                Self::from_key(&key).ok_or_else(|| {
                    serde::de::Error::custom(format!("unknown {}: {key:?}", stringify!($name)))
                })
            }
        }
    };
}
