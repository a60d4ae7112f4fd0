//! Decodes a file to UTF-8.

use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

use crate::commands::merge::error::NotText;
use crate::files::Octets;

/// The bytes that are decoded at once. The header line of CSV and the beginning of JSON are found in the first.
pub(super) const BLOCK: usize = 1 << 16;

/// The text of a file in UTF-8, without a byte order mark. Only complete characters are read at once, so `read`
/// needs room for four bytes.
pub(super) struct Decoded {
    octets: Octets,
    /// How many bytes were taken from `octets`.
    taken: usize,
    /// Bytes that are not decoded yet.
    block: Bytes,
    decoder: Decoder,
    is_over: bool,
}

impl Decoded {
    /// The byte order mark takes precedence over `encoding`, as in the Encoding Standard ("decode").
    pub(super) fn new(octets: Octets, encoding: Option<&'static Encoding>) -> Self {
        Self {
            octets,
            taken: 0,
            block: Bytes::new(),
            decoder: encoding.unwrap_or(UTF_8).new_decoder(),
            is_over: false,
        }
    }

    fn fault(&self, is_nul: bool) -> io::Error {
        io::Error::other(NotText {
            encoding: self.decoder.encoding(),
            at: self.taken - self.block.len(),
            is_nul,
        })
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        if self.is_over {
            return Ok(0);
        }
        loop {
            if self.block.is_empty() && self.taken < self.octets.len() {
                let length = BLOCK.min(self.octets.len() - self.taken);
                self.block = self.octets.window(self.taken, length)?;
                self.taken += self.block.len();
            }
            let is_last = self.taken == self.octets.len();
            let room = buffer.get_mut(written..).unwrap_or_default();
            let (result, read, count) =
                (self.decoder).decode_to_utf8_without_replacement(&self.block, room, is_last);
            self.block.advance(read);
            if room.iter().take(count).any(|byte| *byte == 0) {
                return Err(self.fault(true));
            }
            written += count;
            match result {
                DecoderResult::Malformed(..) => return Err(self.fault(false)),
                DecoderResult::OutputFull => return Ok(written),
                DecoderResult::InputEmpty if is_last => {
                    self.is_over = true;
                    return Ok(written);
                }
                DecoderResult::InputEmpty => {}
            }
        }
    }
}
