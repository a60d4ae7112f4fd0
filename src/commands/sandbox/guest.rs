//! The environment of a program in the sandbox: an account of the sandbox, none of the user's.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::commands::report::{Result, WithContext as _};
use crate::commands::sendmail;
use crate::config::variable;
use crate::sandbox::Sandbox;
use crate::seams::Environment;
use crate::shell;

/// The name of the account in the sandbox's own configuration.
const ACCOUNT: &str = "sandbox";

/// How the last line of [`Guest::as_shell`] begins.
pub(super) const LAST_LINE: &str = "export PATH=";

/// Variables that are removed: they select another service or account, or change the message.
const REMOVED: [&str; 25] = [
    variable::ACCESS_TOKEN,
    variable::CLIENT_SECRET_FILE,
    variable::CLIENT_ID,
    variable::TENANT,
    variable::CLOUD,
    variable::FROM,
    variable::MAILBOX,
    variable::REPLY_TO,
    variable::FORMAT,
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "AZURE_TENANT_ID",
    // Set by Azure and GitHub Actions: the host's managed identity, and a job's token.
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
];

/// The variable with the root of the instance metadata service, which otherwise has a fixed address.
const IMDS_ROOT: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// How the name of a sandbox's temporary folder begins.
pub(super) const FOLDER_PREFIX: &str = "graphmail-sandbox-";

/// The folder of programs, in that folder.
const PROGRAMS: &str = "bin";

/// An address at which nothing listens: the port of the discard service (RFC 863).
const NOWHERE: &str = "http://127.0.0.1:9";

/// A file or folder that does not exist and cannot be created.
const NO_FILE: &str = "/dev/null/the-sandbox-did-not-start";

/// For a shell that evaluates the output of a sandbox that did not start: an environment in which graphmail sends
/// nothing, and a command that fails.
pub(super) fn unusable() -> String {
    let mut lines = format!("unset {} {}\n", REMOVED.join(" "), variable::SANDBOX_PID);
    for (name, value) in [
        (variable::GRAPH_URL, NOWHERE),
        (variable::LOGIN_URL, NOWHERE),
        (IMDS_ROOT, NOWHERE),
        (variable::SANDBOX_URL, NOWHERE),
        (variable::ACCOUNT, ACCOUNT),
        (variable::CONFIG, NO_FILE),
        (variable::STATE_DIR, NO_FILE),
    ] {
        lines += &format!("export {name}={}\n", shell::word(value));
    }
    lines + "false\n"
}

/// The last line of [`Guest::as_shell`] for a shell with this PATH: without the folders of other sandboxes.
pub(super) fn with_path(line: &str, path: Option<&OsStr>) -> String {
    let is_of_sandbox = |folder: &PathBuf| {
        let above = folder.parent().and_then(Path::file_name);
        folder.ends_with(PROGRAMS)
            && above.is_some_and(|name| name.to_string_lossy().starts_with(FOLDER_PREFIX))
    };
    let (others, own): (Vec<_>, Vec<_>) = path
        .into_iter()
        .flat_map(std::env::split_paths)
        .partition(is_of_sandbox);
    match (others.is_empty(), std::env::join_paths(own)) {
        (false, Ok(own)) => line.replace("\"$PATH\"", &shell::word(&own.to_string_lossy())),
        _ => line.to_owned(),
    }
}

/// The environment of a program in the sandbox.
pub(super) struct Guest {
    variables: Vec<(&'static str, OsString)>,
    /// The folder with links to this program.
    programs: OsString,
}

impl Guest {
    /// Writes the configuration of a signed-in account to `home`; `message_limit` is its largest message
    /// in bytes, if it is not the default.
    pub(super) fn new(sandbox: &Sandbox, message_limit: Option<u64>, home: &Path) -> Result<Self> {
        let config = home.join("config.toml");
        let token = home.join("token");
        let programs = home.join(PROGRAMS);
        std::fs::create_dir(&programs).context("creating the sandbox's folder of programs")?;
        put(&token, &sandbox.ready_token())?;
        // The command reads the token from a file: all users can see a command line in ps.
        let quoted = shell::path(&token);
        let reader = if cfg!(windows) { "type" } else { "cat" };
        let mut account = toml_table([
            ("auth", "token-command"),
            ("token_command", &format!("{reader} {quoted}")),
            ("username", sandbox.user()),
        ]);
        if let Some(limit) = message_limit {
            account += &format!("message_limit = {limit}\n");
        }
        account.insert_str(
            0,
            &format!("default_account = \"{ACCOUNT}\"\n\n[accounts.{ACCOUNT}]\n"),
        );
        put(&config, &account)?;
        let program = std::env::current_exe().context("finding this program")?;
        link(&program, &programs)?;
        Ok(Self {
            variables: vec![
                (variable::GRAPH_URL, sandbox.graph_url().into()),
                (variable::LOGIN_URL, sandbox.login_url().into()),
                (variable::ACCOUNT, ACCOUNT.into()),
                (variable::CONFIG, config.into()),
                (variable::STATE_DIR, home.join("state").into()),
                (variable::SANDBOX_URL, sandbox.page_url().into()),
                (variable::TOKEN_STORE, "file".into()),
                (IMDS_ROOT, sandbox.graph_url().into()),
            ],
            programs: programs.into(),
        })
    }

    /// Adds the variables that App Service sets.
    pub(super) fn give_identity(&mut self, sandbox: &Sandbox) {
        let (endpoint, header) = sandbox.app_service();
        self.variables.extend([
            ("IDENTITY_ENDPOINT", endpoint.into()),
            ("IDENTITY_HEADER", header.into()),
        ]);
    }

    /// The commands for a shell to evaluate.
    pub(super) fn as_shell(&self) -> String {
        let mut lines = format!("unset {}\n", REMOVED.join(" "));
        for (name, value) in &self.variables {
            let value = shell::word(&value.to_string_lossy());
            lines += &format!("export {name}={value}\n");
        }
        let programs = shell::word(&self.programs.to_string_lossy());
        lines + &format!("{LAST_LINE}{programs}:\"$PATH\"\n")
    }

    pub(super) fn as_json(&self) -> Value {
        self.variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value.to_string_lossy())))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// Sets this environment for `child`.
    pub(super) fn enter(&self, child: &mut Command, environment: &Environment) {
        for name in REMOVED {
            child.env_remove(name);
        }
        for (name, value) in &self.variables {
            child.env(name, value);
        }
        let mut path = self.programs.clone();
        if let Some(rest) = environment.get_os("PATH") {
            path.push(if cfg!(windows) { ";" } else { ":" });
            path.push(rest);
        }
        child.env("PATH", path);
    }
}

fn toml_table<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    pairs
        .into_iter()
        .map(|(key, text)| format!("{key} = {}\n", toml::Value::from(text)))
        .collect()
}

/// Creates a file; only this user can read it, because its folder is private.
fn put(path: &Path, text: &str) -> Result<()> {
    std::fs::File::create_new(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("writing {}", path.display()))
}

/// Creates this program in the folder `programs`, under all names that it has when it is installed.
fn link(program: &Path, programs: &Path) -> Result<()> {
    for name in ["graphmail"].into_iter().chain(sendmail::names()) {
        #[cfg(unix)]
        let linked = std::os::unix::fs::symlink(program, programs.join(name));
        #[cfg(not(unix))]
        let linked = std::fs::copy(program, programs.join(format!("{name}.exe"))).map(drop);
        linked.context("naming this program in the sandbox")?;
    }
    Ok(())
}
