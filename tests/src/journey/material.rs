//! The employers and seekers of a journey.

use anyhow::Result;
use rust_xlsxwriter::Workbook;

use crate::demo_fair::DemoFair;

/// The seed of the demo fair: the same for everybody who tries it.
const SEED: u64 = 2026;

/// A few employers with booths and postings, each row a posting: enough for a journey, and taken
/// over in a moment. The last is a waiter in Zhongshan, as the journey's seeker wishes.
const ROWS: [[&str; 7]; 8] = [
    ["用人单位", "展位", "岗位名称", "招聘人数", "薪资", "学历", "工作地点"],
    ["星海服装样例厂", "A01", "缝纫工", "20", "4500-7000元/月", "不限", "大连市甘井子区"],
    ["星海服装样例厂", "A01", "质检员", "3", "4000-5500元/月", "高中", "大连市甘井子区"],
    ["北岸装备样例公司", "A02", "电焊工", "8", "6000-9000元/月", "中专", "大连市旅顺口区"],
    ["北岸装备样例公司", "A02", "仓库管理员", "2", "4200-5200元/月", "高中", "大连市旅顺口区"],
    ["海风物流样例公司", "A03", "分拣员", "15", "4500-6000元/月", "不限", "大连市金州区"],
    ["海风物流样例公司", "A03", "货车司机", "5", "7000-9000元/月", "不限", "大连市金州区"],
    ["老码头餐饮样例店", "A04", "餐厅服务员", "6", "4000-5000元/月", "不限", "大连市中山区"],
];

/// The employers' spreadsheet of the demo fair, as a clerk would send it.
///
/// # Errors
///
/// When it can't be made.
pub fn workbook() -> Result<Vec<u8>> {
    DemoFair::new(SEED).workbook(SEED)
}

/// The spreadsheet of a few employers.
///
/// # Errors
///
/// When it can't be made.
pub fn small_workbook() -> Result<Vec<u8>> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(ROWS) {
        sheet.write_row(row, 0, cells)?;
    }
    Ok(workbook.save_to_buffer()?)
}

/// The seekers of the demo fair, as their phones would send them.
///
/// # Errors
///
/// When they can't be made.
pub fn registrations() -> Result<Vec<serde_json::Value>> {
    let fair = DemoFair::new(SEED);
    fair.seekers.iter().map(|seeker| Ok(serde_json::to_value(seeker.on_a_phone())?)).collect()
}
