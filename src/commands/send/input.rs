//! Opens what flags name: a file or standard input.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::commands::Context;
use crate::commands::error::{InputError, STDIN};
use crate::files::Octets;

/// The most bytes that are read of a message or a text: the largest message that Exchange can be
/// configured to accept (150 MB). Input such as an endless device would otherwise use up the host's
/// memory.
pub(in crate::commands) const MAX_MESSAGE: u64 = Octets::MOST_IN_MEMORY;

/// Opens a file; `-` is standard input.
pub(in crate::commands) fn with_input<T>(
    path: &Path,
    context: &Context<'_>,
    read: impl FnOnce(&mut dyn Read) -> Result<T, InputError>,
) -> Result<T, InputError> {
    if is_dash(path) {
        return read(&mut *context.stdin.borrow_mut());
    }
    let unreadable = |error| InputError::Unreadable(named(path), error);
    read(&mut File::open(path).map_err(unreadable)?)
}

/// The name of a file in errors.
pub(in crate::commands) fn named(path: &Path) -> String {
    if is_dash(path) {
        STDIN.to_owned()
    } else {
        path.display().to_string()
    }
}

/// Whether a path is standard input.
pub(in crate::commands) fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}
