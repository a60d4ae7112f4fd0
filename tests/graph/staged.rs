//! A message that travels as a draft, from the library's operations to the sandbox.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use graphmail::auth::{App, ClientSecret, Credential, Tokens};
use graphmail::cloud::Cloud;
use graphmail::graph::{
    Draft as Kept, Error, Graph, Parts, Progress, Receipt, Sender, create_draft, submit,
};
use graphmail::http::client::Client;
use graphmail::http::{Failure, Link, Request, Response, Trace, Transport, WaitBudget};
use graphmail::sandbox::{Options, Sandbox};
use graphmail::seams::Environment;
use graphmail::secret::Secret;
use graphmail::submission::{Content, Draft, Format, Submission, Upload, UploadRoute};
use serde_json::json;

use crate::support::seams::Fixed;
use crate::support::transport::{Untraced, link};

/// The mailbox, which an application sends from.
pub(crate) const MAILBOX: &str = "you@sandbox.example";

/// Bytes that are not the same anywhere within a range.
pub(crate) fn bytes(size: u64) -> Bytes {
    let pattern: Vec<u8> = (0..251).collect();
    let size = usize::try_from(size).expect("a size");
    let mut bytes = pattern.repeat(size / pattern.len() + 1);
    bytes.truncate(size);
    bytes.into()
}

/// An attachment in memory, by the route that its size asks for.
pub(crate) fn upload(name: &str, size: u64) -> Upload {
    Upload {
        name: name.to_owned(),
        content_type: "application/octet-stream".to_owned(),
        size,
        content_id: None,
        inline: false,
        route: UploadRoute::for_size(size),
        content: Content::Octets(bytes(size).into()),
    }
}

/// A message with these attachments.
pub(crate) fn message(uploads: Vec<Upload>) -> Submission {
    let message_id = "<large@graphmail.example>";
    let body = json!({
        "subject": "Large",
        "body": {"contentType": "text", "content": "See what is attached."},
        "toRecipients": [{"emailAddress": {"address": "a@example.org"}}],
        "internetMessageId": message_id,
    });
    Submission::Staged {
        draft: Draft {
            format: Format::Json,
            body: body.to_string().into(),
        },
        uploads,
        message_id: Some(message_id.to_owned()),
        recipients: vec!["a@example.org".to_owned()],
    }
}

/// The network of one run, on which the request that meets a stall does not wait for long.
struct Network {
    client: Client,
    /// Method and end of the path of what stalls, and how many of them do not.
    stall: Option<(String, String, u32)>,
    seen: AtomicU32,
}

impl Transport for Network {
    fn execute(&self, request: &Request) -> Result<Response, Failure> {
        let mut request = request.clone();
        if let Some((method, path, after)) = &self.stall
            && request.method.name() == method
            && request.url.expose().path().contains(path)
            && !request
                .url
                .expose()
                .path()
                .trim_end_matches(path)
                .is_empty()
            && self.seen.fetch_add(1, Ordering::Relaxed) == *after
        {
            request.timeout = Duration::from_secs(2);
        }
        self.client.execute(&request)
    }
}

/// A sandbox and what talks to it.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    /// The clock of this host.
    pub(crate) clock: Arc<Fixed>,
    pub(crate) max_wait: Duration,
    stall: Option<(String, String, u32)>,
}

impl World {
    pub(crate) fn new(options: Options) -> Self {
        let clock = Arc::new(Fixed::new());
        Self::between(options, Arc::clone(&clock), clock)
    }

    /// A sandbox with a clock of its own.
    pub(crate) fn between(options: Options, clock: Arc<Fixed>, seams: Arc<Fixed>) -> Self {
        Self {
            sandbox: Sandbox::start(options, seams).expect("a sandbox"),
            clock,
            max_wait: Duration::from_secs(60),
            stall: None,
        }
    }

    /// The request of that method whose path has that in it does not wait for long, but for the first `after`.
    pub(crate) fn hurry(&mut self, method: &str, path: &str, after: u32) {
        self.stall = Some((method.to_owned(), path.to_owned(), after));
    }

    /// Sends the message from the application's mailbox.
    pub(crate) fn send(
        &self,
        submission: &Submission,
        progress: &mut dyn Progress,
    ) -> Result<Receipt, Error> {
        self.with(&Untraced, |graph, sender| {
            submit(graph, sender, submission, progress, &mut ())
        })
    }

    /// Does something as the application, under that trace.
    pub(crate) fn with<T>(
        &self,
        trace: &dyn Trace,
        act: impl FnOnce(&mut Graph<'_>, &Sender) -> T,
    ) -> T {
        let (graph_url, login_url) = (self.sandbox.graph_url(), self.sandbox.login_url());
        let cloud = Cloud::new("sandbox", &graph_url, &login_url).expect("a cloud");
        let network = Network {
            client: Client::new(&Environment::default()),
            stall: self.stall.clone(),
            seen: AtomicU32::new(0),
        };
        let waits = WaitBudget::new(self.max_wait);
        let link = Link {
            transport: &network,
            seams: &*self.clock,
            trace,
            throttle: None,
            begun: None,
            timeout: Duration::from_secs(30),
            waits: &waits,
        };
        let app = App {
            client_id: "11111111-2222-3333-4444-555555555555".to_owned(),
            tenant: "contoso.com".to_owned(),
            cloud: cloud.clone(),
        };
        let credential = Credential::ClientSecret(ClientSecret::Given(Secret::new("hunter2")));
        let mut graph = Graph {
            cloud: &cloud,
            link,
            tokens: Tokens::new(app, credential, link, None),
        };
        act(&mut graph, &Sender::User(MAILBOX.to_owned()))
    }

    /// What a correct client never does.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let complaints = self.sandbox.complaints().into_iter();
        complaints
            .filter(|complaint| !complaint.starts_with("the fault"))
            .collect()
    }

    /// Every request to Graph and Outlook so far, with the fields that matter, its body where that is
    /// a short JSON, and its status. Ids and addresses that nobody knows beforehand have names.
    pub(crate) fn requests(&self) -> String {
        let mut text = String::new();
        for exchange in self.sandbox.exchanges() {
            if exchange.path.contains("/oauth2/") {
                continue;
            }
            let path = exchange.path.replace("/v1.0/users/you@sandbox.example", "");
            let path = named(&path, "/upload/", "SESSION");
            let path = named(&path, "/messages/AAMk", "ID");
            writeln!(text, "{} {path}", exchange.method).expect("room");
            for (name, value) in &exchange.headers {
                match name.as_str() {
                    "authorization" => writeln!(text, "  authorization: Bearer …"),
                    "accept" | "user-agent" | "host" | "client-request-id" => Ok(()),
                    _ => writeln!(text, "  {name}: {value}"),
                }
                .expect("room");
            }
            if !exchange.body.is_empty() {
                writeln!(text, "  {}", String::from_utf8_lossy(&exchange.body)).expect("room");
            }
            let status = exchange
                .status
                .map_or("reset".to_owned(), |it| it.to_string());
            writeln!(text, "= {status}").expect("room");
        }
        text
    }
}

/// The segment that begins after `prefix`, and a query that is a key, under another name.
fn named(path: &str, prefix: &str, name: &str) -> String {
    let Some(at) = path.find(prefix) else {
        return path.to_owned();
    };
    let kept = prefix.find("AAMk").unwrap_or(prefix.len());
    let (head, rest) = path.split_at(at + kept);
    let rest = rest.find(['/', '?']).map_or("", |end| &rest[end..]);
    let rest = rest.split("?authtoken").next().unwrap_or_default();
    format!("{head}{name}{rest}")
}

/// Two ranges and a bit.
pub(crate) const LARGE: u64 = 2 * UploadRoute::RANGE + 1000;

pub(crate) fn world(faults: &[&str]) -> World {
    let world = World::new(Options::default());
    for fault in faults {
        let fault = fault.parse().unwrap_or_else(|error| panic!("{error}"));
        world.sandbox.add_fault(fault);
    }
    world
}

fn parts(submission: &Submission) -> Parts<'_> {
    let Submission::Staged {
        draft,
        uploads,
        message_id,
        ..
    } = submission
    else {
        panic!("a draft");
    };
    Parts {
        draft,
        uploads,
        message_id: message_id.as_deref(),
        recipients: submission.recipients(),
    }
}

pub(crate) fn create(world: &World, submission: &Submission) -> Result<Kept, Error> {
    world.with(&Untraced, |graph, sender| {
        create_draft(graph, sender, parts(submission), &mut ())
    })
}

/// Names and contents of what is attached to the only message that arrived.
pub(crate) fn arrived(sandbox: &Sandbox) -> Vec<(String, Vec<u8>)> {
    let [accepted] = <[_; 1]>::try_from(sandbox.accepted()).expect("one message");
    let attachments = accepted.attachments.into_iter();
    attachments
        .map(|it| (it.name, it.contents.to_vec().expect("contents")))
        .collect()
}

/// A graph in that cloud, over a script.
pub(crate) fn scripted<T>(
    cloud: &str,
    script: &dyn Transport,
    act: impl FnOnce(&mut Graph<'_>) -> T,
) -> T {
    let (clock, cloud) = (Fixed::new(), Cloud::national(cloud).expect("a cloud"));
    let link = link(script, &clock);
    let app = App {
        client_id: String::new(),
        tenant: String::new(),
        cloud: cloud.clone(),
    };
    let token = Credential::AccessToken(Secret::new("eyJ0.a.b"));
    let tokens = Tokens::new(app, token, link, None);
    act(&mut Graph {
        cloud: &cloud,
        link,
        tokens,
    })
}
