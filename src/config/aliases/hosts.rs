//! The names under which local names are addressed.

/// Whether a host is one of this network.
pub(super) fn is_of_network(host: &str) -> bool {
    !host.is_empty() && !host.contains(['.', '['])
}

/// The names of this host in addresses.
#[derive(Debug, Clone, Default)]
pub(in crate::config) struct Hosts {
    /// The names that the host knows, its node name first.
    pub(in crate::config) names: Vec<String>,
    /// `local_domains` of `[sendmail]`.
    pub(in crate::config) domains: Vec<String>,
}

impl Hosts {
    /// All names.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        let all = self.names.iter().chain(&self.domains);
        all.map(String::as_str)
    }

    /// Whether `host` is this host. `web2` also matches the node name `web2.example.org`.
    pub(super) fn is_own(&self, host: &str) -> bool {
        let mut names = self.all().chain(self.short());
        names.any(|own| own.eq_ignore_ascii_case(host))
    }

    /// Whether all names in the domain `host`, which is own, are names of this host. Other users of a mail
    /// name such as `example.org` may have mailboxes, so only its names with an alias are local.
    pub(super) fn is_whole(&self, host: &str) -> bool {
        let node = host.split('.').next();
        let is_node = self
            .short()
            .zip(node)
            .is_some_and(|(own, node)| own.eq_ignore_ascii_case(node));
        is_node
            || self
                .domains
                .iter()
                .any(|own| own.eq_ignore_ascii_case(host))
    }

    /// The key of the alias for `name`, which is lower case: `root@localhost` is `root`. `None` for an address
    /// that is not of this network.
    pub(super) fn local_key(&self, name: &str) -> Option<String> {
        match name.rsplit_once('@') {
            Some((local, host))
                if host == "localhost" || host.contains('.') && self.is_own(host) =>
            {
                Some(local.to_owned())
            }
            Some((_, host)) if !is_of_network(host) => None,
            _ => Some(name.to_owned()),
        }
    }

    /// The node name without its domain.
    fn short(&self) -> Option<&str> {
        self.names.first()?.split('.').next()
    }
}
