//! Lines in, lines out, in order, on every core and in constant memory: each worker takes the next block of whole
//! lines, answers it, and waits for its turn to write.

use std::io::{self, Read, Write};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// Bytes that are asked for at once.
const BLOCK_BYTES: usize = 128 << 10;
/// Longest line that is looked at, in bytes; the rest of a longer one is skipped.
const LINE_BYTES_MAX: usize = 64 << 10;
/// Most workers; more would only wait for their turn to write.
const WORKERS_MAX: usize = 16;

const _: () = assert!(LINE_BYTES_MAX < BLOCK_BYTES, "a block holds a longest line");

/// Answers every line of `input` on `output`. `answer` writes the answer to a line, with its end, and says whether it
/// is yes; so does this of all. `progress` is told how many bytes were read.
pub(super) fn answer(
    input: impl Read + Send,
    output: impl Write + Send,
    answer: impl Fn(&str, &mut String) -> bool + Sync,
    progress: impl FnMut(u64) + Send,
) -> io::Result<bool> {
    let blocks = Mutex::new(Blocks::new(input));
    let turns =
        Turns { state: Mutex::new(Turn { next: 0, output, progress, over: false }), changed: Condvar::new() };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(WORKERS_MAX);
    thread::scope(|scope| {
        let run = || worker(&blocks, &turns, &answer);
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(run)).collect();
        let mut all = worker(&blocks, &turns, &answer);
        for other in others {
            let one = other.join().unwrap_or_else(|_| Err(io::Error::other("a worker failed")));
            all = match (all, one) {
                (Ok(a), Ok(b)) => Ok(a && b),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
        }
        all
    })
}

fn worker<R: Read, W: Write, P: FnMut(u64)>(
    blocks: &Mutex<Blocks<R>>,
    turns: &Turns<W, P>,
    answer: &impl Fn(&str, &mut String) -> bool,
) -> io::Result<bool> {
    // A worker that fails or panics must not leave the others waiting for a turn that never comes.
    let _on_end = EndOnUnwind(turns);
    let mut block = Block::default();
    let mut out = String::new();
    let mut all = true;
    loop {
        let read = lock(blocks).next(&mut block);
        match read {
            Ok(true) => {}
            Ok(false) => return Ok(all),
            Err(error) => {
                turns.end();
                return Err(error);
            }
        }
        out.clear();
        for line in block.lines() {
            all &= answer(&String::from_utf8_lossy(line), &mut out);
        }
        if !turns.write(&block, out.as_bytes())? {
            return Ok(all);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whole lines, and where they stand.
#[derive(Default)]
struct Block {
    number: u64,
    bytes: Vec<u8>,
    /// Bytes of the input up to the end of this block.
    read: u64,
}

impl Block {
    /// The lines without their ends, cut at the longest that is looked at.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.split_inclusive(|byte| *byte == b'\n').map(|line| {
            let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
            &line[..end.min(LINE_BYTES_MAX)]
        })
    }
}

/// The input, cut into blocks.
struct Blocks<R> {
    input: R,
    next: u64,
    read: u64,
    /// The beginning of a line whose end was not read yet.
    rest: Vec<u8>,
    /// Whether the line that `rest` begins is longer than what is looked at: what follows is skipped.
    skipping: bool,
}

impl<R: Read> Blocks<R> {
    fn new(input: R) -> Self {
        Self { input, next: 0, read: 0, rest: Vec::new(), skipping: false }
    }

    /// Reads on until there is a whole line, so that whoever types gets an answer to each; false at the end.
    fn next(&mut self, block: &mut Block) -> io::Result<bool> {
        let bytes = &mut block.bytes;
        bytes.clear();
        bytes.append(&mut self.rest);
        loop {
            let kept = bytes.len();
            bytes.resize(kept + BLOCK_BYTES, 0);
            let count = match self.input.read(&mut bytes[kept..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    bytes.truncate(kept);
                    continue;
                }
                read => read?,
            };
            bytes.truncate(kept + count);
            self.read += count as u64;
            if count == 0 {
                if bytes.is_empty() {
                    return Ok(false);
                }
                self.skipping = false;
                break;
            }
            let fresh = &bytes[kept..];
            if let Some(end) = fresh.iter().rposition(|byte| *byte == b'\n') {
                let mut end = kept + end + 1;
                if self.skipping {
                    // Cut out what lies between the part of the long line that is looked at and its end.
                    let until = fresh.iter().position(|byte| *byte == b'\n').unwrap_or(0);
                    bytes.drain(kept..kept + until);
                    end -= until;
                    self.skipping = false;
                }
                self.rest.extend_from_slice(&bytes[end..]);
                bytes.truncate(end);
                break;
            }
            if bytes.len() > LINE_BYTES_MAX {
                bytes.truncate(LINE_BYTES_MAX);
                self.skipping = true;
            }
        }
        (block.number, block.read) = (self.next, self.read);
        self.next += 1;
        Ok(true)
    }
}

struct Turn<W, P> {
    next: u64,
    output: W,
    progress: P,
    /// Nothing more can be written.
    over: bool,
}

/// Who writes next.
struct Turns<W, P> {
    state: Mutex<Turn<W, P>>,
    changed: Condvar,
}

impl<W: Write, P: FnMut(u64)> Turns<W, P> {
    /// Waits until it is the block's turn, and writes its answers; false where nothing more is to be written.
    fn write(&self, block: &Block, answers: &[u8]) -> io::Result<bool> {
        let waiting =
            self.changed.wait_while(lock(&self.state), |turn| turn.next != block.number && !turn.over);
        let mut turn = waiting.unwrap_or_else(PoisonError::into_inner);
        if turn.over {
            return Ok(false);
        }
        let written = turn.output.write_all(answers).and_then(|()| turn.output.flush());
        (turn.progress)(block.read);
        turn.next += 1;
        turn.over = written.is_err();
        drop(turn);
        self.changed.notify_all();
        written.map(|()| true)
    }
}

impl<W, P> Turns<W, P> {
    fn end(&self) {
        lock(&self.state).over = true;
        self.changed.notify_all();
    }
}

struct EndOnUnwind<'t, W, P>(&'t Turns<W, P>);

impl<W, P> Drop for EndOnUnwind<'_, W, P> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A reader that gives a few bytes at a time.
    struct Slowly<'i>(&'i [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(into.len()).min(self.1);
            let (now, later) = self.0.split_at(count);
            into[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    /// Every line, its length in front.
    fn answered(input: &[u8], at_once: usize) -> (String, bool) {
        let mut out = Vec::new();
        let all = answer(
            Slowly(input, at_once),
            &mut out,
            |line, out| {
                out.push_str(&format!("{} {line}\n", line.len()));
                line != "no"
            },
            |_| {},
        );
        (String::from_utf8_lossy(&out).into_owned(), all.unwrap_or_default())
    }

    #[test]
    fn lines_keep_their_order_whatever_their_ends() {
        assert_eq!(answered(b"a\r\nbc\n\nd", 2), ("1 a\n2 bc\n0 \n1 d\n".to_owned(), true));
        assert_eq!(answered(b"", 1), (String::new(), true));
        assert!(!answered(b"yes\nno\nyes\n", 100).1);
    }

    #[test]
    fn a_long_line_is_cut_and_its_rest_skipped() {
        let long = "x".repeat(LINE_BYTES_MAX + 5 * BLOCK_BYTES + 17);
        let input = format!("first\n{long}\nsecond\nthird");
        for at_once in [1000, BLOCK_BYTES, usize::MAX] {
            let (out, _) = answered(input.as_bytes(), at_once);
            let lengths: Vec<&str> = out.lines().filter_map(|line| line.split(' ').next()).collect();
            assert_eq!(lengths, ["5", "65536", "6", "5"], "{at_once}");
        }
    }

    #[test]
    fn a_reader_that_went_away_ends_it() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let input = "line\n".repeat(500_000);
        let ended = answer(
            input.as_bytes(),
            Gone,
            |_, out| {
                out.push('\n');
                true
            },
            |_| {},
        );
        assert_eq!(ended.err().map(|error| error.kind()), Some(io::ErrorKind::BrokenPipe));
    }

    proptest! {
        #[test]
        fn every_line_is_answered_once_and_in_order(
            lines in proptest::collection::vec("[a-z]{0,12}", 0..400), at_once in 1usize..3000,
        ) {
            let (mut input, mut want) = (String::new(), String::new());
            for line in &lines {
                input.push_str(&format!("{line}\n"));
                want.push_str(&format!("{} {line}\n", line.len()));
            }
            prop_assert_eq!(answered(input.as_bytes(), at_once).0, want);
        }
    }
}
