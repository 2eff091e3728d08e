//! A page without a mouse: the Tab key must come to everything that can be used, and it must show
//! where it stands.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Browser;

/// Of a long list, so many are enough to see that the rest is like them.
const MOST_STEPS: usize = 40;
/// Steps for what the Tab key may come to besides.
const MORE_STEPS: u64 = 10;

impl Browser {
    /// What of the page as it stands can't be reached by the Tab key, or does not show it.
    ///
    /// # Errors
    ///
    /// When the page does not answer.
    pub async fn by_keyboard(&self) -> Result<Vec<String>> {
        let usable = self.run(BEGIN, vec![json!(MOST_STEPS)]).await?;
        // A field for a date has stops of its own, and so has what can be scrolled.
        for _ in 0..2 * usable.as_u64().context("a number")? + MORE_STEPS {
            for kind in ["rawKeyDown", "keyUp"] {
                let tab = json!({ "type": kind, "key": "Tab", "code": "Tab",
                                  "windowsVirtualKeyCode": 9 });
                self.devtools("Input.dispatchKeyEvent", tab).await?;
            }
        }
        let missed = self.run("return window.keyboard.end()", vec![]).await?;
        let missed = missed.as_array().context("a list of sentences")?;
        Ok(missed.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }
}

/// Of a group of radio buttons the Tab key stops at one.
const BEGIN: &str = r"
const [most] = arguments;
const usable = 'a[href], button:enabled, input:enabled:not([type=hidden]), select, textarea, summary';
const groups = new Set();
const wanted = [...document.querySelectorAll(usable)].filter((element) => {
  if (element.tabIndex < 0 || !element.checkVisibility({ visibilityProperty: true })) return false;
  if (element.type !== 'radio') return true;
  const group = `${element.form?.id} ${element.name}`;
  const isFirst = !groups.has(group);
  groups.add(group);
  return isFirst;
}).slice(0, most);
const came = new Set(), unseen = [];
const name = (element) => element.outerHTML.slice(0, 120);
document.activeElement?.blur();
window.getSelection().removeAllRanges();
document.body.tabIndex = -1;
document.body.focus();
document.body.removeAttribute('tabindex');
addEventListener('focusin', ({ target }) => {
  came.add(target);
  if (target.type === 'radio') {
    wanted.filter((other) => other.name === target.name).forEach((other) => came.add(other));
  }
  const drawn = [target, target.closest('label'), target.nextElementSibling].some((element) => {
    if (!element) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
  });
  if (!drawn) unseen.push(name(target));
});
window.keyboard = { end: () => [
  ...wanted.filter((element) => !came.has(element)).map((it) => `no key leads to ${name(it)}`),
  ...unseen.map((it) => `focus does not show on ${it}`),
] };
return wanted.length;
";
