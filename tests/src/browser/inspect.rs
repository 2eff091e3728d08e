//! What a page must be for people: checked at every size, in both languages, in both type sizes.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Browser, SIZES, Size};

/// What a kind of page must keep.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The least side of anything to be touched.
    pub targets: Targets,
    /// Sizes of a kiosk's own screen: there the whole page must be in sight, and what is touched
    /// has these sizes.
    pub kiosk_screens: &'static [Size],
    /// See above.
    pub kiosk_targets: Targets,
    /// Text stands out at 7:1, not only 4.5:1.
    pub is_high_contrast: bool,
}

/// The least side of what is touched, in CSS pixels.
#[derive(Debug, Clone, Copy)]
pub struct Targets {
    /// Of anything.
    pub any_px: f64,
    /// Of the main ones (`.main`) and a keypad's keys.
    pub main_px: f64,
}

/// What is touched on phones and tablets, by a finger on the move.
const ON_PHONES: Targets = Targets { any_px: 48.0, main_px: 48.0 };
/// What is touched on a kiosk: 15 mm, the main ones 20 mm, where one CSS pixel of a 21.5-inch
/// screen is 0.248 mm.
const ON_KIOSKS: Targets = Targets { any_px: 60.0, main_px: 80.0 };

/// Pages of the site and of headquarters, on phones, tablets and desks.
pub const PAGES: Rules = Rules {
    targets: ON_PHONES,
    kiosk_screens: &[],
    kiosk_targets: ON_KIOSKS,
    is_high_contrast: false,
};

/// Pages of the kiosk.
pub const KIOSK: Rules = Rules {
    targets: ON_PHONES,
    kiosk_targets: ON_KIOSKS,
    kiosk_screens: &[
        Size { width_px: 1080, height_px: 1920 },
        Size { width_px: 1280, height_px: 800 },
    ],
    is_high_contrast: true,
};

impl Browser {
    /// Keeps pages opened from now on as they are: nothing that they put off for more than a
    /// second happens, so that what stands for a few seconds can be looked at.
    ///
    /// # Errors
    ///
    /// When the browser refuses.
    pub async fn hold_still(&self) -> Result<()> {
        let source = json!({ "source": HOLD_STILL });
        self.devtools("Page.addScriptToEvaluateOnNewDocument", source).await?;
        Ok(())
    }

    /// What breaks the rules on the page at `url`, at every size, in both languages and both
    /// type sizes, and once by keyboard; keeps a picture of each under this name.
    ///
    /// # Errors
    ///
    /// When the page can't be opened or checked.
    pub async fn inspect(&self, name: &str, url: &str, rules: Rules) -> Result<Vec<String>> {
        let mut breaches = Vec::new();
        for lang in ["zh", "en"] {
            for type_size in ["normal", "large"] {
                let separator = if url.contains('?') { '&' } else { '?' };
                let url = format!("{url}{separator}lang={lang}&type={type_size}");
                self.open(&url).await?;
                let look = format!("{name}-{lang}-{type_size}");
                breaches.extend(self.inspect_look(&look, rules).await?);
                breaches.extend(self.console_errors().await?);
            }
        }
        let missed = self.by_keyboard().await?;
        breaches.extend(missed.into_iter().map(|missed| format!("{name}: {missed}")));
        Ok(breaches)
    }

    /// The same for the page as it stands, at every size.
    ///
    /// # Errors
    ///
    /// As [`Browser::inspect`].
    pub async fn inspect_look(&self, look: &str, rules: Rules) -> Result<Vec<String>> {
        let mut breaches = Vec::new();
        let is_large = self.run(IS_LARGE, vec![]).await? == json!(true);
        if is_large != look.ends_with("large") {
            breaches.push(format!("{look}: the type is of the other size"));
        }
        for size in SIZES {
            self.resize(size).await?;
            let place = format!("{look}-{}x{}", size.width_px, size.height_px);
            let found = self.inspect_size(size, rules).await;
            let found = found.with_context(|| place.clone())?;
            breaches.extend(found.into_iter().map(|breach| format!("{place}: {breach}")));
            self.picture(&place).await?;
        }
        Ok(breaches)
    }

    async fn inspect_size(&self, size: Size, rules: Rules) -> Result<Vec<String>> {
        let violations = self.axe(rules.is_high_contrast).await?;
        let mut breaches: Vec<String> = violations.iter().map(ToString::to_string).collect();
        let is_kiosk = rules.kiosk_screens.contains(&size);
        let targets = if is_kiosk { rules.kiosk_targets } else { rules.targets };
        let args = json!([targets.any_px, targets.main_px, is_kiosk]);
        let found = self.run(INSPECT, args.as_array().cloned().unwrap_or_default()).await?;
        let found = found.as_array().context("a list of sentences")?.clone();
        breaches.extend(found.iter().filter_map(Value::as_str).map(str::to_owned));
        Ok(breaches)
    }
}

const IS_LARGE: &str = "return document.documentElement.matches('.large, .type-large')";

const HOLD_STILL: &str = r"
const later = window.setTimeout, often = window.setInterval;
window.setTimeout = (work, ms, ...rest) => ms > 1000 ? 0 : later(work, ms, ...rest);
window.setInterval = (work, ms, ...rest) => ms > 1000 ? 0 : often(work, ms, ...rest);";

/// Looks at the boxes of the page as it stands. A link in the middle of a text may be as small as
/// the text; a choice is as large as its label.
const INSPECT: &str = r#"
const [target, mainTarget, mustFit] = arguments;
const breaches = [];
const page = document.documentElement;
if (page.scrollWidth > window.innerWidth + 1) {
  breaches.push(`wider than the screen: ${page.scrollWidth} px`);
}
if (mustFit && page.scrollHeight > window.innerHeight + 1) {
  breaches.push(`higher than the screen: ${page.scrollHeight} px`);
}
if (mustFit) {
  for (const element of document.querySelectorAll('main, main *')) {
    const { scrollHeight, clientHeight } = element;
    const holds = ['grid', 'flex'].includes(getComputedStyle(element).display);
    // A large letter may stand out of its line by less than that.
    if (holds && scrollHeight > clientHeight + 24) {
      const by = `${scrollHeight - clientHeight} px`;
      breaches.push(`does not fit by ${by}: ${element.outerHTML.slice(0, 120)}`);
    }
  }
}
if (!page.lang) breaches.push('no language');
if (document.querySelectorAll('main h1').length !== 1 && document.querySelectorAll('h1').length !== 1) {
  breaches.push(`${document.querySelectorAll('h1').length} headings of the first level`);
}
const box = (element) => {
  if (element.matches('input[type=radio], input[type=checkbox]')) {
    const label = element.closest('label') ?? element.labels?.[0];
    if (label) return label.getBoundingClientRect();
  }
  return element.getBoundingClientRect();
};
const touched = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
for (const element of document.querySelectorAll(touched)) {
  const { width, height, right, bottom } = box(element);
  const style = getComputedStyle(element);
  if (element.closest('[hidden]') || style.visibility === 'hidden' || width <= 1) continue;
  if (right <= 0 || bottom <= 0) continue;
  const inText = style.display === 'inline' && element.parentElement.matches('p, li, td, dd, span');
  if (inText) continue;
  const isMain = element.matches('.main, .keypad button');
  const least = isMain ? mainTarget : target;
  if (Math.min(width, height) + 0.5 < least) {
    const size = `${Math.round(width)}×${Math.round(height)}`;
    breaches.push(`${size} px is less than ${least}: ${element.outerHTML.slice(0, 120)}`);
  }
}
return breaches;
"#;
