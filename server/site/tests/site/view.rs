//! What stations are told: each cursor counts in one list of changes, and the standby is named.

use domain::command::Command;
use domain::event::SiteFollowed;
use domain::ids::NodeId;
use domain::station::{ChangeList, StationView, ViewUpdate, settings_for};
use site::view_update;

use crate::given::Given;

const STATION: NodeId = NodeId([9; 16]);
const HERE: ChangeList = ChangeList::new([1; 16], 0);
/// The list of the same site server after it was restored.
const RESTORED: ChangeList = ChangeList::new([2; 16], 0);

fn told(given: &Given, list: ChangeList, since: u64) -> Option<ViewUpdate> {
    given.site.office.store.read(|machine| view_update(machine, list, STATION, since))
}

#[tokio::test]
async fn a_station_goes_on_in_one_list_and_begins_anew_in_another() {
    let given = Given::open().await;
    for _ in 0..3 {
        given.ticket().await;
    }
    let whole = told(&given, HERE, 0).unwrap();
    assert_eq!((whole.from, whole.settings.is_some(), whole.changes.len()), (0, true, 3));
    assert_eq!(told(&given, HERE, whole.to), None, "nothing is new");
    let mut view = StationView::default();
    assert!(view.apply(&whole));
    given.ticket().await;
    let next = told(&given, HERE, view.cursor()).unwrap();
    assert_eq!((next.from, next.settings.is_some(), next.changes.len()), (whole.to, false, 1));

    // A cursor of the one list says nothing in the other, wherever it would stand there.
    let anew = told(&given, RESTORED, whole.to).unwrap();
    assert_eq!((anew.from, anew.settings.is_some(), anew.changes.len()), (0, true, 4));
    let middle = ViewUpdate { from: RESTORED.cursor(1), ..anew.clone() };
    assert!(!view.clone().apply(&middle), "it goes on in a list of which the station has nothing");
    assert!(view.apply(&next) && view.apply(&anew));
    assert_eq!(view.cursor(), anew.to);
    assert!(
        !view.apply(&ViewUpdate { from: next.from, ..next }),
        "a late answer of the other list"
    );
}

#[tokio::test]
async fn stations_hear_of_the_standby_but_not_from_itself() {
    let given = Given::open().await;
    let before = told(&given, HERE, 0).unwrap();
    assert_eq!(before.settings.unwrap().standby, None);
    let standby = SiteFollowed {
        node: NodeId([7; 16]),
        public_keys: [7; 64],
        address: "http://192.168.1.11:8080".to_owned(),
    };
    given.site.office.ask(Command::NoteStandby(standby.clone()), None).await.unwrap();
    let after = told(&given, HERE, before.to).unwrap();
    assert_eq!(after.settings.unwrap().standby.as_ref(), Some(&standby));
    let by_itself = given.site.fair(|fair| settings_for(fair, standby.node, STATION));
    assert_eq!(by_itself.unwrap().standby, None);
}
