//! Who may send. The service is never an open relay: a client on the network is in `allow`, or has logged in.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::peer::Peer;
use crate::config::{self, SmtpdEntry};
use crate::smtp::Offers;

/// The port on which TLS begins with the connection (RFC 8314 section 3.3).
pub(super) const SUBMISSIONS: u16 = 465;

/// The encryption of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// There is no certificate.
    None,
    /// TLS can begin.
    Available,
    /// TLS has begun.
    Active,
}

/// What the service offers to a client. `None` if the client may not send in any way.
pub(super) fn access(peer: Peer, settings: &SmtpdEntry, encryption: Encryption) -> Option<Offers> {
    let has_users = !settings.users.is_empty();
    let may_send = match peer.network() {
        None => true,
        Some(address) => settings.allow.iter().any(|some| contains(some, address)),
    };
    (may_send || has_users).then_some(Offers {
        starttls: encryption == Encryption::Available && matches!(peer, Peer::Network(_)),
        // A password crosses the network only in TLS.
        auth: has_users && (encryption == Encryption::Active || peer.is_local()),
        needs_auth: !may_send,
        own: matches!(peer, Peer::User(..)),
    })
}

/// Whether `network` contains the client. A network may be written as of IPv4 in IPv6 (`::ffff:10.0.0.0/104`).
fn contains(network: &IpNet, client: IpAddr) -> bool {
    let mapped = match client {
        IpAddr::V4(client) => client.to_ipv6_mapped().into(),
        IpAddr::V6(_) => client,
    };
    network.contains(&client) || network.contains(&mapped)
}

/// Refuses to listen where everyone could send, or where passwords could be read by others.
pub(super) fn check(address: SocketAddr, settings: &SmtpdEntry) -> Result<(), config::Error> {
    let has_certificate = settings.certificate.is_some();
    let has_users = !settings.users.is_empty();
    if address.port() == SUBMISSIONS && !has_certificate {
        return Err(config::Error::NoCertificate(address));
    }
    if address.ip().to_canonical().is_loopback() {
        return Ok(());
    }
    match settings.allow.is_empty() {
        true if !has_users => Err(config::Error::OpenRelay(address)),
        _ if has_users && !has_certificate => Err(config::Error::PlainPasswords(address)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{Encryption, Peer, SmtpdEntry, access, check};
    use crate::commands::smtpd::users::{self, Check};
    use crate::message::{Address, Recipient};
    use crate::smtp::{Next, Reply, Server, Session};

    /// A server that refuses nothing.
    struct Open;

    impl Server for Open {
        fn message_limit(&self) -> u64 {
            1
        }

        fn recipient_limit(&self) -> usize {
            1
        }

        fn refuses_sender(&mut self, _: Option<&Recipient>) -> Option<Reply> {
            None
        }

        fn addresses(&mut self, _: &Recipient) -> Result<Vec<Address>, Reply> {
            Ok(Vec::new())
        }
    }

    /// The settings of one row of the table.
    fn settings(allow: &str, users: &str, tls: &str) -> SmtpdEntry {
        let allow = match allow {
            "matching" => "allow = [\"192.168.1.0/24\", \"2001:db8::7\"]\n",
            "other" => "allow = [\"10.0.0.0/8\"]\n",
            _ => "",
        };
        let certificate = match tls {
            "none" => "",
            _ => "certificate = \"c\"\nkey = \"k\"\n",
        };
        let users = match users {
            "some" => users::tests::users(),
            _ => String::new(),
        };
        toml::from_str(&format!("{allow}{certificate}{users}")).unwrap()
    }

    /// Whether the client's MAIL is accepted, after it has done all that it can.
    fn sends(peer: Peer, settings: &SmtpdEntry, tls: &str, password: &str) -> bool {
        let available = match tls {
            "none" => Encryption::None,
            _ => Encryption::Available,
        };
        let begins = match tls {
            "implicit" => Encryption::Active,
            _ => available,
        };
        let Some(offers) = access(peer, settings, begins) else {
            return false;
        };
        let mut session = Session::new("host", offers);
        let mut says = |line: &str| match session.line(line.as_bytes(), &mut Open) {
            Next::StartTls => {
                let offers = access(peer, settings, Encryption::Active);
                session.is_encrypted(offers.unwrap());
            }
            Next::Login(login) => {
                let check = Check::new(&login, &settings.users);
                let is_right = check.is_some_and(|check| check.is_right());
                session.logged_in(is_right.then_some(login.user));
            }
            _ => {}
        };
        if tls == "starttls" {
            says("STARTTLS\r\n");
        }
        if !password.is_empty() {
            says("AUTH LOGIN\r\n");
            says("c2Nhbm5lcg==\r\n");
            says(&format!("{password}\r\n"));
        }
        drop(session.take_replies());
        drop(session.line(b"MAIL FROM:<a@example.org>\r\n", &mut Open));
        session.take_replies().starts_with(b"250 ")
    }

    #[test]
    fn the_service_is_no_open_relay() {
        let network = |client: &str| Peer::Network(format!("{client}:9").parse().unwrap());
        let clients = [
            ("the Unix socket", Peer::User(1000, 1000), true),
            ("127.0.0.1", network("127.0.0.1"), true),
            (
                "the network, from this host",
                network("[::ffff:127.0.0.2]"),
                true,
            ),
            ("the network", network("192.168.1.9"), false),
            (
                "the network, as IPv6",
                network("[::ffff:192.168.1.9]"),
                false,
            ),
            ("the network by IPv6", network("[2001:db8::7]"), false),
        ];
        let (mut rows, mut sent) = (0, 0);
        for (listener, peer, is_local) in clients {
            for allow in ["none", "matching", "other"] {
                for users in ["none", "some"] {
                    for tls in ["none", "unused", "starttls", "implicit"] {
                        let settings = settings(allow, users, tls);
                        for (login, password) in
                            [("none", ""), ("wrong", "d3Jvbmc="), ("right", "cmlnaHQ=")]
                        {
                            let row = format!(
                                "{listener}: allow {allow}, users {users}, TLS {tls}, login {login}"
                            );
                            let has_proved = users == "some" && login == "right";
                            let is_encrypted = matches!(tls, "starttls" | "implicit");
                            let may = is_local || allow == "matching" || has_proved && is_encrypted;
                            let sends = sends(peer, &settings, tls, password);
                            assert_eq!(sends, may, "{row}");
                            rows += 1;
                            sent += usize::from(sends);
                        }
                    }
                }
            }
        }
        assert_eq!((rows, sent), (432, 300));
    }

    #[test]
    fn where_the_service_does_not_listen() {
        let mut refused = String::new();
        for address in [
            "127.0.0.1:25",
            "127.0.0.1:465",
            "[::ffff:127.0.0.1]:25",
            "0.0.0.0:25",
            "[2001:db8::1]:465",
        ] {
            for allow in ["none", "other"] {
                for users in ["none", "some"] {
                    for tls in ["none", "starttls"] {
                        let checked = check(address.parse().unwrap(), &settings(allow, users, tls));
                        if let Err(error) = checked {
                            let _ = writeln!(
                                refused,
                                "allow {allow}, users {users}, TLS {tls}: {error:?}"
                            );
                        }
                    }
                }
            }
        }
        let expected = "\
allow none, users none, TLS none: NoCertificate(127.0.0.1:465)
allow none, users some, TLS none: NoCertificate(127.0.0.1:465)
allow other, users none, TLS none: NoCertificate(127.0.0.1:465)
allow other, users some, TLS none: NoCertificate(127.0.0.1:465)
allow none, users none, TLS none: OpenRelay(0.0.0.0:25)
allow none, users none, TLS starttls: OpenRelay(0.0.0.0:25)
allow none, users some, TLS none: PlainPasswords(0.0.0.0:25)
allow other, users some, TLS none: PlainPasswords(0.0.0.0:25)
allow none, users none, TLS none: NoCertificate([2001:db8::1]:465)
allow none, users none, TLS starttls: OpenRelay([2001:db8::1]:465)
allow none, users some, TLS none: NoCertificate([2001:db8::1]:465)
allow other, users none, TLS none: NoCertificate([2001:db8::1]:465)
allow other, users some, TLS none: NoCertificate([2001:db8::1]:465)
";
        assert_eq!(refused, expected);
    }
}
