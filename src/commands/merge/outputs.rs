//! The files that a merge writes: each is a regular file, and nothing else of the merge.

use std::fs;
use std::path::{Path, PathBuf};

use super::args::Args;
use super::error::{MergeError, STANDARD_OUTPUT};
use crate::commands::send::read::is_dash;
use crate::files::is_same_file;
use crate::message::{AttachmentSpec, InlineSpec};

/// Refuses a journal or a report that is a device, a pipe or a folder, or that the merge also reads or writes as
/// something else. A path that is a template names no file yet.
pub(super) fn check(args: &Args, journal: &Path) -> Result<(), MergeError> {
    let mut others = inputs(args);
    // What is written by a path is not written behind what the streams have written to it.
    others.push((STANDARD_OUTPUT, PathBuf::from("/dev/stdout")));
    others.push(("standard error", PathBuf::from("/dev/stderr")));
    let report = args.run.report.as_deref().filter(|path| !is_dash(path));
    let outputs = [("--journal", Some(journal)), ("--report", report)];
    for (flag, path) in outputs {
        let Some(path) = path else { continue };
        let name = || path.display().to_string();
        if let Some((other, _)) = others.iter().find(|(_, it)| is_same_file(it, path)) {
            return Err(MergeError::SameFile(flag, name(), other));
        }
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(MergeError::NotAFile(flag, name()));
        }
        others.push((flag, path.to_owned()));
    }
    Ok(())
}

fn inputs(args: &Args) -> Vec<(&'static str, PathBuf)> {
    let composed = &args.composed;
    let mut inputs = vec![("--data", args.data.data.clone())];
    for (flag, path) in [
        ("--body-file", &composed.body_file),
        ("--html-file", &composed.html_file),
        ("--markdown-file", &composed.markdown_file),
    ] {
        inputs.extend(path.clone().map(|path| (flag, path)));
    }
    let attached = composed.attach.iter();
    let attached = attached.filter_map(|text| AttachmentSpec::parse(text).ok());
    inputs.extend(attached.map(|spec| ("--attach", spec.path)));
    let inline = composed.inline.iter();
    let inline = inline.filter_map(|text| InlineSpec::parse(text).ok());
    inputs.extend(inline.map(|spec| ("--inline", spec.file.path)));
    inputs.retain(|(_, path)| !is_dash(path));
    inputs
}
