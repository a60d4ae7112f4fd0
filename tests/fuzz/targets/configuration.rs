//! A configuration file, and each account in it.
#![no_main]

use graphmail::config::{File, Flags, Settings};
use graphmail_fuzz::{Answers, Home, run_visibly};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let home = Home::new();
    let path = home.file("config.toml", bytes);
    let environment = home.environment();
    // Shows what is configured and runs no command that is named there.
    let list = ["graphmail", "accounts", "list"];
    run_visibly(&list, environment.clone(), &Answers::default(), b"");
    let settings =
        Settings::from_flags(&Flags::default(), &environment).expect("no variable is wrong");
    let (Ok(file), Ok(Some(same))) = (settings.file(), File::read(&path)) else {
        return;
    };
    assert_eq!(format!("{file:?}"), format!("{same:?}"));
    let _ = (settings.account(), settings.stored_account());
    for name in file.accounts.keys() {
        let _ = settings.account_named(name);
        let _ = settings.configured(&file, name);
        let _ = settings.cloud(&file, Some(name));
    }
    let _ = (settings.message_limit(), settings.recipient_limit());
    let _ = (file.outbox.queue, file.outbox.key_age());
});
