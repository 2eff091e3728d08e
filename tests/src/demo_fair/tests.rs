use std::collections::BTreeSet;

use domain::codes::Lang;
use domain::employer::wording::Severity;
use domain::matching::{Listing, Matcher, ROUTE_BOOTHS_MAX};

use super::*;

const SEED: u64 = 2026;

#[test]
fn the_same_seed_gives_the_same_fair_byte_for_byte() {
    let fair = DemoFair::new(SEED);
    assert_eq!(fair, DemoFair::new(SEED));
    assert_eq!(fair.workbook(SEED).unwrap(), fair.workbook(SEED).unwrap());
    assert_ne!(fair, DemoFair::new(SEED + 1));
}

#[test]
fn it_has_the_size_and_shape_of_a_districts_fair() {
    for seed in 0..10 {
        let fair = DemoFair::new(seed);
        assert_eq!((fair.employers.len(), fair.seekers.len()), (EMPLOYERS, SEEKERS));
        assert!((800..=1_000).contains(&fair.postings()), "{}", fair.postings());
        let booths: BTreeSet<_> = fair.employers.iter().map(|employer| employer.booth).collect();
        assert_eq!(booths.len(), EMPLOYERS);
        let postings = || fair.employers.iter().flat_map(|employer| &employer.postings);
        let openings: usize = postings().map(|posting| usize::from(posting.openings)).sum();
        let per_posting = openings * 10 / fair.postings();
        assert!((25..=70).contains(&per_posting), "{per_posting} tenths of openings a posting");
    }
}

#[test]
fn nobody_in_it_can_be_taken_for_real() {
    let fair = DemoFair::new(SEED);
    for employer in &fair.employers {
        assert!(employer.name.starts_with("示例"), "{}", employer.name);
        let code = employer.credit_code.as_ref().map_or("91000000", |code| code.as_str());
        assert!(code.starts_with("91000000"));
    }
    let phones: Vec<&String> =
        fair.seekers.iter().filter_map(|seeker| seeker.phone.as_ref()).collect();
    assert!(phones.iter().all(|phone| phone.starts_with("1540000") && phone.len() == 11));
    assert_eq!(phones.iter().collect::<BTreeSet<_>>().len(), phones.len());
}

#[test]
fn the_spreadsheet_reads_back_as_what_it_was_made_from() {
    for seed in [1, 2, SEED] {
        let fair = DemoFair::new(seed);
        let mut next = 0_u64;
        let mut ids = |_: site::import::Subject<'_>| {
            next += 1;
            next.to_be_bytes()
        };
        let read = site::import::read(&fair.workbook(seed).unwrap(), &mut ids).unwrap();
        assert_eq!(read.employers.len(), EMPLOYERS);
        assert_eq!(read.postings.len(), fair.postings());
        assert_eq!(read.booths.len(), EMPLOYERS);
        assert_eq!(read.warnings, []);
        let expected = fair.catalogue();
        for (read, made) in read.employers.iter().zip(&expected.employers) {
            assert_eq!(Employer { id: made.id, ..read.clone() }, *made);
        }
        for (read, made) in read.postings.iter().zip(&expected.postings) {
            let read = Posting { id: made.id, employer: made.employer, ..read.clone() };
            let text = format!("{}\n{}", made.text, read.text.lines().last().unwrap_or_default());
            let made = Posting { text: text.trim().to_owned(), ..made.clone() };
            assert_eq!(read, made);
        }
    }
}

#[test]
fn every_posting_may_be_shown() {
    for posting in DemoFair::new(SEED).catalogue().postings {
        let findings = posting.findings();
        assert!(findings.iter().all(|one| one.severity() != Severity::Block), "{findings:?}");
    }
}

#[test]
fn most_seekers_get_a_full_route() {
    let fair = DemoFair::new(SEED);
    let catalogue = fair.catalogue();
    let booth = |posting: &Posting| {
        let holder = catalogue.employers.iter().find(|one| one.id == posting.employer);
        holder.and_then(|one| one.booth).unwrap()
    };
    let listings = catalogue.postings.iter().map(|posting| Listing {
        booth: booth(posting),
        posting,
        reviewed: false,
    });
    let matcher = Matcher::new(listings, None, b"demo");
    let routes = fair.seekers.iter().map(|one| matcher.suggest(&one.wish, ROUTE_BOOTHS_MAX));
    let full = routes.filter(|route| route.len() == ROUTE_BOOTHS_MAX).count();
    assert!(full * 10 >= SEEKERS * 9, "{full} of {SEEKERS}");
}

#[test]
fn registrations_are_json_without_a_phone_number_where_none_is_asked() {
    let fair = DemoFair::new(SEED);
    let mut with_phone = 0;
    for seeker in &fair.seekers {
        let open = serde_json::to_value(seeker.on_a_phone()).unwrap();
        assert!(open.get("phone").is_none());
        let full = serde_json::to_value(seeker.with_a_volunteer()).unwrap();
        for registration in [&open, &full] {
            let form: site::registration::SeekerForm =
                serde_json::from_str(&registration.to_string()).unwrap();
            assert_eq!(form.wish.is_empty(), seeker.is_guest || seeker.wish.is_empty());
        }
        with_phone += usize::from(full.get("phone").is_some());
        assert!(seeker.wish.wanted.iter().all(|wanted| !wanted.name(Lang::Zh).is_empty()));
    }
    assert!(with_phone > SEEKERS / 2);
}
