//! What each domain's errors mean for the process and for a person.

mod application;
mod auth;
mod graph;
mod message;
mod state;
mod transport;

pub(in crate::commands) use self::application::renewed_certificate;
pub(in crate::commands) use self::graph::of_kept;
pub(in crate::commands) use self::message::of_aliases;
use super::failure::Explain;
use crate::exit::Class;

/// Implements [`Explain`] for errors that know their class, with a function that makes the advice.
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

impl Explain for serde_json::Error {
    fn class(&self) -> Class {
        Class::Bug
    }
}
