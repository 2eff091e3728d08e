//! The employers' spreadsheet as a clerk would type it: a title, merged cells, mixed notations.

use anyhow::Result;
use chrono::Datelike;
use domain::codes::{Education, Lang};
use domain::employer::{Condition, EmploymentType, PayRange, PayUnit};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use super::chance::Chance;
use super::{DemoEmployer, DemoFair, DemoPosting};

const COLUMNS: [(&str, f64); 14] = [
    ("序号", 6.0),
    ("用人单位", 28.0),
    ("统一社会信用代码", 22.0),
    ("所属行业", 20.0),
    ("展位号", 8.0),
    ("岗位名称", 22.0),
    ("招聘人数", 9.0),
    ("薪资待遇", 18.0),
    ("学历要求", 12.0),
    ("工作地点", 30.0),
    ("用工类型", 10.0),
    ("食宿", 10.0),
    ("岗位要求", 40.0),
    ("有效期至", 12.0),
];
/// Rows of the title, of who fills it in, and of the columns' names.
const FIRST_ROW: u32 = 3;

struct Formats {
    title: Format,
    header: Format,
    cell: Format,
    date: Format,
}

pub(super) fn workbook(fair: &DemoFair, chance: &mut Chance) -> Result<Vec<u8>> {
    let formats = Formats {
        title: Format::new()
            .set_bold()
            .set_font_size(16)
            .set_align(rust_xlsxwriter::FormatAlign::Center),
        header: Format::new().set_bold().set_border(rust_xlsxwriter::FormatBorder::Thin),
        cell: Format::new().set_align(rust_xlsxwriter::FormatAlign::VerticalCenter),
        date: Format::new().set_num_format("yyyy-mm-dd"),
    };
    let mut book = Workbook::new();
    // The time of creation would make each file another.
    let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    sheet.set_name("岗位汇总")?;
    let title = "“春风送岗”专场招聘会岗位汇总表（示例）";
    sheet.merge_range(0, 0, 0, u16::try_from(COLUMNS.len())? - 1, title, &formats.title)?;
    sheet.write(1, 0, "填报单位（盖章）：示例区总工会")?;
    for (column, (name, width)) in (0_u16..).zip(COLUMNS) {
        sheet.set_column_width(column, width)?;
        sheet.write_with_format(FIRST_ROW - 1, column, name, &formats.header)?;
    }
    let mut row = FIRST_ROW;
    for (number, employer) in (1_u32..).zip(&fair.employers) {
        row = employer_rows(sheet, &formats, (row, number), employer, chance)?;
    }
    sheet.write(row + 1, 0, "备注：以上单位、岗位均为虚构，仅供演示")?;
    Ok(book.save_to_buffer()?)
}

fn employer_rows(
    sheet: &mut Worksheet,
    formats: &Formats,
    (first, number): (u32, u32),
    employer: &DemoEmployer,
    chance: &mut Chance,
) -> Result<u32> {
    let next = first + u32::try_from(employer.postings.len())?;
    let code = employer.credit_code.as_ref().map(ToString::to_string).unwrap_or_default();
    let booth = if chance.percent(15) {
        wide(&employer.booth.to_string())
    } else {
        employer.booth.to_string()
    };
    let facts = [
        (1, employer.name.clone()),
        (2, code),
        (3, employer.industry.name(Lang::Zh).to_owned()),
        (4, booth),
    ];
    sheet.write(first, 0, number)?;
    for (column, text) in facts {
        if next - first > 1 {
            sheet.merge_range(first, column, next - 1, column, &text, &formats.cell)?;
        } else {
            sheet.write(first, column, text)?;
        }
    }
    for (row, posting) in (first..).zip(&employer.postings) {
        posting_cells(sheet, formats, row, posting, chance)?;
    }
    Ok(next)
}

fn posting_cells(
    sheet: &mut Worksheet,
    formats: &Formats,
    row: u32,
    posting: &DemoPosting,
    chance: &mut Chance,
) -> Result<()> {
    sheet.write(row, 5, &posting.title)?;
    let openings = posting.openings.to_string();
    match chance.below(5) {
        0 => sheet.write(row, 6, format!("{openings}人"))?,
        1 => sheet.write(row, 6, wide(&openings))?,
        2 => sheet.write(row, 6, openings)?,
        _ => sheet.write(row, 6, posting.openings)?,
    };
    match posting.pay {
        Some(pay) if is_plain(pay) && chance.percent(40) => sheet.write(row, 7, pay.low_yuan)?,
        pay => sheet.write(row, 7, pay_text(pay, chance))?,
    };
    sheet.write(row, 8, education_text(posting.education_min, chance))?;
    sheet.write(row, 9, &posting.address)?;
    let employment = match posting.employment {
        EmploymentType::FullTime => "全职",
        other => other.name(Lang::Zh),
    };
    sheet.write(row, 10, employment)?;
    sheet.write(row, 11, board_text(posting))?;
    sheet.write(row, 12, &posting.text)?;
    if let Some(day) = posting.valid_until {
        let date = day.date();
        if chance.percent(60) {
            let (year, month) = (u16::try_from(date.year())?, u8::try_from(date.month())?);
            let date = ExcelDateTime::from_ymd(year, month, u8::try_from(date.day())?)?;
            sheet.write_with_format(row, 13, &date, &formats.date)?;
        } else {
            sheet.write(row, 13, date.format("%Y年%-m月%-d日").to_string())?;
        }
    }
    Ok(())
}

fn board_text(posting: &DemoPosting) -> &'static str {
    let has = |condition| posting.conditions.has(condition);
    match (has(Condition::Meals), has(Condition::Lodging)) {
        (true, true) => "包吃包住",
        (true, false) => "包吃",
        (false, true) => "提供住宿",
        (false, false) => "自理",
    }
}

fn education_text(minimum: Option<Education>, chance: &mut Chance) -> String {
    let word = match minimum {
        None => return "不限".to_owned(),
        Some(Education::Secondary) => "中专",
        Some(Education::College) => "大专",
        Some(Education::Bachelor) => "本科",
        Some(other) => other.name(Lang::Zh),
    };
    if chance.percent(50) { format!("{word}及以上") } else { word.to_owned() }
}

/// Whether a single number in the cell says it all.
fn is_plain(pay: PayRange) -> bool {
    pay.low_yuan == pay.high_yuan && pay.per == PayUnit::Month
}

fn pay_text(pay: Option<PayRange>, chance: &mut Chance) -> String {
    let Some(pay) = pay else { return "面议".to_owned() };
    let (low, high) = (pay.low_yuan, pay.high_yuan);
    if pay.per == PayUnit::Hour {
        return format!("{low}-{high}元/小时");
    }
    if is_plain(pay) {
        return format!("{low}元/月");
    }
    let is_round = low % 1_000 == 0 && high % 1_000 == 0;
    match chance.below(6) {
        0 => wide(&format!("{low}～{high}")),
        1 if is_round => format!("{}千-{}千", low / 1_000, high / 1_000),
        2 if is_round => format!("{}-{}k", low / 1_000, high / 1_000),
        3 => format!("{low}—{high}元"),
        4 => format!("月薪{low}至{high}元"),
        _ => format!("{low}-{high}元/月"),
    }
}

/// The text in full-width digits and letters, as some keyboards type it.
fn wide(text: &str) -> String {
    let widen = |c: char| match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(widen).collect()
}
