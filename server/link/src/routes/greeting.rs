//! The answer to a hello: who is here, what is durable, and a fresh session.

use journal::NodePublic;
use journal::identity::LetterSeed;
use minicbor::bytes::ByteVec;
use sha2::{Digest, Sha256};
use sync::hello::{
    HELLO_ANSWER_PURPOSE, HELLO_PURPOSE, Hello, HelloAnswer, Limits, SESSION_KEY_INFO, Signed,
};
use sync::session::SessionKey;
use sync::{Refusal, RefusalCode, limits};
use sync::{pull, receiver};

use super::Context;
use crate::carriage::decode;
use crate::upstream::{Met, Upstream};

pub(super) fn answer<U: Upstream>(context: &Context<U>, body: &[u8]) -> Result<Signed, Refusal> {
    let signed: Signed = decode(body).ok_or(RefusalCode::Damaged)?;
    let claimed: Hello = signed.peek().map_err(|_| RefusalCode::Damaged)?;
    if !claimed.is_within_limits() {
        return Err(RefusalCode::TooLarge.into());
    }
    let upstream = &*context.upstream;
    if claimed.audience != upstream.own() {
        return Err(RefusalCode::WrongAudience.into());
    }
    let sender = receiver::believe(upstream, claimed.sender)?;
    let hello: Hello = signed.read(sender, HELLO_PURPOSE).map_err(|_| RefusalCode::BadSignature)?;
    let protocol = hello.common_protocol().ok_or(RefusalCode::Upgrade)?;
    let hash: [u8; 32] = Sha256::digest(&*signed.body).into();
    if !context.sessions.first_time(hash) {
        return Err(RefusalCode::Stale.into());
    }
    let (session, sealed_key) = open_session(context, sender, &hash)?;
    let keys = hello.origins.iter().filter_map(|key| NodePublic::from_bytes(key).ok());
    let may = keys.filter(|key| upstream.may_relay(sender.node_id(), key.node_id()));
    context.receiving.told.learn(may);
    let heads = upstream.heads();
    let beyond = pull::beyond(upstream, &heads, sender.node_id(), &hello.heads);
    let lacks = pull::lacks(upstream, sender.node_id(), &upstream.lacks());
    let above = upstream.above(sender.node_id());
    let answer = HelloAnswer {
        hello: hash.into(),
        protocol,
        software: upstream.software().to_owned(),
        limits: own_limits(),
        node: upstream.own(),
        store: upstream.store(),
        server_time_ms: upstream.now_ms(),
        heads: receiver::heads_of(&heads, &hello.heads),
        view_version: upstream.view_version(sender.node_id()),
        session: session.into(),
        sealed_key,
        takes_keys: upstream.takes_keys().then_some(true),
        beyond: (!beyond.is_empty()).then_some(beyond),
        lacks: (!lacks.is_empty()).then_some(lacks),
        above: (!above.is_empty()).then_some(above),
    };
    upstream.met(Met {
        sender: hello.sender,
        software: hello.software,
        sent_at_ms: hello.sent_at_ms,
        heads: hello.heads,
        view_version: hello.view_version,
    });
    let bytes = minicbor::to_vec(&answer).expect("a vector takes any bytes");
    Ok(Signed::new(upstream.key(), HELLO_ANSWER_PURPOSE, bytes))
}

/// A session whose key only the sender can read, bound to its hello.
fn open_session<U: Upstream>(
    context: &Context<U>,
    sender: NodePublic,
    hello: &[u8; 32],
) -> Result<([u8; 16], ByteVec), Refusal> {
    let (id, key, seed) = (random()?, random()?, random()?);
    let letter = sender.seal_letter(SESSION_KEY_INFO, hello, &key, LetterSeed(seed));
    let letter = letter.map_err(|_| RefusalCode::UnknownSender)?;
    context.sessions.open(id, sender.node_id(), SessionKey(key));
    Ok((id, letter.into()))
}

fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| RefusalCode::Failed)?;
    Ok(bytes)
}

fn own_limits() -> Limits {
    let number = |limit: usize| u32::try_from(limit).unwrap_or(u32::MAX);
    Limits {
        records: number(limits::BATCH_RECORDS),
        raw_bytes: number(limits::BATCH_RAW_BYTES),
        packed_bytes: number(limits::BATCH_PACKED_BYTES),
    }
}
