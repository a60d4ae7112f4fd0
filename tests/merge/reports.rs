//! What a run writes besides its messages, and runs without a message.

use crate::support::host::World;

use super::{MERGE, PEOPLE, accepted, world};

/// A job with --only has quiet days.
#[test]
fn no_row_to_send_is_no_error() {
    let world = world();
    let line = format!("{MERGE} --report HOME/report.csv");
    let none = "graphmail: HOME/people.csv has no row to send\n";
    world
        .run(&format!("{line} --only 'number == \"9\"'"))
        .is_silent_but_for(none);
    assert_eq!(
        world.read("report.csv"),
        "row,key,status,message_id,error\n1,,left-out,,\n2,,left-out,,\n3,,left-out,,\n"
    );
    for data in ["email,name,number\n", "[]", "email,name,number\n,,\n"] {
        drop(world.file("people.csv", data));
        let run = world.run(&line);
        assert_eq!(run.status, 0);
        assert!(run.stderr.starts_with(none), "{}", run.stderr);
        let run = world.run(&line.replace("--yes", "--dry-run"));
        assert_eq!(run.status, 0);
        assert!(run.stdout.contains("messages     0\n"), "{}", run.stdout);
    }
    assert_eq!(world.requests(), [""; 0]);
}

/// In the order of the rows, with the summary on standard error.
#[test]
fn a_report_on_standard_output() {
    let world = world();
    world.fault("POST /me/sendMail=400,code=ErrorInvalidRecipients,after=1");
    let run = world.run(&format!(
        "{MERGE} --key '{{{{ name }}}}' --journal HOME/j --report -"
    ));
    assert_eq!(run.status, 69);
    assert_eq!(
        run.stdout,
        "row,key,status,message_id,error\n\
         1,Ann,sent,<00000000-0000-4000-8000-000000000000@graphmail.invalid>,\n\
         2,Bob,refused,<03030303-0303-4303-8303-030303030303@graphmail.invalid>,HTTP 400 ErrorInvalidRecipients: The sandbox was told to answer this. (check the recipients' addresses)\n\
         3,Cat,sent,<06060606-0606-4606-8606-060606060606@graphmail.invalid>,\n"
    );
    assert!(!world.home().join("-").exists());
}

/// A spreadsheet would execute it.
#[test]
fn a_key_that_looks_like_a_formula() {
    let world = world();
    drop(world.file(
        "people.csv",
        "email,id\na@example.org,=cmd|A1\nb@example.org,-1\nc@example.org,1\n",
    ));
    let line = "merge --data HOME/people.csv -t '{{ email }}' -s S --body B --key '{{ id }}' --journal HOME/j --yes";
    let run = world.run(&format!("{line} --report -"));
    let keys = run
        .stdout
        .lines()
        .map(|line| line.split(',').nth(1).unwrap());
    assert_eq!(keys.collect::<Vec<_>>(), ["key", "'=cmd|A1", "'-1", "1"]);
}

/// Excel writes the delimiter on a line of its own.
#[test]
fn a_declared_delimiter() {
    for end in ["\n", "\r\n"] {
        let world = World::ready();
        drop(world.file(
            "people.csv",
            format!(
                "\u{feff}sep=|{end}{}",
                PEOPLE.replace(',', "|").replace('\n', end)
            ),
        ));
        assert_eq!(world.run(MERGE).status, 0);
        super::resumed::all(&world);
        drop(world.file(
            "people.csv",
            format!("sep=;{end}email;name;number{end}a@example.org{end}"),
        ));
        world.run(MERGE).failed(
            65,
            "graphmail: row 1: it has 1 column, and the header line has 3 (line 3); is the --delimiter right?\n\
             graphmail: error: nothing was sent: the only row has an error\n",
        );
    }
}

/// The folder of the template is left with the author's consent only, and one expression is any path.
#[test]
fn paths_of_values() {
    let world = world();
    std::fs::create_dir(world.home().join("in")).unwrap();
    let home = world.home().display().to_string();
    drop(world.file("x.txt", "x"));
    drop(world.file(
        "people.csv",
        format!("email,file,whole\na@example.org,../x.txt,{home}/in/../x.txt\n"),
    ));
    for path in [
        "HOME/in/{{ file|safe }}",
        "{{ whole }}",
        "{{ whole }};name=y.txt",
        "HOME/in/../{{ file|replace(\"../\", \"\") }}",
        "HOME/in/{{ \"...\" }}{{ file|replace(\"../\", \"/../../\")|safe }}",
    ] {
        let line = format!(
            "merge --data HOME/people.csv -t '{{{{ email }}}}' --attach '{path}' --dry-run"
        );
        let run = world.run(&line);
        let is_missing = path.contains("...");
        assert_eq!(
            run.status,
            if is_missing { 65 } else { 0 },
            "{path} {run:?}"
        );
        assert!(!run.stderr.contains("leads out"), "{path}");
    }
    assert_eq!(accepted(&world), [""; 0]);
}
