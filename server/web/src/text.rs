//! Every sentence people read, in Chinese and English, from `assets/text/*.toml`.
//!
//! A file has sections, a section has keys, a key has two texts:
//! `[sign_in]` / `name = ["账号", "Account"]`, reached as `text(lang, "sign_in.name")`.
//! Invariant: tables never change while the program runs; a test finds missing and unused keys.

mod lang;

use std::collections::HashMap;
use std::sync::OnceLock;

use rust_embed::RustEmbed;

pub use lang::Lang;

#[derive(RustEmbed)]
#[folder = "../../assets/text/"]
struct Tables;

type Sections = HashMap<String, HashMap<String, [String; 2]>>;

/// The text of a key. A key nobody has written shows as `…` and is logged; a test keeps that
/// from happening for keys written in the source.
#[must_use]
pub fn text(lang: Lang, key: &str) -> &'static str {
    lookup(lang, key).unwrap_or_else(|| {
        tracing::error!(key, "a text is missing");
        "…"
    })
}

/// Short for [`text`], for pages full of it.
#[must_use]
pub fn t(lang: Lang, key: &str) -> &'static str {
    text(lang, key)
}

/// The text of a key made at run time, such as `refusal.` and a code, if there is one.
#[must_use]
pub fn lookup(lang: Lang, key: &str) -> Option<&'static str> {
    let [chinese, english] = table().get(key)?;
    match lang {
        Lang::Zh => Some(chinese),
        Lang::En => Some(english),
    }
}

/// Every key there is, for tests.
pub fn keys() -> impl Iterator<Item = &'static str> {
    table().keys().map(String::as_str)
}

/// Puts values into a text: `fill("第 {n} 步", &[("n", "2")])`. An unknown name stays as it is.
#[must_use]
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let found = after.split_once('}').and_then(|(name, tail)| {
            let (_, value) = values.iter().find(|(key, _)| *key == name)?;
            Some((*value, tail))
        });
        if let Some((value, tail)) = found {
            filled.push_str(value);
            rest = tail;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

fn table() -> &'static HashMap<String, [String; 2]> {
    static TABLE: OnceLock<HashMap<String, [String; 2]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let (table, complaints) = load();
        for complaint in complaints {
            tracing::error!(complaint, "a text table is broken");
        }
        table
    })
}

/// All tables as one, with what is wrong with them: unreadable files, keys given twice.
fn load() -> (HashMap<String, [String; 2]>, Vec<String>) {
    let (mut table, mut complaints) = (HashMap::new(), Vec::new());
    for name in Tables::iter() {
        let raw = Tables::get(&name).map(|file| file.data.into_owned()).unwrap_or_default();
        let sections = String::from_utf8(raw)
            .map_err(|error| error.to_string())
            .and_then(|raw| toml::from_str::<Sections>(&raw).map_err(|error| error.to_string()));
        match sections {
            Ok(sections) => take(sections, &name, &mut table, &mut complaints),
            Err(error) => complaints.push(format!("{name}: {error}")),
        }
    }
    (table, complaints)
}

fn take(
    sections: Sections,
    file: &str,
    table: &mut HashMap<String, [String; 2]>,
    complaints: &mut Vec<String>,
) {
    for (section, keys) in sections {
        for (key, texts) in keys {
            let key = format!("{section}.{key}");
            if table.insert(key.clone(), texts).is_some() {
                complaints.push(format!("{file}: {key} is given twice"));
            }
        }
    }
}

/// What is wrong with the tables, for the test.
#[must_use]
pub fn complaints() -> Vec<String> {
    load().1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_and_the_rest_stays() {
        assert_eq!(fill("{a}-{b}-{c", &[("a", "1")]), "1-{b}-{c");
        assert_eq!(fill("第 {n} 步", &[("n", "2")]), "第 2 步");
        assert_eq!(fill("{a}", &[("a", "{b}"), ("b", "x")]), "{b}");
    }

    #[test]
    fn a_key_has_two_languages() {
        assert_eq!(text(Lang::Zh, "product.name"), "春风送岗");
        assert_eq!(text(Lang::En, "product.name"), "Spring Breeze");
        assert_eq!(lookup(Lang::Zh, "product.nobody_wrote_this"), None);
    }
}
