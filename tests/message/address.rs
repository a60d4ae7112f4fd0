//! No address is lost, merged or invented.

use graphmail::exit::Class;
use graphmail::message::{Fault, Mailbox};
use proptest::prelude::*;

/// Names and addresses.
type List = Vec<(Option<String>, String)>;

fn parsed(text: &str) -> Result<List, (String, Fault)> {
    match Mailbox::parse_list(text) {
        Ok(list) => Ok(list
            .iter()
            .map(|mailbox| {
                let name = mailbox.name().map(str::to_owned);
                (name, mailbox.address().as_str().to_owned())
            })
            .collect()),
        Err(error) => {
            assert_eq!(error.class(), Class::Message);
            Err((error.text, error.fault))
        }
    }
}

#[test]
fn lists_that_are_understood() {
    #[rustfmt::skip]
    let table: &[(&str, &[(&str, &str)])] = &[
        ("a@b.org", &[("", "a@b.org")]),
        (" <a@b.org> ", &[("", "a@b.org")]),
        ("\"Doe, Jane\" <j@x.org>, k@y.org", &[("Doe, Jane", "j@x.org"), ("", "k@y.org")]),
        ("Jane Q. Doe <j@x.org>", &[("Jane Q. Doe", "j@x.org")]),
        ("\"a \\\"b\\\" \\\\c\" <j@x.org>", &[("a \"b\" \\c", "j@x.org")]),
        ("Zoë Müller <z@x.org>", &[("Zoë Müller", "z@x.org")]),
        ("山田太郎<z@x.org>", &[("山田太郎", "z@x.org")]),
        ("=?utf-8?Q?Zo=C3=AB?= =?utf-8?B?TcO8?= X <z@x.org>", &[("ZoëMü X", "z@x.org")]),
        ("\"=?utf-8?Q?Zo=C3=AB?=\" <z@x.org>", &[("=?utf-8?Q?Zo=C3=AB?=", "z@x.org")]),
        ("=?x-unknown?Q?Zo?= <z@x.org>", &[("Zo", "z@x.org")]),
        ("j@x.org (Jane (the one))", &[("Jane (the one)", "j@x.org")]),
        ("(c) Jane (c) <j@x.org> (c)", &[("Jane", "j@x.org")]),
        ("j@x.org <j@x.org>", &[("j@x.org", "j@x.org")]),
        ("\"\" <j@x.org>", &[("", "j@x.org")]),
        ("a@bücher.example", &[("", "a@xn--bcher-kva.example")]),
        ("a@Example.ORG", &[("", "a@Example.ORG")]),
        ("a@[1.2.3.4], b@[IPv6:::1]", &[("", "a@[1.2.3.4]"), ("", "b@[IPv6:::1]")]),
        ("\"a b\"@x.org", &[("", "\"a b\"@x.org")]),
        ("\"a@b, <c>\"@x.org", &[("", "\"a@b, <c>\"@x.org")]),
        ("\"ab\"@x.org", &[("", "ab@x.org")]),
        ("o'brien+tag=1/2@x_y.org", &[("", "o'brien+tag=1/2@x_y.org")]),
        ("a@b.org,a@b.org", &[("", "a@b.org"), ("", "a@b.org")]),
        ("root@localhost", &[("", "root@localhost")]),
    ];
    for (text, wanted) in table {
        let wanted = wanted
            .iter()
            .map(|(name, address)| {
                let name = Some((*name).to_owned()).filter(|name| !name.is_empty());
                (name, (*address).to_owned())
            })
            .collect();
        assert_eq!(parsed(text), Ok(wanted), "{text}");
    }
}

/// A list, the part of it that offends, and why.
#[rustfmt::skip]
const REFUSED: [(&str, &str, Fault); 51] = [
    ("=?utf-8?q?a?=@b.org", "=?utf-8?q?a?=@b.org", Fault::EncodedWord),
    ("J <\"=?utf-8?q?a?=\"@b.org>", "J <\"=?utf-8?q?a?=\"@b.org>", Fault::EncodedWord),
    ("", "", Fault::Empty),
    ("  ", "", Fault::Empty),
    ("a@b.org,", "a@b.org,", Fault::Empty),
    ("a@b.org,,c@d.org", "a@b.org,,c@d.org", Fault::Empty),
    ("a@b.org c@d.org", "a@b.org c@d.org", Fault::MissingComma),
    ("a@b.org <c@d.org>", "a@b.org <c@d.org>", Fault::MissingComma),
    ("Jane a@b.org", "Jane a@b.org", Fault::MissingComma),
    ("ok@x.org, Jane", "Jane", Fault::NoAt),
    ("Doe, Jane <j@x.org>", "Doe", Fault::NoAt),
    ("a@b.org>, <evil@x.com", "a@b.org>", Fault::Brackets),
    ("<a@b.org", "<a@b.org", Fault::Brackets),
    ("a@b.org>", "a@b.org>", Fault::Brackets),
    ("<<a@b.org>>", "<<a@b.org>>", Fault::Brackets),
    ("<a@b.org> x", "<a@b.org> x", Fault::Brackets),
    ("<a@b.org><c@d.org>", "<a@b.org><c@d.org>", Fault::Brackets),
    ("<>", "<>", Fault::Empty),
    ("<a@b.org, c@d.org>", "<a@b.org", Fault::Brackets),
    ("<@relay.org:a@b.org>", "<@relay.org:a@b.org>", Fault::Group),
    ("team: a@b.org, c@d.org;", "team: a@b.org", Fault::Group),
    ("undisclosed-recipients:;", "undisclosed-recipients:;", Fault::Group),
    ("a@b.org; c@d.org", "a@b.org; c@d.org", Fault::Semicolon),
    ("a@b@c.org", "a@b@c.org", Fault::Domain),
    ("a@", "a@", Fault::Domain),
    ("@b.org", "@b.org", Fault::LocalPart),
    ("a..b@c.org", "a..b@c.org", Fault::LocalPart),
    (".a@c.org", ".a@c.org", Fault::LocalPart),
    ("\"\"@c.org", "\"\"@c.org", Fault::LocalPart),
    ("a.\"b\"@c.org", "a.\"b\"@c.org", Fault::LocalPart),
    ("a@b..org", "a@b..org", Fault::Domain),
    ("a@b.org.", "a@b.org.", Fault::Domain),
    ("a@b!c.org", "a@b!c.org", Fault::Domain),
    ("a@xn--a.org", "a@xn--a.org", Fault::Domain),
    ("a@[1.2.3]", "a@[1.2.3]", Fault::Domain),
    ("a@[b>, <c@d]", "a@[b>, <c@d]", Fault::Domain),
    ("a@\"b.org\"", "a@\"b.org\"", Fault::Domain),
    ("a @b.org", "a @b.org", Fault::Space),
    ("<a@ b.org>", "<a@ b.org>", Fault::Space),
    ("a(x)@b.org", "a(x)@b.org", Fault::Space),
    ("jörg@b.org", "jörg@b.org", Fault::LocalPartNotAscii),
    ("\"jörg\"@b.org", "\"jörg\"@b.org", Fault::LocalPartNotAscii),
    ("\"a <b@c.org>", "\"a <b@c.org>", Fault::Unclosed),
    ("a@b.org (x", "(x", Fault::Unclosed),
    ("a@[1.2.3.4", "[1.2.3.4", Fault::Unclosed),
    ("a@b.org) x", ") x", Fault::Special),
    ("a\\@b.org", "\\@b.org", Fault::Special),
    ("x [y] <a@b.org>", "x [y] <a@b.org>", Fault::Special),
    ("a@b.org\r\nBcc: c@d.org", "a@b.org\r\nBcc: c@d.org", Fault::Control),
    ("a\0@b.org", "a\0@b.org", Fault::Control),
    ("=?utf-8?Q?a=0D=0ABcc=3A_x?= <a@b.org>", "=?utf-8?Q?a=0D=0ABcc=3A_x?= <a@b.org>", Fault::Control),
];

#[test]
fn lists_that_are_refused_with_the_part_that_offends() {
    for (text, offending, fault) in REFUSED {
        assert_eq!(parsed(text), Err((offending.to_owned(), fault)), "{text}");
    }
    let beginning = format!("{}…", "a".repeat(200));
    let long = format!("{}@b.org", "a".repeat(400));
    assert_eq!(parsed(&long), Err((beginning, Fault::TooLong)));
    let error = Mailbox::parse("a@b.org, c@d.org").expect_err("two");
    assert_eq!(
        error.to_string(),
        "\"a@b.org, c@d.org\": more than one address"
    );
}

#[test]
fn addresses_are_equal_where_mail_goes_to_the_same_place() {
    let address = |text: &str| Mailbox::parse(text).expect(text).address().clone();
    assert_eq!(address("a@B.org"), address("\"a\"@b.ORG"));
    assert_eq!(address("A.Doe@b.org"), address("a.dOE@B.org"));
    assert_ne!(address("a@b.org"), address("b@b.org"));
    assert_ne!(address("a@b.org"), address("a@b.com"));
}

/// A mailbox as text, with its name and address, in one of the forms of RFC 5322.
fn mailbox() -> impl Strategy<Value = (String, Option<String>, String)> {
    let local = prop_oneof![
        "[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,8}(\\.[a-z0-9]{1,5}){0,2}",
        "[ -~]{1,10}".prop_filter("quoted where it must be", |text| {
            text.chars()
                .any(|character| " \"(),:;<>@[\\]".contains(character))
        }),
    ];
    let domain = "[a-z0-9]{1,8}(\\.[a-z]{2,5}){1,2}";
    let name = proptest::option::of("[^\\p{Cc}\\s]([^\\p{Cc}]{0,20}[^\\p{Cc}\\s])?");
    // An encoded word there is refused.
    let local = local.prop_filter("no encoded word", |text| !text.contains("=?"));
    (local, domain, name).prop_map(|(local, domain, name)| {
        let quoted =
            |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let plain = !local
            .chars()
            .any(|character| " \"(),:;<>@[\\]".contains(character));
        let address = format!("{}@{domain}", if plain { local } else { quoted(&local) });
        let text = match &name {
            Some(name) => format!("{} <{address}>", quoted(name)),
            None => address.clone(),
        };
        (text, name, address)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_list_gives_exactly_its_members(members in proptest::collection::vec(mailbox(), 1..6)) {
        let list: Vec<_> = members.iter().map(|(text, ..)| text.as_str()).collect();
        let wanted = members.iter().map(|(_, name, address)| (name.clone(), address.clone())).collect();
        prop_assert_eq!(parsed(&list.join(", ")), Ok(wanted));
    }

    #[test]
    fn what_is_shown_reads_back(members in proptest::collection::vec(mailbox(), 1..6)) {
        let list: Vec<_> = members.iter().map(|(text, ..)| text.as_str()).collect();
        let list = Mailbox::parse_list(&list.join(",")).expect("a list");
        let shown: Vec<_> = list.iter().map(ToString::to_string).collect();
        prop_assert_eq!(Mailbox::parse_list(&shown.join(", ")), Ok(list));
    }

    /// Nothing is skipped: of a text that is understood, each @ outside quotations, comments and
    /// names is an address's.
    #[test]
    fn any_text_is_refused_or_wholly_used(text in "[ab@.,<>\" ()\\\\:;\\[\\]1=?é-]{0,24}") {
        if let Ok(list) = Mailbox::parse_list(&text) {
            let at = text.matches('@').count();
            prop_assert!(list.len() <= at);
            for mailbox in &list {
                let shown = mailbox.address().to_string();
                prop_assert!(shown.is_ascii() && !shown.contains(char::is_control));
                let again = Mailbox::parse(&shown).expect("itself");
                prop_assert_eq!(again.address(), mailbox.address());
            }
            if !text.contains(['"', '(', '\\', '[']) {
                let commas = text.matches(',').count();
                prop_assert_eq!(list.len(), commas + 1);
                for (part, mailbox) in text.split(',').zip(&list) {
                    prop_assert!(part.contains(mailbox.address().as_str().split('@').next().expect("a part")));
                }
            }
        }
    }
}
