//! A station as the figures need it: enrolled and greeted through the public interface, with as
//! many hand-overs ready as one likes, each proved under its session and chained to the one before.

use anyhow::{Context, Result, ensure};
use data_encoding::HEXLOWER;
use domain::day::Day;
use domain::event::{Event, Method, SeekerCheckedIn};
use domain::ids::{Epoch, FairTag, Hlc};
use domain::ticket::TicketId;
use domain::verdict::Verdict;
use journal::{Entry, Flags, Head, Kind, NodeKey, NodePublic, NodeStarted, Record, kind};
use serde::Deserialize;
use serde_json::json;
use sync::enrol::{Code, Role};
use sync::handover::HandOver;
use sync::hello::{
    HELLO_ANSWER_PURPOSE, HELLO_PURPOSE, Hello, HelloAnswer, SESSION_KEY_INFO, Signed,
};
use sync::session::{Request, SessionKey};
use sync::{Stream, StreamHead, Withhold, limits};

use super::load;
use crate::http::Http;

/// Where hand-overs go.
pub const SCANS: &str = "/sync/v1/scans";
/// What the sync protocol's messages are sent as.
const SYNC_TYPE: &str = "application/vnd.springbreeze.sync";
/// The version that these stations give.
const SOFTWARE: &str = env!("CARGO_PKG_VERSION");

/// An enrolled station.
#[derive(Debug)]
pub struct Station {
    number: u32,
    key: NodeKey,
    receiver: NodePublic,
    fair: Option<FairTag>,
    line: Line,
    hellos: u32,
    session: Option<Session>,
}

#[derive(Debug)]
struct Session {
    id: String,
    key: SessionKey,
}

/// How far its records go.
#[derive(Debug, Clone, Copy)]
struct Line {
    head: Head,
    time: Hlc,
    scans: u32,
}

/// Hand-overs of one scan each, in their order, not sent yet.
#[derive(Debug)]
pub struct HandOvers {
    bodies: Vec<Vec<u8>>,
    /// How far the records go after each.
    after: Vec<Line>,
}

#[derive(Debug, Deserialize)]
struct NewCode {
    code: String,
}

impl Station {
    /// Enrols the station of this number with a code of its own.
    ///
    /// # Errors
    ///
    /// When the site refuses.
    pub async fn enrol(organiser: &Http, number: u32) -> Result<Self> {
        let name = format!("入口 {number}");
        let asked = json!({ "name": name });
        let new: NewCode = organiser.post("/api/v1/enrolment-codes", &asked).await?.document()?;
        let code = Code::parse(&new.code).context("not a code")?;
        let address = link::Address::parse(organiser.base(), None)?;
        let mut seed = [0x5b; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let key = NodeKey::from_seed(seed);
        let what = (Role::Kiosk, name.as_str(), SOFTWARE);
        let enrolment = link::enrol(&address, &code, &key, what).await?;
        let epoch = Epoch(u64::from(number) + 1);
        let head = Head::before(key.node_id(), epoch);
        let time = Hlc::from_ms(now_ms()?);
        let (receiver, fair) = (enrolment.issuer, enrolment.statement.fair);
        let line = Line { head, time, scans: 0 };
        Ok(Self { number, key, receiver, fair, line, hellos: 0, session: None })
    }

    /// Says hello: opens a fresh session, and makes sure that the site holds every record that it
    /// acknowledged.
    ///
    /// # Errors
    ///
    /// When the site refuses, or holds more or less.
    pub async fn greet(&mut self, site: &Http) -> Result<()> {
        self.hellos += 1;
        let body = minicbor::to_vec(self.hello()?)?;
        let signed = minicbor::to_vec(Signed::new(&self.key, HELLO_PURPOSE, body))?;
        let sent = Some((SYNC_TYPE, signed));
        let answer = site.send(reqwest::Method::POST, "/sync/v1/hello", sent).await?.success()?;
        let answer: Signed = minicbor::decode(&answer.body)?;
        let answer: HelloAnswer = answer.read(self.receiver, HELLO_ANSWER_PURPOSE)?;
        let held = answer.heads.first().map(|held| held.head);
        let own = Some(self.line.head).filter(|head| head.seq.0 > 0);
        ensure!(held == own, "the site holds {held:?} of a station that handed over {own:?}");
        let letter = &answer.sealed_key;
        let key = self.key.open_letter(SESSION_KEY_INFO, &*answer.hello, letter)?;
        let key = SessionKey(key.as_slice().try_into()?);
        self.session = Some(Session { id: HEXLOWER.encode(&*answer.session), key });
        Ok(())
    }

    fn hello(&self) -> Result<Hello> {
        let mut nonce = [0; 16];
        nonce[..4].copy_from_slice(&self.number.to_be_bytes());
        nonce[4..8].copy_from_slice(&self.hellos.to_be_bytes());
        let origin = self.stream().origin;
        Ok(Hello {
            protocol_min: limits::PROTOCOL_MIN,
            protocol_max: limits::PROTOCOL,
            software: SOFTWARE.to_owned(),
            sender: origin,
            audience: self.receiver.node_id(),
            nonce: nonce.into(),
            sent_at_ms: now_ms()?,
            heads: vec![StreamHead { origin, head: self.line.head }],
            origins: Vec::new(),
            view_version: 0,
        })
    }

    fn stream(&self) -> Stream {
        Stream { origin: self.key.node_id(), epoch: self.line.head.epoch }
    }

    /// So many hand-overs of one scan each, every scan of a ticket never seen before.
    ///
    /// # Errors
    ///
    /// When a record can't be written.
    pub fn hand_overs(&self, count: usize) -> Result<HandOvers> {
        let Stream { origin, .. } = self.stream();
        let today = Day::of_ms(now_ms()?);
        let mut line = self.line;
        let mut made = HandOvers { bodies: Vec::new(), after: Vec::new() };
        for _ in 0..count {
            let previous = line.head;
            let mut entries = Vec::with_capacity(1);
            if previous.seq.0 == 0 {
                // The very first one brings the record that begins the epoch, too.
                let started = NodeStarted { parent: None, software: SOFTWARE.to_owned() };
                entries.push(self.entry(&mut line, kind::NODE_STARTED, started.encode())?);
            }
            let scan = Event::from(self.scan(&mut line, today));
            entries.push(self.entry(&mut line, Kind(scan.kind()), scan.payload())?);
            let hand_over = HandOver::new(origin, previous, &entries, Withhold::Nothing);
            made.bodies.push(minicbor::to_vec(hand_over)?);
            made.after.push(line);
        }
        Ok(made)
    }

    fn scan(&self, line: &mut Line, day: Day) -> SeekerCheckedIn {
        line.scans += 1;
        let mut id = [0; 10];
        id[..4].copy_from_slice(&self.number.to_be_bytes());
        id[4..8].copy_from_slice(&line.scans.to_be_bytes());
        let reference = TicketId(id).reference();
        SeekerCheckedIn { reference, day, method: Method::Scanner, verdict: Verdict::Welcome }
    }

    fn entry(&self, line: &mut Line, kind: Kind, payload: Vec<u8>) -> Result<Entry> {
        let Stream { origin, epoch } = self.stream();
        line.time = line.time.next(0);
        let record = Record {
            origin,
            epoch,
            seq: line.head.next_seq(),
            time: line.time,
            wall_ms: None,
            kind,
            actor: None,
            station: None,
            fair: self.fair.filter(|_| !kind.is_reserved()),
            flags: Flags::ENDS_TRANSACTION,
            payload,
            sealed: Vec::new(),
        };
        let entry = Entry::new(&record, Vec::new())?;
        line.head = line.head.extend(&entry.open);
        Ok(entry)
    }

    /// The hand-overs as whole requests to this path, proved under the session of the last hello.
    ///
    /// # Errors
    ///
    /// Before a hello.
    pub fn requests(&self, site: (&str, &str), made: &HandOvers) -> Result<Vec<Vec<u8>>> {
        let (host, path) = site;
        let session = self.session.as_ref().context("no hello yet")?;
        let numbered = (1_u64..).zip(&made.bodies);
        let request = |(counter, body): (u64, &Vec<u8>)| {
            let proved = Request { counter, method: "POST", path, body };
            let proof = HEXLOWER.encode(&session.key.prove_request(&proved));
            let headers = format!(
                "Content-Type: {SYNC_TYPE}\r\nX-SpringBreeze-Session: {}\r\n\
                 X-SpringBreeze-Counter: {counter}\r\nX-SpringBreeze-Proof: {proof}\r\n",
                session.id
            );
            load::post(host, path, &headers, body)
        };
        Ok(numbered.map(request).collect())
    }

    /// So many of these hand-overs were acknowledged, from the first on.
    pub fn acknowledged(&mut self, made: &HandOvers, count: usize) {
        let last = count.checked_sub(1).and_then(|last| made.after.get(last));
        self.line = last.copied().unwrap_or(self.line);
    }

    /// How many scans the site has acknowledged.
    #[must_use]
    pub const fn scans(&self) -> u32 {
        self.line.scans
    }
}

fn now_ms() -> Result<u64> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(u64::try_from(since.as_millis())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station() -> Station {
        let key = NodeKey::from_seed([1; 32]);
        let head = Head::before(key.node_id(), Epoch(1));
        let line = Line { head, time: Hlc::from_ms(1_000), scans: 0 };
        let session = Session { id: "5e".repeat(16), key: SessionKey([7; 32]) };
        let (receiver, fair) = (key.public(), Some(FairTag([1; 4])));
        Station { number: 3, key, receiver, fair, line, hellos: 0, session: Some(session) }
    }

    /// The heads before and after each, and how many records it brings.
    fn read(made: &HandOvers) -> Vec<(Head, Head, usize)> {
        let one = |body: &Vec<u8>| {
            let hand_over: HandOver = minicbor::decode(body).unwrap();
            let (entries, head) = hand_over.read().unwrap();
            (hand_over.previous, head, entries.len())
        };
        made.bodies.iter().map(one).collect()
    }

    #[test]
    fn hand_overs_follow_one_another_and_go_on_from_what_was_acknowledged() {
        let mut station = station();
        let first = station.hand_overs(3).unwrap();
        let heads = read(&first);
        assert_eq!(heads.iter().map(|of| of.2).collect::<Vec<_>>(), [2, 1, 1]);
        assert!(heads.windows(2).all(|pair| pair[0].1 == pair[1].0));
        station.acknowledged(&first, 2);
        assert_eq!(station.scans(), 2);
        let next = station.hand_overs(2).unwrap();
        assert_eq!(read(&next)[0].0, heads[1].1);
        station.acknowledged(&next, 0);
        assert_eq!(station.scans(), 2);
    }

    #[test]
    fn requests_carry_their_sessions_proof() {
        let station = station();
        let made = station.hand_overs(2).unwrap();
        let requests = station.requests(("host", SCANS), &made).unwrap();
        let second = String::from_utf8_lossy(&requests[1]).into_owned();
        let body = &made.bodies[1];
        let proved = Request { counter: 2, method: "POST", path: SCANS, body };
        let proof = HEXLOWER.encode(&SessionKey([7; 32]).prove_request(&proved));
        assert!(second.starts_with("POST /sync/v1/scans HTTP/1.1\r\nHost: host\r\n"), "{second}");
        assert!(second.contains(&format!("X-SpringBreeze-Proof: {proof}\r\n")), "{second}");
        assert!(second.contains("X-SpringBreeze-Counter: 2\r\n"), "{second}");
        assert!(requests[1].ends_with(body));
    }
}
