//! Address lists as flags, header fields and the command line of sendmail write them.
#![no_main]

use graphmail::message::{Mailbox, MessageId, Recipient};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for mailbox in Mailbox::parse_list(text).unwrap_or_default() {
        // A name cannot always be written so that it is read back, a control character in it for
        // one; the address must.
        let address = mailbox.address();
        let again = Mailbox::parse(address.as_str()).expect("a printed address is an address");
        assert_eq!(again.address(), address);
        assert!(address.as_str().is_ascii() && !address.as_str().contains(['\r', '\n', '\0']));
        let again = Mailbox::parse(&mailbox.to_string()).expect("a printed mailbox is a mailbox");
        assert_eq!(again, mailbox);
    }
    for recipient in Recipient::parse_list(text).unwrap_or_default() {
        if let Recipient::Mailbox { mailbox, .. } = recipient {
            let again = Mailbox::parse(mailbox.address().as_str());
            assert_eq!(again.expect("an address").address(), mailbox.address());
        }
    }
    for id in MessageId::parse_list(text).unwrap_or_default() {
        assert_eq!(MessageId::parse(&id.to_string()).expect("a Message-ID"), id);
    }
});
