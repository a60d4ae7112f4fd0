//! Whom the aliases of the configuration and of the host's file mean.

use graphmail::config::{AliasScope, Aliases, Flags, Settings};
use graphmail::message::SendmailError;
use graphmail::seams::Environment;

/// The aliases of a configuration, over those of a host's file.
fn read(entries: &[(&str, &str)], file: impl AsRef<[u8]>) -> Aliases {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("aliases");
    std::fs::write(&path, file).unwrap();
    let entries = entries.iter();
    let lines = entries.map(|(name, list)| format!("'{name}' = '{list}'\n"));
    let text = format!(
        "[sendmail]\naliases_file = '{}'\n[aliases]\n{}",
        path.display(),
        lines.collect::<String>()
    );
    let config = home.path().join("config.toml");
    std::fs::write(&config, text).unwrap();
    let environment = Environment::from_pairs([("GRAPHMAIL_CONFIG", config.as_os_str())]);
    let settings = Settings::from_flags(&Flags::default(), &environment).unwrap();
    settings.aliases(vec!["web1.x.org".to_owned()]).unwrap()
}

fn aliases(entries: &[(&str, &str)]) -> Aliases {
    read(entries, "")
}

/// Without the folder of the file.
fn hidden(text: &str, aliases: &Aliases) -> String {
    text.replace(aliases.file().to_str().unwrap(), "FILE")
}

/// The errors in the aliases.
fn faults(aliases: &Aliases) -> Vec<String> {
    let faults = aliases.faults();
    let text = |fault: &SendmailError| hidden(&fault.to_string(), aliases);
    faults.iter().map(text).collect()
}

fn resolved(aliases: &Aliases, name: &str) -> Result<String, String> {
    let (found, _) = aliases
        .resolve(name, None)
        .map_err(|error| error.to_string())?;
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    Ok(found.join(" "))
}

#[test]
fn chains_and_lists_end_in_addresses_each_once() {
    let aliases = aliases(&[
        ("root", "admin, Jane Doe <j@x.org>"),
        ("Admin", "ops@x.org, j@x.org"),
        ("postmaster", "root"),
    ]);
    let all = Ok("ops@x.org j@x.org".to_owned());
    assert_eq!(resolved(&aliases, "root"), all);
    assert_eq!(resolved(&aliases, "POSTMASTER"), all);
    assert_eq!(resolved(&aliases, "jane"), Ok(String::new()));
}

#[test]
fn other_hosts_have_users_of_their_own() {
    let aliases = aliases(&[
        ("root", "ops@x.org"),
        ("Root@Web3", "three@x.org"),
        ("three", "root@web3"),
        ("default", "pm@x.org"),
    ]);
    let found = |name, host| {
        let (found, _) = aliases.resolve(name, host).expect("aliases");
        found.first().map(ToString::to_string)
    };
    for own in [None, Some("web1"), Some("WEB1.x.org")] {
        assert_eq!(found("root", own).as_deref(), Some("ops@x.org"), "{own:?}");
    }
    assert_eq!(found("root", Some("web2")), None);
    assert_eq!(found("root", Some("web3")).as_deref(), Some("three@x.org"));
    assert_eq!(found("jane", Some("web3")), None);
    assert_eq!(found("three", None).as_deref(), Some("three@x.org"));
    assert_eq!(found("/var/mail/x", None), None);
}

#[test]
fn a_host_has_several_names() {
    let text = "[sendmail]\nlocal_domains = ['local.example']\n[aliases]\nroot = 'ops@x.org'\n'root+db' = 'db@x.org'\ndefault = 'pm@x.org'\n";
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config.toml");
    std::fs::write(&config, text).unwrap();
    let environment = Environment::from_pairs([("GRAPHMAIL_CONFIG", config.as_os_str())]);
    let settings = Settings::from_flags(&Flags::default(), &environment).unwrap();
    let hosts = "127.0.0.1 localhost\n127.0.1.1\tweb1.y.org web1 # this\n";
    let names = graphmail::seams::host_names("web1".to_owned(), hosts, "mail.z.org\n");
    assert_eq!(names, ["web1", "web1.y.org", "mail.z.org"]);
    let aliases = settings.aliases(names).unwrap();
    let whole: Vec<_> = aliases.hosts().collect();
    assert_eq!(whole, ["web1", "web1.y.org", "local.example"]);
    for (name, host, found) in [
        ("root", "WEB1.y.org", Some("ops@x.org")),
        ("root", "mail.z.org", Some("ops@x.org")),
        ("root", "local.example", Some("ops@x.org")),
        ("Root+cron", "web1", Some("ops@x.org")),
        ("root+db", "mail.z.org", Some("db@x.org")),
        ("jane", "web1.y.org", Some("pm@x.org")),
        ("jane", "local.example", Some("pm@x.org")),
        // Others may have mailboxes there.
        ("jane", "mail.z.org", None),
        ("root", "y.org", None),
    ] {
        let (there, _) = aliases.resolve(name, Some(host)).unwrap();
        let there = there.first().map(ToString::to_string);
        assert_eq!(there.as_deref(), found, "{name}@{host}");
    }
    let localhost = "127.0.0.1 localhost.localdomain localhost web1\n";
    let names = |hosts, mailname| graphmail::seams::host_names("web1".to_owned(), hosts, mailname);
    assert_eq!(names(localhost, ""), ["web1"]);
    assert_eq!(names("", "web1\n"), ["web1"]);
}

#[test]
fn a_key_with_a_host_is_a_local_name_or_refused() {
    let text = "root@localhost: a@x.org\njane@WEB1.x.org: j@x.org\nbob@web3: b@x.org\ndana@y.org: d@x.org\n";
    let aliases = read(&[], text);
    for (name, found) in [
        ("root", "a@x.org"),
        ("jane", "j@x.org"),
        ("bob@web3", "b@x.org"),
    ] {
        assert_eq!(resolved(&aliases, name), Ok(found.to_owned()));
    }
    assert_eq!(aliases.count(), 3);
    assert_eq!(
        faults(&aliases),
        [
            "FILE, line 4: \"dana@y.org\" is not a local name: aliases are for names such as root or root@web2"
        ]
    );
}

#[test]
fn a_target_that_cannot_be_used_does_not_stop_the_others() {
    let text = "both: \\both, ops@x.org\nself: self, ops@x.org\nroot: /dev/null, ops@x.org\nhalf: nobody, ops@x.org\n\
                pipe: \"|/bin/x 'a, b'\", ops@x.org\nodd: x@, Ops, Doe <ops@x.org>\nall: half, root\n";
    let aliases = read(&[], text);
    for name in ["both", "self", "root", "half", "pipe", "all"] {
        assert_eq!(
            resolved(&aliases, name),
            Ok("ops@x.org".to_owned()),
            "{name}"
        );
    }
    let faults = aliases.faults();
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    let local = "a file, a list file or a program, but Graph delivers only to addresses";
    assert_eq!(
        faults,
        [
            "the alias \"half\" leads to \"nobody\", which has no alias".to_owned(),
            format!("the alias \"root\" leads to \"/dev/null\", {local}"),
            format!("the alias \"both\" leads to \"\\\\both\", {local}"),
            "the alias \"odd\" is not a list of addresses: \"x@\": the domain is malformed"
                .to_owned(),
            "the alias \"odd\" leads to \"ops\", which has no alias".to_owned(),
            format!("the alias \"pipe\" leads to \"\\\"|/bin/x 'a, b'\\\"\", {local}"),
            "the alias \"self\" leads back to itself".to_owned(),
        ]
    );
}

#[test]
fn the_default_takes_whom_no_alias_knows() {
    let aliases = aliases(&[("root", "backup"), ("default", "ops@x.org")]);
    assert_eq!(resolved(&aliases, "jane"), Ok("ops@x.org".to_owned()));
    assert_eq!(resolved(&aliases, "root"), Ok("ops@x.org".to_owned()));
}

#[test]
fn what_leads_nowhere_is_named() {
    let aliases = read(
        &[],
        "a: b\nb: a\nfile: /var/mail/x\nprogram: \"|/usr/bin/procmail\"\nlist: :include:/etc/list\ngone: nobody\nodd: x@\n",
    );
    let table = [
        ("a", "the alias \"a\" leads back to itself"),
        (
            "file",
            "the alias \"file\" leads to \"/var/mail/x\", a file, a list file or a program, but Graph delivers only to addresses",
        ),
        (
            "gone",
            "the alias \"gone\" leads to \"nobody\", which has no alias",
        ),
        (
            "odd",
            "the alias \"odd\" is not a list of addresses: \"x@\": the domain is malformed",
        ),
    ];
    for (name, message) in table {
        assert_eq!(resolved(&aliases, name), Err(message.to_owned()));
    }
    for name in ["program", "list"] {
        assert!(resolved(&aliases, name).is_err(), "{name}");
    }
    assert_eq!(aliases.faults().len(), 7);
}

#[test]
fn a_chain_has_its_limit_and_so_has_the_file() {
    let chain: String = (0..20_000).map(|n| format!("a{n}: a{}\n", n + 1)).collect();
    let long = read(&[], format!("{chain}a20000: ops@x.org\n"));
    assert_eq!(
        resolved(&long, "a0"),
        Err("the alias \"a100\" is nested more than 100 deep".to_owned())
    );
    assert_eq!(resolved(&long, "a19901"), Ok("ops@x.org".to_owned()));
    assert_eq!(long.faults().len(), 100);
    let lines: String = (0..=100_000)
        .map(|n| format!("a{n}: ops@x.org\n"))
        .collect();
    let many = read(&[], lines);
    let said = many
        .readable()
        .map_err(|error| hidden(&error.to_string(), &many));
    assert_eq!(
        said,
        Err("FILE has more than 100000 aliases, the limit of graphmail".to_owned())
    );
    let lines: String = (0..101)
        .map(|n| {
            let list: Vec<_> = (0..100).map(|m| format!("u{n}.{m}@x.org")).collect();
            format!("l{n}: {}\n", list.join(", "))
        })
        .collect();
    let all: Vec<_> = (0..101).map(|n| format!("l{n}")).collect();
    let broad = read(&[], format!("{lines}all: {}\n", all.join(",")));
    let said = resolved(&broad, "all").expect_err("too many");
    assert!(
        said.ends_with("more than 10000 addresses behind an alias, the limit of graphmail"),
        "{said}"
    );
}

#[test]
fn an_alias_would_have_to_stand_where_it_is_looked_for() {
    let aliases = aliases(&[]);
    for (written, scope) in [
        ("jane", AliasScope::Own),
        ("Jane <jane@web1>", AliasScope::Own),
        ("jane@WEB2", AliasScope::Other("jane@WEB2".to_owned())),
        ("/var/mail/x", AliasScope::Nowhere),
        ("jane@x.org", AliasScope::Nowhere),
    ] {
        assert_eq!(aliases.scope_of(written), scope, "{written}");
    }
}

#[test]
fn the_hosts_file_has_comments_and_long_lines() {
    let text = b"# See man 5 aliases, J\xf6rg\r\npostmaster:    root\r\nroot: ops@x.org,\n\tjane@x.org\n\n  # more\n\"two words\": a@x.org\nnonsense\nROOT: z@x.org\njoerg: J\xf6rg <j@x.org>\n";
    let aliases = read(&[], text);
    for (name, found) in [
        ("postmaster", "ops@x.org jane@x.org"),
        ("root", "ops@x.org jane@x.org"),
        ("two words", "a@x.org"),
        ("joerg", "J\u{FFFD}rg <j@x.org>"),
    ] {
        assert_eq!(resolved(&aliases, name), Ok(found.to_owned()));
    }
    assert_eq!(aliases.count(), 4);
    assert_eq!(
        faults(&aliases),
        [
            "FILE, line 8: there is no colon after the name",
            "FILE, line 9: \"root\" already has an alias; the first is used",
            "FILE, line 10: the alias is not UTF-8",
        ]
    );
}
