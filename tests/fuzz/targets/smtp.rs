//! A session of `sendmail -bs`, to its end.
#![no_main]

use graphmail_fuzz::{Answers, Home, run};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|session: &[u8]| {
    let home = Home::new();
    let words = ["graphmail", "sendmail", "-bs"];
    let run = run(&words, home.signed_in(), &Answers::accepting(), session);
    for line in run.stdout.split_inclusive(|byte| *byte == b'\n') {
        let is_reply = line.len() >= 5
            && line.ends_with(b"\r\n")
            && line[..3].iter().all(u8::is_ascii_digit)
            && matches!(line[3], b' ' | b'-');
        assert!(is_reply, "{:?}", String::from_utf8_lossy(line));
        let text = &line[..line.len() - 2];
        assert!(
            !text.iter().any(u8::is_ascii_control),
            "{:?}",
            String::from_utf8_lossy(line)
        );
    }
});
