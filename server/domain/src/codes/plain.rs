//! Text as people type it, made comparable: full-width forms, case and spaces no longer matter.

/// The text with full-width letters, digits and signs made plain, lower case, without white space.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars()
        .map(narrow)
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The half-width form of a full-width character: ４ → 4, ～ → ~, （ → (.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c).saturating_sub(0xfee0)).unwrap_or(c),
        '\u{3000}' => ' ',
        '—' | '–' | '−' | '‐' | '‑' | '―' => '-',
        '〜' | '∼' => '~',
        _ => c,
    }
}
