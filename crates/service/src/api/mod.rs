//! All routes, on one page. A handler extracts, applies a rule, makes one call, responds.
//!
//! - [`app`]: what handlers share; [`problem`]: why a request is not served; [`answers`]: the same for the document
//! - [`read`], [`path`], [`token`]: requests, read strictly
//! - [`limits`], [`frame`]: what stands around every route
//! - one file per resource

mod answers;
mod app;
mod boards;
mod booth;
mod drafts;
mod elections;
mod frame;
mod health;
mod invitations;
mod limits;
mod mails;
mod pages;
mod parcels;
mod path;
mod problem;
mod read;
mod seats;
mod sign_in;
mod token;
mod voters;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use app::{App, StartError};
pub use health::openapi;
use limits::Gate;
pub(crate) use limits::network;

/// Every route with its documentation. A path and its operations stand together: a route that is not here does not exist,
/// and one that is here is documented.
fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::frame())
        // before an election has a board
        .routes(routes!(invitations::create))
        .routes(routes!(drafts::open))
        .routes(routes!(drafts::read))
        .routes(routes!(drafts::save))
        .routes(routes!(drafts::add_seat))
        .routes(routes!(drafts::replace_token))
        .routes(routes!(drafts::found))
        .routes(routes!(seats::read))
        .routes(routes!(seats::send_keys))
        // voters
        .routes(routes!(voters::save, voters::read, voters::delete))
        .routes(routes!(mails::change_email))
        .routes(routes!(voters::registrars))
        .routes(routes!(voters::make_roll, voters::roll))
        .routes(routes!(voters::name_change, voters::changes))
        .routes(routes!(mails::invite))
        .routes(routes!(mails::remind))
        .routes(routes!(sign_in::ask_for_link))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_in::privacy))
        // elections
        .routes(routes!(elections::list))
        .routes(routes!(elections::read))
        .routes(routes!(elections::append))
        .routes(routes!(elections::cast))
        .routes(routes!(elections::receipt))
        .routes(routes!(elections::line))
        .routes(routes!(elections::freeze))
        .routes(routes!(parcels::list))
        .routes(routes!(parcels::fetch, parcels::leave))
        // the record
        .routes(routes!(boards::checkpoint))
        .routes(routes!(boards::kept))
        .routes(routes!(boards::tile))
        .routes(routes!(boards::archive))
        // for those who run the server
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
        .routes(routes!(health::document))
        // for everybody
        .routes(routes!(pages::home))
        .routes(routes!(pages::election))
        .routes(routes!(pages::board))
        .routes(routes!(pages::result_table))
        .routes(routes!(pages::result_object))
        .routes(routes!(pages::style))
        .routes(routes!(pages::icon))
        .routes(routes!(booth::file))
}

/// The OpenAPI document, as the server gives it.
pub fn document() -> OpenApi {
    openapi::finish(routes().split_for_parts().1)
}

/// The whole service, with everything that stands around the routes.
pub fn router(app: App) -> Router {
    let gate: Gate = app.gate();
    let (router, _) = routes().split_for_parts();
    router
        .fallback(pages::missing)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(app)
        .layer(CatchPanicLayer::custom(frame::panicked))
        .layer(from_fn_with_state(gate, limits::admit))
        .layer(from_fn(frame::careful))
        .layer(from_fn(frame::observe))
}

async fn method_not_allowed() -> problem::ApiError {
    problem::ApiError::MethodNotAllowed
}
