//! graphmail(1): the global options, the commands, and what all commands share.

use clap::{Arg, Command};
use clap_mangen::roff::{bold, italic, roman};

use super::command::{begin, commands, options, see_also, styled};
use super::page::Page;
use crate::config::variable;
use crate::exit::Class;

/// The page; `others`: the pages that it refers to.
pub(super) fn page(root: &Command, others: &[String]) -> Page {
    let mut page = begin("graphmail", root);
    options(&mut page, root, "GLOBAL OPTIONS", Arg::is_global_set);
    commands(&mut page, "graphmail", root);
    exit_status(&mut page);
    environment(&mut page);
    files(&mut page);
    see_also(&mut page, others);
    page
}

/// The section EXIT STATUS.
fn exit_status(page: &mut Page) {
    page.heading("EXIT STATUS");
    for class in Class::ALL {
        let name = format!(" ({})", class.name());
        page.term(vec![bold(class.number().to_string()), roman(name)]);
        page.more(styled(class.meaning()));
    }
    for (number, meaning) in OTHER_STATUSES {
        page.term(vec![bold(number)]);
        page.more(styled(meaning));
    }
}

/// The exit statuses that are not those of a [`Class`].
const OTHER_STATUSES: [(&str, &str); 2] = [
    ("1", "doctor has warnings, and no check fails"),
    (
        "129, 130, 143",
        "stopped by SIGHUP, SIGINT (Ctrl-C) or SIGTERM; nothing was sent. A message that is in the outbox is sent later: \
         `sendmail` exits 0 then",
    ),
];

/// The section ENVIRONMENT.
fn environment(page: &mut Page) {
    page.heading("ENVIRONMENT");
    page.paragraph(styled(
        "Flags take precedence over the environment, and the environment over the configuration.",
    ));
    for (name, meaning) in variable::TABLE.into_iter().chain(FOREIGN) {
        page.term(vec![bold(name)]);
        page.more(styled(meaning));
    }
}

/// Variables of other programs that graphmail uses.
const FOREIGN: [(&str, &str); 11] = [
    (
        "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_AUTHORITY_HOST",
        "an application that needs no login, as in the Azure SDKs, with the first credential below that is set; used if no account is configured, and as --account environment",
    ),
    ("AZURE_CLIENT_SECRET", "its client secret"),
    (
        "AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_CERTIFICATE_PASSWORD, AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
        "its certificate with the key; the password of a PKCS#12 file; 1: also send the certificate chain",
    ),
    (
        "AZURE_FEDERATED_TOKEN_FILE",
        "the file with another issuer's token for it; AKS workload identity sets it",
    ),
    (
        "ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "for login --github-actions; GitHub Actions sets them for a job with id-token: write",
    ),
    (
        "IDENTITY_ENDPOINT, IDENTITY_HEADER, IMDS_ENDPOINT, AZURE_POD_IDENTITY_AUTHORITY_HOST",
        "the endpoint that issues tokens for this host's managed identity; Azure sets them",
    ),
    (
        "CREDENTIALS_DIRECTORY",
        "the folder with a systemd unit's credentials; its file graphmail.NAME.client-secret is the client secret of account NAME",
    ),
    (
        "HTTPS_PROXY, ALL_PROXY, NO_PROXY",
        "the proxy to Graph and the login service",
    ),
    (
        "SSL_CERT_FILE, SSL_CERT_DIR",
        "the certificate authorities to trust instead of the system's",
    ),
    (
        "XDG_CONFIG_HOME, XDG_STATE_HOME, HOME",
        "the folders of configuration and state",
    ),
    ("TZ", "the time zone of times without an offset"),
];

/// The section FILES.
fn files(page: &mut Page) {
    page.heading("FILES");
    for (path, meaning) in [
        (
            "~/.config/graphmail/config.toml",
            "the accounts; never a secret",
        ),
        (
            "/etc/graphmail/config.toml",
            "the accounts of all users; the user's own take precedence",
        ),
        (
            "~/.local/state/graphmail/tokens/",
            "tokens and client secrets of accounts with the token store file; only the owner can read them",
        ),
        (
            "~/.local/state/graphmail/locks/",
            "lock files: one process at a time renews a token",
        ),
        (
            "~/.local/state/graphmail/outbox/",
            "queued messages; they survive a power cut on a file system with a journal: ext4, xfs, btrfs",
        ),
        (
            "/var/spool/graphmail/outbox/",
            "queued messages of all users, if the package graphmail-mta is installed",
        ),
        (
            "/run/graphmail/submit",
            "the socket of the host's mail service, to which sendmail hands its messages",
        ),
        (
            "~/.local/state/graphmail/merge/",
            "the default journals of merge, with the keys and recipients of what was sent; graphmail never deletes them, and without its journal a mailing is sent again",
        ),
        (
            "/var/lib/graphmail/",
            "if it exists: the same folders, by user id, for users who cannot write in their home folder",
        ),
    ] {
        page.term(vec![italic(path)]);
        page.more(styled(meaning));
    }
}
