//! What Lightspeed's refusals become.

use super::super::fault;
use backroom_core::FaultClass;
use backroom_core::source::Entity;
use backroom_http::Reply;
use std::time::Duration;

fn reply(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Reply {
    let mut map = wiremock::http::HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    Reply { status, headers: map, body: body.as_bytes().to_vec().into() }
}

#[test]
fn each_refusal_has_a_class_and_words() {
    // Errors come as JSON under the name of a web page.
    let html = ("content-type", "text/html; charset=UTF-8");
    let error = |message: &str| {
        format!(r#"{{"httpCode":"400","httpMessage":"Bad Request","message":"{message}","errorClass":"Exception"}}"#)
    };
    let throttled = FaultClass::Throttled { after: Some(Duration::from_secs(7)) };
    let cases = [
        (
            401,
            vec![],
            error("Access token could not be verified"),
            FaultClass::Unauthorized,
            "LIGHTSPEED_TOKEN_EXPIRED",
        ),
        (
            401,
            vec![html],
            error("The access token has been revoked"),
            FaultClass::Unauthorized,
            "LIGHTSPEED_TOKEN_REVOKED",
        ),
        (401, vec![], error("Employee is locked out"), FaultClass::Unauthorized, "LIGHTSPEED_EMPLOYEE_LOCKED"),
        (401, vec![], String::new(), FaultClass::Unauthorized, "LIGHTSPEED_TOKEN_WRONG"),
        (403, vec![html], error("no"), FaultClass::Forbidden, "LIGHTSPEED_FORBIDDEN"),
        (404, vec![], error("no such account"), FaultClass::NotFound, "LIGHTSPEED_NOT_FOUND"),
        (403, vec![html], "<html>Blocked</html>".into(), FaultClass::Protocol, "LIGHTSPEED_WEB_PAGE"),
        (404, vec![html], "<!doctype html>".into(), FaultClass::Protocol, "LIGHTSPEED_WEB_PAGE"),
        (401, vec![html], "<html>no</html>".into(), FaultClass::Unauthorized, "LIGHTSPEED_TOKEN_WRONG"),
        (429, vec![("retry-after", "7")], String::new(), throttled, "LIGHTSPEED_BUSY"),
        (503, vec![], "<html>".into(), FaultClass::Transient, "LIGHTSPEED_ILL"),
        (400, vec![html], error("Invalid cursor"), FaultClass::StaleCursor, "LIGHTSPEED_CURSOR_STALE"),
        (400, vec![html], error("Unknown field"), FaultClass::Rejected, "LIGHTSPEED_REJECTED"),
        (422, vec![], "{}".into(), FaultClass::Rejected, "LIGHTSPEED_REJECTED"),
        (200, vec![html], "<html>sign in</html>".into(), FaultClass::Protocol, "LIGHTSPEED_WEB_PAGE"),
    ];
    for (status, headers, body, class, code) in cases {
        let told = fault::of_reply(&reply(status, &headers, &body), Some(Entity::Orders));
        assert_eq!((told.class.clone(), told.code), (class, code), "{status} {body}");
        assert!(told.message.ends_with('.') && told.message.len() < 300, "{}", told.message);
    }
    let long = error(&"x".repeat(5_000));
    assert!(fault::of_reply(&reply(400, &[], &long), None).message.len() < 300, "a vendor's words are cut");
}
