use super::super::tests::files::old_excel;
use super::*;

const ROWS: &[&[&str]] = &[&["用人单位", "岗位名称", "招聘人数"], &["甲测试厂", "电工", "1"]];

fn code(bytes: &[u8]) -> Option<Code> {
    kind(bytes).err().map(|error| error.code)
}

/// Where a record of the kind begins in the file.
fn record(bytes: &[u8], kind: u16) -> usize {
    let kind = kind.to_le_bytes();
    (1_536..bytes.len()).find(|at| bytes[*at..].starts_with(&kind)).unwrap()
}

#[test]
fn a_whole_old_file_passes() {
    assert_eq!(kind(&old_excel(ROWS, 1)), Ok(Kind::Xls));
}

#[test]
fn a_chain_that_never_ends_is_damage() {
    let mut bytes = old_excel(ROWS, 1);
    // Sector 1, the directory, follows itself.
    bytes[512 + 4..512 + 8].copy_from_slice(&1_u32.to_le_bytes());
    assert_eq!(code(&bytes), Some(Code::Damaged));
}

#[test]
fn a_cell_at_the_far_end_is_too_much() {
    let mut bytes = old_excel(ROWS, 1);
    let label = record(&bytes, 0x0204);
    bytes[label + 4..label + 8].copy_from_slice(&[0xff; 4]);
    assert_eq!(code(&bytes), Some(Code::TooMuchInside));
}

#[test]
fn announced_sizes_are_bounded() {
    let mut bytes = old_excel(ROWS, 1);
    let label = record(&bytes, 0x0204);
    // In place of the first cell, a sheet announced to reach to the last row and column.
    bytes[label..label + 2].copy_from_slice(&0x0200_u16.to_le_bytes());
    bytes[label + 4..label + 16]
        .copy_from_slice(&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0xff, 0]);
    assert_eq!(code(&bytes), Some(Code::TooMuchInside));
}

#[test]
fn shared_texts_are_counted_in_any_spelling() {
    for part in [
        "<sst uniqueCount=\"9999999999\">",
        "<sst uniqueCount = '+0009999999999'>",
        "<?xml version='1.0' encoding='utf-16'?><sst/>",
    ] {
        assert!(!is_harmless(part.as_bytes()), "{part}");
    }
    assert!(is_harmless(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><sst uniqueCount=\"12\">"));
    assert!(!is_harmless(&[0xff, 0xfe, b'<', 0]));
    assert!(!is_harmless(&[b'<', 0, b's', 0]));
}
