//! An address that phones in the hall can probably open.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use web::{Door, Head};

/// An address that lies beyond every hall; nothing is ever sent there (RFC 5737).
const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// What the organiser's own browser uses, if others can use it too; else this machine's address
/// in the network with the same port.
pub(super) fn suggested(head: &Head) -> Option<String> {
    suggest(head.host()?, head.arrival.door, own_address)
}

fn suggest(host: &str, door: Door, own: impl FnOnce() -> Option<IpAddr>) -> Option<String> {
    let scheme = if door == Door::Tls { "https" } else { "http" };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, Some(port)),
        _ => (host, None),
    };
    let is_local = name == "localhost" || name.starts_with("127.") || name == "[::1]";
    if !is_local {
        return Some(format!("{scheme}://{host}"));
    }
    let own = own().filter(|address| address.is_ipv4() && !address.is_loopback())?;
    Some(
        port.map_or_else(|| format!("{scheme}://{own}"), |port| format!("{scheme}://{own}:{port}")),
    )
}

/// The address from which this machine would send into the network; asking sends nothing.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(ELSEWHERE).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_only_this_machine_can_open_is_never_suggested() {
        let lan = || Some(IpAddr::from([192, 168, 1, 10]));
        let suggest = |host, door| suggest(host, door, lan).unwrap();
        assert_eq!(suggest("localhost:8080", Door::Loopback), "http://192.168.1.10:8080");
        assert_eq!(suggest("127.0.0.1", Door::Loopback), "http://192.168.1.10");
        assert_eq!(suggest("[::1]:80", Door::Loopback), "http://192.168.1.10:80");
        assert_eq!(suggest("fair.example:8443", Door::Tls), "https://fair.example:8443");
        assert_eq!(super::suggest("localhost", Door::Loopback, || None), None);
        let loopback = || Some(IpAddr::from([127, 0, 0, 1]));
        assert_eq!(super::suggest("localhost", Door::Loopback, loopback), None);
    }
}
