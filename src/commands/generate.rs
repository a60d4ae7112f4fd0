//! `completions` and `man`: generated from the same definitions as `--help`.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Command};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use super::Context;
use crate::commands::report::{Result, WithContext as _};
use crate::config::variable;
use crate::exit::{Class, Status};

/// Prints the completions of a shell
#[derive(Debug, ClapArgs)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the manual, or writes its pages into a folder
#[derive(Debug, ClapArgs)]
pub(super) struct ManArgs {
    /// The folder that gets a page for each command
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn completions(args: &CompletionsArgs, context: &Context<'_>) -> Result<Status> {
    let mut script = Vec::new();
    let mut root = super::definitions();
    root.build();
    // The generators ignore `hide`, and after the word sendmail the global options have no effect.
    let mut root = root.mut_subcommand("sendmail", |built| {
        let mut without_options = Command::new("sendmail").bin_name("graphmail sendmail");
        if let Some(about) = built.get_about() {
            without_options = without_options.about(about.clone());
        }
        without_options.args(built.get_positionals())
    });
    clap_complete::generate(args.shell, &mut root, "graphmail", &mut script);
    context.ui.raw(&script)?;
    Ok(Class::Success.into())
}

pub(super) fn man(args: &ManArgs, context: &Context<'_>) -> Result<Status> {
    let mut root = super::definitions().disable_help_subcommand(true);
    root.build();
    match &args.folder {
        None => context.ui.raw(&main_page(&root)?)?,
        Some(folder) => {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("creating {}", folder.display()))?;
            put(folder, "graphmail.1", &main_page(&root)?)?;
            for command in root.get_subcommands() {
                put_pages(folder, "graphmail", command)?;
            }
        }
    }
    Ok(Class::Success.into())
}

/// Writes the pages of `command` and its subcommands.
fn put_pages(folder: &Path, above: &str, command: &Command) -> Result<()> {
    let name = format!("{above}-{}", command.get_name());
    // `Command::name` takes a `&'static str`.
    let page_name: &'static str = Box::leak(name.clone().into_boxed_str());
    let mut page = Vec::new();
    Man::new(command.clone().name(page_name)).render(&mut page)?;
    put(folder, &format!("{name}.1"), &page)?;
    for below in command.get_subcommands() {
        put_pages(folder, &name, below)?;
    }
    Ok(())
}

fn put(folder: &Path, name: &str, page: &[u8]) -> Result<()> {
    let path = folder.join(name);
    let write = || -> std::io::Result<()> {
        use std::io::Write;
        std::fs::File::create(&path)?.write_all(page)
    };
    write().with_context(|| format!("writing {}", path.display()))
}

/// `graphmail(1)`: the sections that clap generates, then exit status, environment and files.
fn main_page(root: &Command) -> Result<Vec<u8>> {
    let man = Man::new(root.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    man.render_subcommands_section(&mut page)?;
    exit_status().to_writer(&mut page)?;
    environment().to_writer(&mut page)?;
    files().to_writer(&mut page)?;
    man.render_version_section(&mut page)?;
    Ok(page)
}

fn exit_status() -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["EXIT STATUS"]);
    for class in Class::ALL {
        section.control("TP", []);
        section.text([
            bold(class.number().to_string()),
            roman(format!(" ({})", class.name())),
        ]);
        section.text([roman(class.meaning())]);
    }
    for (number, meaning) in OTHER_STATUSES {
        section.control("TP", []);
        section.text([bold(number)]);
        section.text([roman(meaning)]);
    }
    section
}

/// The exit statuses that are not those of a [`Class`].
const OTHER_STATUSES: [(&str, &str); 2] = [
    ("1", "doctor has warnings, and no check fails"),
    (
        "129, 130, 143",
        "stopped by SIGHUP, SIGINT (Ctrl-C) or SIGTERM; nothing was sent",
    ),
];

fn environment() -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["ENVIRONMENT"]);
    section.text([roman(
        "Flags take precedence over the environment, and the environment over the configuration.",
    )]);
    for (name, meaning) in variable::TABLE.into_iter().chain(FOREIGN) {
        section.control("TP", []);
        section.text([bold(name)]);
        section.text([roman(meaning)]);
    }
    section
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

fn files() -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["FILES"]);
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
        ("~/.local/state/graphmail/outbox/", "queued messages"),
        (
            "/var/lib/graphmail/",
            "if it exists: the same folders, by user id, for users who cannot write in their home folder",
        ),
    ] {
        section.control("TP", []);
        section.text([italic(path)]);
        section.text([roman(meaning)]);
    }
    section
}
