//! An attachment from standard input.

use super::known;
use crate::support::host::World;

const SEND: &str = "send -t a@example.org -s Piped --attach '-;name=etc.tar.gz'";

/// Bytes in which nothing comes twice in a range.
fn large() -> Vec<u8> {
    let numbers = 0..2_250_000_u32;
    numbers.flat_map(u32::to_le_bytes).collect()
}

/// A world whose user's temporary files are in a folder of their own.
fn with_room() -> World {
    let mut world = known();
    let folder = world.home().join("tmp");
    std::fs::create_dir(&folder).unwrap();
    world.set("TMPDIR", &folder.to_string_lossy());
    world
}

#[track_caller]
fn arrived(world: &World) {
    let message = world.message();
    assert_eq!(message.attachments[0].name, "etc.tar.gz");
    assert!(message.attachments[0].contents.to_vec().unwrap() == large());
    let left = std::fs::read_dir(world.home().join("tmp")).unwrap().count();
    assert_eq!(left, 0, "nothing is left of it");
}

#[test]
fn a_large_one_arrives_byte_for_byte() {
    let world = with_room();
    world.run_with(SEND, large()).is_silent();
    arrived(&world);
}

#[test]
fn it_is_kept_in_the_outbox_and_sent_from_there() {
    let world = with_room();
    world.fault("POST /me/messages=503,retry-after=600");
    let run = world.run_with(&format!("{SEND} --queue on-failure"), large());
    assert_eq!(run.status, 0, "{run:?}");
    world.clock.advance(std::time::Duration::from_mins(10));
    assert_eq!(world.run("outbox flush").status, 0);
    arrived(&world);
}

#[test]
fn a_folder_for_temporary_files_that_is_absent_stops_nothing() {
    let mut world = known();
    let absent = world.home().join("absent");
    world.set("TMPDIR", &absent.to_string_lossy());
    world.run_with(SEND, large()).is_silent();
    let message = world.message();
    assert!(message.attachments[0].contents.to_vec().unwrap() == large());
}
