//! What lies in the outbox.

use std::time::Duration;

use super::{look, signed_in};
use crate::support::host::World;

/// The lines about the outbox.
fn outbox(world: &World) -> String {
    let told = look(world, "doctor");
    let mut lines = told
        .lines()
        .skip_while(|line| line.get(5..11) != Some("outbox"));
    let (line, fix) = (lines.next().unwrap_or_default(), lines.next());
    let fix = fix.filter(|line| line.starts_with("     "));
    [line, fix.unwrap_or_default()]
        .join("\n")
        .trim_end()
        .to_owned()
}

#[test]
fn what_nobody_tries_is_told() {
    let world = signed_in();
    assert_eq!(outbox(&world), "");
    let send = "send -t a@example.org -s S --body B --queue always";
    world.fault("POST /me/sendMail=429,retry-after=60");
    assert_eq!(world.run(send).status, 0);
    assert_eq!(
        outbox(&world),
        "ok   outbox         1 to be sent, the oldest since 2026-11-20T10:00:01Z"
    );
    world.clock.advance(Duration::from_hours(2));
    assert_eq!(
        outbox(&world),
        "warn outbox         1 to be sent, the oldest since 2026-11-20T10:00:01Z; no process has sent them since 2026-11-20T10:01:01Z\n     \
         fix: t=$(LC_ALL=C crontab -l 2>&1) || case $t in *'no crontab for'*|*'No such file'*) t= ;; *) echo \"$t\" >&2; false ;; esac && printf '%s\\n' \"$t\" \"*/5 * * * * $(command -v graphmail) outbox flush\" | crontab -"
    );
    world.fault("POST /me/sendMail=400,code=ErrorInvalidRecipients");
    assert_eq!(world.run("outbox flush").status, 65);
    assert_eq!(
        outbox(&world),
        "warn outbox         1 failed\n     fix: graphmail outbox list"
    );
}

#[test]
fn a_message_that_fails_again_and_again_is_a_failure() {
    let world = signed_in();
    world.fault("POST /me/sendMail=429,retry-after=60");
    let send = "send -t a@example.org -s S --body B --queue always";
    assert_eq!(world.run(send).status, 0);
    for attempts in 2..=3 {
        assert!(outbox(&world).starts_with("ok "), "{attempts}");
        world.fault("POST /me/sendMail=503,retry-after=7200");
        assert_eq!(world.run("outbox flush --now").status, 75);
    }
    assert_eq!(
        outbox(&world),
        "FAIL outbox         1 to be sent, the oldest since 2026-11-20T10:00:01Z; 3 attempts failed: HTTP 503 ErrorServerBusy: The sandbox was told to answer this.\n     fix: graphmail outbox list"
    );
}
