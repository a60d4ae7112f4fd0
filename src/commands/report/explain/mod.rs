//! The exit class, advice and details of each domain's errors.

mod application;
mod auth;
mod graph;
mod message;
mod state;
mod transport;

pub(in crate::commands) use self::application::renewed_certificate;
pub(in crate::commands) use self::graph::{graph_advice, of_kept};
pub(in crate::commands) use self::message::{COMPLETES, of_aliases};
pub(in crate::commands) use self::state::mailbox_setting;
use super::advice::{Advice, Step};
use super::failure::Explain;
use crate::exit::Class;
use crate::open_files;

/// Implements [`Explain`] for errors that have a class, with a function that returns the advice.
macro_rules! explain {
    ($($kind:ty => $advice:expr),* $(,)?) => {
        $(impl $crate::commands::report::failure::Explain for $kind {
            fn class(&self) -> $crate::exit::Class {
                <$kind>::class(self)
            }

            fn advice(&self) -> $crate::commands::report::advice::Advice {
                $advice(self)
            }
        })*
    };
}
use explain;

impl Explain for std::io::Error {
    fn class(&self) -> Class {
        Class::Io
    }
}

impl Explain for open_files::TooFew {
    fn class(&self) -> Class {
        Class::Io
    }

    fn advice(&self) -> Advice {
        self.enough.map_or_else(Advice::none, |enough| {
            Step::Program(format!("ulimit -n {enough}")).into()
        })
    }
}

impl Explain for serde_json::Error {
    fn class(&self) -> Class {
        Class::Bug
    }
}
