//! The evidence log: every head that any replica showed is a head of the entries that are there, by the definition of the
//! tree (RFC 6962, section 2.1) and not by the code under test, and the log's proofs say the same.

use sha2::{Digest as _, Sha256};

use super::{Rule, Violation, broken};
use crate::replicas::history::History;

fn leaf(entry: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The roots over the first none, one, two, … of these leaves. What is kept of them are the roots of full subtrees, each
/// with its height, which falls from left to right.
fn roots(leaves: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let mut full: Vec<(u32, [u8; 32])> = Vec::new();
    let mut roots = vec![Sha256::digest([]).into()];
    for leaf in leaves {
        let (mut height, mut grown) = (0, *leaf);
        while let Some((_, left)) = full.pop_if(|(of, _)| *of == height) {
            (height, grown) = (height + 1, node(&left, &grown));
        }
        full.push((height, grown));
        let over = full.iter().map(|(_, root)| *root).rev();
        roots.extend(over.reduce(|right, left| node(&left, &right)));
    }
    roots
}

/// The root over leaves.
pub fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    roots(leaves)[leaves.len()]
}

/// The leaves of entries.
pub fn leaves(entries: &[Vec<u8>]) -> Vec<[u8; 32]> {
    entries.iter().map(|entry| leaf(entry)).collect()
}

/// What is wrong.
pub fn check(history: &History) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let roots = roots(&leaves(&history.entries));
    for head in &history.heads {
        let about = format!("replica {} showed {} entries", head.replica, head.size);
        let root = usize::try_from(head.size).ok().and_then(|size| roots.get(size));
        match root {
            None => {
                let what = format!("{about}, there are {}", history.entries.len());
                wrong.push(broken(Rule::LogForked, what));
            }
            Some(root) if *root != head.root => {
                wrong.push(broken(Rule::LogForked, format!("{about} with another root")));
            }
            Some(_) if !head.proved => wrong.push(broken(Rule::LogForked, format!("{about}: no proof"))),
            Some(_) => {}
        }
    }
    if history.entries.len() as u64 != history.logged {
        let what = format!("{} entries of {} things", history.entries.len(), history.logged);
        wrong.push(broken(Rule::LogMiscounted, what));
    }
    wrong
}
