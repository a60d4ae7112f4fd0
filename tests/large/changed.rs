//! A file that changes while it is on its way.

use std::fs;

use crate::support::process::Bounded as _;
use crate::support::program::{Place, text};

/// How the file becomes another.
#[derive(Clone, Copy, PartialEq)]
enum Change {
    Written,
    /// In place, with the time of its last change put back.
    Disguised,
    Replaced,
}

#[test]
fn what_was_written_to_or_replaced_is_not_sent() {
    for change in [Change::Written, Change::Disguised, Change::Replaced] {
        if change == Change::Disguised && cfg!(not(unix)) {
            continue;
        }
        let place = Place::new();
        let path = place.file("big", &"x".repeat(9_000_000));
        // The second range waits to be told that it is to come again, by when the file is another.
        place.fault("PUT /upload/*=503,retry-after=1,after=1");
        let child = place.command("send -t a@example.org --attach big").start();
        place.wait_for_requests(4);
        if change == Change::Replaced {
            let other = place.file("other", &"y".repeat(9_000_000));
            fs::rename(other, &path).unwrap();
        } else {
            let before = fs::metadata(&path).unwrap().modified().unwrap();
            fs::write(&path, "y".repeat(9_000_000)).unwrap();
            if change == Change::Disguised {
                let file = fs::File::options().write(true).open(&path).unwrap();
                file.set_modified(before).unwrap();
            }
        }
        let output = child.output();
        assert_eq!(output.status.code(), Some(66), "{output:?}");
        assert_eq!(
            text(&output.stderr),
            "graphmail: error: the message was not sent: uploading \"big\": the file has changed\n\
             hint: run it again after all writes to the file have ended\n"
        );
        assert!(place.sandbox().accepted().is_empty());
        assert!(place.sandbox().drafts().is_empty(), "no draft is left");
    }
}
