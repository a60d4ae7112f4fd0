//! graphmail's environment variables, with their descriptions.

pub use crate::auth::credential::{ACCESS_TOKEN, CLIENT_SECRET_FILE};

/// The common prefix of their names.
pub const PREFIX: &str = "GRAPHMAIL_";

/// The URL of the page with captured messages, for programs in the sandbox.
pub const SANDBOX_URL: &str = "GRAPHMAIL_SANDBOX_URL";
/// The id of the sandbox's process, which `sandbox --background` sets.
pub const SANDBOX_PID: &str = "GRAPHMAIL_SANDBOX_PID";
/// The account to use: `--account`.
pub const ACCOUNT: &str = "GRAPHMAIL_ACCOUNT";
/// The only configuration file to read: `--config`.
pub const CONFIG: &str = "GRAPHMAIL_CONFIG";
/// One JSON object on standard output: `--json`.
pub const JSON: &str = "GRAPHMAIL_JSON";
/// Print only errors on standard error: `--quiet`.
pub const QUIET: &str = "GRAPHMAIL_QUIET";
/// The verbosity, 1 or 2: `--verbose`.
pub const VERBOSE: &str = "GRAPHMAIL_VERBOSE";
/// The file that gets a line for each send: `--log-file`.
pub const LOG_FILE: &str = "GRAPHMAIL_LOG_FILE";
/// The maximum time for one request: `--timeout`.
pub const TIMEOUT: &str = "GRAPHMAIL_TIMEOUT";
/// The maximum total time of waits: `--max-wait`.
pub const MAX_WAIT: &str = "GRAPHMAIL_MAX_WAIT";
/// From: `send --from`.
pub const FROM: &str = "GRAPHMAIL_FROM";
/// The sending mailbox: `send --mailbox`, `login --mailbox`.
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
/// Where tokens are stored, keyring, file or none: `login --token-store`.
pub const TOKEN_STORE: &str = "GRAPHMAIL_TOKEN_STORE";
/// The largest message that the mailbox may send: the account's `message_limit`.
pub const MESSAGE_LIMIT: &str = "GRAPHMAIL_MESSAGE_LIMIT";
/// The most recipients of one message: the account's `recipient_limit`.
pub const RECIPIENT_LIMIT: &str = "GRAPHMAIL_RECIPIENT_LIMIT";
/// Another Graph root, without a version.
pub const GRAPH_URL: &str = "GRAPHMAIL_GRAPH_URL";
/// Another login authority, without a tenant.
pub const LOGIN_URL: &str = "GRAPHMAIL_LOGIN_URL";
/// The folder of token files, locks and the outbox, instead of `$XDG_STATE_HOME/graphmail`.
pub const STATE_DIR: &str = "GRAPHMAIL_STATE_DIR";

/// Common variables for access to the network.
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

/// The variables and their descriptions in the manual, in its order.
pub const TABLE: [(&str, &str); 24] = [
    (ACCOUNT, "the account to use (--account)"),
    (CONFIG, "the only configuration file to read (--config)"),
    (
        ACCESS_TOKEN,
        "an access token, which is used unchanged and not stored",
    ),
    (
        GRAPH_URL,
        "another Graph root, without a version; plain http to loopback only",
    ),
    (
        LOGIN_URL,
        "another login authority, without a tenant; plain http to loopback only",
    ),
    (
        CLIENT_SECRET_FILE,
        "the file with the application's client secret, such as /run/secrets/NAME; it takes precedence over AZURE_CLIENT_SECRET and over the account's own source",
    ),
    (CLIENT_ID, "the application's id (login --client-id)"),
    (TENANT, "the tenant (login --tenant)"),
    (CLOUD, "the cloud (login --cloud)"),
    (
        TOKEN_STORE,
        "where tokens are stored: keyring, file or none (login --token-store)",
    ),
    (
        STATE_DIR,
        "the folder of token files, locks and the outbox, instead of $XDG_STATE_HOME/graphmail",
    ),
    (FROM, "From of messages composed from flags (send --from)"),
    (
        MAILBOX,
        "the sending mailbox (send --mailbox, login --mailbox)",
    ),
    (REPLY_TO, "Reply-To (send --reply-to)"),
    (FORMAT, "auto, json or mime (send --format)"),
    (
        MESSAGE_LIMIT,
        "the largest message that the mailbox may send, such as 150MB, instead of the account's message_limit [default: 35MB]",
    ),
    (
        RECIPIENT_LIMIT,
        "the most recipients of one message, instead of the account's recipient_limit [default: 500]",
    ),
    (QUEUE, "never, on-failure or always (send --queue)"),
    (TIMEOUT, "the maximum time for one request (--timeout)"),
    (MAX_WAIT, "the maximum total time of waits (--max-wait)"),
    (
        LOG_FILE,
        "the file to which graphmail appends a line for each send (--log-file)",
    ),
    (JSON, "1: print one JSON object on standard output (--json)"),
    (QUIET, "1: print only errors (--quiet)"),
    (VERBOSE, "1 or 2: print more messages (--verbose)"),
];
