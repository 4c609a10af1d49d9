//! The one list of commands. Router, HTTP routes, TypeScript client and cache tags are made from it.
//!
//! | command | request | reply | provides / invalidates |
//! |---|---|---|---|
//! | `app_state` | – | `AppState` | app |
//! | `today` | `LocationFilter` | `Today` | sales, sync |
//! | `summary` | `LocationFilter` | `Summary` | sales |
//! | `sales` | `SalesQuery` | `Sales` | sales |
//! | `payments` | `PaymentsQuery` | `PaymentsPage` | sales |
//! | `receipt` | `PaymentId` | `Receipt` | sales |
//! | `sales_csv` | `SalesQuery` | text | sales |
//! | `products` | `ProductsQuery` | `Products` | products |
//! | `explain` | `ExplainQuery` | `Explanation` | sales, products |
//! | `sync_status` | – | `SyncStatus` | sync |
//! | `connections` | – | `Connections` | connections |
//! | `sync_now` | – | – | (events follow) |
//! | `sync_cancel` | – | – | (events follow) |
//! | `push_now` | – | – | (events follow) |
//! | `retry_dead` | `TableName` | – | sync |
//! | `save_square_token` | `SquareToken` | `ProbeResult` | connections, app, sync |
//! | `save_bigquery_key` | `BigQueryKey` | `ProbeResult` | connections, sync |
//! | `test_connection` | `ConnectionName` | `ProbeResult` | connections |
//! | `start_demo` | – | – | everything: opens the demonstration store in its own data folder |
//! | `leave_demo` | – | – | everything: goes back to the shop's own data folder |
//! | `restated_seen` | – | – | sales: the restated days of Today were looked at |
//! | `remove_connection` | `ConnectionName` | – | connections, app, sync |
