use domain::codes::{District, Education, Industry, Occupation};
use domain::day::Day;
use domain::employer::{Conditions, EmploymentType, PayRange};
use proptest::prelude::*;
use web::text::Lang;

use super::*;

pub(super) mod files;

use files::{archive, old_excel, sheet_xml, table, with_parts};

/// Ids counted up.
fn counted() -> impl FnMut(Subject<'_>) -> [u8; 8] {
    let mut next = 0_u64;
    move |_| {
        next += 1;
        next.to_be_bytes()
    }
}

fn import(bytes: &[u8]) -> Result<Import, Vec<CellError>> {
    read(bytes, &mut counted())
}

fn imported(rows: &[&[&str]]) -> Import {
    import(&table(rows)).unwrap()
}

/// Where and what the errors are, as in `3C bad_pay`.
fn places(errors: &[CellError]) -> Vec<String> {
    let place = |error: &CellError| {
        let row = error.row.map(|row| row.to_string()).unwrap_or_default();
        let column = error.column.clone().unwrap_or_default();
        format!("{row}{column} {}", error.code.key())
    };
    errors.iter().map(place).collect()
}

fn refused(rows: &[&[&str]]) -> Vec<String> {
    places(&import(&table(rows)).unwrap_err())
}

const HEADER: &[&str] = &["用人单位", "岗位名称", "招聘人数", "薪资待遇"];

#[test]
fn a_clerks_table_is_read() {
    let import = import(&files::clerks_table()).unwrap();
    let [first, second] = import.employers.as_slice() else { panic!() };
    assert_eq!(first.name, "海风测试机械厂");
    assert_eq!(first.credit_code.as_ref().unwrap().as_str(), "91350100M000100Y43");
    assert_eq!(first.industry, Some(Industry::Manufacturing));
    assert_eq!(first.booth.unwrap().to_string(), "A01");
    assert_eq!(second.booth.unwrap().to_string(), "B12");
    let booths: Vec<String> = import.booths.iter().map(|(booth, _)| booth.to_string()).collect();
    assert_eq!(booths, ["A01", "A02", "B12"]);
}

#[test]
fn postings_of_a_clerks_table_are_read() {
    let import = import(&files::clerks_table()).unwrap();
    let [first, second] = import.employers.as_slice() else { panic!() };
    let [welder, lathe, waiter] = import.postings.as_slice() else { panic!("{import:?}") };
    assert_eq!(welder.employer, first.id);
    assert_eq!(welder.occupation.map(Occupation::key), Some("welder"));
    assert_eq!(welder.openings, 5);
    assert_eq!(welder.pay, Some(PayRange::monthly(6_000, 9_000)));
    assert_eq!(welder.education_min, Some(Education::JuniorMiddle));
    assert_eq!(welder.place.district, Some(District::Ganjingzi));
    assert_eq!(welder.conditions, Conditions::find("包吃包住"));
    assert_eq!(welder.valid_until, Some("2026-03-31".parse::<Day>().unwrap()));
    assert_eq!(lathe.employer, first.id);
    assert_eq!(lathe.pay, Some(PayRange::monthly(5_000, 8_000)));
    assert_eq!(lathe.employment, EmploymentType::FullTime);
    assert_eq!(waiter.employer, second.id);
    assert_eq!(waiter.openings, 10);
    assert_eq!(waiter.pay, None);
    assert!(waiter.is_publishable());
}

#[test]
fn columns_may_stand_in_any_order() {
    let import = imported(&[
        &["展位", "人数", "序号", "职位", "公司名称", "工资"],
        &["c3", "2", "1", "收银员", "浪花测试超市", "3500"],
    ]);
    assert_eq!(import.employers[0].name, "浪花测试超市");
    assert_eq!(import.postings[0].pay, Some(PayRange::monthly(3_500, 3_500)));
    assert_eq!(import.employers[0].booth.unwrap().to_string(), "C03");
}

#[test]
fn all_errors_are_found_at_once_and_where_the_clerk_sees_them() {
    let rows: &[&[&str]] = &[
        &["春风行动招聘会岗位表"],
        &["用人单位", "岗位名称", "招聘人数", "薪资待遇", "有效期", "展位号", "信用代码"],
        &["甲测试厂", "电工", "三个", "高薪", "2026-02-30", "A1区B", "91350100M000100Y44"],
        &["", "电工", "2", "6000-4000", "", "", ""],
        &["乙测试厂", "", "2", "4000", "", "A01", ""],
        &["乙测试厂", "焊工", "2", "5-8", "", "A01", "123"],
        &["丙测试厂", "焊工", "2", "面议", "", "A01", ""],
    ];
    let errors = import(&table(rows)).unwrap_err();
    assert_eq!(
        places(&errors),
        [
            "3F bad_booth",
            "3G credit_check_sign",
            "3C bad_openings",
            "3D bad_pay",
            "3E bad_date",
            "4D pay_reversed",
            "5B missing_title",
            "6G bad_credit_code",
            "6D pay_unlikely",
            "7F booth_taken",
        ]
        .map(str::to_owned)
        .to_vec()
        .tap_sorted(&errors),
    );
    assert_eq!(
        errors.iter().find(|error| error.code == Code::BadPay).unwrap().sentence(Lang::Zh),
        "第 3 行 D 列：看不懂薪资“高薪”，请写成“4000-6000元/月”或“面议”"
    );
    assert_eq!(
        errors.iter().find(|error| error.code == Code::BoothTaken).unwrap().sentence(Lang::En),
        "Row 7, column F: Booth A01 was already given to “乙测试厂”"
    );
}

/// Sorts what is expected as the errors came, so that a test names the set and not the order
/// within a row.
trait TapSorted {
    fn tap_sorted(self, errors: &[CellError]) -> Self;
}

impl TapSorted for Vec<String> {
    fn tap_sorted(mut self, errors: &[CellError]) -> Self {
        let order = places(errors);
        self.sort_by_key(|place| order.iter().position(|found| found == place));
        self
    }
}

#[test]
fn missing_columns_are_named() {
    let errors = import(&table(&[&["单位名称", "工资"], &["甲测试厂", "4000"]])).unwrap_err();
    assert_eq!(places(&errors), ["1 missing_column", "1 missing_column"]);
    assert_eq!(errors[0].sentence(Lang::Zh), "第 1 行：缺少“岗位名称”一列");
    assert_eq!(refused(&[&["甲", "乙"], &["丙", "丁"]]), [" no_header"]);
    assert_eq!(refused(&[HEADER]), [" zero_rows"]);
}

#[test]
fn a_blank_employer_is_the_one_above_and_that_is_said() {
    let import = imported(&[
        HEADER,
        &["甲测试厂", "电工", "1", "4000"],
        &["", "焊工", "1", "4000"],
        &["同上", "车工", "1", "4000"],
    ]);
    assert_eq!(import.employers.len(), 1);
    assert!(import.postings.iter().all(|posting| posting.employer == import.employers[0].id));
    assert_eq!(places(&import.warnings), ["3A employer_assumed"]);
    assert_eq!(refused(&[HEADER, &["", "焊工", "1", "4000"]]), ["2A missing_employer"]);
}

#[test]
fn rows_that_are_no_postings_are_passed_over() {
    let import = imported(&[
        HEADER,
        &["甲测试厂", "电工", "1", "4000"],
        &[""],
        HEADER,
        &["乙测试厂", "焊工", "若干", "面议"],
        &["合计", "", "2", ""],
        &["备注：以上岗位均可面谈"],
    ]);
    assert_eq!(import.postings.len(), 2);
    assert_eq!(places(&import.warnings), ["5C openings_assumed"]);
}

#[test]
fn conditions_that_the_law_forbids_are_pointed_out() {
    let import = imported(&[
        &["用人单位", "岗位名称", "招聘人数", "岗位要求", "性别"],
        &["甲测试厂", "电工", "1", "限男性，交押金", "男"],
        &["甲测试厂", "焊工", "1", "男女不限", "不限"],
    ]);
    assert_eq!(
        places(&import.warnings),
        ["2 wording_blocks", "2 wording_warns", "2E condition_ignored"]
    );
    assert!(import.warnings[0].sentence(Lang::Zh).contains("《妇女权益保障法》"));
    assert!(!import.postings[0].is_publishable());
    assert!(!import.postings[0].text.contains("性别"));
    assert!(import.postings[1].is_publishable());
}

#[test]
fn text_files_are_read_in_utf8_and_gbk() {
    let text = "用人单位,岗位名称,招聘人数,薪资\r\n甲测试厂,\"电工,焊工\",２,４千～６千\r\n";
    let (gbk, _, _) = encoding_rs::GBK.encode(text);
    for bytes in [text.as_bytes(), gbk.as_ref()] {
        let import = import(bytes).unwrap();
        assert_eq!(import.postings[0].title, "电工,焊工");
        assert_eq!(import.postings[0].openings, 2);
        assert_eq!(import.postings[0].pay, Some(PayRange::monthly(4_000, 6_000)));
    }
}

#[test]
fn old_excel_files_are_read() {
    let bytes =
        old_excel(&[HEADER, &["甲测试厂", "电工", "3", "面议"], &["", "焊工", "1", "4000"]], 2);
    let import = import(&bytes).unwrap();
    assert_eq!(import.postings.len(), 2);
    assert_eq!(import.postings[1].employer, import.employers[0].id);
    assert!(
        import.warnings.is_empty(),
        "the merged cell names the employer: {:?}",
        import.warnings
    );
}

#[test]
fn what_is_no_spreadsheet_is_said_to_be_none() {
    let code = |bytes: &[u8]| import(bytes).unwrap_err()[0].code;
    assert_eq!(code(b""), Code::EmptyFile);
    assert_eq!(code(b"%PDF-1.7"), Code::NotASpreadsheet);
    assert_eq!(code(b"<html><table>"), Code::NotASpreadsheet);
    assert_eq!(code(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Code::NotASpreadsheet);
    assert_eq!(code(&archive(&[("word/document.xml", b"<w/>")])), Code::NotASpreadsheet);
    assert_eq!(code(b"PK\x03\x04"), Code::Damaged);
    assert_eq!(code("随便写的一句话".as_bytes()), Code::NoHeader);
    assert_eq!(code(&vec![b'a'; FILE_BYTES_MAX + 1]), Code::TooLarge);
}

#[test]
fn two_megabytes_in_a_cell_are_an_error_with_its_place() {
    let long = "长".repeat(700_000);
    let text = format!("用人单位,岗位名称,招聘人数\n甲测试厂,电工,1\n乙测试厂,{long},1\n");
    let errors = import(text.as_bytes()).unwrap_err();
    assert_eq!(places(&errors)[0], "3B cell_too_long");
    assert_eq!(
        errors[0].complaint(Lang::En),
        "This cell has 700000 characters; at most 2000 are read"
    );
    let xml = sheet_xml(&[HEADER, &["甲测试厂", &long, "1", ""]]);
    let errors = import(&with_parts(&[("xl/worksheets/sheet1.xml", xml.as_bytes())])).unwrap_err();
    assert_eq!(places(&errors)[0], "2B cell_too_long");
}

#[test]
fn sizes_stated_or_real_are_bounded() {
    let bomb = vec![b' '; 60 * 1024 * 1024];
    let code = |bytes: &[u8]| import(bytes).unwrap_err()[0].code;
    assert_eq!(code(&with_parts(&[("xl/media/bomb.bin", &bomb)])), Code::TooMuchInside);
    let strings = b"<sst uniqueCount = '99999999999999'></sst>";
    assert_eq!(code(&with_parts(&[("xl/sharedStrings.xml", strings)])), Code::Damaged);
    let far = "<worksheet><sheetData><row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c></row>\
               </sheetData></worksheet>";
    let far = with_parts(&[("xl/worksheets/sheet1.xml", far.as_bytes())]);
    assert_eq!(code(&far), Code::TooManyRows);

    let mut rows: Vec<Vec<String>> = vec![HEADER.iter().map(ToString::to_string).collect()];
    rows.extend((0..=ROWS_MAX).map(|row| {
        vec![format!("测试厂{}", row / 10), "电工".to_owned(), "1".to_owned(), "4000".to_owned()]
    }));
    let csv = |rows: &[Vec<String>]| {
        rows.iter().map(|row| row.join(",")).collect::<Vec<_>>().join("\n").into_bytes()
    };
    assert_eq!(places(&import(&csv(&rows)).unwrap_err()), ["5002 too_many_rows"]);
    rows.truncate(ROWS_MAX + 1);
    assert_eq!(import(&csv(&rows)).unwrap().postings.len(), ROWS_MAX);
}

#[test]
fn many_errors_are_cut_to_a_list_that_says_so() {
    let mut rows: Vec<&[&str]> = vec![HEADER];
    rows.extend((0..200).map(|_| ["甲测试厂", "电工", "没有", "高薪"].as_slice()));
    let errors = import(&table(&rows)).unwrap_err();
    assert_eq!(errors.len(), ERRORS_MAX);
    assert_eq!(errors.last().unwrap().code, Code::MoreErrors);
}

#[test]
fn ids_come_from_the_caller_who_is_told_what_for() {
    let mut asked = Vec::new();
    let bytes = table(&[HEADER, &["甲测试厂", "电工", "1", ""], &["甲测试厂", "焊工", "1", ""]]);
    let import = read(&bytes, &mut |subject| {
        asked.push(format!("{subject:?}"));
        [7, 0, 0, 0, 0, 0, 0, u8::try_from(asked.len()).unwrap()]
    });
    assert_eq!(asked.len(), 3);
    assert!(
        asked[0].contains("甲测试厂") && asked[1].contains("电工") && asked[2].contains("焊工")
    );
    assert_eq!(import.unwrap().postings[1].id.0[7], 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = import(&bytes);
    }

    #[test]
    fn any_text_in_cells_is_answered(
        cells in proptest::collection::vec(proptest::collection::vec("\\PC{0,12}", 4), 1..8),
    ) {
        let mut text = HEADER.join(",");
        for row in cells {
            text.push('\n');
            text.push_str(&row.join(","));
        }
        let _ = import(text.as_bytes());
    }

    #[test]
    fn damaged_files_are_answered(
        kind in 0..3,
        cut in 0.0_f64..1.0,
        flips in proptest::collection::vec((0.0_f64..1.0, any::<u8>()), 0..6),
    ) {
        let rows: &[&[&str]] = &[HEADER, &["甲测试厂", "电工", "3", "面议"], &["", "焊工", "1", "4000"]];
        let mut bytes = match kind {
            0 => old_excel(rows, 2),
            1 => files::clerks_table(),
            _ => sheet_xml(rows).into_bytes(),
        };
        let place = |share: f64, length: usize| {
            format!("{:.0}", share * f64::from(u32::try_from(length).unwrap())).parse::<usize>().unwrap()
        };
        for (share, value) in flips {
            let at = place(share, bytes.len() - 1);
            bytes[at] = value;
        }
        let packed = |bytes: &[u8]| match kind {
            2 => with_parts(&[("xl/worksheets/sheet1.xml", bytes)]),
            _ => bytes.to_vec(),
        };
        let _ = import(&packed(&bytes));
        bytes.truncate(place(cut, bytes.len()));
        let _ = import(&packed(&bytes));
    }
}
