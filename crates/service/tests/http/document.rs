//! The OpenAPI document says what the server does, and the server does what it says.

use std::collections::BTreeSet;

use serde_json::Value;
use urne_client::http::Problem;

use crate::house::{House, ask, get};

const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "PATCH"];

/// A path of a template: every parameter in its form, naming nothing that exists.
fn example(template: &str) -> String {
    template
        .replace("{draft}", &"d".repeat(22))
        .replace("{role}", "trustee")
        .replace("{number}", "1")
        .replace("{issuer}", "1")
        .replace("{name}", "a")
        .replace("{size}", "1")
        .replace("{file}", "0/000.p/1")
        .replace("{election}", &"A".repeat(43))
        .replace("{row}", &"0".repeat(32))
        .replace("{leaf}", &"A".repeat(43))
        .replace("{key}", &"A".repeat(43))
}

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.map(move |(method, operation)| {
            (path.clone(), method.to_uppercase(), operation.clone())
        })
    });
    all.collect()
}

#[test]
fn the_document_is_served_and_lists_exactly_the_routes() {
    let house = House::new();
    assert_eq!(
        house.send(&get("/api/v1/openapi.json")).json::<Value>(),
        house.document
    );
    // Everything is registered in one place, by handlers that carry their own documentation.
    let source = include_str!("../../src/api/mod.rs");
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    for other_way in [".route(", ".nest(", "route_service", ".merge("] {
        assert!(
            !code.contains(other_way),
            "{other_way} registers what nobody documents"
        );
    }
    let handlers = code.split("routes!(").skip(1).flat_map(|rest| {
        let inside = rest.split(')').next().unwrap();
        inside.split(',').map(|handler| handler.trim().to_owned())
    });
    let handlers: BTreeSet<String> = handlers.filter(|handler| handler.contains("::")).collect();
    let documented = operations(&house.document).len();
    assert!(documented > 25, "{documented} operations");
    assert_eq!(handlers.len(), documented, "{handlers:?}");
}

#[test]
fn every_documented_operation_is_served_and_no_other_method_is() {
    let house = House::new();
    for (template, _, _) in operations(&house.document) {
        let path = example(&template);
        assert!(!path.contains('{'), "{path}");
        for method in METHODS {
            let reply = house.send(&ask(method, path.clone()));
            if house.operation(method, &path).is_some() {
                assert_ne!(reply.status, 405, "{method} {path}");
                let nothing = reply.status == 404
                    && reply.header("content-type") == Some("application/json")
                    && reply.json::<Problem>().message == "there is nothing at this address";
                assert!(!nothing, "{method} {path} is documented and not there");
            } else {
                assert_eq!(
                    reply.problem(),
                    (405, "method-not-allowed".into()),
                    "{method} {path}"
                );
                assert!(reply.header("allow").is_some(), "{method} {path}");
            }
        }
    }
}

#[test]
fn every_operation_documents_what_else_it_answers() {
    let document = serde_json::to_value(urne_service::api::document()).unwrap();
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let place = format!("{method} {path}");
        assert!(
            names.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{place}"
        );
        assert!(operation["summary"].as_str().unwrap().len() > 5, "{place}");
        let answers = operation["responses"].as_object().unwrap();
        let has = |status: &str| answers.contains_key(status);
        assert!(
            answers.keys().any(|status| status.starts_with('2')),
            "{place}"
        );
        assert!(has("429") && has("500") && has("503"), "{place}");
        assert_eq!(
            has("401"),
            operation.get("security").is_some()
                || path == "/api/v1/drafts"
                || path.ends_with("/sign-in")
                || path.ends_with("/links"),
            "{place}"
        );
        if operation.get("requestBody").is_some() {
            assert!(
                ["400", "408", "413", "415", "507"].into_iter().all(has),
                "{place}"
            );
        }
        if path.contains('{') {
            assert!(has("404"), "{place}");
            let parameters = operation["parameters"].as_array().unwrap();
            for parameter in parameters.iter().filter(|one| one["in"] == "path") {
                let schema = &parameter["schema"];
                let bounded = ["pattern", "$ref", "maximum"]
                    .iter()
                    .any(|key| schema.get(key).is_some());
                assert!(bounded, "{place}: {parameter}");
                let name = parameter["name"].as_str().unwrap();
                assert!(path.contains(&format!("{{{name}}}")), "{place}: {name}");
            }
        }
        for (status, answer) in answers
            .iter()
            .filter(|(status, _)| status.as_str() >= "400")
        {
            let content = answer["content"].as_object().unwrap();
            let pages = ["/elections/{election}", "/elections/{election}/board"];
            let page = pages.contains(&&*path) && status == "404";
            let json = content.get("application/json");
            let problem =
                json.is_some_and(|json| json["schema"]["$ref"] == "#/components/schemas/Problem");
            assert!(problem || page, "{place} {status}");
        }
    }
    every_reference_resolves(&document, &document);
}

fn every_reference_resolves(document: &Value, part: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference}");
            }
            fields
                .values()
                .for_each(|part| every_reference_resolves(document, part));
        }
        Value::Array(parts) => parts
            .iter()
            .for_each(|part| every_reference_resolves(document, part)),
        _ => {}
    }
}

#[test]
fn every_answer_makes_browsers_careful() {
    let house = House::new();
    for path in [
        "/",
        "/healthz",
        "/nothing",
        "/api/v1/elections",
        "/boards/x/checkpoint",
    ] {
        let reply = house.send(&get(path));
        assert_eq!(
            reply.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(
            reply.header("referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
        let policy = reply.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        let open = reply.header("access-control-allow-origin").is_some();
        assert_eq!(open, path.starts_with("/boards/"), "{path}");
    }
}

#[test]
fn metrics_count_requests_by_pattern_and_name_nobody() {
    let house = House::new();
    let somebody = "s".repeat(43);
    house.send(&get(format!("/api/v1/elections/{somebody}")));
    house.send(&ask("BREW", "/healthz"));
    let text = house.send(&get("/metrics")).text();
    assert!(text.contains("urne_http_requests_total{method=\"GET\",route=\"/api/v1/elections/{election}\",status=\"404\"}"), "{text}");
    assert!(!text.contains(&somebody) && !text.contains("BREW") && !text.contains("127.0.0.1"));
}
