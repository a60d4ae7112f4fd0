//! Each example of README, manual and help runs in the sandbox.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::process::Bounded as _;
use crate::support::program::{PROGRAM, Place, text};

/// The commands in the blocks of a document that are for a shell.
fn blocks(document: &str) -> String {
    let blocks = document.split("```sh\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap_or_default());
    blocks.collect::<Vec<_>>().join("\n")
}

/// The commands below `Examples:` in the help of a command.
fn of_help(place: &Place, command: &str) -> String {
    let output = place
        .bare(PROGRAM)
        .args(command.split(' '))
        .arg("--help")
        .run();
    let help = text(&output.stdout);
    let (_, examples) = help
        .split_once("\nExamples:\n")
        .unwrap_or_else(|| panic!("{command} has no examples"));
    let lines = examples.lines().take_while(|line| line.starts_with("  "));
    lines.fold(String::new(), |commands, line| commands + line + "\n")
}

/// The commands of graphmail with an own help: those with a page of the manual.
fn commands(place: &Place) -> Vec<String> {
    let folder = place.home().join("pages");
    let made = place.bare(PROGRAM).arg("man").arg(&folder).run();
    assert!(made.status.success(), "{made:?}");
    let pages = fs::read_dir(folder).unwrap();
    let names = pages.map(|page| page.unwrap().file_name().into_string().unwrap());
    let names = names.filter_map(|name| name.strip_suffix(".1").map(str::to_owned));
    let mut names: Vec<_> = names.map(|name| name.replace('-', " ")).collect();
    names.sort();
    names
}

/// A command that the terminal breaks cannot be copied.
#[test]
fn the_examples_of_the_help_fit_on_a_terminal() {
    let place = Place::new();
    let examples = |command: &str, width: &str| {
        let words = command.split(' ').skip(1);
        let mut help = place.bare(PROGRAM);
        let output = help.args(words).arg("--help").env("COLUMNS", width).run();
        let help = text(&output.stdout).to_owned();
        let is_heading = |line: &&str| matches!(*line, "Examples:" | "Try it without a tenant:");
        let lines = help.lines().skip_while(|line| !is_heading(line));
        let lines = lines
            .filter(|line| line.starts_with("  "))
            .map(str::to_owned);
        lines.collect::<Vec<_>>()
    };
    let mut found = 0;
    for command in commands(&place) {
        let narrow = examples(&command, "80");
        assert_eq!(narrow, examples(&command, "200"), "{command}");
        for line in &narrow {
            assert!(line.chars().count() <= 78, "{command}: {line}");
        }
        found += usize::from(!narrow.is_empty());
    }
    assert!(found >= 8, "{found}");
}

/// Programs of the host that do nothing here, with what they print.
const PROGRAMS: [(&str, &str); 12] = [
    ("apt", ""),
    ("az", "echo 11111111-1111-4111-8111-111111111111"),
    ("cargo", ""),
    ("crontab", ""),
    ("docker", ""),
    ("graph-token", "echo token"),
    ("openssl", ""),
    ("pass", "echo secret"),
    ("jq", "echo '{\"mail\":\"a@example.org\",\"active\":true}'"),
    ("sudo", "case $1 in tee) cat >/dev/null ;; esac"),
    ("systemctl", ""),
    ("tar", "echo archive"),
];

const FILES: [(&str, &str); 21] = [
    ("key.pem", ""),
    ("new-key.pem", ""),
    (
        "new-certificate.pem",
        include_str!("data/certificates/reports.pem"),
    ),
    ("reports.secret", "secret\n"),
    ("pod.token", "token\n"),
    (
        "certificate.pem",
        include_str!("data/certificates/reports.pem"),
    ),
    ("README.md", "# Read me\n"),
    ("backup.log", "done\n"),
    ("report.txt", "All is well.\n"),
    ("r.txt", "All is well.\n"),
    ("text.txt", "All is well.\n"),
    ("hello.txt", "Hello\n"),
    (
        "report.html",
        "<p>All is well. <img src=\"cid:chart\"></p>\n",
    ),
    ("welcome.html", "<p>Welcome</p>\n"),
    ("letter.md", "Dear *customer*\n"),
    ("chart.png", "image\n"),
    ("report.pdf", "%PDF\n"),
    ("dump.gz", "dump\n"),
    (
        "people.csv",
        "email,number\na@example.org,1\nb@example.org,2\n",
    ),
    (
        "people.xlsx.csv",
        "E-mail address;Name\na@example.org;A\nb@example.org;B\nc@example.org;C\n",
    ),
    (
        "message.eml",
        "From: you@sandbox.example\nTo: a@example.org\nSubject: S\n\nB\n",
    ),
];

/// The account that the help of `doctor` names.
const LOGIN: &str = "(umask 077; cat key.pem certificate.pem > reports.pem)\ngraphmail login -A reports --client-id ID --tenant contoso.com \
    --mailbox reports@contoso.com --certificate reports.pem\n";

/// A sandbox that an example starts in the background ends with the examples.
const ENDS: &str = r#"outer=${GRAPHMAIL_SANDBOX_PID:-}
trap '[ "${GRAPHMAIL_SANDBOX_PID:-}" = "$outer" ] || kill "$GRAPHMAIL_SANDBOX_PID"' EXIT
"#;

/// A service that listens has done its work, and a cron job has none of the sandbox's variables:
/// `doctor` warns of that.
const SMTPD: &str = r#"graphmail() {
    case $* in
        *--as-cron*) command graphmail "$@" || [ $? = 78 ]; return ;;
        doctor*) command graphmail "$@" || [ $? = 1 ]; return ;;
        smtpd*) ;;
        *) command graphmail "$@"; return ;;
    esac
    coproc SERVICE { exec graphmail "$@" 2>&1; }
    read -r said <&"${SERVICE[0]}"
    kill "$SERVICE_PID"
    case $said in *listening*) ;; *) echo "$said"; return 1 ;; esac
}
"#;

fn prepare(place: &Place) {
    let bin = place.home().join("bin");
    fs::create_dir(&bin).unwrap();
    for (name, body) in PROGRAMS {
        let path = bin.join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    for (name, contents) in FILES {
        drop(place.file(name, contents));
    }
    drop(place.file("dump.sql.gz", &"x".repeat(4 << 20)));
    let script = place.file(
        "nightly-report.sh",
        "#!/bin/sh\ngraphmail send -t a@example.org -s Report\n",
    );
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    for folder in ["invoices", "packaging"] {
        fs::create_dir(place.home().join(folder)).unwrap();
    }
    fs::copy(bin.join("cargo"), place.home().join("packaging/tarball.sh")).unwrap();
    for number in [1, 2] {
        drop(place.file(&format!("invoices/{number}.pdf"), "%PDF\n"));
    }
}

/// Runs the commands of a document, one after the other; each must succeed.
#[track_caller]
fn run(place: &Place, name: &str, commands: &str) {
    let commands = commands
        .replace("127.0.0.1:2525", "127.0.0.1:0")
        .replace("/run/graphmail/submit", "submit")
        .replace(
            "--client-id ID",
            "--client-id 11111111-1111-4111-8111-111111111111",
        );
    let script = format!("set -eu -o pipefail\n{SMTPD}{ENDS}set -x\n{commands}\n");
    let path = format!(
        "{}:/usr/local/bin:/usr/bin:/bin",
        place.home().join("bin").display()
    );
    let mut sandbox = place.bare(PROGRAM);
    let output = sandbox
        .args([
            "sandbox",
            "--polls",
            "0",
            "--certificate",
            "certificate.pem",
        ])
        .args(["--federated-token-file", "pod.token", "--managed-identity"])
        .args(["--", "bash", "-c", &script])
        .env("PATH", path)
        .run();
    assert!(
        output.status.success(),
        "{name}: {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
}

/// The transcript in the README is what its first command prints: standard output, then standard error.
#[test]
fn the_transcript_of_the_readme() {
    let readme = include_str!("../README.md");
    let place = Place::new();
    drop(place.file("README.md", readme));
    let command = blocks(readme);
    let command = command.lines().next().unwrap();
    let command = command.strip_prefix("cargo run -- ").unwrap();
    let words = shlex::split(command).unwrap();
    let output = place.bare(PROGRAM).args(words).run();
    let printed = format!("{}{}", text(&output.stdout), text(&output.stderr));
    let transcript = readme.split("```text\n").nth(1).unwrap();
    let transcript = transcript.split("```").next().unwrap();
    assert_eq!((output.status.code(), &*printed), (Some(0), transcript));
}

#[test]
fn the_readme() {
    let place = Place::new();
    prepare(&place);
    run(&place, "README.md", &blocks(include_str!("../README.md")));
}

/// The files of the pages that are written by hand, and of the sections of the commands.
fn sources() -> Vec<PathBuf> {
    let folder = Path::new("src/commands/manual/pages");
    let files = [folder.to_path_buf(), folder.join("commands")].map(|folder| {
        let files = fs::read_dir(folder).unwrap();
        files.map(|file| file.unwrap().path())
    });
    let files = files.into_iter().flatten();
    let mut files: Vec<_> = files.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn the_manual() {
    let mut found = 0;
    for path in sources() {
        let commands = blocks(&fs::read_to_string(&path).unwrap());
        if !commands.is_empty() {
            let place = Place::new();
            prepare(&place);
            let is_command = path.starts_with("src/commands/manual/pages/commands");
            let login = if is_command { LOGIN } else { "" };
            let name = path.display().to_string();
            run(&place, &name, &format!("{login}{commands}"));
            found += 1;
        }
    }
    assert!(found >= 20, "{found} pages have examples");
}

/// The page of each command has its own examples and exit statuses, and they are statuses of graphmail(1).
#[test]
fn each_command_has_examples_and_exit_statuses() {
    let place = Place::new();
    let main = fs::read_to_string("man/graphmail.1").unwrap();
    for command in commands(&place) {
        let name = command.replace(' ', "-");
        let page = fs::read_to_string(format!("man/{name}.1")).unwrap();
        if command != "graphmail" {
            assert!(page.contains("\n.SH EXAMPLES\n"), "{command}");
        }
        let (_, statuses) = page.split_once("\n.SH \"EXIT STATUS\"\n").unwrap();
        let statuses = statuses.split("\n.SH ").next().unwrap();
        let terms = statuses.split("\n\\fB").skip(1);
        let numbers = terms.filter_map(|term| term.split_once("\\fR")?.0.parse::<u8>().ok());
        let numbers: Vec<_> = numbers.collect();
        // Their help has them in a sentence.
        let is_sentence = matches!(
            &*command,
            "graphmail merge" | "graphmail sendmail" | "graphmail smtpd"
        );
        assert!(is_sentence || !numbers.is_empty(), "{command}");
        for number in numbers {
            assert!(
                main.contains(&format!("\n\\fB{number}\\fR")),
                "{command}: {number}"
            );
        }
    }
}

/// The lines of the examples on a page, as a terminal shows them: indented like text.
#[test]
fn the_examples_of_the_manual_fit_on_a_terminal() {
    const INDENT: usize = 7;
    for page in fs::read_dir("man").unwrap() {
        let path = page.unwrap().path();
        let page = fs::read_to_string(&path).unwrap();
        for example in page.split("\n.EX\n").skip(1) {
            let (example, _) = example.split_once("\n.EE\n").unwrap();
            for line in example.lines() {
                let line = line.replace("\\-", "-").replace("\\\\", "\\");
                let line = line.replace("\\*(Aq", "'").replace("\\&", "");
                let width = INDENT + line.chars().count();
                assert!(width <= 78, "{}: {width}: {line}", path.display());
            }
        }
    }
}

#[test]
fn the_help() {
    for command in ["send", "draft create", "merge", "sandbox", "doctor"] {
        let place = Place::new();
        prepare(&place);
        let examples = of_help(&place, command);
        run(&place, command, &format!("{LOGIN}{examples}"));
    }
}
