//! Every fault of the service times every queue mode: what was sent, what is kept, what is told,
//! and what a flush makes of it once the service is well again.

use std::fmt::Write as _;

use super::{SEND, later, states};
use crate::support::expected;
use crate::support::host::World;

/// The faults of `sendMail`, and further flags.
const FAULTS: &[(&str, &str)] = &[
    ("", ""),
    ("202,process=yes", ""),
    ("200,process=yes", ""),
    ("garbage", ""),
    ("429,retry-after=7", ""),
    ("429,retry-after=600", ""),
    ("503,retry-after=600", ""),
    ("429", "--max-wait 0"),
    ("408", ""),
    ("500", ""),
    ("500,process=yes", ""),
    ("502", ""),
    ("503", ""),
    ("504,process=yes", ""),
    ("599", ""),
    ("reset-before", ""),
    ("reset-after", ""),
    ("stall-before", "--timeout 100ms"),
    ("stall-after", "--timeout 100ms"),
    ("307", ""),
    ("400,code=ErrorInvalidRecipients", ""),
    ("401", ""),
    ("403,code=ErrorSendAsDenied", ""),
    ("403,code=ErrorAccessDenied", ""),
    ("403,code=ErrorMessageSubmissionBlocked", ""),
    ("404,code=ErrorInvalidUser", ""),
    ("413,body=empty", ""),
    ("501", ""),
    ("507", ""),
];

/// The faults of a draft's sending: what differs from those of one request, and a few more.
const DRAFT_FAULTS: &[(&str, &str)] = &[
    ("", ""),
    ("429,retry-after=600", ""),
    ("500", ""),
    ("500,process=yes", ""),
    ("reset-before", ""),
    ("reset-after", ""),
    ("403,code=ErrorAccessDenied", ""),
    ("413,body=empty", ""),
];

#[test]
fn faults_of_one_request_times_queue_modes() {
    expected::compare("outbox/matrix.txt", table(FAULTS, "/me/sendMail", SEND));
}

#[test]
fn faults_of_a_draft_times_queue_modes() {
    let send = format!("{SEND} --attach HOME/large.bin");
    expected::compare(
        "outbox/matrix-draft.txt",
        table(DRAFT_FAULTS, "/me/messages/*/send", &send),
    );
}

fn table(faults: &[(&str, &str)], path: &str, send: &str) -> String {
    let mut table = String::new();
    for (fault, flags) in faults {
        let _ = writeln!(
            table,
            "{}",
            format!(
                "{} {flags}",
                if fault.is_empty() { "no fault" } else { fault }
            )
            .trim_end()
        );
        for queue in ["never", "on-failure", "always"] {
            let _ = writeln!(
                table,
                "  {queue:10}  {}",
                row(path, fault, flags, queue, send)
            );
        }
    }
    table
}

fn row(path: &str, fault: &str, flags: &str, queue: &str, send: &str) -> String {
    let mut world = World::ready();
    drop(world.file("large.bin", vec![b'x'; 3_200_000]));
    if !fault.is_empty() {
        world.fault(&format!("POST {path}={fault}"));
    }
    let run = world.run(&format!("{send} {flags} --queue {queue}"));
    let told = format!(
        "exit {}, accepted {}, outbox {:?}",
        run.status,
        world.sandbox().accepted().len(),
        states(&world)
    );
    later(&world, 11);
    let flushed = world.run("outbox flush");
    let accepted = world.sandbox().accepted().len();
    assert!(accepted <= 1, "{fault} {queue}: sent {accepted} times");
    let kept = states(&world);
    // What was neither sent nor kept was told to whoever sent it.
    assert!(
        accepted == 1 || !kept.is_empty() || run.status != 0,
        "{fault} {queue}: lost"
    );
    // What a token or a consent is missing for is asked twice.
    drop(world.complaints());
    format!(
        "{told}; flush: exit {}, accepted {accepted}, outbox {kept:?}",
        flushed.status
    )
}
