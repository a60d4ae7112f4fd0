//! Files of the state folder: an entry of the outbox, a token record, the ledger of a mailbox. The
//! first byte of the input says which.
#![no_main]

use std::time::Duration;

use graphmail::auth::store::{self, Store as _};
use graphmail::budget::{Budget, Limits};
use graphmail::outbox::{EntryId, Outbox, State};
use graphmail_fuzz::{Answers, Clock, Home, run_visibly};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let home = Home::new();
    match kind % 3 {
        0 => entry(&home, bytes),
        1 => record(&home, bytes),
        _ => ledger(&home, bytes),
    }
});

fn entry(home: &Home, bytes: &[u8]) {
    let clock = Clock::default();
    let id = EntryId::new(&clock);
    let outbox = ".local/state/graphmail/outbox";
    home.file(&format!("{outbox}/new/{id}.json"), bytes);
    home.file(&format!("{outbox}/contents/{id}/message"), b"SGVsbG8=");
    let root = home.path().join(".local/state/graphmail/outbox");
    let outbox = Outbox::open(&root, &clock).expect("an outbox");
    let readable = outbox.find(&id).is_ok_and(|found| found.entry.is_ok());
    let _ = outbox
        .list()
        .expect("a damaged entry does not hide the others");
    for words in [
        &["graphmail", "outbox", "list"][..],
        &["graphmail", "outbox", "flush", "--all"],
        &["graphmail", "outbox", "list", "--json"],
    ] {
        run_visibly(words, home.signed_in(), &Answers::accepting(), b"");
    }
    // Whatever it was, a flush has not lost it unless it could be read and was sent.
    let left = State::ALL.iter().any(|state| {
        let ids = outbox.ids(*state).unwrap_or_default();
        ids.contains(&id)
    });
    assert!(left || readable, "a damaged entry is gone");
}

fn record(home: &Home, bytes: &[u8]) {
    let store = store::File::new(home.path());
    home.file("tokens/default.json", bytes);
    if let Ok(Some(record)) = store.load("default") {
        store.save("default", &record).expect("a record is saved");
        let again = store.load("default").expect("a saved record is read");
        assert_eq!(again, Some(record));
    }
}

fn ledger(home: &Home, bytes: &[u8]) {
    let clock = Clock::default();
    let place = ("https://graph.microsoft.com", "reports@contoso.com");
    let open = || Budget::open(home.path(), place, Limits::default(), &clock).expect("a budget");
    let _ = open().turn(|_, _| true);
    let folder = std::fs::read_dir(home.path()).expect("a folder").next();
    let folder = folder.expect("the mailbox's folder").expect("a name");
    let name = folder.file_name().to_string_lossy().into_owned();
    home.file(&format!("{name}/ledger.json"), bytes);
    for _ in 0..3 {
        let _ = open()
            .turn(|pause, _| pause < Duration::from_secs(3600))
            .expect("a turn");
    }
}
