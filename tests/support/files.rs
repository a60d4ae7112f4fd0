//! Files and what is in them.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::Path;

use ring::digest::{Context, SHA256};
use serde_json::Value;

/// A SHA-256, in hexadecimal.
pub type Hash = String;

/// Writes a file of `size` bytes in which nothing comes twice; what is in it.
pub fn write(path: &Path, size: u64) -> Hash {
    let mut file = File::create(path).unwrap();
    let mut context = Context::new(&SHA256);
    let mut state = size;
    let mut block = vec![0; 1 << 16];
    let mut left = usize::try_from(size).unwrap();
    while left > 0 {
        // SplitMix64.
        for eight in block.chunks_exact_mut(8) {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            eight.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
        }
        let part = &block[..left.min(block.len())];
        file.write_all(part).unwrap();
        context.update(part);
        left -= part.len();
    }
    hex(context)
}

/// What `contents` gives.
pub fn hash(mut contents: impl Read) -> Hash {
    struct Sink(Context);
    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut sink = Sink(Context::new(&SHA256));
    io::copy(&mut contents, &mut sink).unwrap();
    hex(sink.0)
}

fn hex(context: Context) -> Hash {
    let digest = context.finish();
    let bytes = digest.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// The last JSON value in a file of several.
pub fn last_record(json: &[u8]) -> Value {
    let records = serde_json::Deserializer::from_slice(written(json)).into_iter();
    records.last().unwrap().unwrap()
}

/// The file of an entry without the zeros at its end.
fn written(json: &[u8]) -> &[u8] {
    let end = json.iter().rposition(|byte| *byte != 0);
    &json[..end.map_or(0, |last| last + 1)]
}

/// Adds a record to the file of an entry, of which the last one counts.
pub fn add_record(path: &Path, record: &Value) {
    let file = std::fs::read(path).unwrap();
    let mut file = written(&file).to_vec();
    writeln!(file, "\n{record}").unwrap();
    std::fs::write(path, file).unwrap();
}
