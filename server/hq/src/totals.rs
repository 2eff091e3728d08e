//! Adding up the figures of many sites.
//!
//! A ticket belongs to one fair, so a person who goes to two fairs counts twice: persons of all
//! sites together are persons by fair, and reports say so.

use std::collections::BTreeMap;

use domain::statistics::{Counts, Statistics};

/// The figures of all sites together.
#[must_use]
pub(crate) fn of<'a>(sites: impl IntoIterator<Item = &'a Statistics>) -> Statistics {
    let mut sum = Statistics::default();
    for site in sites {
        add(&mut sum, site);
    }
    sum
}

/// Every field is named, so that a new one can't be left out.
fn add(sum: &mut Statistics, site: &Statistics) {
    let Statistics {
        employers,
        postings,
        openings,
        booths,
        total,
        days,
        groups,
        consultations_by_desk,
        consultations_by_category,
        consultations_by_outcome,
        referrals,
        volunteers,
    } = site;
    sum.employers += employers;
    sum.postings += postings;
    sum.openings += openings;
    sum.booths += booths;
    add_counts(&mut sum.total, total);
    for (day, counts) in days {
        add_counts(sum.days.entry(*day).or_default(), counts);
    }
    add_all(&mut sum.groups, groups);
    add_all(&mut sum.consultations_by_desk, consultations_by_desk);
    add_all(&mut sum.consultations_by_category, consultations_by_category);
    add_all(&mut sum.consultations_by_outcome, consultations_by_outcome);
    sum.referrals += referrals;
    sum.volunteers += volunteers;
}

fn add_counts(sum: &mut Counts, counts: &Counts) {
    let Counts {
        tickets,
        tickets_by_channel,
        registered,
        persons,
        entries,
        repeats,
        refused,
        conflicts,
        talks,
        interviews,
        intentions,
        hires,
        consultations,
        service_minutes,
    } = counts;
    sum.tickets += tickets;
    add_all(&mut sum.tickets_by_channel, tickets_by_channel);
    sum.registered += registered;
    sum.persons += persons;
    sum.entries += entries;
    sum.repeats += repeats;
    sum.refused += refused;
    sum.conflicts += conflicts;
    sum.talks += talks;
    sum.interviews += interviews;
    sum.intentions += intentions;
    sum.hires += hires;
    sum.consultations += consultations;
    sum.service_minutes += service_minutes;
}

fn add_all<K: Ord + Copy>(sum: &mut BTreeMap<K, u32>, counts: &BTreeMap<K, u32>) {
    for (key, count) in counts {
        *sum.entry(*key).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use domain::day::Day;
    use domain::event::Channel;

    use super::*;

    #[test]
    fn sites_add_up_field_by_field_and_day_by_day() {
        let counts = |persons| Counts {
            persons,
            tickets_by_channel: [(Channel::Phone, persons)].into(),
            ..Counts::default()
        };
        let site = |day, persons| Statistics {
            employers: 1,
            total: counts(persons),
            days: [(Day(day), counts(persons))].into(),
            consultations_by_category: [(1, 2)].into(),
            ..Statistics::default()
        };
        let sum = of([&site(1, 3), &site(1, 4), &site(2, 5)]);
        assert_eq!((sum.employers, sum.total.persons), (3, 12));
        assert_eq!(sum.days[&Day(1)], counts(7));
        assert_eq!(sum.days[&Day(2)], counts(5));
        assert_eq!(sum.consultations_by_category[&1], 6);
    }
}
