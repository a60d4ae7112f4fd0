//! The variables that PAM sets in a cron job's environment, before the crontab's own.

use std::collections::BTreeMap;

/// The PAM services of the cron daemons.
const SERVICES: [&str; 2] = ["/etc/pam.d/cron", "/etc/pam.d/crond"];
/// The file that pam_env reads by default (pam_env(8)).
const ENVIRONMENT: &str = "/etc/environment";

/// The variables that pam_env sets, if cron's PAM service names the module: Debian's does, once for
/// /etc/environment and once for the locale. `read` returns the text of a file, if it exists.
pub(super) fn variables(read: impl Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let read = |path: &str| read(path).unwrap_or_default();
    let service = SERVICES.map(read).concat();
    let of_module = |line: &&str| line.contains("pam_env.so") && !line.contains("readenv=0");
    service
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .filter(of_module)
        .map(|line| {
            let mut words = line.split_whitespace();
            let file = words.find_map(|word| word.strip_prefix("envfile="));
            file.unwrap_or(ENVIRONMENT)
        })
        .flat_map(|file| read(file).lines().filter_map(variable).collect::<Vec<_>>())
        .collect()
}

/// The variable in a line `KEY=VALUE`, with or without quotes and `export `.
fn variable(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let name = name.trim();
    let bare = ['"', '\''].into_iter().find_map(|quote| {
        let rest = value.trim().strip_prefix(quote)?;
        rest.split(quote).next()
    });
    let bare = bare.unwrap_or_else(|| value.split('#').next().unwrap_or_default().trim());
    is_name(name).then(|| (name.to_owned(), bare.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::variables;

    const FILES: [(&str, &str); 2] = [
        (
            "/etc/environment",
            "PATH=\"/usr/local/bin:/usr/bin\"\n# HTTP_PROXY=no\nexport HTTPS_PROXY='http://proxy:3128'\n\
             NO_PROXY=a,b # not c\nno line\n",
        ),
        ("/etc/default/locale", "LANG=C.UTF-8\n"),
    ];

    /// The variables of a job, if this is the PAM service of cron.
    fn given(service: (&str, &str)) -> Vec<String> {
        let read = |path: &str| {
            let mut files = FILES.into_iter().chain([service]);
            let (_, text) = files.find(|(name, _)| *name == path)?;
            Some(text.to_owned())
        };
        let variables = variables(read).into_iter();
        variables
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn a_service_that_names_pam_env_gives_its_files_variables() {
        assert_eq!(
            given(("/etc/pam.d/sshd", "session required pam_env.so\n")),
            [""; 0]
        );
        assert_eq!(
            given(("/etc/pam.d/cron", "# session required pam_env.so\n")),
            [""; 0]
        );
        let debian = "@include common-auth\nsession       required   pam_env.so\n\
             session       required   pam_env.so envfile=/etc/default/locale\n";
        assert_eq!(
            given(("/etc/pam.d/cron", debian)),
            [
                "HTTPS_PROXY=http://proxy:3128",
                "LANG=C.UTF-8",
                "NO_PROXY=a,b",
                "PATH=/usr/local/bin:/usr/bin"
            ]
        );
        assert_eq!(
            given((
                "/etc/pam.d/crond",
                "session required pam_env.so envfile=/etc/default/locale\n"
            )),
            ["LANG=C.UTF-8"]
        );
    }
}
