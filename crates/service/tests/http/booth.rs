//! The pages with scripts: served from the server's own binary, with headers that let them load nothing from elsewhere.

use urne_client::http::ListedFile;
use urne_client::organizer::booth_files;
use urne_service::booth::is_built;

use crate::house::{House, get};

/// Says that there is no booth in this program.
fn is_missing() -> bool {
    if !is_built() {
        println!("SKIPPED: `cargo xtask booth` has not built the booth");
    }
    !is_built()
}

#[test]
fn every_listed_file_is_served_with_the_hash_of_the_list() {
    if is_missing() {
        return;
    }
    let house = House::new();
    let list: Vec<ListedFile> = house.send(&get("/booth/files.json")).json();
    assert!(list.len() > 10, "{list:?}");
    booth_files(&list).expect("the list can stand in `open`");
    for listed in list {
        let reply = house.send(&get(format!("/booth/{}", listed.path)));
        assert_eq!(reply.status, 200, "{}", listed.path);
        assert_eq!(reply.body.len() as u64, listed.bytes, "{}", listed.path);
        let tag = format!("\"{}\"", listed.sha256);
        assert_eq!(reply.header("etag"), Some(&*tag), "{}", listed.path);
        assert_eq!(reply.header("cache-control"), Some("no-cache"));
    }
}

#[test]
fn a_page_may_load_nothing_from_elsewhere_and_no_script_of_its_own() {
    if is_missing() {
        return;
    }
    let house = House::new();
    let reply = house.send(&get("/booth/observer.js"));
    assert_eq!(
        reply.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"));
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("http"));
    let module = house.send(&get("/booth/observer.wasm"));
    // Browsers compile while it arrives only under this name.
    assert_eq!(module.header("content-type"), Some("application/wasm"));
}

#[test]
fn a_file_travels_shorter_to_who_can_read_it_and_not_at_all_to_who_has_it() {
    if is_missing() {
        return;
    }
    let house = House::new();
    let asked = || get("/booth/observer.wasm");
    let whole = house.send(&asked());
    assert_eq!(whole.header("content-encoding"), None);
    let short = house.send(&asked().header("accept-encoding", "br, gzip;q=0.8"));
    assert_eq!(short.header("content-encoding"), Some("gzip"));
    assert!(2 * short.body.len() < whole.body.len());
    let refused = house.send(&asked().header("accept-encoding", "gzip;q=0"));
    assert_eq!(refused.header("content-encoding"), None);
    let tag = whole.header("etag").unwrap();
    let known = house.send(&asked().header("if-none-match", &format!("\"x\", {tag}")));
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(known.header("etag"), Some(tag));
    let other = house.send(&asked().header("if-none-match", "\"x\""));
    assert_eq!(other.status, 200);
}

#[test]
fn what_is_not_listed_is_not_there() {
    let house = House::new();
    for path in ["", "nothing.html", "../Cargo.toml", "js", "%2e%2e/dist"] {
        assert_eq!(
            house.send(&get(format!("/booth/{path}"))).status,
            404,
            "{path}"
        );
    }
}
