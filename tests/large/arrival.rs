//! Every size arrives byte for byte, through the requests that the plan announced.

use graphmail::sandbox::{Exchange, Options};
use serde_json::Value;

use crate::support::files;
use crate::support::program::{Place, text};

/// How an attachment travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    /// In the one request.
    Direct,
    /// By `POST …/attachments`.
    Post,
    /// Through an upload session.
    Session,
}

/// The routes of one message's attachments of these sizes in bytes.
type Message = (&'static [u64], &'static [Route]);

const MESSAGES: [Message; 11] = [
    (&[1], &[Route::Direct]),
    (&[2_200_000], &[Route::Direct]),
    (&[2_990_000], &[Route::Direct]),
    (&[3_000_000], &[Route::Direct]),
    (&[3_500_000], &[Route::Session]),
    (&[10_000_000], &[Route::Session]),
    // What goes in one request alone goes by one of the two others where there is more of it.
    (&[1, 3_500_000], &[Route::Post, Route::Session]),
    (&[2_200_000, 2_200_000], &[Route::Post, Route::Post]),
    (&[2_990_000, 3_000_000], &[Route::Post, Route::Session]),
    (
        &[2_999_999, 3_000_001, 0],
        &[Route::Post, Route::Session, Route::Post],
    ),
    // A last range of one byte, and none but whole ones.
    (&[3_932_161, 7_864_320], &[Route::Session, Route::Session]),
];

#[test]
fn each_size_arrives_byte_for_byte_by_the_announced_route() {
    let place = Place::new();
    for (sizes, routes) in MESSAGES {
        arrives(&place, sizes, routes);
    }
}

/// Above the 35 MB that a mailbox sends without a word of its administrator's.
#[test]
fn so_does_what_takes_a_mailbox_with_a_higher_limit() {
    let place = Place::with(Options {
        message_limit: 150 << 20,
        ..Options::default()
    });
    place.configure(
        "[accounts.large]\nauth = \"token-command\"\ntoken_command = \"false\"\nmessage_limit = \"150MB\"\n",
    );
    arrives(&place, &[3_400_000; 10], &[Route::Session; 10]);
    arrives(&place, &[110_000_000], &[Route::Session]);
}

/// Sends a message with attachments of these sizes.
#[track_caller]
fn arrives(place: &Place, sizes: &[u64], routes: &[Route]) {
    let mut line = "send -t a@example.org -s Large -q".to_owned();
    let mut wanted = Vec::new();
    for (number, &size) in sizes.iter().enumerate() {
        let name = format!("{number}.bin");
        wanted.push((name.clone(), files::write(&place.home().join(&name), size)));
        line += &format!(" --attach {name}");
    }
    let output = place.run(&format!("{line} --dry-run --json"));
    assert_eq!(output.status.code(), Some(0), "{sizes:?}: {output:?}");
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();

    let before = place.sandbox().exchanges().len();
    let output = place.run(&line);
    let said = (output.status.code(), text(&output.stderr));
    assert_eq!(said, (Some(0), ""), "{sizes:?}");
    let exchanges = place.sandbox().exchanges().split_off(before);
    assert_eq!(made(&exchanges), announced(&plan), "{sizes:?}");
    let names = wanted.iter().map(|(name, _)| name.as_str());
    let taken: Vec<_> = names.map(|name| route(name, &plan)).collect();
    assert_eq!(taken, routes, "{sizes:?}");

    let accepted = place.sandbox().accepted();
    let arrived: Vec<_> = accepted[accepted.len() - 1]
        .attachments
        .iter()
        .map(|it| (it.name.clone(), files::hash(it.contents.reader())))
        .collect();
    assert_eq!(arrived, wanted, "{sizes:?}");
    assert!(place.sandbox().drafts().is_empty(), "{sizes:?}");
    assert_eq!(place.sandbox().complaints(), [""; 0], "{sizes:?}");
}

/// A request: its method, what it is about, the attachment's name, and its bytes of the message.
type Request = (String, String, Option<String>, u64);

/// The requests that the plan announces. The ranges of a session are one, with all their bytes.
fn announced(plan: &Value) -> Vec<Request> {
    let word = |value: &Value| value.as_str().map(str::to_owned);
    let requests = plan["requests"].as_array().unwrap().iter();
    requests
        .map(|request| {
            let what = word(&request["what"]).unwrap_or_else(|| "sendMail".to_owned());
            let what = match what.as_str() {
                "upload session" => format!("{} ranges", request["count"]),
                _ => what,
            };
            (
                word(&request["method"]).unwrap(),
                what,
                word(&request["name"]),
                request["bytes"].as_u64().unwrap(),
            )
        })
        .collect()
}

/// The requests that were made, in the plan's words.
fn made(exchanges: &[Exchange]) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    let mut uploaded = None;
    for exchange in exchanges {
        let body = || serde_json::from_slice::<Value>(&exchange.body).unwrap();
        let name = |value: &Value| value["name"].as_str().map(str::to_owned);
        let steps: Vec<_> = exchange.path.split(['/', '?']).skip(1).collect();
        let (what, name, bytes) = match steps.as_slice() {
            ["v1.0", "me", "sendMail"] => ("sendMail", None, exchange.length),
            ["v1.0", "me", "messages"] => ("messages", None, exchange.length),
            ["v1.0", "me", "messages", _, "attachments"] => {
                let body = body();
                let bytes = body["contentBytes"].as_str().unwrap().len() as u64;
                ("messages/{id}/attachments", name(&body), bytes)
            }
            [
                "v1.0",
                "me",
                "messages",
                _,
                "attachments",
                "createUploadSession",
            ] => {
                uploaded = name(&body()["AttachmentItem"]);
                let what = "messages/{id}/attachments/createUploadSession";
                (what, uploaded.clone(), 0)
            }
            ["upload", ..] => {
                let length = exchange.length;
                match requests.last_mut() {
                    Some((_, what, _, bytes)) if what.ends_with(" ranges") => {
                        let count: u64 = what.split(' ').next().unwrap().parse().unwrap();
                        *what = format!("{} ranges", count + 1);
                        *bytes += length;
                        continue;
                    }
                    _ => ("1 ranges", uploaded.clone(), length),
                }
            }
            ["v1.0", "me", "messages", _, "send"] => ("messages/{id}/send", None, exchange.length),
            _ => panic!("{exchange:?}"),
        };
        requests.push((exchange.method.clone(), what.to_owned(), name, bytes));
    }
    requests
}

/// How the plan brings the attachment.
fn route(name: &str, plan: &Value) -> Route {
    let requests = announced(plan);
    let about = requests
        .iter()
        .find(|(_, _, of, _)| of.as_deref() == Some(name));
    match about.map(|(_, what, _, _)| what.as_str()) {
        None => Route::Direct,
        Some("messages/{id}/attachments") => Route::Post,
        Some(_) => Route::Session,
    }
}
