//! The date of issue: that of the document (DTM+137), and that of the invoice (DTM+3), which some write alone or beside it.

use crate::invoice::{Draft, Place, bt};

use super::fill::Filler;
use super::groups::MESSAGE;
use super::structure::{Directory, tag};
use super::{Doubt, Why, date};

/// Tells where DTM+3 is the date of issue, and where it is another one. In D16B it is BT-8.
pub(super) fn finish(filler: &mut Filler<'_>, draft: &Draft) {
    let Some(issued) = draft.first(bt::BT_2).filter(|_| filler.directory != Directory::D16B) else { return };
    let own = match issued.place {
        Some(Place::Edifact { segment, .. }) => segment.checked_sub(1),
        _ => None,
    };
    let dates = filler.segments(MESSAGE, tag("DTM")).filter(|(_, dtm)| &*dtm.text(1, 1) == "3");
    let dates: Vec<_> = dates.filter(|(_, dtm)| !dtm.text(1, 2).trim().is_empty()).collect();
    for (at, dtm) in dates {
        let Some(day) = date::one(&dtm.text(1, 2), &dtm.text(1, 3)) else { continue };
        let place = filler.place(at, 1, 2);
        if Some(at) == own {
            filler.derive(bt::BT_2, place, Why::InvoiceDate);
            continue;
        }
        filler.read(at, 1, 1..=3);
        if day != issued.text {
            filler.doubts.push(Doubt { open: false, ..Doubt::twice(bt::BT_2, &*issued.text, day, place) });
        }
    }
}
