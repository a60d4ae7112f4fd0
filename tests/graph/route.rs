//! Messages that travel as drafts: what is asked, in which order, and what is left in the end.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use graphmail::exit::Class;
use graphmail::graph::{Progress, Remains, Sender, Step, submit};
use graphmail::http::{Failure, RequestOutcome};
use graphmail::sandbox::Options;
use graphmail::snapshot::Snapshot;
use graphmail::submission::{Content, Upload, UploadRoute};
use graphmail::ui::{OutputOptions, Ui};

use super::faults::compare;
use super::staged::{LARGE, World, arrived, bytes, create, message, scripted, upload, world};
use crate::support::seams::Fixed;
use crate::support::transport::{Scripted, answer};

#[test]
fn a_message_goes_step_by_step() {
    let world = world(&[]);
    let inline = Upload {
        content_type: "image/png".to_owned(),
        content_id: Some("logo".to_owned()),
        inline: true,
        ..upload("logo.png", 12)
    };
    let submission = message(vec![inline, upload("räport \"1\".bin", LARGE)]);
    let receipt = world.send(&submission, &mut ()).expect("sent");
    assert!(!receipt.settled && receipt.request_id.is_some());
    compare("draft-requests.txt", &world.requests());
    assert_eq!(world.sandbox.complaints(), Vec::<String>::new());
    let [accepted] = <[_; 1]>::try_from(world.sandbox.accepted()).expect("one message");
    let shown: Vec<_> = accepted
        .attachments
        .iter()
        .map(|it| {
            (
                it.name.as_str(),
                it.content_type.as_str(),
                it.content_id.as_deref(),
                it.inline,
                it.uploaded,
            )
        })
        .collect();
    let binary = "application/octet-stream";
    assert_eq!(
        shown,
        [
            ("logo.png", "image/png", Some("logo"), true, false),
            ("räport \"1\".bin", binary, None, false, true),
        ]
    );
}

#[test]
fn attachments_of_every_size_arrive_whole_and_in_their_order() {
    let world = World::new(Options {
        message_limit: 150 << 20,
        ..Options::default()
    });
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(&bytes(10_000_000)).expect("room");
    let sizes = [
        0,
        1,
        2_200_000,
        UploadRoute::SESSION_FROM - 1,
        UploadRoute::SESSION_FROM,
        UploadRoute::RANGE,
        UploadRoute::RANGE + 1,
        2 * UploadRoute::RANGE,
    ];
    let mut uploads: Vec<_> = sizes
        .iter()
        .map(|size| upload(&format!("{size}.bin"), *size))
        .collect();
    uploads.push(Upload {
        content: seen(file.path()),
        ..upload("10000000.bin", 10_000_000)
    });
    let mut bars = Bars::default();
    world.send(&message(uploads), &mut bars).expect("sent");
    assert_eq!(world.complaints(), Vec::<String>::new());
    let arrived = arrived(&world.sandbox);
    for ((name, contents), size) in arrived.iter().zip(sizes.into_iter().chain([10_000_000])) {
        assert!(
            (name.as_str(), contents.as_slice()) == (&format!("{size}.bin"), &bytes(size)),
            "{size}: {name} with {} bytes",
            contents.len()
        );
    }
    assert_eq!(arrived.len(), sizes.len() + 1);
    compare("progress.txt", &bars.0);
}

/// Writes down what a person would see.
#[derive(Default)]
struct Bars(String);

impl Progress for Bars {
    fn start(&mut self, total: u64) {
        self.0 += &format!("{total} bytes\n");
    }
    fn begin(&mut self, name: &str, size: u64) {
        self.0 += &format!("{name} ({size}):");
    }
    fn advance(&mut self, to: u64) {
        self.0 += &format!(" {to}");
    }
    fn end(&mut self) {
        self.0 += "\n";
    }
    fn interrupted(&self) -> bool {
        false
    }
}

/// Does something when the first bytes have arrived, or says stop when asked often enough.
struct Hook<F: Fn()> {
    act: F,
    asked: Cell<u32>,
    stop_at: u32,
}

impl<F: Fn()> Progress for Hook<F> {
    fn start(&mut self, _: u64) {}
    fn begin(&mut self, _: &str, _: u64) {}
    fn advance(&mut self, to: u64) {
        if to == UploadRoute::RANGE {
            (self.act)();
        }
    }
    fn end(&mut self) {}
    fn interrupted(&self) -> bool {
        self.asked.set(self.asked.get() + 1);
        self.asked.get() >= self.stop_at
    }
}

fn hook<F: Fn()>(act: F) -> Hook<F> {
    Hook {
        act,
        asked: Cell::new(0),
        stop_at: u32::MAX,
    }
}

#[test]
fn an_expired_token_is_renewed_in_the_middle() {
    let world = world(&[]);
    let mut hook = hook(|| world.sandbox.expire_access_tokens());
    world
        .send(&message(vec![upload("a", LARGE)]), &mut hook)
        .expect("sent");
    assert!(arrived(&world.sandbox) == [("a".to_owned(), bytes(LARGE).to_vec())]);
    let tokens = world.sandbox.exchanges().into_iter();
    let tokens = tokens.filter(|it| it.path.contains("/oauth2/")).count();
    assert_eq!((tokens, world.complaints().len()), (2, 0));
}

#[test]
fn an_expired_session_begins_its_file_again() {
    let world = world(&[]);
    let done = Cell::new(false);
    let mut hook = hook(|| {
        if !done.replace(true) {
            world.sandbox.expire_upload_sessions();
        }
    });
    let submission = message(vec![upload("a", LARGE), upload("b", 10)]);
    world.send(&submission, &mut hook).expect("sent");
    let wanted =
        [("a", LARGE), ("b", 10)].map(|(name, size)| (name.to_owned(), bytes(size).to_vec()));
    assert!(arrived(&world.sandbox) == wanted);
}

#[test]
fn stopped_anywhere_it_leaves_nothing() {
    let submission = message(vec![upload("small", 10), upload("large", LARGE)]);
    let mut steps = String::new();
    for stop_at in 1.. {
        let world = world(&[]);
        let mut hook = Hook {
            stop_at,
            ..hook(|| ())
        };
        let Err(error) = world.send(&submission, &mut hook) else {
            break;
        };
        assert!(error.is_interruption());
        assert_eq!(
            (error.class(), error.request_outcome()),
            (Class::Later, RequestOutcome::Later(None))
        );
        assert!(world.sandbox.drafts().is_empty() && world.sandbox.accepted().is_empty());
        steps += &format!("{error}\n");
    }
    assert_eq!(
        steps,
        "creating the draft: interrupted\n\
         attaching \"small\": interrupted\n\
         opening an upload session for \"large\": interrupted\n\
         uploading \"large\": interrupted\n\
         uploading \"large\": interrupted\n\
         uploading \"large\": interrupted\n\
         sending the draft: interrupted\n"
    );
}

#[test]
fn a_file_that_changes_on_the_way_is_not_sent() {
    let open = |path: &Path| {
        let file = File::options().write(true).open(path);
        file.expect("a file")
    };
    let resized = |size| move |path: &Path| open(path).set_len(size).expect("another size");
    let gone = |path: &Path| std::fs::remove_file(path).expect("removed");
    let replaced = |path: &Path| {
        gone(path);
        std::fs::create_dir(path).expect("a folder");
    };
    type Change<'a> = &'a dyn Fn(&Path);
    let before: [(&str, Change<'_>); 4] = [
        ("shorter", &resized(999)),
        ("longer", &resized(LARGE + 1)),
        ("gone", &gone),
        ("a folder", &replaced),
    ];
    // What is removed while it is read goes on to be read.
    let within: [(&str, Change<'_>); 2] = [
        ("shorter", &resized(UploadRoute::RANGE + 1)),
        ("longer", &resized(LARGE + 1)),
    ];
    let before = before.map(|(name, change)| (name, change, true));
    let within = within.map(|(name, change)| (name, change, false));
    for (name, change, early) in before.into_iter().chain(within) {
        for (size, step) in [
            (1_000_000, Step::Attach("a".to_owned())),
            (LARGE, Step::Upload("a".to_owned())),
        ] {
            if !early && size < LARGE {
                continue;
            }
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("a");
            let file = File::create_new(&path).expect("a file");
            file.set_len(size).expect("room");
            let upload = Upload {
                content: seen(&path),
                ..upload("a", size)
            };
            if early {
                change(&path);
            }
            let world = world(&[]);
            let mut hook = hook(|| {
                if !early {
                    change(&path);
                }
            });
            let error = world.send(&message(vec![upload]), &mut hook);
            let error = error.expect_err("another file");
            assert_eq!(
                (error.class(), error.request_outcome()),
                (Class::Input, RequestOutcome::Refused),
                "{name}"
            );
            let staged = error.staged().expect("a step");
            let end = (&staged.step, &staged.remains);
            assert_eq!(end, (&step, &Remains::Nothing), "{name}");
            assert!(world.sandbox.drafts().is_empty() && world.sandbox.accepted().is_empty());
        }
    }
}

#[test]
fn without_the_right_nothing_is_uploaded() {
    for (permissions, step, missing) in [
        (&["Mail.Send"][..], Step::Create, "Mail.ReadWrite"),
        (&["Mail.ReadWrite"], Step::Send, "Mail.Send"),
    ] {
        let world = World::new(Options {
            permissions: permissions.iter().map(|it| (*it).to_owned()).collect(),
            ..Options::default()
        });
        let error = world.send(&message(vec![upload("a", 10)]), &mut ());
        let error = error.expect_err("a refusal");
        assert_eq!(
            (error.class(), error.request_outcome()),
            (Class::SignIn, RequestOutcome::Refused)
        );
        let staged = error.staged().expect("a step");
        assert_eq!(
            (&staged.step, staged.missing_permission(), &staged.remains),
            (&step, Some(missing), &Remains::Nothing)
        );
        assert!(world.sandbox.drafts().is_empty());
        if step == Step::Create {
            assert_eq!(world.sandbox.exchanges().len(), 2, "a token and a refusal");
        }
    }
}

#[test]
fn a_message_with_the_same_id_from_another_time_is_left_alone() {
    // As a ready message is, when it is sent again or kept as a draft.
    let submission = message(vec![upload("a", 10)]);
    let world = world(&[]);
    let kept = create(&world, &submission).expect("a draft");
    world.clock.advance(Duration::from_secs(10));
    world.send(&submission, &mut ()).expect("sent");
    world.clock.advance(Duration::from_secs(10));
    for fault in [
        "POST /users/*/messages=reset-after",
        "POST /users/*/messages/*/send=reset-before",
        "POST /users/*/messages/*/send=404,code=ErrorItemNotFound",
    ] {
        world.sandbox.add_fault(fault.parse().expect("a fault"));
    }
    // The draft that was made twice is deleted, and no other; what lies in Sent Items is no proof.
    for _ in 0..2 {
        let error = world.send(&submission, &mut ()).expect_err("not sent");
        assert_eq!(
            error.request_outcome(),
            RequestOutcome::Later(None),
            "{error}"
        );
        let drafts: Vec<_> = world
            .sandbox
            .drafts()
            .into_iter()
            .map(|it| it.immutable_id)
            .collect();
        assert_eq!(drafts, [kept.id.as_str()]);
        assert_eq!(world.sandbox.accepted().len(), 1);
    }
    assert_eq!(world.sandbox.complaints(), Vec::<String>::new());
}

#[test]
fn a_clock_that_is_wrong_does_not_matter() {
    for there in ["2026-11-20T08:59:59Z", "2027-11-20T11:00:01Z"] {
        let there = Arc::new(Fixed::at(there));
        let (here, service) = (Arc::new(Fixed::new()), Arc::clone(&there));
        let world = World::between(Options::default(), here, service);
        let kept = create(&world, &message(vec![])).expect("a draft");
        world.clock.advance(Duration::from_secs(10));
        there.advance(Duration::from_secs(10));
        let fault = "POST /users/*/messages=reset-after";
        world.sandbox.add_fault(fault.parse().expect("a fault"));
        world.send(&message(vec![]), &mut ()).expect("sent");
        let drafts = world.sandbox.drafts().into_iter();
        let drafts: Vec<_> = drafts.map(|it| it.immutable_id).collect();
        assert_eq!(drafts, [kept.id.as_str()]);
    }
}

#[test]
fn a_copy_that_comes_late_is_waited_for() {
    for fault in [
        "POST /users/*/messages/*/send=reset-after",
        "POST /users/*/messages/*/send=429,retry-after=1,process=yes",
    ] {
        let world = World::new(Options {
            sent_items_delay: Duration::from_secs(10),
            faults: vec![fault.parse().expect("a fault")],
            ..Options::default()
        });
        let receipt = world.send(&message(vec![]), &mut ()).expect("sent");
        assert!(receipt.settled, "{fault}");
    }
}

/// The network as a log: whatever it is told, it writes.
#[test]
fn no_upload_url_is_in_a_trace_or_an_error() {
    let submission = message(vec![upload("a", LARGE)]);
    for faults in [
        &[][..],
        &["PUT /upload/*=reset-after,after=1", "GET /upload/*=500"],
        &["PUT /upload/*=404"],
        &["PUT /upload/*=302,times=99"],
        &["PUT /upload/*=reset-before,times=99"],
        &["PUT /upload/*=410,times=99"],
        &["POST /users/*/messages/*/attachments/createUploadSession=garbage,times=3"],
    ] {
        let world = world(faults);
        let (stdout, stderr) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let (mut out, mut err) = (stdout.borrow_mut(), stderr.borrow_mut());
        let output_options = OutputOptions {
            verbose: 2,
            ..OutputOptions::default()
        };
        let ui = Ui::new(&mut *out, &mut *err, output_options);
        let sent = world.with(&ui, |graph, sender| {
            submit(graph, sender, &submission, &mut (), &mut ())
        });
        drop(ui);
        let told = String::from_utf8(err.clone()).expect("text");
        assert!(told.contains("> POST "), "{told}");
        let shown = match &sent {
            Ok(_) => told,
            Err(error) => format!("{told}{error}{error:?}"),
        };
        for secret in ["authtoken", "/upload/", "hunter2"] {
            assert!(!shown.contains(secret), "{faults:?}: {shown}");
        }
        // No sandbox hears a token there without complaining.
        assert_eq!(world.complaints(), Vec::<String>::new());
        let uploads = world.sandbox.exchanges().into_iter();
        let mut uploads = uploads.filter(|it| it.path.starts_with("/upload/"));
        assert!(uploads.all(|it| it.header("authorization").is_none()));
    }
}

#[test]
fn a_cloud_without_upload_sessions_is_told_apart() {
    let created = || {
        answer(
            201,
            &[],
            r#"{"id":"AAMk1=","createdDateTime":"2026-11-20T10:00:00Z"}"#,
        )
    };
    let code = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"Why."}}}}"#);
    for (cloud, status, code, told) in [
        ("usgov", 400, code("BadRequest"), true),
        ("dod", 404, code("ResourceNotFound"), true),
        ("usgov", 405, code("ErrorInvalidRequest"), true),
        ("usgov", 501, String::new(), true),
        ("usgov", 405, code("MethodNotAllowed"), true),
        ("dod", 501, code("NotImplemented"), true),
        ("usgov", 400, code("ErrorMessageSizeExceeded"), false),
        ("usgov", 404, code("ErrorItemNotFound"), false),
        ("usgov", 403, code("ErrorAccessDenied"), false),
        ("global", 400, code("BadRequest"), false),
    ] {
        let script = Scripted::new([created(), answer(status, &[], &code), answer(204, &[], "")]);
        let sent = scripted(cloud, &script, |graph| {
            submit(
                graph,
                &Sender::Me,
                &message(vec![upload("a", LARGE)]),
                &mut (),
                &mut (),
            )
        });
        let error = sent.expect_err("a refusal");
        let words = format!(
            "opening an upload session for \"a\": the cloud {cloud:?} may not take attachments of 3 MB and more: HTTP "
        );
        assert_eq!(error.to_string().starts_with(&words), told, "{error}");
        if told {
            assert_eq!(
                (error.class(), error.request_outcome()),
                (Class::Message, RequestOutcome::Refused)
            );
        }
    }
}

#[test]
fn what_leaves_between_the_last_look_and_the_deletion_is_not_called_unsent() {
    let gone = || answer(404, &[], r#"{"error":{"code":"ErrorItemNotFound"}}"#);
    let draft = |is_draft: bool| answer(200, &[], &format!(r#"{{"isDraft":{is_draft}}}"#));
    let sent = |copies: &str| answer(200, &[], &format!(r#"{{"value":[{copies}]}}"#));
    let copy = |to: &str| {
        format!(
            r#"{{"id":"AAMk2=","createdDateTime":"2026-11-20T10:00:00Z","toRecipients":[{{"emailAddress":{{"address":"{to}"}}}}]}}"#
        )
    };
    let (ours, others) = (&copy("A@example.org"), &copy("b@example.org"));
    for (deleted, left, found, request_outcome) in [
        (
            answer(204, &[], ""),
            draft(true),
            sent(""),
            Some(RequestOutcome::Later(None)),
        ),
        (
            answer(204, &[], ""),
            gone(),
            sent(""),
            Some(RequestOutcome::Later(None)),
        ),
        (
            answer(204, &[], ""),
            draft(false),
            sent(""),
            Some(RequestOutcome::Unknown),
        ),
        (gone(), gone(), sent(""), Some(RequestOutcome::Unknown)),
        (gone(), gone(), sent(ours), None),
        (gone(), gone(), sent(others), Some(RequestOutcome::Unknown)),
        (answer(204, &[], ""), draft(true), sent(ours), None),
        (
            answer(204, &[], ""),
            draft(true),
            sent(others),
            Some(RequestOutcome::Later(None)),
        ),
        (
            answer(204, &[], ""),
            draft(true),
            answer(403, &[], ""),
            Some(RequestOutcome::Unknown),
        ),
    ] {
        let lost = Failure::Interrupted("scripted".into());
        let mut steps = vec![answer(201, &[], r#"{"id":"AAMk1="}"#), Err(lost)];
        steps.extend((0..6).map(|_| draft(true)));
        let case = format!("{deleted:?} {left:?} {found:?}");
        steps.extend([deleted, left, found]);
        let script = Scripted::new(steps);
        let ended = scripted("global", &script, |graph| {
            submit(graph, &Sender::Me, &message(vec![]), &mut (), &mut ())
        });
        assert_eq!(
            ended.err().map(|error| error.request_outcome()),
            request_outcome,
            "{case}"
        );
    }
}

/// The file at `path`, as it is now.
fn seen(path: &Path) -> Content {
    Content::File {
        path: path.to_owned(),
        seen: Some(Snapshot::from_metadata(&path.metadata().expect("a file"))),
    }
}
