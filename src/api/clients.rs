//! The customer files in force, and what is wrong with those that are not.

use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::App;

/// `GET /v1/clients`
pub async fn list(State(app): State<App>) -> Json<Value> {
    Json(app.customers.show())
}
