//! Names with values, as forms, queries and uploads bring them: order kept, names may repeat.
//!
//! Invariant: values are what the person typed; nothing is trimmed or changed on the way in.

use std::str::FromStr;

use crate::error::ApiError;

/// The fields of a form, a query or an upload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    /// Reads `a=1&b=2`.
    ///
    /// # Errors
    /// `form_broken` when it isn't that.
    pub fn from_urlencoded(raw: &[u8]) -> Result<Self, ApiError> {
        serde_urlencoded::from_bytes(raw)
            .map(Self)
            .map_err(|error| ApiError::bad_request("form_broken").inside(error))
    }

    /// The first value of that name, if there is one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of that name: the ticked boxes of a group.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value without surrounding blanks, or nothing when it is missing or blank.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// A value that must be there.
    ///
    /// # Errors
    /// `field_missing` (400) naming the field.
    pub fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.filled(name).ok_or_else(|| ApiError::bad_request("field_missing").value("field", name))
    }

    /// A value read as `T`, or nothing when it is missing or blank.
    ///
    /// # Errors
    /// `field_wrong` (400) naming the field.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, ApiError> {
        let wrong = |_| ApiError::bad_request("field_wrong").value("field", name);
        self.filled(name).map(str::parse).transpose().map_err(wrong)
    }

    /// The hidden field [`crate::page::csrf_field`] puts into every form.
    #[must_use]
    pub fn csrf(&self) -> Option<&str> {
        self.get(crate::session::CSRF_FIELD)
    }
}
