//! `verify-offline.html`: the page on which anyone checks an election, as one file that works from a disk, without any server.
//!
//! Everything the page needs is inside it. Its own policy lets it run what is inside and reach nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{Files, bundle, text};
use crate::process::Failure;

const PAGE: &str = "verify.html";
const OFFLINE: &str = "verify-offline.html";
/// What reaches the server, and what stands in its place.
const INSTEAD: (&str, &str) = ("js/module.js", "js/offline.js");
/// What the page's modules fetch.
const FETCHED: [&str; 3] = ["observer.wasm", "words/en.json", "words/fr.json"];
const WORKER: &str = "js/verify-worker.js";

/// Adds the page, where there is one to make it from.
pub(super) fn add(files: &mut Files) -> Result<(), Failure> {
    let page = text(files, PAGE)?;
    let script = bundle::script("js/verify.js", INSTEAD, files)?;
    let worker = bundle::script(WORKER, INSTEAD, files)?;
    let style = style(files)?;
    let mut inside = block(WORKER, worker.as_bytes());
    for path in FETCHED {
        let bytes = files
            .get(path)
            .ok_or_else(|| Failure(format!("there is no file {path}")))?;
        inside.push_str(&block(path, bytes));
    }
    let head = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n<style>{style}</style>",
        policy(&script, &style)
    );
    let page = replace_between(&page, "<!-- files -->", "<!-- /files -->", &head)?;
    let end = format!("{inside}<script type=\"module\">{script}</script>\n</body>");
    let page = page.replace("</body>", &end);
    files.insert(OFFLINE.to_owned(), page.into_bytes());
    Ok(())
}

/// Runs the script and the style inside, WebAssembly, a worker made of what is inside; loads nothing.
fn policy(script: &str, style: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; script-src {} 'wasm-unsafe-eval'; style-src {}; font-src data:; worker-src blob:; base-uri 'none'; form-action 'none'",
        hash(script),
        hash(style)
    )
}

/// A file inside the page, as data.
fn block(path: &str, bytes: &[u8]) -> String {
    format!(
        "<script type=\"application/octet-stream\" id=\"{path}\">{}</script>\n",
        STANDARD.encode(bytes)
    )
}

/// Both style sheets, with the typeface inside.
fn style(files: &Files) -> Result<String, Failure> {
    let both = text(files, "style.css")? + &text(files, "booth.css")?;
    let mut pieces = both.split("url(\"");
    let mut style = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        let (path, rest) = piece
            .split_once("\")")
            .ok_or_else(|| Failure("url(\" without \")".to_owned()))?;
        let bytes = files
            .get(path)
            .ok_or_else(|| Failure(format!("there is no file {path}")))?;
        style.push_str(&format!(
            "url(\"data:font/woff2;base64,{}\"){rest}",
            STANDARD.encode(bytes)
        ));
    }
    Ok(style)
}

fn replace_between(page: &str, start: &str, end: &str, with: &str) -> Result<String, Failure> {
    let parts = page
        .split_once(start)
        .and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    let (before, after) = parts.ok_or_else(|| Failure(format!("{PAGE} has no {start} … {end}")))?;
    Ok(format!("{before}{with}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let files = [
            (
                PAGE,
                "<head><!-- files --><link href=\"style.css\"><!-- /files --></head><body></body>",
            ),
            ("style.css", "a { b: c }"),
            ("booth.css", "src: url(\"fonts/x.woff2\")"),
            ("fonts/x.woff2", "font"),
            ("js/verify.js", "import { f } from './module.js';\nf();\n"),
            ("js/module.js", "export function f() { fetch(); }\n"),
            ("js/offline.js", "export function f() {}\n"),
            (WORKER, "verify();\n"),
            ("observer.wasm", "wasm"),
            ("words/en.json", "{}"),
            ("words/fr.json", "{}"),
        ];
        files
            .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
            .into()
    }

    #[test]
    fn the_page_for_the_disk_holds_everything_and_reaches_nothing() {
        let mut files = files();
        add(&mut files).unwrap();
        let page = text(&files, OFFLINE).unwrap();
        for outside in ["href=", "src=", "fetch(", "integrity"] {
            assert!(!page.contains(outside), "{outside}: {page}");
        }
        for path in FETCHED.iter().chain(&[WORKER]) {
            assert!(page.contains(&format!("id=\"{path}\">")), "{path}: {page}");
        }
        assert!(page.contains("data:font/woff2;base64,Zm9udA=="), "{page}");
        let script = bundle::script("js/verify.js", INSTEAD, &files).unwrap();
        assert!(page.contains(&format!("<script type=\"module\">{script}</script>")));
        let hash = STANDARD.encode(Sha256::digest(&script));
        assert!(
            page.contains(&format!("script-src 'sha256-{hash}'")),
            "{page}"
        );
    }

    #[test]
    fn a_page_without_its_marks_is_a_failure() {
        let mut files = files();
        files.insert(PAGE.to_owned(), b"<head></head>".to_vec());
        assert!(add(&mut files).is_err());
    }
}
