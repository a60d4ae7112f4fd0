//! A file of aliases, aliases(5), and whom its names mean.
#![no_main]

use graphmail::config::{Flags, Settings};
use graphmail::message::Mailbox;
use graphmail::seams::Environment;
use graphmail_fuzz::Home;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let home = Home::new();
    let file = home.file("aliases", bytes);
    let text = format!("[sendmail]\naliases_file = '{}'\n", file.display());
    let config = home.file("config.toml", text.as_bytes());
    let environment =
        Environment::from_pairs([("HOME", home.path()), ("GRAPHMAIL_CONFIG", &config)]);
    let settings =
        Settings::from_flags(&Flags::default(), &environment).expect("no variable is wrong");
    let aliases = settings.aliases(vec!["web1.example.org".to_owned()]);
    let aliases = aliases.expect("the configuration is right");
    aliases.readable().expect("the file is there");
    let names = String::from_utf8_lossy(bytes);
    for name in names.split([':', '\n', ',']).map(str::trim) {
        let (found, _) = aliases.resolve(name, None).unwrap_or_default();
        for (at, mailbox) in found.iter().enumerate() {
            let again = Mailbox::parse(mailbox.address().as_str()).expect("an address");
            assert_eq!(again.address(), mailbox.address());
            let others = found.get(at + 1..).unwrap_or_default();
            assert!(
                !others
                    .iter()
                    .any(|other| other.address() == mailbox.address())
            );
        }
        let _ = aliases.resolve(name, Some("web1"));
        let _ = aliases.scope_of(name);
    }
    let _ = (aliases.faults(), aliases.count());
});
