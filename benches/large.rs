//! Messages that go as drafts: beside curl with the same requests, and what they take of memory.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use graphmail::submission::UploadRoute;

use crate::draft;
use crate::measure::{Program, Summary, alone, alternately, released};
use crate::report::{Aims, Report};
use crate::server::Server;

/// Runs that are thrown away, and runs that count.
const RUNS: (usize, usize) = (2, 9);

/// Megabytes of memory, whatever the size of the attachments.
const PEAK: f64 = 40.0;

pub(crate) fn compare(folder: &Path, report: &mut Report) -> Result<()> {
    let folder = folder.join("large");
    fs::create_dir(&folder)?;
    let server = Server::start(draft::MODE, &folder)?;
    configure(&folder)?;
    let mut sent = 0;
    let mut measured = |mut programs: Vec<Program>| -> Result<Vec<Summary>> {
        sent += programs.len() * (RUNS.0 + RUNS.1);
        alternately(&mut programs, RUNS)
    };

    let attachment = attachment(&folder, 100_000_000)?;
    let summaries = measured(vec![
        Program::new(
            "graphmail send",
            graphmail(&server, &folder, "--attach", &attachment)?,
        ),
        Program::new("curl", by_curl(&server, &folder, &attachment)?),
    ])?;
    let aims = Aims {
        wall: [1.15, 0.0],
        cpu: 1.5,
        peak: PEAK,
        ..Aims::default()
    };
    report.group("send a 100 MB attachment, one authority", &summaries, &aims)?;

    for (name, size) in [
        ("a 10 MB attachment", 10_000_000),
        ("a 110 MB attachment", 110_000_000),
    ] {
        let attachment = self::attachment(&folder, size)?;
        let send = graphmail(&server, &folder, "--attach", &attachment)?;
        let summaries = measured(vec![Program::new("graphmail send", send)])?;
        let aims = Aims {
            peak: PEAK,
            ..Aims::default()
        };
        report.group(name, &summaries, &aims)?;
    }

    let ready = ready(&folder)?;
    let send = graphmail(&server, &folder, "--mime", &ready)?;
    let pipe = graphmail_sendmail(&server, &folder, &ready)?;
    let summaries = measured(vec![
        Program::new("graphmail send --mime", send),
        Program::new("graphmail sendmail", pipe),
    ])?;
    let aims = Aims {
        peak: PEAK,
        ..Aims::default()
    };
    report.group("a ready message of 100 MB", &summaries, &aims)?;
    let accepted = server.stop()?;
    ensure!(
        accepted == sent,
        "{sent} messages were sent, {accepted} accepted"
    );
    Ok(())
}

/// An account whose mailbox sends messages of that size.
fn configure(home: &Path) -> Result<()> {
    let folder = home.join(".config/graphmail");
    fs::create_dir_all(&folder)?;
    let account = "[accounts.large]\nauth = \"token-command\"\ntoken_command = \"false\"\n\
         message_limit = \"150MB\"\n";
    File::create_new(folder.join("config.toml"))?.write_all(account.as_bytes())?;
    Ok(())
}

fn attachment(folder: &Path, size: u64) -> Result<PathBuf> {
    let path = folder.join(format!("{size}.bin"));
    io::copy(
        &mut io::repeat(b'x').take(size),
        &mut File::create_new(&path)?,
    )?;
    Ok(path)
}

/// A message of 100 MB with one attachment.
fn ready(folder: &Path) -> Result<PathBuf> {
    const SIZE: usize = 100_000_000;
    let head = "From: a@example.org\r\nTo: b@example.org\r\nSubject: Large\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nx\r\n\
         --x\r\nContent-Type: application/octet-stream; name=a\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=a\r\n\r\n";
    let line = format!("{}\r\n", "eHh4".repeat(19));
    let tail = "--x--\r\n";
    let path = folder.join("ready.eml");
    let mut file = BufWriter::new(File::create_new(&path)?);
    file.write_all(head.as_bytes())?;
    for _ in 0..(SIZE - head.len() - tail.len()) / line.len() {
        file.write_all(line.as_bytes())?;
    }
    file.write_all(tail.as_bytes())?;
    file.flush()?;
    Ok(path)
}

fn graphmail(server: &Server, home: &Path, flag: &str, file: &Path) -> Result<Command> {
    let mut send = alone(released()?, home);
    send.arg("send");
    if flag == "--attach" {
        send.args(["--to", "a@example.org", "--subject", "Large"]);
    }
    send.arg(flag).arg(file);
    set_account(&mut send, server);
    Ok(send)
}

/// `sendmail` with the message on standard input.
fn graphmail_sendmail(server: &Server, home: &Path, message: &Path) -> Result<Command> {
    let mut sendmail = alone("sh", home);
    sendmail
        .args(["-c", "exec \"$0\" sendmail b@example.org <\"$1\""])
        .arg(released()?)
        .arg(message);
    set_account(&mut sendmail, server);
    Ok(sendmail)
}

fn set_account(command: &mut Command, server: &Server) {
    command
        .env("GRAPHMAIL_GRAPH_URL", &server.url)
        .env("GRAPHMAIL_ACCESS_TOKEN", &server.token)
        .env("SSL_CERT_FILE", &server.authority);
}

/// curl with the same requests on one connection, from a file for each range.
fn by_curl(server: &Server, folder: &Path, attachment: &Path) -> Result<Command> {
    let graph = format!("{}/v1.0/me/messages", server.url);
    let bearer = format!("header = \"Authorization: Bearer {}\"", server.token);
    let json = |body: &str| {
        format!("{bearer}\nheader = \"Content-Type: application/json\"\ndata = \"{body}\"")
    };
    let mut requests = vec![
        (graph.clone(), json("{}")),
        (
            format!("{graph}/AAMkDraft/attachments/createUploadSession"),
            json("{}"),
        ),
    ];
    let mut file = File::open(attachment)?;
    let size = file.metadata()?.len();
    let mut first = 0;
    while first < size {
        let length = (size - first).min(UploadRoute::RANGE);
        let range = folder.join(format!("range-{first}"));
        file.seek(SeekFrom::Start(first))?;
        io::copy(&mut (&file).take(length), &mut File::create_new(&range)?)?;
        let put = format!(
            "upload-file = \"{}\"\nheader = \"Content-Range: bytes {first}-{}/{size}\"\n\
             header = \"Content-Type: application/octet-stream\"\nheader = \"Expect:\"",
            range.display(),
            first + length - 1,
        );
        requests.push((format!("{}{}", server.url, draft::UPLOAD), put));
        first += length;
    }
    let send = format!("{bearer}\nrequest = \"POST\"\nheader = \"Content-Length: 0\"");
    requests.push((format!("{graph}/AAMkDraft/send"), send));

    let common = format!(
        "silent\nshow-error\nfail\nhttp1.1\noutput = \"/dev/null\"\ncacert = \"{}\"",
        server.authority.display()
    );
    let sections: Vec<_> = requests
        .into_iter()
        .map(|(url, request)| format!("url = \"{url}\"\n{common}\n{request}\n"))
        .collect();
    let config = folder.join("curl.conf");
    let text = format!("fail-early\n{}", sections.join("next\n"));
    File::create_new(&config)?.write_all(text.as_bytes())?;
    let mut curl = alone("curl", folder);
    curl.args(["-q", "--config"]).arg(&config);
    Ok(curl)
}
