//! Header sections: an edit changes the fields that it names, and no other byte.

use graphmail::message::HeaderSection;
use proptest::prelude::*;

/// Fields, odd fields and lines that are not fields, without their ends.
const LINES: &[&[u8]] = &[
    b"From: a@b.org",
    b"from : c@d.org",
    b"To:",
    b"TO: \"Doe, Jane\" <j@x.org>, ",
    b"X-A\t: J\xf6rg",
    b"X-A: \xe2\x82\xac",
    b" folded",
    b"\t",
    b"X-B:a:b\rc",
    b"no field",
    b": no name",
    b"From me Thu Jan  1 00:00:00 1970",
    b"",
];

/// Lines with any of the line ends, the last perhaps without one.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let line = proptest::sample::select(LINES);
    let end = proptest::sample::select(vec!["\n", "\r\n", "\r\r\n"]);
    let lines = proptest::collection::vec((line, end), 0..12);
    (lines, any::<bool>()).prop_map(|(lines, ends)| {
        let lines = lines
            .iter()
            .map(|(line, end)| [line, end.as_bytes()].concat());
        let bytes = lines.collect::<Vec<_>>().concat();
        match ends {
            true => bytes,
            false => bytes.trim_ascii_end().to_vec(),
        }
    })
}

/// The fields as bytes, but for those of that name.
fn others(section: &HeaderSection<'_>, name: &str) -> Vec<Vec<u8>> {
    let others = section.fields().filter(|field| !field.is(name));
    let ended = |bytes: &[u8]| match bytes.ends_with(b"\n") {
        true => bytes.to_vec(),
        false => [bytes, b"\r\n"].concat(),
    };
    others.map(|field| ended(field.as_bytes())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn without_an_edit_the_bytes_are_the_same(
        message in prop_oneof![message(), proptest::collection::vec(any::<u8>(), 0..60)],
    ) {
        let (section, rest) = HeaderSection::parse(&message).expect("a short message");
        prop_assert_eq!([section.to_bytes(), rest.to_vec()].concat(), &message[..]);
        let fields: usize = section.fields().map(|field| field.as_bytes().len()).sum();
        let end = message.len() - rest.len() - fields;
        prop_assert_eq!(section.is_ended(), end > 0);
        prop_assert!(matches!(&message[fields..fields + end], b"" | b"\n" | b"\r\n"));
        let lines = section.to_bytes().split(|&byte| byte == b'\n').count() - 1;
        prop_assert_eq!(section.lines() + usize::from(section.is_ended()), lines);
    }

    #[test]
    fn an_edit_changes_the_fields_of_its_name_alone(
        message in message(),
        name in proptest::sample::select(vec!["From", "TO", "x-a", "X-C"]),
        edit in 0..6,
    ) {
        let (section, _) = HeaderSection::parse(&message).expect("a short message");
        let mut edited = section.clone();
        let count = section.named(name).count();
        let left = match edit {
            0 => { edited.set(name, "v,\r\n w"); 1 }
            1 => { edited.remove(name); 0 }
            2 => { edited.named_mut(name).for_each(|field| field.set("v")); count }
            3 => { edited.named_mut(name).for_each(|field| field.append("v@x.org")); count }
            4 => { edited.prepend(name, "v"); count + 1 }
            _ => { edited.copy(name, name); count * 2 }
        };
        prop_assert_eq!(edited.named(name).count(), left);
        prop_assert_eq!(others(&edited, name), others(&section, name));
        edited.end();
        let bytes = edited.to_bytes();
        let (again, rest) = HeaderSection::parse(&bytes).expect("a short message");
        prop_assert_eq!(rest, b"");
        prop_assert_eq!(again.to_bytes(), edited.to_bytes());
        prop_assert_eq!(again.fields().count(), edited.fields().count());
    }

    #[test]
    fn a_renamed_field_keeps_its_value(message in message()) {
        let (section, _) = HeaderSection::parse(&message).expect("a short message");
        let values = |section: &HeaderSection<'_>, name: &str| -> Vec<_> {
            section.named(name).map(|field| field.value().to_vec()).collect()
        };
        let mut renamed = section.clone();
        renamed.rename("FROM", "X-Original-From");
        prop_assert_eq!(values(&renamed, "X-Original-From"), values(&section, "From"));
        prop_assert!(!renamed.has("From"));
    }
}

#[test]
fn a_field_is_its_name_and_its_unfolded_value() {
    let bytes = b"Subject : a\r\n\tb\n c\r\nX:\xff \n";
    let (section, rest) = HeaderSection::parse(bytes).expect("a short message");
    let fields: Vec<_> = section
        .fields()
        .map(|field| (field.name(), field.text(), field.value()))
        .collect();
    let expected: [(_, _, &[u8]); 2] = [
        ("Subject", " a\tb c".to_owned(), b" a\r\n\tb\n c"),
        ("X", "\u{FFFD} ".to_owned(), b"\xff "),
    ];
    assert_eq!(fields, expected);
    assert_eq!(
        (section.lines(), section.is_ended(), rest),
        (4, false, &[][..])
    );
}
