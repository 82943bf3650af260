//! Many stored things, read by one thread and worked on by all cores: page after page, what comes of them in the order in
//! which they were read. No more than three pages are held at a time: one that is worked on, one that waits, one that fills.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread;

use crate::store::StoreError;

/// Pages that wait.
const WAITING_MAX: usize = 1;

/// How many threads work.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Reads all, works on each, and takes what came of it. Where taking fails, reading ends.
pub(super) fn work_through<T, R, E>(
    read: impl FnOnce(&mut dyn FnMut(Vec<T>) -> ControlFlow<()>) -> Result<(), StoreError> + Send,
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send + Sync,
    R: Send,
    E: From<StoreError>,
{
    let (send, pages) = sync_channel::<Vec<T>>(WAITING_MAX);
    let mut taken = Ok(());
    let read = thread::scope(|scope| {
        let reading = scope.spawn(move || {
            read(&mut |page| match send.send(page) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            })
        });
        for page in pages {
            taken = share_out(&page, &work).into_iter().try_for_each(&mut take);
            if taken.is_err() {
                // Nobody takes pages any more, which tells the reader to end.
                break;
            }
        }
        reading.join().unwrap_or_else(|panic| resume_unwind(panic))
    });
    taken?;
    Ok(read?)
}

/// Works on a page, an equal part on each core.
fn share_out<T: Sync, R: Send>(page: &[T], work: &(impl Fn(&T) -> R + Sync)) -> Vec<R> {
    let part = page.len().div_ceil(cores()).max(1);
    thread::scope(|scope| {
        let parts: Vec<_> = page
            .chunks(part)
            .map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>()))
            .collect();
        let done = parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done.flatten().collect()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pages(
        count: u32,
    ) -> impl FnOnce(&mut dyn FnMut(Vec<u32>) -> ControlFlow<()>) -> Result<(), StoreError> {
        move |give| {
            for page in 0..count {
                if give((page * 10..page * 10 + 10).collect()).is_break() {
                    return Ok(());
                }
            }
            Ok(())
        }
    }

    #[test]
    fn what_comes_of_it_stands_in_the_order_of_reading() {
        let mut taken = Vec::new();
        let done = work_through(
            pages(50),
            |n| n * 2,
            |n| {
                taken.push(n);
                Ok::<_, StoreError>(())
            },
        );
        assert!(done.is_ok());
        assert_eq!(taken, (0..500).map(|n| n * 2).collect::<Vec<_>>());
    }

    #[test]
    fn whoever_takes_no_more_ends_the_reading() {
        let endless = |give: &mut dyn FnMut(Vec<u32>) -> ControlFlow<()>| {
            while give(vec![1]).is_continue() {}
            Ok(())
        };
        let done = work_through(endless, |n| *n, |_| Err(StoreError::Full));
        assert!(matches!(done, Err(StoreError::Full)));
        let failed = work_through(
            |_: &mut dyn FnMut(Vec<u32>) -> ControlFlow<()>| Err(StoreError::BadCursor),
            |n| *n,
            |_| Ok(()),
        );
        assert!(matches!(failed, Err(StoreError::BadCursor)), "a failure to read is told");
    }
}
