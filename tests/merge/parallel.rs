//! The first message goes alone, and then four at once.

use std::fmt::Write as _;

use crate::outbox::parallel::Gate;
use crate::support::host::World;

use super::accepted;

#[test]
fn a_merge_sends_the_first_message_alone_and_then_four_at_once() {
    let world = World::ready();
    world.configure("[outbox]\nper_minute = 1000\n");
    let mut people = "email,number\n".to_owned();
    for row in 1..=13 {
        let _ = writeln!(people, "p{row}@example.org,{row}");
    }
    drop(world.file("people.csv", people));
    let gate = Gate::new(&world, 1);
    let data = world.home().join("people.csv");
    let data = data.to_str().unwrap();
    let words = [
        "graphmail",
        "merge",
        "--data",
        data,
        "-t",
        "{{ email }}",
        "-s",
        "{{ number }}",
        "--quiet",
        "--yes",
    ];
    let run = world.run_over(&gate, &words.map(Into::into), b"");
    assert_eq!((run.status, &*run.stderr), (0, ""));
    assert_eq!(accepted(&world).len(), 13);
    assert_eq!(gate.most(), 4);
}
