//! The configuration: what is wrong with it is told by file, line and key; and who goes before whom.

mod aliases;

use std::fmt::Write as _;

use graphmail::config::parse_size;
use graphmail::sandbox::Options;

use crate::support::expected;
use crate::support::host::World;

const SEND: &str = "send -t a@example.org";

/// Files that cannot be followed.
const WRONG: &[&str] = &[
    "default_acount = \"a\"\n",
    "# a comment\n\n[accounts.a]\nauth = \"device-code\"\nclient-id = \"x\"\n",
    "[accounts.a]\nauth = \"device-code\"\nzebra = 1\n",
    "[cloud.x]\ngraph = \"https://g.example\"\nlogin = \"https://l.example\"\n",
    "[clouds.x]\ngraf = \"https://g.example\"\n",
    "default_account = \"a\n",
    "default_account = 1\n",
    "[accounts]\na = 1\n",
    "accounts = []\n",
    "[accounts.a]\nclient_id = \"x\"\n",
    "[accounts.a]\nauth = \"device_code\"\n",
    "[accounts.a]\nauth = \"browser\"\n",
    "[accounts.a]\nauth = \"device-code\"\ntoken_store = \"files\"\n",
    "[accounts.a]\nauth = \"device-code\"\n",
    "[accounts.a]\nauth = \"device-code\"\nclient_id = \"x\"\n",
    "[accounts.a]\nauth = \"token-command\"\n",
    "[accounts.a]\nauth = \"device-code\"\nclient_id = \"x\"\ntenant = \"t\"\ncloud = \"usgow\"\n",
    "[accounts.a]\nauth = \"device-code\"\nclient_id = \"x\"\ntenant = \"t\"\ncloud = \"zz\"\n",
    "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"x\"\ncloud = \"c\"\n\n[clouds.c]\ngraph = \"http://g.example\"\nlogin = \"https://l.example\"\n",
    "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"x\"\ncloud = \"c\"\n\n[clouds.c]\ngraph = \"https://g.example/v1.0\"\nlogin = \"https://l.example\"\n",
    "[clouds.c]\ngraph = \"https://g.example\"\n",
    "[accounts.a]\nauth = \"device-code\"\nmessage_limit = \"150GB\"\n",
    "[accounts.a]\nauth = \"device-code\"\nmessage_limit = \"much\"\n",
    "[accounts.a]\nauth = \"device-code\"\nmessage_limit = 1.5\n",
    "[accounts.a]\nauth = \"device-code\"\nmessage_limit = 0\n",
    "[accounts.a]\nauth = \"device-code\"\nrecipient_limit = \"1000\"\n",
    "[accounts.a]\nauth = \"device-code\"\nrecipient_limit = 0\n",
    "[accounts.a]\nauth = \"device-code\"\nmesage_limit = \"150MB\"\n",
    "[accounts.a]\nauth = \"device-code\"\nmailbox = \"a b\"\n",
    "[accounts.a]\nauth = \"device-code\"\nmailbox = \"=?utf-8?q?a?=@example.org\"\n",
    "[outbox]\nqueue = \"always\"\nreport_to = \"nope\"\n",
    "[outbox]\nreport_to = \"\"\n",
    "[smtpd]\nallow = [\"192.168.1.0/24\", \"10.0.0.0/33\"]\n",
    "[smtpd]\nallow = [\"0.0.0.0/0\"]\n",
    "[smtpd.users.scanner]\npasword = \"x\"\n",
    "[smtpd.users.scanner]\nfrom = []\n",
    "[smtpd.users.scanner]\npassword = \"letmein\"\n",
    "[smtpd.users.scanner]\npassword = \"$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$2Xs0p8Z3rGX0V0y2yW0y5Q\"\n",
    "[smtpd.users.scanner]\npassword = \"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ\"\n",
    "[smtpd.users.scanner]\npassword = \"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$2Xs0p8Z3rGX0V0y2yW0y5Q\"\nfrom = [\"@contoso.com\", \"scanner\"]\n",
    "[smtpd.users.scanner]\npassword = \"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$2Xs0p8Z3rGX0V0y2yW0y5Q\"\nfrom = [\"@\"]\n",
    "[smtpd.users.scanner]\npassword = \"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$2Xs0p8Z3rGX0V0y2yW0y5Q\"\nper_minute = 0\n",
    "[accounts.a]\nauth = \"device-code\"\nmessage_limit = \"151MB\"\n",
    "[accounts.a]\nauth = \"device-code\"\nmessage_limit = 157286401\n",
    "[accounts.a]\nauth = \"device-code\"\nrecipient_limit = 1001\n",
    "[accounts.a]\nauth = \"device-code\"\ncredential_expires = \"soon\"\n",
    "[accounts.a]\nauth = \"device-code\"\ncredential_expires = 2027-02-30\n",
    "[accounts.a]\nauth = \"device-code\"\ncredential_expires = true\n",
    "[accounts.a]\nauth = \"device-code\"\ntenant = \"\"\n",
    "[accounts.a]\nauth = 1\n",
    "[accounts.a]\nauth = \"access-token\"\n",
    "[accounts.a]\nauth = \"certificate\"\ncertificate = \"reports.pem\"\n",
    "[accounts.a]\nauth = \"certificate\"\nsend_certificate_chain = \"yes\"\n",
    "[accounts.a]\nauth = \"client-secret\"\nclient_secret_file = \"~/secret\"\n",
    "[accounts.a]\nauth = \"federated\"\nfederated_token_file = \"token\"\n",
    "[accounts.a]\nauth = \"certificate\"\nclient_secret_file = \"/secret\"\n",
    "[accounts.a]\nauth = \"device-code\"\ntoken_command = \"x\"\n",
    "[accounts.a]\nauth = \"managed-identity\"\nclient_id = \"x\"\n",
    "[accounts.a]\nauth = \"managed-identity\"\nmanaged_identity = \"x\"\n",
    "[clouds]\nbleu = \"https://graph.example.fr\"\n",
    "[clouds.global]\ngraph = \"https://g.example\"\nlogin = \"https://l.example\"\n",
    "[aliases]\nroot = \"/var/mail/root\"\n",
    "[aliases]\nroot = [\"ops@example.org\", \"x@\"]\n",
    "[aliases]\nroot = 1\n",
    "[aliases]\nroot = []\n",
    "[aliases]\nroot = \"ops@example.org\"\nRoot = \"ops@example.org\"\n",
    "[aliases]\n\"root@example.org\" = \"ops@example.org\"\n",
    "[aliases]\nroot = \"nobody\"\n[sendmail]\naliases_file = \"/nowhere/aliases\"\n",
    "[aliases]\na = \"b\"\nb = \"c, ops@example.org\"\nc = \"A\"\n",
    "[aliases]\nroot = \"default\"\ndefault = \"jane\"\n[sendmail]\naliases_file = \"/nowhere/aliases\"\n",
    "[aliases]\nroot = \"ops\"\nops = \"a@example.org\"\ndefault = [\"root\", \"jane\"]\n[sendmail]\naliases_file = \"/nowhere/aliases\"\n",
    "[sendmail]\ndefault_name = \"%U on %Z\"\n",
    "[sendmail]\ndefault_name = \"100%\"\n",
    "[sendmail]\nsubmit = \"run/submit\"\n",
    "[sendmail]\naliases_file = \"aliases\"\n",
    "[sendmail]\nfrom_policy = \"rewrit\"\n",
    "[sendmail]\nfrom_policy = true\n",
    "[sendmail]\nallowed_from = \"alerts@contoso.com\"\n",
    "[sendmail]\nallowed_from = [\"alerts\"]\n",
    "[sendmail]\nlocal_domains = [\"a b\"]\n",
    "sendmail = \"x\"\n",
    "[outbox]\nqueue = \"allways\"\n",
    "[outbox]\nqueue = \"\"\n",
    "[outbox]\nkey_days = \"30\"\n",
    "[outbox]\nreport_to = 1\n",
    "[outbox]\nreport_to = [\"admin@contoso.com\", \"x@\"]\n",
    "[smtpd]\nkey = \"tls.key\"\n",
    "[smtpd]\nconnections = 100000\n",
    "[smtpd]\nusers = [\"a\"]\n",
    "[smtpd.users]\nscanner = \"letmein\"\n",
    "[smtpd.users.scanner]\npassword = 12345\n",
    "[log]\nsyslog = \"true\"\n",
    "[log]\nsyslog = true\nsyslog = false\n",
    "default_account = \"b\"\n[accounts.a]\nauth = \"token-command\"\ntoken_command = \"x\"\n",
];

#[test]
fn errors_name_file_line_and_key() {
    let mut table = String::new();
    for text in WRONG {
        let world = World::alone();
        world.configure(text);
        let run = world.run(SEND);
        let _ = writeln!(
            table,
            "{}\n  {} {}\n",
            text.trim_end(),
            run.status,
            run.stderr.trim_end().replace('\n', "\n     ")
        );
        assert_eq!(run.stdout, "");
        let dry = world.run(&format!("{SEND} --dry-run"));
        assert_eq!(
            (dry.status, &dry.stderr),
            (run.status, &run.stderr),
            "{text}"
        );
    }
    expected::compare("configuration/wrong.txt", table);
}

#[test]
fn a_configuration_has_a_size_that_is_read_at_most() {
    let world = World::alone();
    world.configure(&"#\n".repeat(262_144));
    assert_eq!(world.run(SEND).status, 77);
    world.configure(&"#\n".repeat(262_145));
    for command in [
        SEND,
        "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com",
        "accounts use x",
    ] {
        let run = world.run(command);
        assert_eq!((run.status, &*run.stdout), (78, ""), "{command}");
        let file = "HOME/.config/graphmail/config.toml";
        assert_eq!(
            run.stderr,
            format!(
                "graphmail: error: {file} cannot be read: it has more than 524288 bytes, the most that graphmail reads\nhint: ls -ld {file}\n"
            )
        );
    }
}

#[test]
fn a_root_without_tls_is_refused_unless_it_is_this_host() {
    for (variable, value, reason) in [
        (
            "GRAPHMAIL_GRAPH_URL",
            "http://graph.example.org",
            "http://graph.example.org is not https (plain http is allowed to loopback only)",
        ),
        (
            "GRAPHMAIL_LOGIN_URL",
            "http://192.0.2.1:8080",
            "http://192.0.2.1:8080 is not https (plain http is allowed to loopback only)",
        ),
        (
            "GRAPHMAIL_GRAPH_URL",
            "graph.example.org",
            "\"graph.example.org\" is not a URL such as https://graph.microsoft.com",
        ),
        (
            "GRAPHMAIL_GRAPH_URL",
            "https://graph.example.org/v1.0",
            "https://graph.example.org has a path, a query or user information; give only the root, as in https://graph.microsoft.com",
        ),
    ] {
        let mut world = World::alone();
        world.set("GRAPHMAIL_ACCESS_TOKEN", "token");
        world.set(variable, value);
        world
            .run(SEND)
            .failed(78, &format!("graphmail: error: {variable}: {reason}\n"));
    }
}

#[test]
fn a_named_file_stands_alone_and_must_be_there() {
    let world = World::ready();
    world.configure("nonsense");
    drop(world.file("own.toml", "[accounts.own]\nauth = \"token-command\"\ntoken_command = \"x\"\nmailbox = \"own@example.org\"\n"));
    world
        .run(&format!("{SEND} --config HOME/own.toml"))
        .is_silent();
    assert_eq!(world.message().mailbox, "own@example.org");

    let mut world = World::alone();
    let absent = "graphmail: error: HOME/absent.toml does not exist\nhint: login writes that file: graphmail --config HOME/absent.toml login --client-id ID --tenant TENANT\n";
    world
        .run(&format!("{SEND} --config HOME/absent.toml"))
        .failed(78, absent);
    world
        .run(&format!("{SEND} --config HOME/absent.toml --dry-run"))
        .failed(78, absent);
    world
        .run("status -A a --config HOME/absent.toml")
        .failed(78, &absent.replace("toml login", "toml login --account a"));
    let path = world.home().join("absent.toml");
    world.set("GRAPHMAIL_CONFIG", path.to_str().unwrap());
    // The variable is there for the advised command too.
    let absent = absent.replace(" --config HOME/absent.toml", "");
    world.run(SEND).failed(78, &absent);

    let world = World::alone();
    let run = world.run(&format!("{SEND} --config HOME/."));
    run.failed(
        78,
        "graphmail: error: HOME/. cannot be read: Is a directory (os error 21)\nhint: ls -ld HOME/.\n",
    );
}

#[test]
fn the_folders_of_xdg() {
    let mut world = World::with(Options::default());
    let config = world.home().join("cfg");
    let state = world.home().join("st");
    world.set("XDG_CONFIG_HOME", config.to_str().unwrap());
    world.set("XDG_STATE_HOME", state.to_str().unwrap());
    let run = world.run("login --client-id 11111111-1111-4111-8111-111111111111 --tenant t.example --token-store file");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(config.join("graphmail/config.toml").is_file());
    assert!(state.join("graphmail/tokens/default.json").is_file());
    world.run(SEND).is_silent();
    // The specification has relative paths ignored.
    world.set("XDG_CONFIG_HOME", "cfg");
    assert_eq!(world.run(SEND).status, 77);

    let mut world = World::alone();
    world.set("HOME", "");
    world
        .run("login --client-id 11111111-1111-4111-8111-111111111111 --tenant t.example --token-store file")
        .failed(
            78,
            "graphmail: error: HOME is not set, so there is no folder for graphmail's files\n\
         hint: set HOME, or --config and GRAPHMAIL_STATE_DIR\n",
        );
}

/// Who goes before whom, by the cloud of the request that a dry run announces.
#[test]
fn flag_before_environment_before_file() {
    let mut world = World::alone();
    world.configure(
        "default_account = \"one\"
[accounts.one]
auth = \"token-command\"
token_command = \"x\"
mailbox = \"file@example.org\"
cloud = \"usgov\"
[accounts.two]
auth = \"token-command\"
token_command = \"x\"
",
    );
    let url = |world: &World, flags: &str| {
        let object = world
            .run(&format!("{SEND} --dry-run --json {flags}"))
            .json();
        object["requests"][0]["url"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        url(&world, ""),
        "https://graph.microsoft.us/v1.0/users/file@example.org/sendMail"
    );
    world.set("GRAPHMAIL_MAILBOX", "env@example.org");
    assert_eq!(
        url(&world, ""),
        "https://graph.microsoft.us/v1.0/users/env@example.org/sendMail"
    );
    assert_eq!(
        url(&world, "--mailbox flag@example.org"),
        "https://graph.microsoft.us/v1.0/users/flag@example.org/sendMail"
    );
    world.set("GRAPHMAIL_MAILBOX", "");
    world.set("GRAPHMAIL_ACCOUNT", "two");
    assert_eq!(
        url(&world, ""),
        "https://graph.microsoft.com/v1.0/me/sendMail"
    );
    world.set("GRAPHMAIL_CLOUD", "china");
    assert_eq!(
        url(&world, ""),
        "https://microsoftgraph.chinacloudapi.cn/v1.0/me/sendMail"
    );
    world.set("GRAPHMAIL_GRAPH_URL", "https://graph.example.org");
    assert_eq!(
        url(&world, "-A one"),
        "https://graph.example.org/v1.0/users/file@example.org/sendMail"
    );
}

#[test]
fn the_cloud_of_a_login_is_the_flags_before_the_environments() {
    let mut world = World::alone();
    world.set("GRAPHMAIL_CLOUD", "china");
    let run = world.run("login --cloud usgov");
    assert!(
        run.stderr.contains("https://portal.azure.us"),
        "{}",
        run.stderr
    );
    let run = world.run("login");
    assert!(
        run.stderr.contains("https://portal.azure.cn"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_cloud_of_the_configuration() {
    let world = World::alone();
    world.configure(
        "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"x\"\ncloud = \"bleu\"\n\n[clouds.bleu]\ngraph = \"https://graph.example.fr\"\nlogin = \"https://login.example.fr\"\n",
    );
    let object = world.run(&format!("{SEND} --dry-run --json")).json();
    assert_eq!(
        object["requests"][0]["url"],
        "https://graph.example.fr/v1.0/me/sendMail"
    );
}

/// What a mailbox takes is its administrator's choice, and is held to before a byte is sent.
#[test]
fn the_limits_of_a_mailbox() {
    let account = "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"false\"\n";
    let mut world = World::alone();
    drop(world.file("big", vec![b'x'; 30_000_000]));
    let big = format!("{SEND} --attach HOME/big --dry-run");
    let many = format!(
        "send -b '{}' --dry-run",
        vec!["a@example.org"; 501].join(",")
    );
    let too_large = |limit: u64| {
        format!(
            "graphmail: error: the message has 41052632 bytes when encoded, but the mailbox may send at most {limit} bytes (largest: big 30000000 bytes)\n\
             hint: send less at once, or a link to the file; if the mailbox accepts more, set message_limit in its account\n"
        )
    };
    let too_many = |limit: u64| {
        format!(
            "graphmail: error: the message has 501 recipients, but Exchange accepts at most {limit}\n\
             hint: send it in parts; if the mailbox accepts more, set recipient_limit in its account\n"
        )
    };
    world.configure(account);
    world.run(&big).failed(65, &too_large(36_700_160));
    world.run(&many).failed(65, &too_many(500));

    world.configure(&format!(
        "{account}message_limit = \"150MB\"\nrecipient_limit = 1000\n"
    ));
    assert_eq!(world.run(&big).status, 0);
    assert_eq!(world.run(&many).status, 0);
    world.configure(&format!(
        "{account}message_limit = 41052631\nrecipient_limit = 5\n"
    ));
    world.run(&big).failed(65, &too_large(41_052_631));
    world.run(&many).failed(65, &too_many(5));

    world.set("GRAPHMAIL_MESSAGE_LIMIT", "40 MB");
    world.set("GRAPHMAIL_RECIPIENT_LIMIT", "501");
    assert_eq!(world.run(&big).status, 0);
    assert_eq!(world.run(&many).status, 0);
    world.set("GRAPHMAIL_MESSAGE_LIMIT", "40 GB");
    world.run(&big).failed(
        78,
        "graphmail: error: GRAPHMAIL_MESSAGE_LIMIT is \"40 GB\": unknown unit \"GB\": use KB or MB\n",
    );
    world.set("GRAPHMAIL_MESSAGE_LIMIT", "40MB");
    world.set("GRAPHMAIL_RECIPIENT_LIMIT", "0");
    world.run(&many).failed(
        78,
        "graphmail: error: GRAPHMAIL_RECIPIENT_LIMIT is \"0\": it must be a number from 1 to 1000\n",
    );
}

#[test]
fn a_named_configuration_file_must_exist() {
    for command in [
        SEND,
        "accounts list",
        "outbox flush",
        "status",
        "sendmail a@example.org",
        "sendmail -bi",
    ] {
        let mut world = World::ready();
        world.set("GRAPHMAIL_CONFIG", "HOME/absent.toml");
        let run = world.run_with(command, "x\n");
        assert_eq!((run.status, &*run.stdout), (78, ""), "{command}");
        let kept = match command {
            "sendmail a@example.org" => {
                "the message (20261120T100000000Z00000000 in the outbox) was not sent: "
            }
            _ => "",
        };
        let error = format!("graphmail: error: {kept}HOME/absent.toml does not exist\n");
        assert!(run.stderr.starts_with(&error), "{command}: {}", run.stderr);
    }
    // It is not read: after a sandbox has ended, its environment names a file that does not exist.
    for command in ["completions bash", "man"] {
        let mut world = World::ready();
        world.set("GRAPHMAIL_CONFIG", "HOME/absent.toml");
        assert_eq!(world.run(command).status, 0, "{command}");
    }
    // login makes it.
    let mut world = World::with(Options::default());
    world.set("GRAPHMAIL_CONFIG", "HOME/new/config.toml");
    let login = "login --device-code --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --token-store file";
    assert_eq!(world.run(login).status, 0);
    assert_eq!(world.run("accounts list").status, 0);
}

#[test]
fn a_variable_that_is_unknown_or_unusable_is_reported() {
    let mut world = World::ready();
    world.set("GRAPHMAIL_ACOUNT", "x");
    world.set("GRAPHMAIL_ZZZ", "x");
    let run = world.run(&format!("{SEND} -s x --body y"));
    assert_eq!(
        (run.status, &*run.stderr),
        (
            0,
            "graphmail: warning: GRAPHMAIL_ACOUNT is not a variable of graphmail; GRAPHMAIL_ACCOUNT is\n\
             graphmail: warning: GRAPHMAIL_ZZZ is not a variable of graphmail\n"
        )
    );
    let run = world.run(&format!("-q {SEND} -s x --body y"));
    assert_eq!((run.status, &*run.stderr), (0, ""));
    // An access token needs no token store, and the value is wrong all the same.
    for (name, value) in [
        ("GRAPHMAIL_TOKEN_STORE", "disk"),
        ("GRAPHMAIL_MESSAGE_LIMIT", "much"),
        ("GRAPHMAIL_RECIPIENT_LIMIT", "0"),
        ("GRAPHMAIL_TIMEOUT", "soon"),
        ("GRAPHMAIL_MAILBOX", "a b"),
        ("GRAPHMAIL_MAILBOX", "=?utf-8?q?a?=@example.org"),
        ("GRAPHMAIL_FROM", "nobody"),
        ("GRAPHMAIL_REPLY_TO", "a@example.org, nobody"),
        ("GRAPHMAIL_FORMAT", "html"),
        ("GRAPHMAIL_QUEUE", "maybe"),
    ] {
        let mut world = World::ready();
        world.set(name, value);
        let run = world.run("accounts list");
        assert_eq!((run.status, &*run.stdout), (78, ""), "{name}");
        let start = format!("graphmail: error: {name} is {value:?}: ");
        assert!(run.stderr.starts_with(&start), "{}", run.stderr);
    }
}

#[test]
fn a_size_is_a_number_with_or_without_exchange_s_units() {
    for (text, size) in [
        ("36700160", 36_700_160),
        ("35MB", 36_700_160),
        ("35 MB", 36_700_160),
        ("150MiB", 157_286_400),
        ("512kb", 524_288),
        ("7b", 7),
    ] {
        assert_eq!(parse_size(text), Ok(size), "{text}");
    }
    for text in [
        "",
        "MB",
        "1.5MB",
        "-1MB",
        "+1MB",
        "0",
        "0MB",
        "1GB",
        "1MB1",
        "17592186044416MB",
    ] {
        assert!(parse_size(text).is_err(), "{text}");
    }
}
