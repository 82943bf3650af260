//! Judges every stored claim again under another version of the policy, on all cores, from a snapshot of the store.

use waygate_carriers::registry::Registry;

use super::at_once::work_through;
use crate::domain::backtest::{Compared, Flip, Rejudged, Tally, compare};
use crate::domain::channels::Channels;
use crate::domain::policy::Policy;
use crate::domain::verdict::Tables;
use crate::store::StoreError;
use crate::store::history::{PastVerdict, Selection};
use crate::store::sqlite::History;

/// Judges the claims again. Each flip is shown, in the order in which the claims were given; what all come to is told
/// at the end.
pub fn backtest<E: From<StoreError>>(
    history: History,
    which: &Selection,
    (registry, channels, policy): (&Registry, &Channels, &Policy),
    mut show: impl FnMut(&Flip) -> Result<(), E>,
) -> Result<Tally, E> {
    let tables = Tables { registry, channels, policy };
    let mut tally = Tally::default();
    work_through(
        move |give| history.verdicts(which, give),
        |past| rejudge(past, tables),
        |rejudged| {
            tally.count(&rejudged);
            match &rejudged {
                Rejudged::Judged { flip: Some(flip), .. } => show(flip),
                _ => Ok(()),
            }
        },
    )?;
    Ok(tally)
}

fn rejudge(past: &PastVerdict, tables: Tables<'_>) -> Rejudged {
    let opened = match past.open() {
        Ok(opened) => opened,
        Err(why) => return Rejudged::Not(why),
    };
    let made = opened.basis.judge(tables, &opened.order, &opened.claim, &opened.observations);
    let given = opened.verdict;
    let compared = compare(&given, &made);
    let flip = || {
        let about = (&opened.order, &opened.claim);
        Flip::of((&past.shipment, &past.id), about, opened.basis.now, &given, &made)
    };
    let flip = (compared == Compared::Flipped).then(|| Box::new(flip()));
    Rejudged::Judged { from_policy: given.policy.clone(), from: given.verdict, compared, flip }
}
