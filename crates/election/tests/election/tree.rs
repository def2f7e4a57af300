//! A payload as a tree, so that a test can break one thing of it and print it again.
//!
//! The project's own reader has no tree; this one knows nothing of templates.

/// A value of a payload; scalars as they are written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Object(Vec<(String, Tree)>),
    Array(Vec<Tree>),
    Scalar(String),
}

pub(crate) fn parse(payload: &[u8]) -> Tree {
    let text = core::str::from_utf8(payload).unwrap();
    let (tree, rest) = value(text);
    assert_eq!(rest, "");
    assert_eq!(tree.print(), text);
    tree
}

fn value(text: &str) -> (Tree, &str) {
    match text.as_bytes()[0] {
        b'{' => {
            let (mut fields, mut rest) = (Vec::new(), &text[1..]);
            while !rest.starts_with('}') {
                rest = rest.strip_prefix(',').unwrap_or(rest);
                let (Tree::Scalar(name), after) = value(rest) else {
                    panic!("a field has a name");
                };
                let (tree, after) = value(after.strip_prefix(':').unwrap());
                fields.push((name.trim_matches('"').to_owned(), tree));
                rest = after;
            }
            (Tree::Object(fields), &rest[1..])
        }
        b'[' => {
            let (mut items, mut rest) = (Vec::new(), &text[1..]);
            while !rest.starts_with(']') {
                let (tree, after) = value(rest.strip_prefix(',').unwrap_or(rest));
                items.push(tree);
                rest = after;
            }
            (Tree::Array(items), &rest[1..])
        }
        b'"' => {
            let mut escaped = false;
            let end = text[1..]
                .find(|character| {
                    let ends = character == '"' && !escaped;
                    escaped = character == '\\' && !escaped;
                    ends
                })
                .unwrap();
            (Tree::Scalar(text[..end + 2].to_owned()), &text[end + 2..])
        }
        _ => {
            let end = text.find([',', ']', '}']).unwrap();
            (Tree::Scalar(text[..end].to_owned()), &text[end..])
        }
    }
}

impl Tree {
    pub(crate) fn print(&self) -> String {
        let joined = |parts: Vec<String>| parts.join(",");
        match self {
            Tree::Object(fields) => {
                let field = |(name, tree): &(String, Tree)| format!("\"{name}\":{}", tree.print());
                format!("{{{}}}", joined(fields.iter().map(field).collect()))
            }
            Tree::Array(items) => format!("[{}]", joined(items.iter().map(Tree::print).collect())),
            Tree::Scalar(text) => text.clone(),
        }
    }

    /// The value at a path of field names and item numbers, from 0.
    pub(crate) fn at(&mut self, path: &str) -> &mut Tree {
        path.split('.').fold(self, |tree, step| match tree {
            Tree::Object(fields) => {
                let field = fields.iter_mut().find(|(name, _)| name == step);
                &mut field.unwrap_or_else(|| panic!("no field {step}")).1
            }
            Tree::Array(items) => &mut items[step.parse::<usize>().unwrap()],
            Tree::Scalar(_) => panic!("{step} inside a scalar"),
        })
    }

    /// The payload with the value at `path` written otherwise.
    pub(crate) fn with(&self, path: &str, text: &str) -> Vec<u8> {
        let mut changed = self.clone();
        *changed.at(path) = Tree::Scalar(text.to_owned());
        changed.print().into_bytes()
    }

    /// Every tree that differs from this one in one place, where `change` gives the variants of one value; `name` is the
    /// nearest field's.
    pub(crate) fn variants(
        &self,
        name: &str,
        change: &dyn Fn(&str, &Tree) -> Vec<Tree>,
    ) -> Vec<Tree> {
        let mut all = change(name, self);
        match self {
            Tree::Object(fields) => {
                for (index, (name, tree)) in fields.iter().enumerate() {
                    all.extend(tree.variants(name, change).into_iter().map(|tree| {
                        let mut fields = fields.clone();
                        fields[index].1 = tree;
                        Tree::Object(fields)
                    }));
                }
            }
            Tree::Array(items) => {
                for (index, tree) in items.iter().enumerate() {
                    all.extend(tree.variants(name, change).into_iter().map(|tree| {
                        let mut items = items.clone();
                        items[index] = tree;
                        Tree::Array(items)
                    }));
                }
            }
            Tree::Scalar(_) => {}
        }
        all
    }
}

/// Fields whose strings are base64url, but for a receipt's proof, which is a text with dots.
const BYTES: [&str; 24] = [
    "nonce",
    "key",
    "encryption",
    "proof",
    "election",
    "commitments",
    "ephemeral",
    "shares",
    "share",
    "deals",
    "confirms",
    "shared",
    "rows",
    "proofs",
    "row",
    "halves",
    "roll",
    "root",
    "hash",
    "after",
    "sums",
    "tracker",
    "entry",
    "signature",
];

/// Every way to write a payload otherwise that no template admits, whatever its values.
pub(crate) fn malformed(payload: &[u8]) -> Vec<Vec<u8>> {
    let tree = parse(payload);
    let trees = tree.variants("", &|name, tree| {
        let mut all = spoiled(tree);
        if let Tree::Scalar(text) = tree
            && BYTES.contains(&name)
            && text.starts_with('"')
            && !text.contains('.')
        {
            all.extend(spoiled_base64(text).map(Tree::Scalar));
        }
        all
    });
    let mut all: Vec<Vec<u8>> = trees.iter().map(|tree| tree.print().into_bytes()).collect();
    // What no tree can say.
    all.push([b"\xef\xbb\xbf", payload].concat());
    all.push([payload, b"\n"].concat());
    all.push([payload, payload].concat());
    all.extend((0..payload.len()).map(|length| payload[..length].to_vec()));
    all
}

fn spoiled(tree: &Tree) -> Vec<Tree> {
    let text = tree.print();
    let mut all: Vec<Tree> = [
        format!(" {text}"),
        format!("{text} "),
        format!("\t{text}"),
        format!("[{text}]"),
        "null".to_owned(),
        "undefined".to_owned(),
        "{}".to_owned(),
    ]
    .map(Tree::Scalar)
    .to_vec();
    match tree {
        Tree::Object(fields) => {
            for index in 0..fields.len() {
                let mut without = fields.clone();
                let field = without.remove(index);
                let mut twice = fields.clone();
                twice.insert(index, field.clone());
                let mut renamed = fields.clone();
                renamed[index].0.push('s');
                let mut capital = fields.clone();
                capital[index].0 = capital[index].0.to_uppercase();
                let mut spaced = fields.clone();
                spaced[index].0.push(' ');
                let mut empty = fields.clone();
                empty[index].1 = Tree::Scalar(String::new());
                let mut extra = fields.clone();
                extra.insert(index + 1, ("extra".into(), Tree::Scalar("0".into())));
                all.extend(
                    [without, twice, renamed, capital, spaced, empty, extra].map(Tree::Object),
                );
                if index > 0 {
                    let mut swapped = fields.clone();
                    swapped.swap(index - 1, index);
                    all.push(Tree::Object(swapped));
                }
            }
        }
        Tree::Array(items) => {
            let inside = &text[1..text.len() - 1];
            all.extend(
                [
                    format!("[{inside},]"),
                    format!("[,{inside}]"),
                    format!("[{inside}"),
                    format!("[{inside},null]"),
                ]
                .map(Tree::Scalar),
            );
            if items.len() > 1 {
                all.push(Tree::Scalar(text.replacen(',', ", ", 1)));
                all.push(Tree::Scalar(text.replacen(',', ",,", 1)));
            }
        }
        Tree::Scalar(text) if text.starts_with('"') => {
            let inside = &text[1..text.len() - 1];
            all.extend(
                [
                    "0".to_owned(),
                    format!("'{inside}'"),
                    format!("\"{inside}"),
                    inside.to_owned(),
                    format!("\"\\u0041{inside}\""),
                    format!("\"{inside}\\/\""),
                    format!("\"{inside}\\t\""),
                    format!("\"{inside}\t\""),
                    format!("\"{inside}\n\""),
                    format!("\"{inside}\\\""),
                    format!("\"{inside}\\N\""),
                ]
                .map(Tree::Scalar),
            );
        }
        Tree::Scalar(text) if text == "true" || text == "false" => {
            all.extend(
                ["0", "1", "\"true\"", "True", "truefalse"].map(|text| Tree::Scalar(text.into())),
            );
        }
        Tree::Scalar(text) => {
            all.extend(
                [
                    format!("{text}.0"),
                    format!("{text}e0"),
                    format!("0{text}"),
                    format!("-{text}"),
                    format!("+{text}"),
                    format!("\"{text}\""),
                    "9007199254740992".to_owned(),
                    "18446744073709551616".to_owned(),
                    "true".to_owned(),
                ]
                .map(Tree::Scalar),
            );
        }
    }
    all
}

fn spoiled_base64(text: &str) -> impl Iterator<Item = String> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let inside = &text[1..text.len() - 1];
    let mut all = vec![
        format!("{inside}="),
        format!("{inside}=="),
        format!("{inside}A"),
        format!("{inside}+AAA"),
        format!("{inside}/AAA"),
    ];
    if let Some(last) = inside
        .chars()
        .last()
        .filter(|_| !inside.len().is_multiple_of(4))
    {
        // The unused bits of the last symbol are zero; the next symbol sets the lowest.
        let place = ALPHABET.find(last).unwrap();
        let next = &ALPHABET[place + 1..place + 2];
        all.push(format!("{}{next}", &inside[..inside.len() - 1]));
    }
    all.into_iter().map(|inside| format!("\"{inside}\""))
}
