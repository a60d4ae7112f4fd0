//! From, when programs say little or nothing about the sender.

use super::{CONFIG, call, world};
use crate::support::expected;

#[test]
fn each_sender() {
    let mut table = String::new();
    let named = "default_name = \"%U at %H, 100%%\"\n";
    for (line, from, settings) in [
        ("sendmail a@x.org", "", ""),
        ("sendmail a@x.org", "", named),
        ("sendmail -F Jane a@x.org", "", named),
        ("sendmail a@x.org", "From: root\n", named),
        ("sendmail a@x.org", "From: Cron <root>\n", named),
        ("sendmail a@x.org", "From: reports@contoso.com\n", named),
        ("sendmail -f root a@x.org", "", ""),
        ("sendmail -f 'Jane <jane>' a@x.org", "", named),
        ("sendmail -f alerts@contoso.com a@x.org", "", named),
        ("sendmail -f b@x.org a@x.org", "", named),
        ("sendmail -f '<>' a@x.org", "", ""),
        (
            "sendmail -f '' a@x.org",
            "Auto-Submitted: auto-notified\n",
            "",
        ),
        ("sendmail -f '<>' a@x.org", "X-Cron-Env: <A=b>\n", ""),
        (
            "sendmail a@x.org",
            "From: Contoso [IT], Inc. <reports@contoso.com>\n",
            named,
        ),
        ("sendmail a@x.org", "From: Doe, J. (IT <b@x.org>\n", named),
        ("sendmail a@x.org", "From: nobody knows\n", named),
        ("sendmail a@x.org", "From: Doe, Jane <b@x.org>\n", ""),
        ("sendmail a@x.org", "From: Jane <b@x.org\n", ""),
        ("sendmail a@x.org", "From: Jane Doe b@x.org\n", ""),
        ("sendmail a@x.org", "From: b@x.org (Jane\n", ""),
        ("sendmail a@x.org", "From: Jane b@x.org, c@x.org\n", ""),
        ("sendmail a@x.org", "From: J@ne <b@x.org>\n", ""),
        ("sendmail a@x.org", "From: root, b@x.org\n", ""),
        (
            "sendmail a@x.org",
            "From: Doe, Jane <reports@contoso.com>\n",
            "from_policy = \"refuse\"\n",
        ),
        (
            "sendmail a@x.org",
            "From: Jane reports@contoso.com\n",
            "from_policy = \"refuse\"\n",
        ),
        (
            "sendmail a@x.org",
            "From: Doe, Jane <b@x.org>\n",
            "from_policy = \"keep\"\n",
        ),
    ] {
        let world = world();
        let config = CONFIG.replace("HOME", &world.home().to_string_lossy());
        world.configure(&(config + settings));
        call(&world, line, &format!("{from}To: a@x.org\n\nx\n")).is_silent();
        let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
        let fields = eml.split("\r\n\r\n").next().unwrap();
        let common = ["To: ", "Date: ", "Message-ID: "];
        let is_common = |line: &&str| !common.iter().any(|name| line.starts_with(name));
        let fields: Vec<_> = fields.split("\r\n").filter(is_common).collect();
        table += &format!("{line} {}\n  {}\n", from.trim(), fields.join("\n  "));
    }
    expected::compare("sendmail/sender.txt", table);
}

#[test]
fn the_null_path_of_smtp_is_a_response() {
    let world = world();
    let session = "HELO x\nMAIL FROM:<>\nRCPT TO:<a@x.org>\nDATA\nSubject: s\n\nx\n.\nQUIT\n";
    assert_eq!(call(&world, "sendmail -bs", session).status, 0);
    let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
    assert!(
        eml.contains("\r\nAuto-Submitted: auto-replied\r\n"),
        "{eml}"
    );
}
