//! Checks which configuration files sendmail's option `-C` may choose.
//!
//! Programs pass on text from strangers (PHP's `mail()` with `-f$from`: CVE-2016-10033), and a
//! configuration names commands that graphmail runs. So sendmail's command line may only choose files
//! that the host's administrator or the caller wrote as configuration.

use std::path::{Path, PathBuf};

use super::{folders, variable};
use crate::seams::Environment;

/// The folder of the host's configurations.
const SYSTEM_FOLDER: &str = "/etc/graphmail";

/// The resolved path of `path`, if sendmail's `-C` may choose it: a file below `/etc/graphmail`, `named`
/// (from the global `--config`), the file in `GRAPHMAIL_CONFIG`, or the user's configuration. `None` for
/// all others.
///
/// Links and `..` are resolved first. The caller must use the returned path, so that the file cannot be
/// replaced through a link after this check.
#[must_use]
pub fn permitted_config(
    path: &Path,
    named: Option<&Path>,
    environment: &Environment,
) -> Option<PathBuf> {
    let own = named
        .map(Path::to_owned)
        .into_iter()
        .chain(environment.path(variable::CONFIG))
        .chain(folders::user_config(environment));
    permitted(path, Path::new(SYSTEM_FOLDER), own)
}

fn permitted(
    path: &Path,
    system: &Path,
    mut own: impl Iterator<Item = PathBuf>,
) -> Option<PathBuf> {
    let found = resolved(path)?;
    if let Ok(system) = system.canonicalize()
        && found.starts_with(&system)
        && found != system
    {
        return Some(found);
    }
    own.find(|own| resolved(own).as_ref() == Some(&found))
}

/// The path without links and `..`. If the file does not exist, only its folder is resolved, so that a
/// misspelt name in a permitted folder is an error instead of being ignored.
fn resolved(path: &Path) -> Option<PathBuf> {
    if let Ok(found) = path.canonicalize() {
        return Some(found);
    }
    if path.symlink_metadata().is_ok() {
        // A dangling link: its owner could choose the target later.
        return None;
    }
    let folder = path.parent().filter(|parent| *parent != Path::new(""));
    let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
    Some(folder.join(path.file_name()?))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::permitted;

    /// Makes the files, folders and links of the test.
    fn make_host(at: impl Fn(&str) -> PathBuf) -> std::io::Result<()> {
        for folder in ["etc/graphmail/more", "etc/graphmail-evil", "www", "home"] {
            fs::create_dir_all(at(folder))?;
        }
        for file in [
            "etc/graphmail/config.toml",
            "etc/graphmail/more/b.toml",
            "etc/graphmail-evil/x",
            "etc/passwd",
            "www/avatar.jpg",
            "home/own.toml",
        ] {
            drop(fs::File::create_new(at(file))?);
        }
        for (target, link) in [
            ("www/avatar.jpg", "etc/graphmail/link.toml"),
            ("www/later", "etc/graphmail/dangling.toml"),
            ("etc/graphmail/config.toml", "www/link.jpg"),
            ("etc/graphmail", "www/folder"),
            ("home/own.toml", "www/own.jpg"),
        ] {
            symlink(at(target), at(link))?;
        }
        Ok(())
    }

    #[test]
    fn only_the_hosts_files_and_the_callers_own_are_chosen() {
        let host = tempfile::tempdir().unwrap();
        let root = host.path().canonicalize().unwrap();
        let at = |name: &str| root.join(name);
        make_host(at).unwrap();
        let own = || [at("home/own.toml"), at("home/missing.toml")].into_iter();
        let system = at("etc/graphmail");
        let chosen = |path: &str| permitted(&at(path), &system, own());
        for (path, expected) in [
            (
                "etc/graphmail/config.toml",
                Some("etc/graphmail/config.toml"),
            ),
            (
                "etc/graphmail/more/b.toml",
                Some("etc/graphmail/more/b.toml"),
            ),
            (
                "etc/graphmail/missing.toml",
                Some("etc/graphmail/missing.toml"),
            ),
            (
                "www/../etc/graphmail/config.toml",
                Some("etc/graphmail/config.toml"),
            ),
            ("www/link.jpg", Some("etc/graphmail/config.toml")),
            ("www/folder/config.toml", Some("etc/graphmail/config.toml")),
            ("home/own.toml", Some("home/own.toml")),
            ("www/own.jpg", Some("home/own.toml")),
            ("home/missing.toml", Some("home/missing.toml")),
            ("www/avatar.jpg", None),
            ("etc/graphmail/../../www/avatar.jpg", None),
            ("etc/graphmail/../passwd", None),
            ("etc/graphmail-evil/x", None),
            ("etc/graphmail/link.toml", None),
            ("etc/graphmail/dangling.toml", None),
            ("etc/graphmail", None),
            ("home/other.toml", None),
            ("nowhere/at/all.toml", None),
            ("", None),
        ] {
            assert_eq!(chosen(path), expected.map(at), "{path}");
        }
        let none = permitted(&at("etc/graphmail/config.toml"), &at("nowhere"), own());
        assert_eq!(none, None::<PathBuf>, "a host without the folder");
    }
}
