//! Whom this host's names mean, and what is said where that cannot be told.

use super::{call, world};

const NOWHERE: &str = "is a local name without an alias";

#[test]
fn a_name_without_an_alias_is_told_where_one_would_stand() {
    let world = world();
    for (who, hint) in [
        (
            "jane",
            "give it one in HOME/aliases or in [aliases] of the configuration; default = \"ADDRESS\" there receives all other mail",
        ),
        (
            "jane@web2",
            "\"jane@web2\" = \"ADDRESS\" in [aliases] of the configuration gives it one",
        ),
        (
            "/var/mail/jane",
            "use the address itself: no alias gives it another",
        ),
    ] {
        let error = format!("graphmail: error: {who:?} {NOWHERE}\nhint: {hint}\n");
        call(&world, &format!("sendmail {who}"), "x\n").kept(67, &error);
    }
}

#[test]
fn a_user_of_another_host_can_have_an_alias() {
    let world = world();
    let config = world.read(".config/graphmail/config.toml");
    let config = config.replace("HOME", &world.home().to_string_lossy());
    let added =
        "[aliases]\n\"root@Web2\" = \"two@contoso.com\"\n\"jane@localhost\" = \"j@contoso.com\"\n";
    world.configure(&config.replace("[aliases]\n", added));
    let run = call(
        &world,
        "sendmail -bv root@web2 ROOT@web2 root Root jane JANE@LocalHost PostMaster",
        "",
    );
    run.is(
        0,
        "root@web2... deliverable: two@contoso.com\n\
         ROOT@web2... deliverable: two@contoso.com\n\
         root... deliverable: ops@contoso.com\n\
         Root... deliverable: ops@contoso.com\n\
         jane... deliverable: j@contoso.com\n\
         JANE@LocalHost... deliverable: j@contoso.com\n\
         PostMaster... deliverable: ops@contoso.com\n",
        "",
    );
    let added = "[aliases]\n\"root@web2.example.org\" = \"two@contoso.com\"\n";
    world.configure(&config.replace("[aliases]\n", added));
    let run = call(&world, "sendmail -bv root", "");
    assert_eq!(run.status, 78);
    assert_eq!(
        run.stderr.lines().next(),
        Some(
            "graphmail: error: HOME/.config/graphmail/config.toml, line 8: \"root@web2.example.org\" is not a local name: aliases are for names such as root or root@web2"
        )
    );
}

#[test]
fn an_address_of_this_host_can_have_an_alias() {
    let world = world();
    call(
        &world,
        "sendmail -bv root@host.example.org root+cron root@mail.example.net jane@host.example.org jane@mail.example.net",
        "",
    )
    .is(
        0,
        "root@host.example.org... deliverable: ops@contoso.com\n\
         root+cron... deliverable: ops@contoso.com\n\
         root@mail.example.net... deliverable: ops@contoso.com\n\
         jane@host.example.org... deliverable: jane@host.example.org\n\
         jane@mail.example.net... deliverable: jane@mail.example.net\n",
        "",
    );
    // As mutt and mailutils write it.
    let mail = "From: root@host.example.org\nTo: root@host.example.org\n\nx\n";
    call(&world, "sendmail -t -f root@host.example.org", mail).is_silent();
    let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
    assert_eq!(
        eml,
        "From: reports@contoso.com\r\n\
         To: \"root\" <ops@contoso.com>\r\n\
         X-Original-From: root@host.example.org\r\n\
         Reply-To: \"root\" <ops@contoso.com>\r\n\
         Date: Fri, 20 Nov 2026 11:00:00 +0100\r\n\
         Message-ID: <00000000-0000-4000-8000-000000000000@contoso.com>\r\n\
         \r\nx\r\n"
    );
}

#[test]
fn a_target_that_cannot_be_used_is_a_warning() {
    let world = world();
    drop(world.file("aliases", "half: nosuchuser, ops@x.org\n"));
    call(&world, "sendmail half", "x\n").is(
        0,
        "",
        "graphmail: warning: the alias \"half\" leads to \"nosuchuser\", which has no alias\n",
    );
    assert_eq!(world.message().bcc, ["ops@x.org"]);
}

#[test]
fn a_part_of_a_name_is_a_warning() {
    let world = world();
    call(&world, "sendmail -t", "To: Doe, Jane <a@x.org>\n\nx\n").is(
        0,
        "",
        "graphmail: warning: \"Doe\" is part of a name, and not a recipient\n",
    );
    assert_eq!(world.message().to, ["a@x.org"]);
    let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
    assert!(
        eml.contains("X-Original-To: Doe, Jane <a@x.org>\r\n"),
        "{eml}"
    );
}

/// The alias of all names does not make a recipient of such a part.
#[test]
fn a_part_of_a_name_is_none_with_an_alias_for_all() {
    let world = world();
    drop(world.file("aliases", "default: pm@x.org\nRoe: r@x.org\n"));
    for (to, recipients, warning) in [
        ("Doe, Jane <a@x.org>", &["a@x.org"][..], "Doe"),
        ("Acme, Inc. <a@x.org>", &["a@x.org"], "Acme"),
        ("Roe, Jane <a@x.org>", &["r@x.org", "a@x.org"], ""),
        ("doe, Jane <a@x.org>", &["pm@x.org", "a@x.org"], ""),
        ("\"a@x.org\"", &["a@x.org"], ""),
        ("=?utf-8?q?Doe,_J=C3=B6rg?= <a@x.org>", &["a@x.org"], ""),
    ] {
        let warning = match warning {
            "" => String::new(),
            word => {
                format!("graphmail: warning: {word:?} is part of a name, and not a recipient\n")
            }
        };
        call(&world, "sendmail -t", &format!("To: {to}\n\nx\n")).is(0, "", &warning);
        let accepted = world.sandbox().accepted();
        assert_eq!(accepted.last().unwrap().to, recipients, "{to}");
    }
    // An argument may end with a line end.
    call(&world, "sendmail 'a@x.org\n'", "\nx\n").is_silent();
    let accepted = world.sandbox().accepted();
    assert_eq!(accepted.last().unwrap().bcc, ["a@x.org"]);
}

#[test]
fn a_file_in_another_character_set_serves_all_the_same() {
    let world = world();
    drop(world.file(
        "aliases",
        b"# J\xf6rg looks after these\npostmaster: root\nnonsense\nPostmaster: nobody\nfile: /var/mail/file\npipe: \"|/bin/x\"\n",
    ));
    let run = call(&world, "sendmail -bv postmaster", "");
    assert_eq!(run.stdout, "postmaster... deliverable: ops@contoso.com\n");
    let run = call(&world, "newaliases", "");
    assert_eq!((run.status, &*run.stdout), (0, "4 aliases\n"));
    assert_eq!(
        run.stderr,
        "graphmail: warning: HOME/aliases, line 3: there is no colon after the name\n\
         graphmail: warning: HOME/aliases, line 4: \"postmaster\" already has an alias; the first is used\n\
         graphmail: warning: the alias \"file\" leads to \"/var/mail/file\", a file, a list file or a program, but Graph delivers only to addresses\n\
         graphmail: warning: the alias \"pipe\" leads to \"\\\"|/bin/x\\\"\", a file, a list file or a program, but Graph delivers only to addresses\n"
    );
}

#[test]
fn a_file_that_cannot_be_read_fails_newaliases_and_nobody_whom_it_does_not_name() {
    let world = world();
    std::fs::remove_file(world.home().join("aliases")).unwrap();
    std::fs::create_dir(world.home().join("aliases")).unwrap();
    let error = "graphmail: error: HOME/aliases cannot be read: Is a directory (os error 21)\n\
        hint: ls -lLd 'HOME/aliases'; aliases_file of [sendmail] names another file\n";
    let run = call(&world, "newaliases", "");
    assert_eq!((run.status, &*run.stdout), (78, "1 aliases\n"));
    assert!(run.stderr.ends_with(error), "{run:?}");
    call(&world, "sendmail jane", "x\n").kept(78, error);
    // A name in a field that nobody asked to deliver to.
    call(&world, "sendmail a@x.org", "To: jane, a@x.org\n\nx\n").is_silent();
    assert_eq!(world.message().to, ["a@x.org"]);
}
