//! Pay as clerks write it: 4000-6000元/月, 5千—8千, ５０００～８０００, 20元/小时, 面议.

use domain::codes::plain;
use domain::employer::{PayRange, PayUnit};

use super::alias::PayHint;
use super::error::Code;

/// No pay is more than this, whatever it is per.
const YUAN_MAX: f64 = 1_000_000.0;
/// Nobody pays less in a month; such a number was meant in another unit.
const MONTH_YUAN_MIN: u32 = 500;

/// Words that leave pay open.
const OPEN: &[&str] =
    &["面议", "面谈", "详谈", "协商", "待定", "详询", "电议", "可议", "保密", "按规定"];
const PER_HOUR: &[&str] = &["/时", "/小时", "每小时", "时薪", "/h", "小时工", "元/小时", "一小时"];
const PER_DAY: &[&str] = &["/天", "/日", "每天", "日薪", "日结", "一天"];
const PER_YEAR: &[&str] = &["/年", "每年", "年薪", "一年"];
const PER_PIECE: &[&str] = &["/件", "每件", "计件", "按件", "/单", "每单"];
const PER_MONTH: &[&str] = &["/月", "每月", "月薪"];

/// Signs and words between the two ends of a range.
const RANGE: &[char] = &['-', '~', '至', '到'];

/// A number in the text, what its sign multiplies it with, and whether a range leads up to it.
#[derive(Debug, Clone, Copy)]
struct Amount {
    yuan: f64,
    factor: Option<f64>,
    ends_range: bool,
}

/// The pay that a text states; none if it is open.
pub(super) fn parse(text: &str, hint: PayHint) -> Result<Option<PayRange>, Code> {
    let text = without_thousands(&plain(text));
    let per = unit(&text).unwrap_or(hint.per);
    // What comes on top (提成, 奖金, 13薪) is not basic pay.
    let basic = text.split(['+', '·', '(', ';', ',', '，', '。']).next().unwrap_or_default();
    let amounts = amounts(basic);
    let second = amounts.get(1).filter(|amount| amount.ends_range);
    let Some(first) = amounts.first() else {
        let is_open = OPEN.iter().any(|word| text.contains(word))
            || per == PayUnit::Piece
            || matches!(text.as_str(), "-" | "/" | "无");
        return if is_open { Ok(None) } else { Err(Code::BadPay) };
    };
    let last = second.unwrap_or(first);
    // “5-8千”: the sign of the second goes for both; without any, the header's unit does.
    let shared = last.factor.or(first.factor).unwrap_or_else(|| f64::from(hint.factor));
    let low = whole(first.yuan * first.factor.unwrap_or(shared))?;
    let high = whole(last.yuan * last.factor.unwrap_or(shared))?;
    check(PayRange { low_yuan: low, high_yuan: high, per }).map(Some)
}

/// The pay of a number in a cell of its own.
pub(super) fn of_number(number: f64, hint: PayHint) -> Result<Option<PayRange>, Code> {
    let yuan = whole(number * f64::from(hint.factor))?;
    check(PayRange { low_yuan: yuan, high_yuan: yuan, per: hint.per }).map(Some)
}

/// A range from the two ends in columns of their own.
pub(super) fn of_ends(
    low: Option<PayRange>,
    high: Option<PayRange>,
) -> Result<Option<PayRange>, Code> {
    match (low, high) {
        (Some(low), Some(high)) => check(PayRange { high_yuan: high.high_yuan, ..low }).map(Some),
        (one, other) => Ok(one.or(other)),
    }
}

fn check(range: PayRange) -> Result<PayRange, Code> {
    if range.low_yuan > range.high_yuan {
        return Err(Code::PayReversed);
    }
    if range.high_yuan == 0 || (range.per == PayUnit::Month && range.high_yuan < MONTH_YUAN_MIN) {
        return Err(Code::PayUnlikely);
    }
    Ok(range)
}

fn unit(text: &str) -> Option<PayUnit> {
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    [
        (PER_HOUR, PayUnit::Hour),
        (PER_MONTH, PayUnit::Month),
        (PER_DAY, PayUnit::Day),
        (PER_YEAR, PayUnit::Year),
        (PER_PIECE, PayUnit::Piece),
    ]
    .into_iter()
    .find(|(words, _)| says(words))
    .map(|(_, unit)| unit)
}

/// The numbers of a text with 千, k, 万 or w after them.
fn amounts(text: &str) -> Vec<Amount> {
    let mut amounts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let tail = rest.get(start..).unwrap_or_default();
        let end = tail.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tail.len());
        let ends_range = rest.get(..start).unwrap_or_default().contains(RANGE);
        let (digits, after) = tail.split_at_checked(end).unwrap_or((tail, ""));
        let factor = match after.chars().next() {
            Some('千' | 'k') => Some(1_000.0),
            Some('万' | 'w') => Some(10_000.0),
            // A full number needs no sign: “3000-5千” is 3000 to 5000.
            _ if digits.trim_end_matches('.').len() > 3 => Some(1.0),
            _ => None,
        };
        if let Ok(yuan) = digits.trim_end_matches('.').parse() {
            amounts.push(Amount { yuan, factor, ends_range });
        }
        rest = after;
    }
    amounts
}

/// The text without the commas of 4,000; other commas part it.
fn without_thousands(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let is_digit = |place: usize| signs.get(place).is_some_and(char::is_ascii_digit);
    let groups = |place: usize| {
        place > 0
            && is_digit(place - 1)
            && (1..=3).all(|on| is_digit(place + on))
            && !is_digit(place + 4)
    };
    let kept = signs.iter().enumerate().filter(|(place, sign)| **sign != ',' || !groups(*place));
    kept.map(|(_, sign)| *sign).collect()
}

/// Whole yuan, within reason.
fn whole(yuan: f64) -> Result<u32, Code> {
    if !(0.0..=YUAN_MAX).contains(&yuan) {
        return Err(Code::PayUnlikely);
    }
    // Through text, as a float has no checked conversion to an integer.
    format!("{:.0}", yuan).parse().map_err(|_| Code::PayUnlikely)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: PayHint = PayHint { factor: 1, per: PayUnit::Month };

    #[test]
    fn pay_is_read_as_clerks_write_it() {
        let month = PayRange::monthly;
        let per = |low_yuan, high_yuan, per| PayRange { low_yuan, high_yuan, per };
        let expected = [
            ("4000-6000元/月", month(4_000, 6_000)),
            ("４０００～６０００", month(4_000, 6_000)),
            ("4000—6000", month(4_000, 6_000)),
            ("4,000至6,000元", month(4_000, 6_000)),
            ("5千-8千", month(5_000, 8_000)),
            ("5-8千", month(5_000, 8_000)),
            ("5k~8K", month(5_000, 8_000)),
            ("0.5-0.8万元", month(5_000, 8_000)),
            ("3000-5千", month(3_000, 5_000)),
            ("月薪6000元以上", month(6_000, 6_000)),
            ("底薪3000+提成", month(3_000, 3_000)),
            ("8000-12000·13薪", month(8_000, 12_000)),
            ("¥4500", month(4_500, 4_500)),
            ("20元/小时", per(20, 20, PayUnit::Hour)),
            ("18-22元/时", per(18, 22, PayUnit::Hour)),
            ("15元/小时，每天8小时", per(15, 15, PayUnit::Hour)),
            ("5000元/月双休8小时", month(5_000, 5_000)),
            ("200元/天", per(200, 200, PayUnit::Day)),
            ("年薪10-15万", per(100_000, 150_000, PayUnit::Year)),
            ("计件3-5元/件", per(3, 5, PayUnit::Piece)),
        ];
        for (text, range) in expected {
            assert_eq!(parse(text, PLAIN), Ok(Some(range)), "{text}");
        }
        for text in ["面议", "工资面谈", "计件", "-"] {
            assert_eq!(parse(text, PLAIN), Ok(None), "{text}");
        }
    }

    #[test]
    fn pay_that_cannot_be_meant_is_refused() {
        assert_eq!(parse("高薪", PLAIN), Err(Code::BadPay));
        assert_eq!(parse("", PLAIN), Err(Code::BadPay));
        assert_eq!(parse("6000-4000", PLAIN), Err(Code::PayReversed));
        assert_eq!(parse("5-8", PLAIN), Err(Code::PayUnlikely));
        assert_eq!(parse("99999999999999999999", PLAIN), Err(Code::PayUnlikely));
        assert_eq!(of_number(f64::NAN, PLAIN), Err(Code::PayUnlikely));
        assert_eq!(of_number(-1.0, PLAIN), Err(Code::PayUnlikely));
    }

    #[test]
    fn the_headers_unit_goes_for_numbers_without_one() {
        let thousands = PayHint { factor: 1_000, per: PayUnit::Month };
        assert_eq!(parse("5-8", thousands), Ok(Some(PayRange::monthly(5_000, 8_000))));
        assert_eq!(of_number(5.5, thousands), Ok(Some(PayRange::monthly(5_500, 5_500))));
    }
}
