//! A file of lines to which one process at a time appends.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::{Lock, Purpose, open_checked, sync_parent};

/// A file of lines that only grows. The system releases it when the process ends.
#[derive(Debug)]
pub struct Journal {
    file: Arc<File>,
    /// `None` if it is only read.
    lock: Option<Lock>,
    /// Why the last line may be incomplete.
    broken: Option<(io::ErrorKind, String)>,
}

impl Journal {
    /// Opens the journal at `path`, which is created with mode 0600 if it is missing; `None` if another process
    /// has it open. Its lock is the file `path` with `.lock` added.
    ///
    /// # Errors
    /// Those of the file system, and [`super::Untrusted`].
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        let Some(lock) = Lock::take(Path::new(&lock))? else {
            return Ok(None);
        };
        let file = open_checked(path, Purpose::Append)?;
        sync_parent(path)?;
        Ok(Some(Self {
            file: Arc::new(file),
            lock: Some(lock),
            broken: None,
        }))
    }

    /// Opens the journal at `path` to read it, also while another process has it open; `None` if there is none.
    ///
    /// # Errors
    /// Those of the file system, and [`super::Untrusted`].
    pub fn look(path: &Path) -> io::Result<Option<Self>> {
        match open_checked(path, Purpose::Look) {
            Ok(file) => Ok(Some(Self {
                file: Arc::new(file),
                lock: None,
                broken: None,
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Calls `each` with every line, until it returns an error. A line that a killed process has not written
    /// completely is not read, and is removed if the file is not only read: what it should have recorded was not done.
    ///
    /// # Errors
    /// Those of the file system and of `each`.
    pub fn lines<E: From<io::Error>>(
        &mut self,
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        (&*self.file).rewind()?;
        let mut reader = BufReader::new(&*self.file);
        let (mut line, mut whole) = (Vec::new(), 0);
        while reader.read_until(b'\n', &mut line)? > 0 {
            let Some(text) = line.strip_suffix(b"\n") else {
                if self.lock.is_some() {
                    self.file.set_len(whole)?;
                }
                break;
            };
            each(text)?;
            whole += line.len() as u64;
            line.clear();
        }
        Ok(())
    }

    /// Removes all lines.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)
    }

    /// Appends a line, which has no line break. A process that is killed then leaves it there; after
    /// [`File::sync_data`] on the file that is returned, a power cut does, too. Threads may sync at the same time.
    ///
    /// # Errors
    /// Those of the file system. Then the line may be incomplete, so no other line can be appended.
    pub fn append(&mut self, mut line: Vec<u8>) -> io::Result<Arc<File>> {
        if let Some((kind, why)) = &self.broken {
            return Err(io::Error::new(*kind, why.clone()));
        }
        line.push(b'\n');
        let written = (&*self.file).write_all(&line);
        if let Err(error) = &written {
            self.broken = Some((error.kind(), error.to_string()));
        }
        written.map(|()| Arc::clone(&self.file))
    }
}
