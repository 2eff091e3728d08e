//! The way to headquarters: enrolling this site there, and sending everything that happened here.

use std::sync::{Arc, Mutex};

use domain::command::Command;
use domain::event::{HeadquartersLinked, NodeReplaced, RecordRange};
use domain::fair::Fair;
use domain::ids::AccountId;
use journal::{NodeKey, NodePublic};
use link::{Address, EnrolError, Enrolment, Hop, LinkStatus, Uplink};
use office::lock;
use serde::Serialize;
use store::Store;
use sync::bundle::acknowledgement::Acknowledgement;
use sync::enrol::{Code, Invitation, Role, Statement};
use sync::status::Reach;
use web::ApiError;

use crate::machine::FairMachine;
use crate::site::Site;

type ToHeadquarters = Uplink<Store<FairMachine>>;

/// The way to headquarters, once this site is enrolled there.
#[derive(Default)]
pub struct Headquarters {
    uplink: Mutex<Option<(String, ToHeadquarters)>>,
}

/// How far headquarters has everything, for people.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HeadquartersState {
    /// Where headquarters is; none before this site was enrolled there.
    pub address: Option<String>,
    /// Whether it answers now.
    pub reachable: bool,
    /// Records that headquarters has not confirmed yet.
    pub waiting: u64,
    /// Whether headquarters has everything that is here.
    pub all_delivered: bool,
    /// Since when something waits, in milliseconds since 1970.
    pub behind_since_ms: Option<u64>,
    /// What is wrong, as a stable code.
    pub trouble: Option<&'static str>,
}

impl Headquarters {
    /// How far headquarters has everything.
    #[must_use]
    pub fn state(&self) -> HeadquartersState {
        let running = lock(&self.uplink);
        let Some((address, uplink)) = running.as_ref() else {
            return HeadquartersState::default();
        };
        let status: LinkStatus = uplink.status().borrow().clone();
        HeadquartersState {
            address: Some(address.clone()),
            reachable: status.sync.reach == Reach::Connected,
            waiting: status.sync.waiting_records(),
            all_delivered: status.sync.all_delivered(),
            behind_since_ms: status.sync.behind_since_ms().map(|since| status.wall_ms(since)),
            trouble: status.sync.worst().map(sync::status::Trouble::code),
        }
    }

    /// How the uplink stands, if there is one.
    pub(crate) fn status(&self) -> Option<LinkStatus> {
        let running = lock(&self.uplink);
        running.as_ref().map(|(_, uplink)| uplink.status().borrow().clone())
    }

    /// Headquarters' word came by hand.
    pub(crate) fn acknowledged(&self, said: &Acknowledgement) {
        if let Some((_, uplink)) = lock(&self.uplink).as_ref() {
            uplink.acknowledged(said);
        }
    }

    /// Ends the way to headquarters; what is not delivered goes at the next start.
    pub async fn close(&self) {
        let running = lock(&self.uplink).take();
        if let Some((_, uplink)) = running {
            uplink.stop().await;
        }
    }
}

impl Site {
    /// Takes up the way to headquarters where this site is enrolled there.
    pub async fn resume_headquarters(&self) {
        let known = self.fair(|fair| fair.headquarters().cloned());
        let Some(linked) = known else { return };
        if let Err(error) = self.start_uplink(&linked).await {
            tracing::error!(?error, "the way to headquarters can't be taken up");
        }
    }

    /// Enrols this site at headquarters and begins to send. The code may be the whole text of an
    /// invitation, which names the address and whom to expect there.
    ///
    /// # Errors
    /// `bad_code`, `bad_invitation`, `code_of_another_site`, `another_server`, `headquarters_refused`, `headquarters_unreachable`.
    pub async fn link_headquarters(
        &self,
        url: &str,
        code: &str,
        by: AccountId,
    ) -> Result<(), ApiError> {
        // Without a fair it may take the place of a lost machine, and gets that one's. A promoted standby has
        // it already, and is enrolled in that place where headquarters knows only the other machine.
        let promoted = self.store().read(FairMachine::is_promoted);
        let in_place = promoted && self.fair(|fair| fair.headquarters().is_some());
        let name = self.fair(|fair| fair.settings().map(|settings| settings.name.clone()));
        let name = name.filter(|_| !in_place).unwrap_or_default();
        let what = (Role::Site, name.as_str(), crate::SOFTWARE);
        let (address, enrolment) = enrol_at(url, code, self.store().key(), what).await?;
        match replaced(&enrolment.statement) {
            Some(replaced) => {
                self.office.ask(Command::ReplaceNode(None, replaced), Some(by)).await?;
            }
            None if in_place => return Err(ApiError::conflict("code_of_another_site")),
            None => {}
        }
        let linked = HeadquartersLinked {
            address,
            node: enrolment.issuer.node_id(),
            public_keys: enrolment.issuer.to_bytes(),
            fair: enrolment.statement.fair,
        };
        self.office.ask(Command::LinkHeadquarters(linked.clone()), Some(by)).await?;
        self.start_uplink(&linked).await
    }

    async fn start_uplink(&self, linked: &HeadquartersLinked) -> Result<(), ApiError> {
        self.headquarters.close().await;
        let receiver = NodePublic::from_bytes(&linked.public_keys).map_err(ApiError::internal)?;
        let address: Address = Address::parse(&linked.address, None)
            .map_err(|_| ApiError::unprocessable("bad_address"))?;
        let store = self.store().clone();
        let options = link::Options {
            address,
            receiver,
            hop: Hop::Wan,
            software: crate::SOFTWARE.to_owned(),
            views: None,
            origins: Some(Arc::new(move || store.read(origins))),
        };
        let uplink = Uplink::start(Arc::new(self.store().clone()), options);
        let uplink = uplink.map_err(|_| ApiError::unprocessable("bad_address"))?;
        if let Some(said) = self.by_hand.kept(receiver, self.store().key()) {
            uplink.acknowledged(&said);
        }
        *lock(&self.headquarters.uplink) = Some((linked.address.clone(), uplink));
        Ok(())
    }
}

/// The keys of the stations whose records travel on, and of the machine whose place this one took.
#[must_use]
pub fn origins(machine: &FairMachine) -> Vec<NodePublic> {
    let fair: &Fair = office::OfficeMachine::fair(machine);
    let stations = fair.devices().map(|device| &device.public_keys);
    let keys = stations.chain(fair.replaced_keys()).map(|keys| NodePublic::from_bytes(keys));
    keys.filter_map(Result::ok).collect()
}

/// Whose place this node takes, as headquarters said.
fn replaced(said: &Statement) -> Option<NodeReplaced> {
    let before = said.before.clone().filter(|before| !before.is_empty())?;
    let missing = said.missing.iter().flatten().map(|range| RecordRange {
        origin: range.origin,
        epoch: range.epoch,
        first: range.first,
        last: range.last,
    });
    let missing = missing.collect();
    Some(NodeReplaced { node: said.node, before, missing, public_keys: None })
}

async fn enrol_at(
    url: &str,
    code: &str,
    key: &NodeKey,
    what: link::Terms<'_>,
) -> Result<(String, Enrolment), ApiError> {
    let (address, enrolment) = if Invitation::is_meant(code) {
        let invitation: Invitation =
            code.parse().map_err(|_| ApiError::unprocessable("bad_invitation"))?;
        let enrolment = link::accept(&invitation, key, what).await;
        (invitation.address, enrolment)
    } else {
        let code = Code::parse(code).ok_or(ApiError::unprocessable("bad_code"))?;
        let address = url.trim().trim_end_matches('/').to_owned();
        let parsed: Address =
            Address::parse(&address, None).map_err(|_| ApiError::unprocessable("bad_address"))?;
        (address, link::enrol(&parsed, &code, key, what).await)
    };
    Ok((address, enrolment.map_err(|error| enrol_failed(&error))?))
}

fn enrol_failed(error: &EnrolError) -> ApiError {
    let answer = match error {
        EnrolError::Address(_) => ApiError::unprocessable("bad_address"),
        EnrolError::CodeUnknown | EnrolError::CodeExpired => ApiError::unprocessable("bad_code"),
        EnrolError::OtherNode => ApiError::conflict("another_server"),
        EnrolError::Refused(_) => ApiError::conflict("headquarters_refused"),
        EnrolError::Offline | EnrolError::NotOurs | EnrolError::NoRandomness => {
            ApiError::unavailable("headquarters_unreachable")
        }
    };
    answer.inside(error)
}
