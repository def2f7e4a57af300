//! What pages are told about the files they load, so that a browser refuses any other.
//!
//! - `{{integrity js/vote.js}}` in a page becomes the attribute's value for that file.
//! - `{{modules js/vote.js}}` becomes a `modulepreload` link for every module that this one imports, and those import.
//! - `js/integrity.js` is made here: the values for everything that modules fetch by themselves, WebAssembly and words.

use std::collections::BTreeSet;

use super::{Files, integrity, text};
use crate::process::Failure;

/// The module with the values of what is fetched.
const FETCHED: &str = "js/integrity.js";

/// Adds `js/integrity.js`, then fills the placeholders of all pages.
pub(super) fn finish(files: &mut Files) -> Result<(), Failure> {
    let fetched = fetched(files);
    files.insert(FETCHED.to_owned(), fetched.into_bytes());
    let pages: Vec<String> = files
        .keys()
        .filter(|path| path.ends_with(".html"))
        .cloned()
        .collect();
    for path in pages {
        let text = text(files, &path)?;
        let filled = fill(&text, files).map_err(Failure::at(path.as_str()))?;
        files.insert(path, filled.into_bytes());
    }
    Ok(())
}

/// Everything but pages and scripts, whose values stand in the pages.
fn fetched(files: &Files) -> String {
    let mut script = "export const INTEGRITY = {\n".to_owned();
    let is_fetched = |path: &str| !path.ends_with(".html") && !path.ends_with(".js");
    for (path, bytes) in files.iter().filter(|(path, _)| is_fetched(path)) {
        script.push_str(&format!(
            "  {path:?}: {:?},\n",
            integrity::subresource(bytes)
        ));
    }
    script.push_str("};\n");
    script
}

fn fill(page: &str, files: &Files) -> Result<String, String> {
    let mut pieces = page.split("{{");
    let mut filled = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        let (placeholder, rest) = piece.split_once("}}").ok_or("{{ without }}")?;
        let value = match placeholder.split_once(' ') {
            Some(("integrity", path)) => value_of(path, files)?,
            Some(("modules", path)) => links(path, files)?,
            _ => return Err(format!("{{{{{placeholder}}}}} is no placeholder")),
        };
        filled.push_str(&value);
        filled.push_str(rest);
    }
    Ok(filled)
}

fn value_of(path: &str, files: &Files) -> Result<String, String> {
    let bytes = files
        .get(path)
        .ok_or_else(|| format!("there is no file {path}"))?;
    Ok(integrity::subresource(bytes))
}

/// A link for every module below this one.
fn links(path: &str, files: &Files) -> Result<String, String> {
    let mut below = BTreeSet::new();
    collect_imports(path, files, &mut below)?;
    below.remove(path);
    let links = below.iter().map(|path| {
        let value = value_of(path, files)?;
        Ok(format!(
            r#"<link rel="modulepreload" href="{path}" integrity="{value}">"#
        ))
    });
    Ok(links.collect::<Result<Vec<String>, String>>()?.join("\n"))
}

fn collect_imports(path: &str, files: &Files, found: &mut BTreeSet<String>) -> Result<(), String> {
    if !found.insert(path.to_owned()) {
        return Ok(());
    }
    let bytes = files
        .get(path)
        .ok_or_else(|| format!("there is no file {path}"))?;
    let script = std::str::from_utf8(bytes).map_err(|error| format!("{path}: {error}"))?;
    for name in imports(script) {
        collect_imports(&resolve(path, name), files, found)?;
    }
    Ok(())
}

/// The names of what a module imports: what follows `from` or `import`, between quotation marks, on one line.
fn imports(script: &str) -> impl Iterator<Item = &str> {
    script.lines().filter_map(|line| {
        let line = line.trim().trim_end_matches(';');
        let is_import = line.starts_with("import ")
            || line.starts_with("} from ")
            || line.starts_with("export ");
        let (before, name) = line.strip_suffix(['"', '\''])?.rsplit_once(['"', '\''])?;
        let before = before.trim_end();
        let is_named = before.ends_with("from") || before == "import";
        (is_import && is_named && name.starts_with('.')).then_some(name)
    })
}

/// `./x.js` and `../x.js`, from the folder of `path`.
pub(super) fn resolve(path: &str, name: &str) -> String {
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." => {
                folders.pop();
            }
            other => folders.push(other),
        }
    }
    folders.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let files = [
            ("voter.js", "const x = import.meta.url;\n"),
            ("voter.wasm", "wasm"),
            ("words/fr.json", "{}"),
            ("js/words.js", "export const WORDS = 1;\n"),
            ("js/unused.js", ""),
            (
                "js/vote.js",
                "import { a,\n  b,\n} from \"./words.js\";\nimport init from '../voter.js';\nimport { INTEGRITY } from \"./integrity.js\";\n",
            ),
            (
                "vote.html",
                "<script type=\"module\" src=\"js/vote.js\" integrity=\"{{integrity js/vote.js}}\"></script>\n{{modules js/vote.js}}\n",
            ),
        ];
        files
            .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
            .into()
    }

    #[test]
    fn a_page_names_the_hash_of_every_module_it_will_load_and_of_no_other() {
        let mut files = files();
        finish(&mut files).unwrap();
        let page = text(&files, "vote.html").unwrap();
        for path in ["js/vote.js", "js/words.js", "js/integrity.js", "voter.js"] {
            let value = integrity::subresource(&files[path]);
            assert!(
                page.contains(&format!("integrity=\"{value}\"")),
                "{path}: {page}"
            );
        }
        assert!(!page.contains("unused"), "{page}");
        assert_eq!(page.matches("modulepreload").count(), 3);
    }

    #[test]
    fn what_modules_fetch_is_named_in_a_module_of_its_own() {
        let mut files = files();
        finish(&mut files).unwrap();
        let script = text(&files, FETCHED).unwrap();
        let value = integrity::subresource(b"wasm");
        assert!(
            script.contains(&format!("\"voter.wasm\": \"{value}\"")),
            "{script}"
        );
        assert!(script.contains("\"words/fr.json\""));
        assert!(
            !script.contains(".js\"") && !script.contains(".html"),
            "{script}"
        );
    }

    #[test]
    fn a_placeholder_for_nothing_is_a_failure() {
        for text in [
            "{{integrity js/none.js}}",
            "{{modules none.js}}",
            "{{other}}",
            "{{integrity x",
        ] {
            let mut files = files();
            files.insert("bad.html".to_owned(), text.as_bytes().to_vec());
            assert!(finish(&mut files).is_err(), "{text}");
        }
    }

    #[test]
    fn a_module_that_imports_what_is_not_there_is_a_failure() {
        let mut files = files();
        files.insert(
            "js/words.js".to_owned(),
            b"export { x } from './gone.js';\n".to_vec(),
        );
        let Err(Failure(why)) = finish(&mut files) else {
            panic!("the missing module went unseen");
        };
        assert!(why.contains("js/gone.js"), "{why}");
    }
}
