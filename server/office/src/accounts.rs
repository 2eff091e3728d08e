//! Staff accounts: the first organiser by the setup code, all others by an organiser, sign-in.

use std::net::IpAddr;

use domain::command::{Command, NewAccount};
use domain::employer::BoothNumber;
use domain::event::{Event, decode};
use domain::ids::AccountId;
use domain::role::{Actor, Role};
use domain::sealed::Credentials;
use subtle::ConstantTimeEq;
use web::{ApiError, Head};

use crate::office::{Office, OfficeMachine, uptime_ms};
use crate::rows::{ACCOUNTS, LOGINS, account_of};
use crate::{lookup, random};

/// The shortest password; length is what counts (NIST SP 800-63B, 5.1.1.2).
pub const MIN_PASSWORD_CHARACTERS: usize = 8;
/// The longest password.
pub const MAX_PASSWORD_CHARACTERS: usize = 128;

/// What is asked for a new account.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The name typed at sign-in.
    pub login: String,
    /// What people call them.
    pub name: String,
    /// The password.
    pub password: String,
    /// The role.
    pub role: Role,
    /// The booth of a booth's account.
    pub booth: Option<BoothNumber>,
}

/// Creates the first account: the site's organiser, headquarters' clerk.
///
/// # Errors
/// `setup_done`, `setup_code_wrong`, and what [`create`] refuses.
pub async fn set_up<M: OfficeMachine>(
    office: &Office<M>,
    code: &str,
    wanted: Wanted,
) -> Result<Actor, ApiError> {
    let expected = office.setup_code().ok_or(ApiError::conflict("setup_done"))?;
    let typed = code.trim().to_ascii_uppercase();
    office.sign_ins().check(&"setup", uptime_ms()).map_err(slower)?;
    if !bool::from(typed.as_bytes().ct_eq(expected.as_bytes())) {
        office.sign_ins().failed(&"setup", uptime_ms());
        return Err(ApiError::forbidden("setup_code_wrong"));
    }
    let wanted = Wanted { role: office.first_role(), booth: None, ..wanted };
    let account = create(office, wanted, None).await?;
    office.end_setup();
    Ok(Actor { account, role: office.first_role() })
}

/// Creates an account.
///
/// # Errors
/// `password_length`, `login_taken`, `bad_text`, `booth_missing`, `unknown_booth`.
pub async fn create<M: OfficeMachine>(
    office: &Office<M>,
    wanted: Wanted,
    by: Option<AccountId>,
) -> Result<AccountId, ApiError> {
    let length = wanted.password.chars().count();
    if !(MIN_PASSWORD_CHARACTERS..=MAX_PASSWORD_CHARACTERS).contains(&length) {
        return Err(ApiError::unprocessable("password_length"));
    }
    let password_hash = office.passwords.hash(&wanted.password).await?;
    let login = wanted.login.trim().to_owned();
    let _one_at_a_time = office.naming().await;
    office.rows_current().await?;
    if find(office, &login)?.is_some() {
        return Err(ApiError::conflict("login_taken"));
    }
    let account = AccountId(random::bytes()?);
    let new = NewAccount {
        account,
        role: wanted.role,
        booth: wanted.booth,
        credentials: Credentials { login, name: wanted.name, password_hash },
    };
    office.ask(Command::CreateAccount(new), by).await?;
    office.rows_current().await?;
    Ok(account)
}

/// Signs somebody in. A wrong login and a wrong password are answered alike, and equally slowly.
///
/// # Errors
/// `staff_door_plain`, `sign_in_wrong`, `too_many_tries`, `lists_rebuilding`.
pub async fn sign_in<M: OfficeMachine>(
    office: &Office<M>,
    head: &Head,
    login: &str,
    password: &str,
) -> Result<Actor, ApiError> {
    web::session::staff_door(head.arrival.door)?;
    let peer = head.arrival.peer.ip();
    let keys = (office.lookup.hash("login", login), peer);
    // Before the try begins: who could not be looked up has not failed.
    office.rows_current().await?;
    begin_try(office, &keys)?;
    let found = find(office, login)?;
    let kept = found.as_ref().map(|(_, credentials)| credentials.password_hash.as_str());
    let right = office.passwords.verify_from(peer, password, kept).await;
    // Who was not heard has not failed.
    let right = right.inspect_err(|_| office.sign_ins().succeeded(&keys))?;
    let account = found.and_then(|(id, _)| office.fair(|fair| fair.account(id)).map(|a| (id, a)));
    match account {
        Some((account, known)) if right => {
            let mut sign_ins = office.sign_ins();
            sign_ins.succeeded(&keys);
            sign_ins.succeeded(&peer);
            Ok(Actor { account, role: known.role })
        }
        _ => Err(ApiError::unauthorized("sign_in_wrong")),
    }
}

/// A try counts as failed from its beginning, so that many at once are no more than many after
/// each other. It slows this peer, and this peer with this login: nobody can keep somebody else
/// from signing in.
fn begin_try<M: OfficeMachine>(
    office: &Office<M>,
    keys: &([u8; 32], IpAddr),
) -> Result<(), ApiError> {
    let now_ms = uptime_ms();
    let mut sign_ins = office.sign_ins();
    sign_ins.check(keys, now_ms).map_err(slower)?;
    sign_ins.check(&keys.1, now_ms).map_err(slower)?;
    sign_ins.failed(keys, now_ms);
    sign_ins.failed(&keys.1, now_ms);
    Ok(())
}

/// The account of a login.
///
/// # Errors
/// `lists_rebuilding`.
pub fn find<M: OfficeMachine>(
    office: &Office<M>,
    login: &str,
) -> Result<Option<(AccountId, Credentials)>, ApiError> {
    let hash = office.lookup.hash("login", login);
    let row = office.look_up(|views| views.get(LOGINS, &hash))?;
    let Some(id) = row.and_then(account_of) else {
        return Ok(None);
    };
    Ok(credentials(office, id)?.map(|credentials| (id, credentials)))
}

/// Login, name and password hash of an account.
///
/// # Errors
/// `lists_rebuilding`.
pub fn credentials<M: OfficeMachine>(
    office: &Office<M>,
    id: AccountId,
) -> Result<Option<Credentials>, ApiError> {
    let Some(found) = lookup::record(office, ACCOUNTS, &id.0)? else { return Ok(None) };
    let of_account = matches!(found.event, Event::AccountCreated(_));
    let opened = found.opened.first().and_then(Option::as_ref);
    Ok(opened.filter(|_| of_account).and_then(|text| decode(text).ok()))
}

/// The answer to somebody who tried too often.
pub fn slower(wait_ms: u64) -> ApiError {
    ApiError::too_many("too_many_tries", wait_ms.div_ceil(1_000))
}
