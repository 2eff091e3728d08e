//! What a fair has counted: as caused by the journey, as told by the site, as told by
//! headquarters.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::Http;

/// The counts that the journey causes and compares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Tickets handed out.
    pub tickets: u64,
    /// Seekers who said more about themselves than a guest.
    pub registered: u64,
    /// Different persons who came.
    pub persons: u64,
    /// Entries: one a person and day.
    pub entries: u64,
    /// Let in twice as if for the first time.
    pub conflicts: u64,
    /// Talks at booths.
    pub talks: u64,
    /// Of these, intentions.
    pub intentions: u64,
    /// Consultations.
    pub consultations: u64,
}

impl Figures {
    /// What the site counts.
    ///
    /// # Errors
    ///
    /// When the site does not answer with figures.
    pub async fn of_site(organiser: &Http) -> Result<Self> {
        let overview: Value = organiser.get("/api/v1/overview").await?.document()?;
        Self::read(overview.pointer("/statistics/total"), &overview)
    }

    /// What headquarters counts of its one site.
    ///
    /// # Errors
    ///
    /// When headquarters does not answer with one site and its figures.
    pub async fn of_headquarters(clerk: &Http) -> Result<Self> {
        let sites: Value = clerk.get("/api/v1/sites").await?.document()?;
        Self::read(sites.pointer("/sites/0/statistics/total"), &sites)
    }

    fn read(total: Option<&Value>, all: &Value) -> Result<Self> {
        let total = total.with_context(|| format!("no figures in {all}"))?;
        Ok(serde_json::from_value(total.clone())?)
    }

    /// That every one of them is above zero, apart from conflicts: of these there must be none.
    ///
    /// # Errors
    ///
    /// Names them all when one is zero.
    pub fn ensure_all_caused(&self) -> Result<()> {
        let Self { tickets, registered, persons, entries, conflicts, talks, .. } = *self;
        let Self { intentions, consultations, .. } = *self;
        let all = [tickets, registered, persons, entries, talks, intentions, consultations];
        ensure!(all.iter().all(|count| *count > 0), "one of them is zero: {self:?}");
        ensure!(conflicts == 0, "{conflicts} conflicts");
        Ok(())
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tickets, registered, persons, talks, intentions, consultations, .. } = self;
        write!(
            out,
            "{tickets} tickets, {registered} registered, {persons} persons, {talks} talks, \
             {intentions} intentions, {consultations} consultations"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_is_not_enough() {
        let mut figures = Figures {
            tickets: 1,
            registered: 1,
            persons: 1,
            entries: 1,
            conflicts: 0,
            talks: 1,
            intentions: 1,
            consultations: 1,
        };
        figures.ensure_all_caused().unwrap();
        figures.consultations = 0;
        assert!(figures.ensure_all_caused().is_err());
        figures = Figures { consultations: 1, conflicts: 1, ..figures };
        assert!(figures.ensure_all_caused().is_err());
    }
}
