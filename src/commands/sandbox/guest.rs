//! The environment of a program that runs against a sandbox: its own account, none of the user's.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::commands::report::{Result, WithContext as _};
use crate::config::variable;
use crate::sandbox::Sandbox;
use crate::seams::Environment;
use crate::shell;

/// The name of the account in the sandbox's own configuration.
const ACCOUNT: &str = "sandbox";

/// Variables that would reach past the sandbox, or change what is sent without being asked there.
const REMOVED: [&str; 24] = [
    variable::ACCESS_TOKEN,
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
    // The platform's, which would give the host's own identity, and a job's.
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
];

/// The root of the instance metadata service, which is at a fixed address unless this says otherwise.
const IMDS_ROOT: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// What a program in the sandbox finds in its environment.
pub(super) struct Guest {
    variables: Vec<(&'static str, OsString)>,
    /// The folder in which this program is called `graphmail`.
    programs: OsString,
}

impl Guest {
    /// Writes the configuration of an account that is signed in, below `home`; its mailbox sends
    /// messages of `message_limit` bytes, where that is not the usual.
    pub(super) fn new(sandbox: &Sandbox, message_limit: Option<u64>, home: &Path) -> Result<Self> {
        let config = home.join("config.toml");
        let token = home.join("token");
        let programs = home.join("bin");
        std::fs::create_dir(&programs).context("creating the sandbox's folder of programs")?;
        put(&token, &sandbox.ready_token())?;
        // The token is read, not written into the command: a command is for all to see in ps.
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

    /// Sets what App Service sets.
    pub(super) fn give_identity(&mut self, sandbox: &Sandbox) {
        let (endpoint, header) = sandbox.app_service();
        self.variables.extend([
            ("IDENTITY_ENDPOINT", endpoint.into()),
            ("IDENTITY_HEADER", header.into()),
        ]);
    }

    /// Lines for a shell to evaluate.
    pub(super) fn as_shell(&self) -> String {
        let mut lines = format!("unset {}\n", REMOVED.join(" "));
        for (name, value) in &self.variables {
            let value = shell::word(&value.to_string_lossy());
            lines += &format!("export {name}={value}\n");
        }
        lines
    }

    pub(super) fn as_json(&self) -> Value {
        self.variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value.to_string_lossy())))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// Puts `child` into the sandbox.
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

/// A file for this user alone: the folder that it is in is so already.
fn put(path: &Path, text: &str) -> Result<()> {
    std::fs::File::create_new(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("writing {}", path.display()))
}

/// Makes `program` known as `graphmail`, whatever it was started as.
fn link(program: &Path, programs: &Path) -> Result<()> {
    #[cfg(unix)]
    let linked = std::os::unix::fs::symlink(program, programs.join("graphmail"));
    #[cfg(not(unix))]
    let linked = std::fs::copy(program, programs.join("graphmail.exe")).map(drop);
    linked.context("naming this program in the sandbox")
}
