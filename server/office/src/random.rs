//! Chance from the operating system, for ids, keys and codes.

use web::ApiError;

/// `N` random bytes.
///
/// # Errors
/// `internal` when the system has none to give.
pub fn bytes<const N: usize>() -> Result<[u8; N], ApiError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(ApiError::internal)?;
    Ok(bytes)
}

/// Letters and digits that nobody confuses when reading them aloud: no 0, 1, I, L, O.
const CODE_ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// A one-time code of eight such characters, as in `7KQ2-M9XA`: about 39 bits.
///
/// # Errors
/// As [`bytes`].
pub fn code() -> Result<String, ApiError> {
    let mut code = String::with_capacity(9);
    while code.len() < 9 {
        let [byte] = bytes()?;
        // 248 is the largest multiple of 31 in a byte: above it, some letters would come oftener.
        if byte >= 248 {
            continue;
        }
        if code.len() == 4 {
            code.push('-');
        }
        let letter = CODE_ALPHABET.get(usize::from(byte % 31)).expect("a remainder of 31");
        code.push(char::from(*letter));
    }
    Ok(code)
}
