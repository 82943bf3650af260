//! `GET /v1/events`: everything that happened, in the order in which it was written; the way to catch up.

use axum::Json as Answer;
use axum::extract::State;

use super::orders::PageFields;
use super::views::{EventView, ListView, page_limit};
use crate::http::auth::Caller;
use crate::http::json::Fields;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::store::{Cursor, Scope};

/// Events, oldest first. `next_cursor` is given at the end of the list too: keep it, and go on from there later.
#[utoipa::path(get, path = "/v1/events", tag = "events", params(PageFields),
    responses((status = 200, body = ListView<EventView>), (status = "4XX", body = Problem)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Fields(fields): Fields<PageFields>,
) -> Result<Answer<ListView<EventView>>, Problem> {
    caller.require(&[Scope::OrderSystem, Scope::Arbiter])?;
    let limit = page_limit(fields.limit)?;
    let sight = caller.sight();
    let resume = fields.after.clone();
    let page = app.gateway.store.events(fields.after.map(Cursor), limit).await?;
    // A cursor also at the end of the list: what is written later comes after it.
    let last = page.items.last().map(|event| event.id.to_string());
    let mut list = ListView::of(page, |event| EventView::from(sight.event(event)));
    list.next_cursor = list.next_cursor.or(last).or(resume);
    Ok(Answer(list))
}
