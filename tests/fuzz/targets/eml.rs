//! A `.eml` file: read, planned, split into a draft and its attachments, made into requests.
#![no_main]

use graphmail::cloud::Cloud;
use graphmail::compose::{self, Choice, Limits};
use graphmail::message::{Eml, Mail};
use graphmail::submission::Submission;
use graphmail_fuzz::Clock;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(eml) = Eml::parse(bytes.to_vec()) else {
        return;
    };
    let again =
        Eml::parse(eml.octets().to_bytes().unwrap().to_vec()).expect("what was read is read again");
    assert_eq!(again, eml);
    let length = eml.octets().to_bytes().unwrap().len();
    if let Ok(structure) = eml.structure() {
        for part in structure.walk() {
            assert!(part.range.end <= length && part.header.end <= part.body.start);
            assert!(part.body.end <= part.range.end);
        }
    }
    let recipients = eml.recipients().count();
    let mail = Mail::Ready(Box::new(eml));
    let limits = Limits::of_cloud(&Cloud::national("global").expect("a cloud"));
    // As it is; and with requests so small that what can travel apart does.
    for request in [limits.request, 400] {
        let limits = Limits { request, ..limits };
        for plan in [
            compose::plan(&mail, Choice::Auto, &limits),
            compose::plan_draft(&mail, Choice::Auto, &limits),
        ] {
            let Ok(plan) = plan else { continue };
            let Ok(made) = compose::render(&mail, &plan, &Clock::default(), &limits) else {
                continue;
            };
            let once_more = compose::render(&mail, &plan, &Clock::default(), &limits);
            assert_eq!(once_more.expect("it was made before"), made);
            let message = compose::decode(&made).expect("a ready message travels as MIME");
            let message = Eml::parse(message).expect("a message comes out");
            assert_eq!(
                message.recipients().count(),
                recipients,
                "nobody is lost or added"
            );
            if let Submission::Direct { .. } = made {
                let Mail::Ready(eml) = &mail else { continue };
                let sent = message.octets().to_bytes().unwrap();
                let read = eml.octets().to_bytes().unwrap();
                let added = sent.strip_suffix(&*read).expect("nothing else changes");
                let id = added.starts_with(b"Message-ID: <") && added.ends_with(b">\r\n");
                assert!(added.is_empty() || id, "only a Message-ID is added");
            }
        }
    }
});
