//! Every environment variable of this program's own, with what it means.

pub use crate::auth::credential::ACCESS_TOKEN;

/// What the names of all of them begin with.
pub const PREFIX: &str = "GRAPHMAIL_";

/// The page of the captured messages, for programs in the sandbox.
pub const SANDBOX_URL: &str = "GRAPHMAIL_SANDBOX_URL";
/// The account to use: `--account`.
pub const ACCOUNT: &str = "GRAPHMAIL_ACCOUNT";
/// The configuration file, alone: `--config`.
pub const CONFIG: &str = "GRAPHMAIL_CONFIG";
/// One JSON object on standard output: `--json`.
pub const JSON: &str = "GRAPHMAIL_JSON";
/// No talk on standard error but errors: `--quiet`.
pub const QUIET: &str = "GRAPHMAIL_QUIET";
/// More talk, 1 or 2: `--verbose`.
pub const VERBOSE: &str = "GRAPHMAIL_VERBOSE";
/// The file that gets a line for each send: `--log-file`.
pub const LOG_FILE: &str = "GRAPHMAIL_LOG_FILE";
/// The longest that one request may take: `--timeout`.
pub const TIMEOUT: &str = "GRAPHMAIL_TIMEOUT";
/// The longest that all waits may take together: `--max-wait`.
pub const MAX_WAIT: &str = "GRAPHMAIL_MAX_WAIT";
/// From: `send --from`.
pub const FROM: &str = "GRAPHMAIL_FROM";
/// The mailbox to send out of: `send --mailbox`, `login --mailbox`.
pub const MAILBOX: &str = "GRAPHMAIL_MAILBOX";
/// Reply-To: `send --reply-to`.
pub const REPLY_TO: &str = "GRAPHMAIL_REPLY_TO";
/// json, mime or auto: `send --format`.
pub const FORMAT: &str = "GRAPHMAIL_FORMAT";
/// never, on-failure or always: `send --queue`.
pub const QUEUE: &str = "GRAPHMAIL_QUEUE";
/// The application's id: `login --client-id`.
pub const CLIENT_ID: &str = "GRAPHMAIL_CLIENT_ID";
/// The tenant: `login --tenant`.
pub const TENANT: &str = "GRAPHMAIL_TENANT";
/// The cloud's name: `login --cloud`.
pub const CLOUD: &str = "GRAPHMAIL_CLOUD";
/// Where tokens are kept, keyring, file or none: `login --token-store`.
pub const TOKEN_STORE: &str = "GRAPHMAIL_TOKEN_STORE";
/// The largest message that the mailbox sends: the account's `message_limit`.
pub const MESSAGE_LIMIT: &str = "GRAPHMAIL_MESSAGE_LIMIT";
/// The most recipients of one message: the account's `recipient_limit`.
pub const RECIPIENT_LIMIT: &str = "GRAPHMAIL_RECIPIENT_LIMIT";
/// Another Graph root, without a version.
pub const GRAPH_URL: &str = "GRAPHMAIL_GRAPH_URL";
/// Another login authority, without a tenant.
pub const LOGIN_URL: &str = "GRAPHMAIL_LOGIN_URL";
/// The folder of token files, locks and the outbox, in place of `$XDG_STATE_HOME/graphmail`.
pub const STATE_DIR: &str = "GRAPHMAIL_STATE_DIR";

/// Variables of others by which every program reaches the network.
pub const NETWORK: [&str; 8] = [
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// The variables with the words of the manual, in its order.
pub const TABLE: [(&str, &str); 23] = [
    (ACCOUNT, "the account to use (--account)"),
    (CONFIG, "the configuration file, alone (--config)"),
    (
        ACCESS_TOKEN,
        "a ready access token, used as it is, stored nowhere",
    ),
    (
        GRAPH_URL,
        "another Graph root, without a version; plain http to loopback only",
    ),
    (
        LOGIN_URL,
        "another login authority, without a tenant; plain http to loopback only",
    ),
    (CLIENT_ID, "the application's id (login --client-id)"),
    (TENANT, "the tenant (login --tenant)"),
    (CLOUD, "the cloud (login --cloud)"),
    (
        TOKEN_STORE,
        "where tokens are kept: keyring, file or none (login --token-store)",
    ),
    (
        STATE_DIR,
        "the folder of token files, locks and the outbox, in place of $XDG_STATE_HOME/graphmail",
    ),
    (FROM, "the From of messages made from flags (send --from)"),
    (
        MAILBOX,
        "the mailbox to send out of (send --mailbox, login --mailbox)",
    ),
    (REPLY_TO, "Reply-To (send --reply-to)"),
    (FORMAT, "auto, json or mime (send --format)"),
    (
        MESSAGE_LIMIT,
        "the largest message that the mailbox sends, such as 150MB, in place of the account's message_limit [default: 35MB]",
    ),
    (
        RECIPIENT_LIMIT,
        "the most recipients of one message, in place of the account's recipient_limit [default: 500]",
    ),
    (QUEUE, "never, on-failure or always (send --queue)"),
    (TIMEOUT, "the longest that one request may take (--timeout)"),
    (
        MAX_WAIT,
        "the longest that all waits may take together (--max-wait)",
    ),
    (
        LOG_FILE,
        "the file that gets a line for each send (--log-file)",
    ),
    (JSON, "1: one JSON object on standard output (--json)"),
    (QUIET, "1: say nothing but errors (--quiet)"),
    (VERBOSE, "1 or 2: say more (--verbose)"),
];
