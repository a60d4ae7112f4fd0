//! `completions` and `man`: made from the same definitions as `--help`.

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
    // The generators know no hidden options, and behind this word the global ones are none.
    let mut root = root.mut_subcommand("sendmail", |built| {
        let mut plain = Command::new("sendmail").bin_name("graphmail sendmail");
        if let Some(about) = built.get_about() {
            plain = plain.about(about.clone());
        }
        plain.args(built.get_positionals())
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

/// Writes the page of `command`, and those of its own subcommands.
fn put_pages(folder: &Path, above: &str, command: &Command) -> Result<()> {
    let name = format!("{above}-{}", command.get_name());
    // `Command::name` takes text that lives as long as the program.
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

/// `graphmail(1)`: what clap knows, then exit status, environment and files.
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

/// The statuses that no class has.
const OTHER_STATUSES: [(&str, &str); 2] = [
    ("1", "doctor has warnings, and nothing that fails"),
    (
        "129, 130, 143",
        "stopped by a hangup, Ctrl-C or SIGTERM: nothing was sent",
    ),
];

fn environment() -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["ENVIRONMENT"]);
    section.text([roman(
        "Flags go before the environment, the environment before the configuration.",
    )]);
    for (name, meaning) in variable::TABLE.into_iter().chain(FOREIGN) {
        section.control("TP", []);
        section.text([bold(name)]);
        section.text([roman(meaning)]);
    }
    section
}

/// Variables of others that this program goes by.
const FOREIGN: [(&str, &str); 11] = [
    (
        "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_AUTHORITY_HOST",
        "an application that needs no login, as the Azure SDKs know it, with the first of the next three that is set: used where no account is configured, and as --account environment",
    ),
    ("AZURE_CLIENT_SECRET", "its client secret"),
    (
        "AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_CERTIFICATE_PASSWORD, AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
        "its certificate with the key; the password of a PKCS#12 file; 1: send the certificates along",
    ),
    (
        "AZURE_FEDERATED_TOKEN_FILE",
        "another issuer's token for it, as AKS workload identity sets it",
    ),
    (
        "ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "what GitHub Actions gives a job with id-token: write, for login --github-actions",
    ),
    (
        "IDENTITY_ENDPOINT, IDENTITY_HEADER, IMDS_ENDPOINT, AZURE_POD_IDENTITY_AUTHORITY_HOST",
        "where this host's managed identity gets its tokens, as Azure sets them",
    ),
    (
        "CREDENTIALS_DIRECTORY",
        "systemd's folder of a unit's credentials: graphmail.NAME.client-secret is the client secret of the account NAME",
    ),
    (
        "HTTPS_PROXY, ALL_PROXY, NO_PROXY",
        "the proxy to Graph and the login service",
    ),
    (
        "SSL_CERT_FILE, SSL_CERT_DIR",
        "the certificate authorities to trust, in place of the system's",
    ),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME, HOME", "where files lie"),
    ("TZ", "the zone of times that are given without one"),
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
            "the accounts of all users; the user's own go before them",
        ),
        (
            "~/.local/state/graphmail/tokens/",
            "tokens and client secrets of accounts with the file store, for the owner alone",
        ),
        (
            "~/.local/state/graphmail/locks/",
            "one process at a time renews a token",
        ),
        ("~/.local/state/graphmail/outbox/", "mail that waits"),
        (
            "/var/lib/graphmail/",
            "where it is there: the same folders, by the user's number, for users who cannot write in their home",
        ),
    ] {
        section.control("TP", []);
        section.text([italic(path)]);
        section.text([roman(meaning)]);
    }
    section
}
