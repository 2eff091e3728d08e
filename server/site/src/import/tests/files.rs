//! Spreadsheets for tests: as a clerk would type them, bare, and in the old format.

use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// An .xlsx with the rows as text cells from A1 on; blank texts are no cells.
pub(in super::super) fn table(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, text) in (0_u16..).zip(*cells) {
            if !text.is_empty() {
                sheet.write(row, column, *text).unwrap();
            }
        }
    }
    book.save_to_buffer().unwrap()
}

/// A table with a title, merged employers, full-width digits, an Excel date and a second sheet.
pub(in super::super) fn clerks_table() -> Vec<u8> {
    let mut book = Workbook::new();
    let plain = Format::new();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = book.add_worksheet();
    sheet.set_name("岗位表").unwrap();
    sheet.merge_range(0, 0, 0, 11, "２０２６年“春风送岗”专场招聘会岗位汇总表", &plain).unwrap();
    sheet.write(1, 0, "填报单位（盖章）：").unwrap();
    let header = [
        "序号",
        "用人单位",
        "统一社会信用代码",
        "行业",
        "展位号",
        "岗位名称",
        "招聘人数",
        "薪资待遇",
        "学历要求",
        "工作地点",
        "食宿",
        "有效期",
    ];
    for (column, text) in (0_u16..).zip(header) {
        sheet.write(2, column, text).unwrap();
    }
    sheet.merge_range(3, 1, 4, 1, "海风测试机械厂", &plain).unwrap();
    sheet.merge_range(3, 2, 4, 2, "91350100M000100Y43", &plain).unwrap();
    sheet.merge_range(3, 3, 4, 3, "制造业", &plain).unwrap();
    sheet.merge_range(3, 4, 4, 4, "A01、A02", &plain).unwrap();
    let welder =
        ["电焊工", "５人", "６０００～９０００元/月", "初中及以上", "大连市甘井子区", "包吃包住"];
    let lathe = ["车工", "3", "5千-8千", "不限", "甘井子", ""];
    for (row, texts) in [(3, welder), (4, lathe)] {
        for (column, text) in (5_u16..).zip(texts) {
            sheet.write(row, column, text).unwrap();
        }
    }
    let day = ExcelDateTime::from_ymd(2026, 3, 31).unwrap();
    sheet.write_with_format(3, 11, &day, &date).unwrap();
    for (column, text) in [(1, "浪花测试酒店"), (4, "Ｂ区１２号"), (5, "服务员"), (7, "面议")]
    {
        sheet.write(6, column, text).unwrap();
    }
    sheet.write(6, 6, 10).unwrap();
    sheet.write(8, 0, "备注：以上岗位长期有效").unwrap();
    book.add_worksheet().write(0, 0, "说明").unwrap();
    book.save_to_buffer().unwrap()
}

/// An archive of parts.
pub(in super::super) fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// An .xlsx of one cell, with parts added or put in place of its own.
pub(in super::super) fn with_parts(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut own = ZipArchive::new(Cursor::new(table(&[&["用人单位"]]))).unwrap();
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for index in 0..own.len() {
        let mut part = own.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        all.push((name, bytes));
    }
    all.retain(|(name, _)| parts.iter().all(|(other, _)| other != name));
    all.extend(parts.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())));
    let all: Vec<(&str, &[u8])> =
        all.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    archive(&all)
}

/// A worksheet with the rows as inline texts.
pub(in super::super) fn sheet_xml(rows: &[&[&str]]) -> String {
    let mut xml = String::from("<worksheet><sheetData>");
    for (row, cells) in (1..).zip(rows) {
        xml.push_str(&format!("<row r=\"{row}\">"));
        for (column, text) in ('A'..).zip(*cells) {
            xml.push_str(&format!(
                "<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"
            ));
        }
        xml.push_str("</row>");
    }
    xml.push_str("</sheetData></worksheet>");
    xml
}

/// An .xls with the rows as text cells; the first column is merged over the last `merged` rows.
pub(in super::super) fn old_excel(rows: &[&[&str]], merged: u16) -> Vec<u8> {
    let globals_bytes = 20 + 4 + 8 + 2 + "S".len() + 4;
    let mut stream = Vec::new();
    record(&mut stream, 0x0809, &[&[0, 6, 5, 0], &[0; 12][..]].concat());
    let mut bound = u32::try_from(globals_bytes).unwrap().to_le_bytes().to_vec();
    bound.extend([0, 0, 1, 0, b'S']);
    record(&mut stream, 0x0085, &bound);
    record(&mut stream, 0x000a, &[]);
    stream.resize(globals_bytes, 0);
    record(&mut stream, 0x0809, &[&[0, 6, 16, 0], &[0; 12][..]].concat());
    let height = u16::try_from(rows.len()).unwrap();
    for (row, cells) in (0_u16..).zip(rows) {
        for (column, text) in (0_u16..).zip(*cells) {
            if text.is_empty() {
                continue;
            }
            let units: Vec<u16> = text.encode_utf16().collect();
            let mut body = [row, column, 0, u16::try_from(units.len()).unwrap()]
                .map(u16::to_le_bytes)
                .concat();
            body.push(1);
            body.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
            record(&mut stream, 0x0204, &body);
        }
    }
    let region = [1, height - merged, height - 1, 0, 0].map(u16::to_le_bytes).concat();
    record(&mut stream, 0x00e5, &region);
    record(&mut stream, 0x000a, &[]);
    compound(&stream)
}

fn record(stream: &mut Vec<u8>, kind: u16, body: &[u8]) {
    stream.extend(kind.to_le_bytes());
    stream.extend(u16::try_from(body.len()).unwrap().to_le_bytes());
    stream.extend(body);
}

/// A compound file: sector 0 holds the table, sector 1 the directory, the rest the workbook.
fn compound(stream: &[u8]) -> Vec<u8> {
    const SECTOR: usize = 512;
    const END: u32 = 0xffff_fffe;
    const FREE: u32 = 0xffff_ffff;
    let mut stream = stream.to_vec();
    stream.resize(stream.len().max(4_096).next_multiple_of(SECTOR), 0);
    let sectors = u32::try_from(stream.len() / SECTOR).unwrap();

    let mut header = vec![0_u8; SECTOR];
    header[..8].copy_from_slice(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(26, &[3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
    put(44, &1_u32.to_le_bytes());
    put(48, &1_u32.to_le_bytes());
    put(60, &END.to_le_bytes());
    put(68, &END.to_le_bytes());
    for slot in 0..109 {
        let sector = if slot == 0 { 0 } else { FREE };
        put(76 + slot * 4, &sector.to_le_bytes());
    }
    let mut table = vec![0xffff_fffd, END];
    table.extend((0..sectors).map(|place| if place + 1 == sectors { END } else { place + 3 }));
    table.resize(SECTOR / 4, FREE);

    let mut directory = Vec::new();
    for (name, kind, start, size) in
        [("Root Entry", 5, END, 0), ("Workbook", 2, 2, u32::try_from(stream.len()).unwrap())]
    {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(66, 0);
        entry[64] = u8::try_from(name.len() * 2 + 2).unwrap();
        entry.extend([kind, 1]);
        entry.resize(116, 0xff);
        entry.extend(start.to_le_bytes());
        entry.extend(size.to_le_bytes());
        entry.resize(128, 0);
        directory.extend(entry);
    }
    directory.resize(SECTOR, 0);
    let table: Vec<u8> = table.into_iter().flat_map(u32::to_le_bytes).collect();
    [header, table, directory, stream].concat()
}
