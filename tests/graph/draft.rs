//! What a user does with drafts: create, list, send, delete.

use std::time::Duration;

use graphmail::exit::Class;
use graphmail::graph::{
    DraftId, Error, Graph, Sender, SentSearch, UncertainSend, Verdict, delete_draft, list_drafts,
    send_draft, settle, submit,
};
use graphmail::http::{Request, RequestOutcome, Transport};

use super::staged::{LARGE, arrived, create, message, scripted, upload, world};
use crate::support::transport::{Answer, Scripted, Untraced, answer};

#[test]
fn a_draft_is_kept_listed_sent_and_deleted() {
    let world = world(&[]);
    let (first, second) = (
        message(vec![upload("a", 10), upload("b", LARGE)]),
        message(vec![]),
    );
    let first = create(&world, &first).expect("a draft");
    world.clock.advance(Duration::from_secs(1));
    let second = create(&world, &second).expect("a draft");
    assert_eq!(
        first.message_id.as_deref(),
        Some("<large@graphmail.example>")
    );
    assert!(first.web_link.is_some(), "{first:?}");
    let act = &Untraced;
    let listed = world.with(act, list_drafts);
    assert_eq!(listed.expect("a list"), [second.clone(), first.clone()]);

    let receipt = world.with(act, |graph, sender| send_draft(graph, sender, &first.id));
    assert!(!receipt.expect("sent").settled);
    assert_eq!(arrived(&world.sandbox).len(), 2);
    let again = world.with(act, |graph, sender| send_draft(graph, sender, &first.id));
    let again = again.expect_err("it is gone");
    assert!(again.is_gone());
    assert_eq!(
        (again.class(), again.request_outcome()),
        (Class::Input, RequestOutcome::Refused)
    );

    let delete = || world.with(act, |graph, sender| delete_draft(graph, sender, &second.id));
    assert!(delete().expect("deleted"));
    let listed = world.with(act, list_drafts);
    assert_eq!(listed.expect("a list"), []);
    let unknown: DraftId = "AAMkNobody=".parse().expect("an id");
    let gone = world.with(act, |graph, sender| delete_draft(graph, sender, &unknown));
    assert!(!gone.expect("gone already"));
    assert_eq!(world.sandbox.complaints(), Vec::<String>::new());
}

#[test]
fn many_drafts_are_listed_page_by_page() {
    let world = world(&[]);
    let submission = message(vec![]);
    let mut made: Vec<_> = (0..101)
        .map(|_| create(&world, &submission).expect("a draft").id)
        .collect();
    made.reverse();
    let act = &Untraced;
    let listed = world.with(act, list_drafts);
    let listed: Vec<_> = listed
        .expect("a list")
        .into_iter()
        .map(|it| it.id)
        .collect();
    assert_eq!(listed, made);
}

#[test]
fn a_draft_of_the_users_own_stays_where_its_sending_fails() {
    for (fault, sent, request_outcome) in [
        ("reset-after", true, None),
        ("reset-before", false, Some(RequestOutcome::Unknown)),
        (
            "403,code=ErrorSendAsDenied",
            false,
            Some(RequestOutcome::Refused),
        ),
        (
            "429,retry-after=3600",
            false,
            Some(RequestOutcome::Later(None)),
        ),
    ] {
        let fault = format!("POST /users/*/messages/*/send={fault}");
        let world = world(&[&fault]);
        let draft = create(&world, &message(vec![])).expect("a draft");
        let act = &Untraced;
        let ended = world.with(act, |graph, sender| send_draft(graph, sender, &draft.id));
        assert_eq!(world.sandbox.accepted().len(), usize::from(sent), "{fault}");
        assert_eq!(world.sandbox.drafts().len(), usize::from(!sent), "{fault}");
        let found = ended
            .as_ref()
            .err()
            .map(|error| match error.request_outcome() {
                RequestOutcome::Later(_) => RequestOutcome::Later(None),
                request_outcome => request_outcome,
            });
        assert_eq!(found, request_outcome, "{fault}");
        if request_outcome == Some(RequestOutcome::Unknown) {
            let error = ended.expect_err("unknown").to_string();
            assert!(error.contains(draft.id.as_str()), "{error}");
        }
    }
}

#[test]
fn a_list_that_leads_elsewhere_is_not_followed() {
    for (next, place) in [
        (
            "https://graph.example.org/v1.0/me/mailFolders/drafts/messages?$skip=10",
            "https://graph.example.org",
        ),
        (
            "http://graph.microsoft.com/v1.0/me/mailFolders/drafts/messages?$skip=10",
            "http://graph.microsoft.com",
        ),
        (
            "https://graph.microsoft.com:8443/v1.0/me",
            "https://graph.microsoft.com:8443",
        ),
        (
            "https://u:p@graph.microsoft.com/v1.0/me",
            "https://graph.microsoft.com with a user name or password",
        ),
        (
            "https://:p@graph.microsoft.com/v1.0/me",
            "https://graph.microsoft.com with a user name or password",
        ),
        ("/v1.0/me", "no URL"),
        ("", "no URL"),
    ] {
        let page = format!(r#"{{"value":[],"@odata.nextLink":"{next}"}}"#);
        let script = Scripted::new([answer(200, &[], &page)]);
        let listed = scripted("global", &script, |graph| list_drafts(graph, &Sender::Me));
        let error = listed.expect_err("another host");
        assert_eq!(
            (error.to_string().as_str(), error.class()),
            (
                format!("the answer's next page is at {place}, which is not Graph's own root")
                    .as_str(),
                Class::Config
            )
        );
    }
}

#[test]
fn a_list_without_an_end_is_given_up() {
    let next = "https://graph.microsoft.com/v1.0/me/mailFolders/drafts/messages?$skip=10";
    let page = format!(r#"{{"value":[],"@odata.nextLink":"{next}"}}"#);
    let script = Scripted::new((0..1_000).map(|_| answer(200, &[], &page)));
    let listed = scripted("global", &script, |graph| list_drafts(graph, &Sender::Me));
    let error = listed.expect_err("a circle");
    assert_eq!(
        (error.to_string().as_str(), error.class()),
        ("the list has more than 1000 pages", Class::Config)
    );
}

/// The address is the right to write the attachment, so it goes over TLS alone.
#[test]
fn an_upload_address_without_tls_is_not_written_to() {
    for url in [
        "http://outlook.example/x?token=hunter2",
        "http://127.0.0.1:1/hunter2",
        "ftp://outlook.example/hunter2",
    ] {
        let created = answer(201, &[], r#"{"id":"AAMk="}"#);
        let session = answer(201, &[], &format!(r#"{{"uploadUrl":"{url}"}}"#));
        let script = Scripted::new([created, session, answer(204, &[], "")]);
        let submission = message(vec![upload("a.bin", LARGE)]);
        let sent = scripted("global", &script, |graph| {
            submit(graph, &Sender::Me, &submission, &mut (), &mut ())
        });
        let error = sent.expect_err("not https").to_string();
        let place = url.split_inclusive('/').take(3).collect::<String>();
        let wanted = format!(
            "opening an upload session for \"a.bin\": the answer gives an upload address at {}, which is not https",
            place.trim_end_matches('/')
        );
        assert!(error.starts_with(&wanted), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn an_id_is_one_word_that_a_url_keeps() {
    for wrong in ["", ".", "..", "a b", "a\n", "ä", "\u{1b}"] {
        let error = wrong.parse::<DraftId>().expect_err("no id").to_string();
        assert_eq!(error, format!("{wrong:?} is not a draft id"));
    }
    let id: DraftId = "AAMk/?#%2e=".parse().expect("an id");
    let script = Scripted::new([answer(204, &[], "")]);
    let deleted = scripted("global", &script, |graph| {
        delete_draft(graph, &Sender::Me, &id)
    });
    assert!(deleted.expect("deleted"));
    let [request] = <[_; 1]>::try_from(script.requests()).expect("one request");
    assert_eq!(
        request.url.expose().as_str(),
        "https://graph.microsoft.com/v1.0/me/messages/AAMk%2F%3F%23%252e="
    );
}

/// Creates drafts, and answers all else with this status.
struct Always(u16);

impl Transport for Always {
    fn execute(&self, request: &Request) -> Answer {
        match request.url.to_string().ends_with("/me/messages") {
            true => answer(201, &[], r#"{"id":"AAMk1="}"#),
            false => answer(self.0, &[], ""),
        }
    }
}

/// 1xx is no answer, and a number from 600 on is none of HTTP: neither is a defect of graphmail.
#[test]
fn a_status_that_ends_no_request_is_a_fault_of_the_service() {
    let id: &DraftId = &"AAMk1=".parse().expect("an id");
    type Act<'a> = &'a dyn Fn(&mut Graph<'_>) -> Option<Error>;
    let acts: [(&str, Act<'_>); 3] = [
        ("list", &|graph| list_drafts(graph, &Sender::Me).err()),
        ("delete", &|graph| {
            delete_draft(graph, &Sender::Me, id).err()
        }),
        ("upload session", &|graph| {
            let large = message(vec![upload("a", LARGE)]);
            submit(graph, &Sender::Me, &large, &mut (), &mut ()).err()
        }),
    ];
    for status in [100, 101, 199, 600, 999] {
        for (name, act) in acts {
            let error = scripted("global", &Always(status), act).expect("an error");
            assert_eq!(error.class(), Class::Later, "{status} {name}: {error}");
        }
    }
}

#[test]
fn a_draft_is_only_deleted_if_graph_says_so() {
    let id: &DraftId = &"AAMk1=".parse().expect("an id");
    let coded = |code: &str| format!(r#"{{"error":{{"code":"{code}"}}}}"#);
    for (status, body, expected) in [
        (204, String::new(), Ok(true)),
        (404, coded("ErrorItemNotFound"), Ok(false)),
        (404, coded("ResourceNotFound"), Err(Class::Recipient)),
        (404, String::new(), Err(Class::Recipient)),
        (410, String::new(), Err(Class::Message)),
    ] {
        let script = Scripted::new([answer(status, &[], &body)]);
        let deleted = scripted("global", &script, |graph| {
            delete_draft(graph, &Sender::Me, id)
        });
        let deleted = deleted.map_err(|error| error.class());
        assert_eq!(deleted, expected, "{status} {body}");
    }
}

/// A message with the Message-ID that is searched for, but without what tells it from others.
#[test]
fn a_found_message_that_cannot_be_compared_settles_nothing() {
    let copy = r#"{"id":"AAMk3=","createdDateTime":"2026-11-20T10:00:00Z","toRecipients":[{"emailAddress":{"address":"a@example.org"}}]}"#;
    let search = SentSearch {
        message_id: "<a@example.org>",
        recipients: &["a@example.org".to_owned()],
        begun: "2026-11-20T10:00:00Z".parse().expect("a time"),
    };
    for (found, expected) in [
        (copy.to_owned(), "Sent"),
        (format!(r#"{{"id":"AAMk2="}},{copy}"#), "Sent"),
        (String::new(), "Unseen"),
        (
            r#"{"id":"AAMk2="}"#.to_owned(),
            "HTTP 200 without the time and the recipients of a message that was found",
        ),
    ] {
        let script = Scripted::new([answer(200, &[], &format!(r#"{{"value":[{found}]}}"#))]);
        let uncertain = UncertainSend {
            search: Some(search),
            draft: None,
        };
        let verdict = scripted("global", &script, |graph| {
            settle(graph, &Sender::Me, uncertain)
        });
        let shown = match verdict {
            Verdict::Unclear(Some(error)) => error.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(shown, expected, "{found}");
    }
}
