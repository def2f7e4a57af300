//! Several modules of ours as one script, for the page that works from a disk, where a browser lets no module load another.
//!
//! Only the forms our modules use are understood, each at the beginning of a line; any other is a failure, never a guess.

use std::collections::BTreeSet;

use super::pages::resolve;
use super::{Files, text};
use crate::process::Failure;

/// A script that does what the module at `path` does. Where a module imports `instead.0`, it gets `instead.1`.
pub(super) fn script(path: &str, instead: (&str, &str), files: &Files) -> Result<String, Failure> {
    let mut bundle = Bundle {
        instead,
        files,
        done: BTreeSet::new(),
        script: String::new(),
    };
    bundle.add(path)?;
    let Bundle { script, .. } = bundle;
    if script.contains("</script") || script.contains("import.meta") {
        return Err(Failure(format!("{path} cannot stand inside a page")));
    }
    Ok(format!(
        "(async () => {{\nconst modules = {{}};\n{script}}})();\n"
    ))
}

struct Bundle<'f> {
    instead: (&'f str, &'f str),
    files: &'f Files,
    done: BTreeSet<String>,
    script: String,
}

impl Bundle<'_> {
    /// Adds a module after everything it imports.
    fn add(&mut self, path: &str) -> Result<(), Failure> {
        if !self.done.insert(path.to_owned()) {
            return Ok(());
        }
        let source = text(self.files, path)?;
        let (mut body, mut exports) = (String::new(), Vec::new());
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            let is_statement = line.starts_with("import ") || line.starts_with("export {");
            if is_statement {
                let mut statement = line.to_owned();
                while !statement.trim_end().ends_with(';') {
                    let next = lines.next().ok_or_else(|| odd(path, line))?;
                    statement.push_str(next);
                }
                body.push_str(&self.statement(path, &statement, &mut exports)?);
            } else if let Some(declaration) = line.strip_prefix("export ") {
                let name = declared(declaration).ok_or_else(|| odd(path, line))?;
                exports.push(name.to_owned());
                body.push_str(declaration);
            } else {
                body.push_str(line);
            }
            body.push('\n');
        }
        let exports = exports.join(", ");
        self.script.push_str(&format!(
            "modules[{path:?}] = await (async () => {{\n{body}return {{ {exports} }};\n}})();\n"
        ));
        Ok(())
    }

    /// What an import becomes; what an export names is remembered.
    fn statement(
        &mut self,
        path: &str,
        statement: &str,
        exports: &mut Vec<String>,
    ) -> Result<String, Failure> {
        let inner = statement.trim_end().trim_end_matches(';');
        if let Some(list) = inner.strip_prefix("export {") {
            let list = list.strip_suffix('}').ok_or_else(|| odd(path, statement))?;
            exports.extend(
                renamed(list, "as")
                    .into_iter()
                    .map(|(from, to)| format!("{to}: {from}")),
            );
            return Ok(String::new());
        }
        let (names, from) = inner
            .strip_prefix("import ")
            .and_then(|rest| rest.rsplit_once(" from "))
            .ok_or_else(|| odd(path, statement))?;
        let mut imported = resolve(path, from.trim_matches(['"', '\'']));
        if imported == self.instead.0 {
            imported = self.instead.1.to_owned();
        }
        self.add(&imported)?;
        let (default, listed) = match names.split_once('{') {
            Some((default, listed)) => (default.trim().trim_end_matches(','), listed),
            None => (names, "}"),
        };
        let listed = listed
            .trim_end()
            .strip_suffix('}')
            .ok_or_else(|| odd(path, statement))?;
        if default.contains('*') {
            return Err(odd(path, statement));
        }
        let default = (!default.trim().is_empty()).then(|| format!("default: {}", default.trim()));
        let listed = renamed(listed, "as")
            .into_iter()
            .map(|(from, to)| format!("{from}: {to}"));
        let names: Vec<String> = default.into_iter().chain(listed).collect();
        Ok(format!(
            "const {{ {} }} = modules[{imported:?}];",
            names.join(", ")
        ))
    }
}

fn odd(path: &str, line: &str) -> Failure {
    Failure(format!("{path}: this form is not understood here: {line}"))
}

/// The name that a declaration after `export` gives.
fn declared(declaration: &str) -> Option<&str> {
    const KINDS: [&str; 4] = ["async function ", "function ", "class ", "const "];
    let rest = KINDS
        .iter()
        .find_map(|kind| declaration.strip_prefix(kind))?;
    let is_part = |character: char| character.is_ascii_alphanumeric() || "_$".contains(character);
    let end = rest.find(|character| !is_part(character))?;
    rest.get(..end).filter(|name| !name.is_empty())
}

/// `a, b as c` as pairs of names.
fn renamed<'l>(list: &'l str, word: &str) -> Vec<(&'l str, &'l str)> {
    let names = list
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let pairs = names.map(|name| {
        let parts: Vec<&str> = name.split_whitespace().collect();
        match parts[..] {
            [from, between, to] if between == word => (from, to),
            _ => (name, name),
        }
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundled(modules: &[(&str, &str)]) -> Result<String, Failure> {
        let files = modules
            .iter()
            .map(|(path, text)| (path.to_string(), text.as_bytes().to_vec()));
        script("js/main.js", ("js/web.js", "js/disk.js"), &files.collect())
    }

    #[test]
    fn modules_become_one_script_in_the_order_of_their_imports() {
        let script = bundled(&[
            ("js/main.js", "import init, { a,\n  b as c } from \"../lib.js\";\nimport { w } from './web.js';\nc(init);\n"),
            ("lib.js", "export function a() {}\nexport const b = 1;\nfunction main() {}\nexport { main as default };\n"),
            ("js/web.js", "export const w = 1;\n"),
            ("js/disk.js", "export async function w() {}\n"),
        ])
        .unwrap();
        let at = |text: &str| {
            script
                .find(text)
                .unwrap_or_else(|| panic!("{text}: {script}"))
        };
        assert!(at("modules[\"lib.js\"] = await") < at("modules[\"js/main.js\"] = await"));
        at("return { a, b, default: main };");
        at("const { default: init, a: a, b: c } = modules[\"lib.js\"];");
        at("const { w: w } = modules[\"js/disk.js\"];");
        assert!(
            !script.contains("js/web.js") && !script.contains("export"),
            "{script}"
        );
    }

    #[test]
    fn a_form_nobody_uses_is_refused() {
        for text in [
            "export default 1;\n",
            "export let a = 1;\n",
            "import * as a from './web.js';\n",
            "import './web.js';\n",
            "import { a } from './gone.js';\n",
            "import { a\n",
            "const a = '</script>';\n",
            "const a = import.meta.url;\n",
        ] {
            let modules = [("js/main.js", text), ("js/disk.js", "")];
            assert!(bundled(&modules).is_err(), "{text}");
        }
    }
}
