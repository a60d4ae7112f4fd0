//! What a user does with drafts: create, list, send, delete.

use std::time::Duration;

use graphmail::exit::Class;
use graphmail::graph::{DraftId, Sender, delete_draft, list_drafts, send_draft};
use graphmail::http::Fate;

use super::staged::{LARGE, arrived, create, message, scripted, upload, world};
use crate::support::transport::{Scripted, Untraced, answer};

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
    assert_eq!((again.class(), again.fate()), (Class::Input, Fate::Refused));

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
    for (fault, sent, fate) in [
        ("reset-after", true, None),
        ("reset-before", false, Some(Fate::Unknown)),
        ("403,code=ErrorSendAsDenied", false, Some(Fate::Refused)),
        ("429,retry-after=3600", false, Some(Fate::Later(None))),
    ] {
        let fault = format!("POST /users/*/messages/*/send={fault}");
        let world = world(&[&fault]);
        let draft = create(&world, &message(vec![])).expect("a draft");
        let act = &Untraced;
        let ended = world.with(act, |graph, sender| send_draft(graph, sender, &draft.id));
        assert_eq!(world.sandbox.accepted().len(), usize::from(sent), "{fault}");
        assert_eq!(world.sandbox.drafts().len(), usize::from(!sent), "{fault}");
        let found = ended.as_ref().err().map(|error| match error.fate() {
            Fate::Later(_) => Fate::Later(None),
            fate => fate,
        });
        assert_eq!(found, fate, "{fault}");
        if fate == Some(Fate::Unknown) {
            let error = ended.expect_err("unknown").to_string();
            assert!(error.contains(draft.id.as_str()), "{error}");
        }
    }
}

#[test]
fn a_list_that_leads_elsewhere_is_not_followed() {
    for next in [
        "https://graph.example.org/v1.0/me/mailFolders/drafts/messages?$skip=10",
        "http://graph.microsoft.com/v1.0/me/mailFolders/drafts/messages?$skip=10",
        "/v1.0/me",
        "",
    ] {
        let page = format!(r#"{{"value":[],"@odata.nextLink":"{next}"}}"#);
        let script = Scripted::new([answer(200, &[], &page)]);
        let listed = scripted("global", &script, |graph| list_drafts(graph, &Sender::Me));
        let error = listed.expect_err("another host");
        assert_eq!(
            (error.to_string().as_str(), error.class()),
            (
                "HTTP 200 without a link to its own next page",
                Class::Config
            )
        );
    }
}

#[test]
fn an_id_is_one_word_that_a_url_keeps() {
    for wrong in ["", ".", "..", "a b", "a\n", "ä", "\u{1b}"] {
        let error = wrong.parse::<DraftId>().expect_err("no id").to_string();
        assert_eq!(error, format!("{wrong:?} is no draft's id"));
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
