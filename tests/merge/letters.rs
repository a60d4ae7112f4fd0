//! What the messages are: templates, escaping, flags, dry runs.

use crate::support::expected;
use crate::support::host::World;

use super::{MERGE, accepted, begins, world};

/// Each message as it arrives, without what differs from run to run.
fn arrived(world: &World) -> String {
    let messages = world.sandbox().accepted();
    let mut all: Vec<_> = messages
        .iter()
        .map(|message| {
            String::from_utf8(message.eml.to_vec())
                .unwrap()
                .replace("\r\n", "\n")
        })
        .collect();
    all.sort();
    all.join("\n================\n")
}

#[test]
fn each_row_gets_its_message() {
    let world = world();
    begins(&world, &world.run(MERGE));
    assert_eq!(
        accepted(&world),
        [
            "a@example.org Invoice 1",
            "b@example.org Invoice 2",
            "c@example.org Invoice 3"
        ]
    );
}

#[test]
fn a_value_in_a_link_is_percent_encoded() {
    let world = world();
    let line = "merge --data HOME/people.csv --limit 1 -t '{{ email }}' --body '?q={{ (name ~ \" & é=\")|urlencode }}' --yes";
    world.run(line).status_is(0);
    let message = world.message();
    let content = message.resource.pointer("/body/content").unwrap();
    assert_eq!(content, "?q=Ann%20%26%20%C3%A9%3D");
}

/// Values that are HTML, Markdown, lists and header fields stay values.
#[test]
fn a_value_changes_no_structure() {
    let world = world();
    drop(world.file(
        "people.csv",
        "email,name,link\n\
         a@example.org,\"<b>Ann</b>, \"\"the boss\"\"\",https://x/?a=1&b=(2)\n\
         b@example.org,\"*Bob* _B_ [x](y) `z` <script>\",\"\"\"><i>\"\n\
         c@example.org,\"# 1. & Cat\n- item\",x\n",
    ));
    drop(world.file(
        "letter.md",
        "# Dear {{ name }}\n\n**{{ name }}**, `{{ name }}`, [pay]({{ link }} \"{{ name }}\")\n\n\
         <a href=\"{{ link }}\">{{ name }}</a>\n\n| {{ name|replace('\n', ' ') }} |\n|---|\n| {{ 1 + 1 }} |\n",
    ));
    begins(&world, &world.run(
            "merge --data HOME/people.csv -t '{{ name|replace(\"\n\", \" \") }} <{{ email }}>' \
             -s 'For {{ name|replace(\"\n\", \" \") }}' --markdown-file HOME/letter.md --yes \
             -H 'X-Name: {{ email }}' --message-id '<{{ email }}>' --from 'T <you@sandbox.example>'",
        ));
    let shown = arrived(&world);
    let boundaries: Vec<_> = shown
        .split("boundary=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    let shown = boundaries.iter().fold(shown.clone(), |shown, boundary| {
        shown.replace(boundary, "B")
    });
    expected::compare("merge/values.txt", shown);
}

#[test]
fn safe_values_are_structure() {
    let world = world();
    drop(world.file(
        "people.csv",
        "to,html\n\"a@example.org, Bob <b@example.org>\",<b>x</b>\n",
    ));
    begins(&world, &world.run("merge --data HOME/people.csv -t '{{ to|safe }}' --html '<p>{{ html|safe }}{{ html }}</p>' --yes"));
    let message = world.message();
    assert_eq!(message.to, ["a@example.org", "b@example.org"]);
    assert_eq!(
        message.resource.pointer("/body/content").unwrap(),
        "<p><b>x</b>&lt;b&gt;x&lt;&#x2f;b&gt;</p>"
    );
}

/// All text flags are templates; empty recipients are left out.
#[test]
fn all_flags() {
    let world = world();
    drop(world.file("1.pdf", "PDF"));
    drop(world.file("1.png", "PNG"));
    drop(world.file("people.csv", "n,cc,due,total\n1,,2026-12-01,1234.5\n"));
    begins(&world, &world.run(
            "merge --data HOME/people.csv -t 'a{{ n }}@example.org' -c '{{ cc }}' -b 'b{{ n }}@example.org' \
             --reply-to 'r{{ n }}@example.org' -s 'S {{ n }}' \
             --html '{{ due|date(\"%d.%m.%Y\") }} {{ total|number(2, thousands=\",\") }}<img src=\"cid:c\">' \
             --attach 'HOME/{{ n }}.pdf;name=Invoice {{ n }}.pdf' --inline 'c=HOME/{{ n }}.png' \
             -H 'X-N: {{ n }}' --category 'C{{ n }}' --importance high --flag-due '{{ due }} 10:00' \
             --at '{{ due }} 09:00' --in-reply-to '<q{{ n }}@x>' --references '<p{{ n }}@x>' \
             --message-id '<m{{ n }}@x>' --no-save --yes",
        ));
    let message = world.message();
    let mut resource = message.resource.clone();
    resource.as_object_mut().unwrap().remove("@odata.context");
    expected::compare("merge/all-flags.json", format!("{resource:#}\n"));
    assert!(!message.saved);
}

#[test]
fn a_dry_run_shows_a_summary_and_a_message() {
    let world = world();
    drop(world.file(
        "people.csv",
        "email,name,number\na@example.org,Ann,1\n,,\nb@example.org,Bob,2\nc@example.org,Cat,3\n",
    ));
    let line = MERGE.replace(" --yes", " --only 'number != \"1\"'");
    let mut shown = String::new();
    for rest in [
        "--dry-run",
        "--dry-run --row 4",
        "--dry-run=json --row 3",
        "--json --dry-run",
        "--dry-run --row 1",
        "--dry-run --draft",
    ] {
        let run = world.run(&format!("{line} {rest}"));
        shown += &format!(
            "$ {rest}\nexit {}\n{}{}",
            run.status, run.stdout, run.stderr
        );
    }
    expected::compare("merge/dry-run.txt", shown);
    assert_eq!(world.requests(), [""; 0]);
    assert!(!world.home().join(".local/state/graphmail/merge").exists());
}

/// They are sent, as by `send`, and not in silence.
#[test]
fn messages_without_contents() {
    let mut world = world();
    drop(world.file(
        "people.csv",
        "email,name\na@example.org,A\nb@example.org,\nc@example.org,\n",
    ));
    let run = world.run(
        "merge --data HOME/people.csv -t '{{ email }}' --body '{{ name }}' --journal HOME/j --yes",
    );
    assert_eq!(
        (run.status, &*run.stderr),
        (
            0,
            "graphmail: warning: 2 messages have no subject, text or attachment\n"
        )
    );
    assert_eq!(accepted(&world).len(), 3);
    world.terminal.stderr = true;
    let run = world.run("send -t a@example.org --body ' '");
    assert_eq!(
        (run.status, &*run.stderr),
        (
            0,
            "graphmail: warning: the message has no subject, text or attachment\n\
             graphmail: accepted for 1 recipient\n"
        )
    );
}

#[test]
fn a_merge_asks_once_on_a_terminal() {
    let mut world = world();
    let line = MERGE.replace("--yes", "--journal HOME/journal");
    let run = world.run(&line);
    run.failed(
        64,
        "graphmail: error: nothing was sent: 3 messages are ready, and merge cannot ask without a terminal\n\
         hint: add --yes, after a look with --dry-run\n",
    );
    world.terminal.stdin = true;
    world.terminal.stderr = true;
    let question = "graphmail: send 3 messages from the signed-in user's mailbox? [y/N]\n";
    for no in ["", "\n", "n\n", "yesterday\n"] {
        let run = world.run_with(&line, no);
        run.failed(
            64,
            &format!("{question}graphmail: error: nothing was sent\n"),
        );
    }
    assert_eq!(accepted(&world), [""; 0]);
    let run = world.run_with(&line, "Yes\n");
    assert_eq!(
        (run.status, run.stderr.starts_with(question)),
        (0, true),
        "{}",
        run.stderr
    );
    assert_eq!(accepted(&world).len(), 3);
}

#[test]
fn drafts_stay_in_the_mailbox() {
    let world = world();
    drop(world.file("1.bin", vec![b'x'; 3_200_000]));
    let line = format!("{MERGE} --draft --attach HOME/1.bin");
    begins(&world, &world.run(&line));
    let mut subjects: Vec<_> = world
        .sandbox()
        .drafts()
        .into_iter()
        .map(|draft| draft.subject)
        .collect();
    subjects.sort();
    assert_eq!(subjects, ["Invoice 1", "Invoice 2", "Invoice 3"]);
    assert_eq!(accepted(&world), [""; 0]);
    let again = world.run(&line);
    assert_eq!(again.status, 0);
    assert_eq!(world.sandbox().drafts().len(), 3);
}
