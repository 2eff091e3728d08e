//! Which rules these are: a state that was folded by others isn't read, but folded anew.

/// Changes with every change of this crate's source.
pub const RULES: u64 = number(env!("SPRING_BREEZE_RULES"));

/// Joins the name of these rules with the source of what is built on them.
#[must_use]
pub const fn with(source: &str) -> u64 {
    let mut name = RULES;
    let mut rest = source.as_bytes();
    while let [byte, after @ ..] = rest {
        name = (name ^ widened(*byte)).wrapping_mul(0x0100_0000_01b3);
        rest = after;
    }
    name
}

const fn number(text: &str) -> u64 {
    let mut value = 0_u64;
    let mut rest = text.as_bytes();
    while let [digit, after @ ..] = rest {
        value = value.wrapping_mul(10).wrapping_add(widened(*digit) - widened(b'0'));
        rest = after;
    }
    value
}

/// A widening that a constant function may do.
const fn widened(byte: u8) -> u64 {
    u64::from_le_bytes([byte, 0, 0, 0, 0, 0, 0, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_sources_make_other_names() {
        assert_ne!(RULES, 0);
        assert_ne!(with("a"), with("b"));
        assert_eq!(number("18446744073709551615"), u64::MAX);
    }
}
