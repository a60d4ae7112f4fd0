//! A file that changes while it is on its way.

use std::fs;
use std::process::Stdio;

use crate::support::program::{Place, text};

#[test]
fn what_was_written_to_or_replaced_is_not_sent() {
    for replaced in [false, true] {
        let place = Place::new();
        let path = place.file("big", &"x".repeat(9_000_000));
        // The second range waits to be told that it is to come again, by when the file is another.
        place.fault("PUT /upload/*=503,retry-after=1,after=1");
        let child = place
            .command("send -t a@example.org --attach big")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        place.wait_for_requests(4);
        if replaced {
            let other = place.file("other", &"y".repeat(9_000_000));
            fs::rename(other, &path).unwrap();
        } else {
            fs::write(&path, "y".repeat(9_000_000)).unwrap();
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(66), "{output:?}");
        assert_eq!(
            text(&output.stderr),
            "graphmail: error: the message was not sent: uploading \"big\": it was changed meanwhile\n\
             hint: run it again when nothing writes to the file any more\n"
        );
        assert!(place.sandbox().accepted().is_empty());
        assert!(place.sandbox().drafts().is_empty(), "no draft is left");
    }
}
