//! The faults of a sandbox, and how often each has happened.

use super::Fault;
use crate::sandbox::route::Route;

/// The faults of a sandbox with their counters.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Script(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    fault: Fault,
    passed: u32,
    used: u32,
}

impl Script {
    /// Appends `fault`.
    pub(in crate::sandbox) fn add(&mut self, fault: Fault) {
        self.0.push(Entry {
            fault,
            passed: 0,
            used: 0,
        });
    }

    /// The fault for this request, if any.
    pub(in crate::sandbox) fn take(&mut self, route: &Route) -> Option<Fault> {
        for entry in &mut self.0 {
            if !route.is_one_of(&entry.fault.route) || entry.used == entry.fault.times {
                continue;
            }
            if entry.passed < entry.fault.after {
                entry.passed += 1;
                continue;
            }
            entry.used += 1;
            return Some(entry.fault.clone());
        }
        None
    }

    /// One line for each fault that happened fewer times than configured.
    pub(in crate::sandbox) fn unused(&self) -> impl Iterator<Item = String> + '_ {
        self.0
            .iter()
            .filter(|entry| entry.used < entry.fault.times)
            .map(|entry| {
                format!(
                    "the fault '{}' happened {} of {} times",
                    entry.fault, entry.used, entry.fault.times
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Script};
    use crate::sandbox::fault::Action;
    use crate::sandbox::route::{self, Destination, Origin};

    fn fault(text: &str) -> Fault {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn faults_are_taken_in_order_and_counted() {
        let mut script = Script::default();
        script.add(fault("POST /users/a@example.org/sendMail=400"));
        script.add(fault("POST /users/*/sendMail=500,times=2,after=1"));
        script.add(fault("GET /me=401"));
        let statuses: Vec<_> = [
            "b@example.org",
            "A@example.org",
            "c@example.org",
            "d@x",
            "e@x",
        ]
        .into_iter()
        .map(|mailbox| {
            let path = format!("/v1.0/users/{mailbox}/sendMail");
            let Destination::Service(route) = route::find(Origin::Service, "POST", &path) else {
                panic!("{path}");
            };
            script.take(&route).map(|fault| match fault.action {
                Action::Answer(answer) => answer.status,
                _ => 0,
            })
        })
        .collect();
        assert_eq!(statuses, [None, Some(400), Some(500), Some(500), None]);
        assert_eq!(
            script.unused().collect::<Vec<_>>(),
            ["the fault 'GET /me=401' happened 0 of 1 times"]
        );
    }
}
