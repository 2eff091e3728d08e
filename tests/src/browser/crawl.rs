//! Walking from page to page by the links that people see, so that no page is forgotten.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{Browser, Rules};

/// More pages than any role has; a crawl that goes beyond goes in circles.
const MOST_PAGES: usize = 60;

/// Where a walk begins and how far it goes.
#[derive(Debug, Clone, Copy)]
pub struct Walk<'a> {
    /// The first pages, in order.
    pub starts: &'a [&'a str],
    /// The beginning of the paths to which links are followed.
    pub within: &'a str,
}

/// What was found on a walk.
#[derive(Debug, Default)]
pub struct Crawled {
    /// The kinds of pages, with `*` for what names a thing.
    pub kinds: BTreeSet<String>,
    /// What breaks the rules.
    pub breaches: Vec<String>,
}

impl Browser {
    /// Inspects the pages at these paths and every kind of page that links lead to from there,
    /// each kind once, as long as their paths begin with `within`. Pictures are kept under the
    /// name and the kind.
    ///
    /// # Errors
    ///
    /// When a page can't be opened, or there is no end of them.
    pub async fn crawl(
        &self,
        name: &str,
        base: &str,
        walk: Walk<'_>,
        rules: Rules,
    ) -> Result<Crawled> {
        let mut crawled = Crawled::default();
        let mut waiting: Vec<String> = walk.starts.iter().rev().map(ToString::to_string).collect();
        while let Some(path) = waiting.pop() {
            if !crawled.kinds.insert(kind(&path)) {
                continue;
            }
            ensure!(crawled.kinds.len() <= MOST_PAGES, "no end: {:?}", crawled.kinds);
            let picture = format!("{name}{}", kind(&path).replace('/', "-").replace('*', "x"));
            let found = self.inspect(&picture, &format!("{base}{path}"), rules).await?;
            crawled.breaches.extend(found);
            let links = self.links().await?;
            waiting.extend(links.into_iter().filter(|path| path.starts_with(walk.within)));
        }
        Ok(crawled)
    }

    /// Where links of the page lead within its own server, without what only changes its look.
    async fn links(&self) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll('a[href]:not([download])')]
            .map(link => new URL(link.href))
            .filter(url => url.origin === location.origin)
            .map(url => url.pathname)";
        let links = self.run(script, vec![]).await?;
        let links = links.as_array().cloned().unwrap_or_default();
        let links = links.iter().filter_map(Value::as_str).filter(|path| is_page(path));
        Ok(links.map(str::to_owned).collect())
    }
}

/// Not a picture, a file to keep, or the API.
fn is_page(path: &str) -> bool {
    !["/a/", "/api/", "/live", "/metrics"].iter().any(|other| path.starts_with(other))
        && !path.rsplit('/').next().is_some_and(|last| last.contains('.'))
}

/// The path with `*` for the parts that name a thing: ids, tickets, booths.
fn kind(path: &str) -> String {
    let path = path.split('?').next().unwrap_or(path);
    let parts = path.split('/').map(|part| {
        let names_a_thing = part.len() > 2 && part.chars().any(|letter| letter.is_ascii_digit());
        if names_a_thing { "*" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_show_things_of_one_kind_are_one_kind() {
        assert_eq!(kind("/desk/consultations/0a1b2c3d"), "/desk/consultations/*");
        assert_eq!(kind("/postings/booth/A05?lang=en"), "/postings/booth/*");
        assert_eq!(kind("/organiser/open/confirm"), "/organiser/open/confirm");
        assert!(is_page("/desk") && !is_page("/a/base.1.css") && !is_page("/t/X.png"));
    }
}
