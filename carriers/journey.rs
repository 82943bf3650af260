//! A parcel's checkpoints as a whole: their order, and which of them says where the parcel stands.

use crate::contract::{Checkpoint, OffsetTime, Status, Tracking};

/// Puts checkpoints newest first. They are sorted by instant only where every one has an instant; otherwise the
/// order in which the source tells them stands. The sort is stable.
pub fn newest_first(checkpoints: &mut [Checkpoint]) {
    if checkpoints.iter().all(|c| c.time.is_some()) {
        checkpoints.sort_by_key(|c| std::cmp::Reverse(c.time.map(OffsetTime::timestamp)));
    }
}

/// Which of some statuses, newest first, says where the parcel stands: the newest that is not a mere notice. A final
/// status stands until a newer physical scan reopens the journey; a notice after delivery does not undo it.
pub fn standing(newest_first: impl IntoIterator<Item = Status>) -> Option<usize> {
    let mut newest = None;
    for (index, status) in newest_first.into_iter().enumerate().filter(|(_, s)| *s != Status::Info) {
        let first = *newest.get_or_insert(index);
        if status.is_final() {
            return Some(index);
        }
        if status.is_physical_scan() {
            return Some(first);
        }
    }
    newest
}

/// When the parcel was delivered, by the newest checkpoint that says so; none where it no longer stands as delivered.
pub fn delivered_at(status: Status, checkpoints: &[Checkpoint]) -> Option<OffsetTime> {
    let delivered = checkpoints.iter().find(|c| c.status == Status::Delivered)?;
    delivered.time.filter(|_| status == Status::Delivered)
}

/// Gives a tracking its checkpoints, newest first, and what they say of the whole: where the parcel stands, by which
/// code, in which words, and when it was delivered.
pub fn settle(tracking: &mut Tracking, checkpoints: Vec<Checkpoint>) {
    if let Some(stands) = standing(checkpoints.iter().map(|c| c.status)).and_then(|i| checkpoints.get(i)) {
        tracking.status = stands.status;
        tracking.status_code.clone_from(&stands.code);
        tracking.status_text.clone_from(&stands.text);
    }
    tracking.delivered_at = delivered_at(tracking.status, &checkpoints);
    tracking.checkpoints = checkpoints;
}

/// What is known of a parcel with the news of it: checkpoints that were told before are not told twice, and what the
/// news leave open stays as it was.
pub fn joined(known: &Tracking, news: Tracking) -> Tracking {
    let told = |new: &Checkpoint| {
        let same = |old: &Checkpoint| {
            (old.time, old.local_time, old.status, &old.code)
                == (new.time, new.local_time, new.status, &new.code)
        };
        known.checkpoints.iter().any(same)
    };
    let mut joined = known.clone();
    let mut checkpoints: Vec<Checkpoint> = news.checkpoints.into_iter().filter(|c| !told(c)).collect();
    if checkpoints.is_empty() {
        return joined;
    }
    checkpoints.extend(joined.checkpoints.iter().cloned());
    newest_first(&mut checkpoints);
    joined.service = news.service.or(joined.service);
    joined.destination = joined.destination.or(news.destination);
    joined.weight_grams = news.weight_grams.or(joined.weight_grams);
    joined.estimated_delivery = news.estimated_delivery.or(joined.estimated_delivery);
    joined.estimated_delivery_local = news.estimated_delivery_local.or(joined.estimated_delivery_local);
    joined.proof_of_delivery = news.proof_of_delivery.or(joined.proof_of_delivery);
    settle(&mut joined, checkpoints);
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status::{
        AttemptFailed, Delivered, Exception, InTransit, Info, LabelCreated, Returned, Returning, Unknown,
    };

    #[test]
    fn the_newest_that_is_no_notice_stands() {
        assert_eq!(standing([Info, Info, InTransit, LabelCreated]), Some(2));
        assert_eq!(standing([Info]), None);
        assert_eq!(standing([]), None);
        assert_eq!(standing([Unknown, InTransit]), Some(0));
        assert_eq!(standing([Exception, InTransit]), Some(0));
    }

    #[test]
    fn a_final_status_stands_until_a_physical_scan() {
        assert_eq!(standing([Info, Exception, Delivered, InTransit]), Some(2));
        assert_eq!(standing([LabelCreated, Delivered]), Some(1));
        assert_eq!(standing([Unknown, Returned, Returning]), Some(1));
        assert_eq!(standing([AttemptFailed, Delivered]), Some(0));
        assert_eq!(standing([Exception, InTransit, Delivered]), Some(0));
    }
}
