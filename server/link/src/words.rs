//! What is in the way of records, in the reader's language.

use web::text::{Lang, fill, lookup, t};

/// The sentence of a trouble's stable code ([`sync::status::Trouble::code`]); `place` is what people
/// call the receiver.
#[must_use]
pub fn sentence(lang: Lang, code: &str, place: &str) -> String {
    let known = lookup(lang, &format!("trouble.{code}"));
    fill(known.unwrap_or_else(|| t(lang, "trouble.sync_refused")), &[("place", place)])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::ids::{Epoch, Seq};
    use sync::status::Trouble;
    use sync::{Failure, RefusalCode};

    use super::*;

    #[test]
    fn every_trouble_has_a_sentence_and_no_sentence_is_left_over() {
        let failures = [
            Failure::Network,
            Failure::TimedOut,
            Failure::NotOurs,
            Failure::WrongReceiver,
            Failure::Unreadable,
            Failure::Diverged,
        ];
        let others = [
            Trouble::Fork(Seq(1)),
            Trouble::ParentMissing(Epoch(1)),
            Trouble::WaitsForParent(Epoch(1)),
            Trouble::WaitsForLost(Epoch(1)),
            Trouble::NoProgress,
            Trouble::ReceiverAhead,
            Trouble::StandbyWaits,
        ];
        let refused = (0..200).map(|number| Trouble::Refused(RefusalCode::from_number(number)));
        let all = failures.map(Trouble::Failed).into_iter().chain(others).chain(refused);
        let codes: BTreeSet<String> = all.map(|it| format!("trouble.{}", it.code())).collect();
        let keys = web::text::keys().filter(|key| key.starts_with("trouble."));
        assert_eq!(codes, keys.map(str::to_owned).collect());
        let said = sentence(Lang::En, "sync_receiver_busy", "Headquarters");
        assert!(said.starts_with("Headquarters is busy"), "{said}");
    }
}
