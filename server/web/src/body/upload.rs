//! Forms with files (`multipart/form-data`).

use bytes::Bytes;

use crate::call::BodyStream;
use crate::error::ApiError;
use crate::fields::Fields;

/// The most parts a form may have.
const PARTS_MOST: usize = 64;

/// A file as the browser sent it.
#[derive(Clone, Debug)]
pub struct UploadedFile {
    /// The name of the field.
    pub field: String,
    /// The name the file had there. Only to be shown, never a path of ours.
    pub name: String,
    /// The type the browser guessed; may be wrong or empty.
    pub content_type: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// A form with files. Files left empty are not listed.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    /// The ordinary fields.
    pub fields: Fields,
    /// The files.
    pub files: Vec<UploadedFile>,
}

impl Upload {
    /// The file of a field.
    ///
    /// # Errors
    /// `upload_missing` (400) when none was chosen.
    pub fn file(&self, field: &str) -> Result<&UploadedFile, ApiError> {
        self.files
            .iter()
            .find(|file| file.field == field)
            .ok_or_else(|| ApiError::bad_request("upload_missing"))
    }
}

pub(super) async fn read(
    body: &mut BodyStream,
    content_type: &str,
    most_bytes: usize,
) -> Result<Upload, ApiError> {
    let boundary = multer::parse_boundary(content_type).map_err(|error| broken(&error))?;
    let most = u64::try_from(most_bytes).unwrap_or(u64::MAX);
    let limits = multer::SizeLimit::new().whole_stream(most);
    let constraints = multer::Constraints::new().size_limit(limits);
    let mut parts = multer::Multipart::with_constraints(body, boundary, constraints);
    let mut upload = Upload::default();
    let mut count = 0;
    let too_large = |error: multer::Error| refused(&error, most_bytes);
    while let Some(part) = parts.next_field().await.map_err(too_large)? {
        count += 1;
        if count > PARTS_MOST {
            return Err(ApiError::bad_request("upload_broken").inside("too many parts"));
        }
        take(part, &mut upload).await.map_err(too_large)?;
    }
    Ok(upload)
}

async fn take(part: multer::Field<'_>, upload: &mut Upload) -> Result<(), multer::Error> {
    let field = part.name().unwrap_or_default().to_owned();
    let Some(name) = part.file_name().map(str::to_owned) else {
        let value = part.text().await?;
        upload.fields.0.push((field, value));
        return Ok(());
    };
    let content_type = part.content_type().map(ToString::to_string).unwrap_or_default();
    let bytes = part.bytes().await?;
    if !(name.is_empty() && bytes.is_empty()) {
        upload.files.push(UploadedFile { field, name, content_type, bytes });
    }
    Ok(())
}

fn refused(error: &multer::Error, most_bytes: usize) -> ApiError {
    match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            super::too_large(most_bytes)
        }
        other => broken(other),
    }
}

fn broken(error: &multer::Error) -> ApiError {
    ApiError::bad_request("upload_broken").inside(error)
}
