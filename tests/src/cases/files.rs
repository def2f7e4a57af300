//! V1 to V10 and V26: files, manifest, checkpoint, tree, cosignatures, form, signatures, order.

use urne_board::checkpoint::{Checkpoint, SignedCheckpoint};
use urne_board::note::KeyName;
use urne_board::tree::{Tree, leaf_hash};
use urne_cli::rehearsal::{Draft, Town};
use urne_crypto::signature::SigningKey;
use urne_election::entry::{Close, Entry, Notice, sign_payload};
use urne_election::json::base64url;
use urne_election::manifest::Manifest;

use super::Case;
use crate::ballots::{choose, one_of};
use crate::record::{Forger, Record};

/// A small finished election.
pub(super) fn finished() -> Town {
    let mut town = opened();
    town.vote(0, &[choose(1, 2)]).expect("valid");
    town.vote(1, &[choose(2, 2)]).expect("valid");
    town.close_and_count().expect("an honest count");
    town
}

/// The same election with the box just opened.
pub(super) fn opened() -> Town {
    let mut town = founded();
    town.prepare_and_open().expect("an honest ceremony");
    town
}

/// The same election with the manifest only.
pub(super) fn founded() -> Town {
    Town::found(Draft::plain("small", vec![one_of(2)], 3), 20).expect("a valid draft")
}

pub(super) fn cases() -> Vec<Case> {
    [
        damaged(),
        manifests(),
        checkpoints(),
        forms(),
        signatures(),
        order(),
    ]
    .concat()
}

fn damaged() -> Vec<Case> {
    let good = Record::of(&finished().server);
    let without = |path: &str| {
        let mut record = good.clone();
        record.files.remove(path);
        record
    };
    let edited = |path: &str, edit: &dyn Fn(&mut Vec<u8>)| {
        let mut record = good.clone();
        record.edit(path, edit);
        record
    };
    let bundle = good.bundle_path();
    let tile = bundle.replace("tile/entries/", "tile/0/");
    let mut other_id = Case::fail(
        "V4",
        "other-election",
        "The record is sound, but it is not the election of the letter.",
        good.clone(),
    );
    other_id.election = Some(base64url(&[7; 32]));
    vec![
        Case::fail(
            "V1",
            "no-checkpoint",
            "`checkpoint` is missing.",
            without("checkpoint"),
        ),
        Case::fail(
            "V1",
            "no-bundle",
            "The entry bundle is missing.",
            without(&bundle),
        ),
        Case::fail(
            "V1",
            "short-bundle",
            "The last byte of the entry bundle is missing.",
            edited(&bundle, &|bytes| {
                bytes.pop();
            }),
        ),
        Case::fail(
            "V1",
            "long-bundle",
            "A byte follows the last entry of the bundle.",
            edited(&bundle, &|bytes| bytes.push(0)),
        ),
        other_id,
        Case::fail(
            "V6",
            "changed-entry",
            "One byte of the last entry is changed in the bundle; nothing is signed again.",
            edited(&bundle, &|bytes| {
                let last = bytes.len() - 10;
                bytes[last] ^= 1;
            }),
        ),
        Case::fail("V6", "no-tile", "A hash tile is missing.", without(&tile)),
        Case::fail(
            "V6",
            "changed-tile",
            "One bit of a hash tile is changed.",
            edited(&tile, &|bytes| bytes[40] ^= 1),
        ),
    ]
}

/// A record of one manifest with the rule broken by `change`, signed by the organizer.
pub(super) fn manifest_record(town: &Town, change: impl FnOnce(&mut Manifest)) -> Record {
    let mut manifest = town.server.replica().manifest().clone();
    change(&mut manifest);
    let entry = sign_payload(manifest.payload(), &[&town.organizer_key]);
    Forger::new(&town.server).record(&[entry], &[])
}

fn manifests() -> Vec<Case> {
    let town = founded();
    let broken = |name: &str, why: &str, change: &dyn Fn(&mut Manifest)| {
        Case::fail("V2", name, why, manifest_record(&town, change))
    };
    let payload = town.server.replica().manifest().payload();
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let forged = sign_payload(payload.clone(), &[&stranger]);
    let spaced = [b" ".as_slice(), &payload].concat();
    let spaced = sign_payload(spaced, &[&town.organizer_key]);
    let unsigned = sign_payload(payload, &[]);
    let forger = Forger::new(&town.server);
    vec![
        broken("hours", "It closes before it opens.", &|manifest| {
            manifest.closes = 0
        }),
        broken(
            "threshold",
            "The threshold is above the number of trustees.",
            &|manifest| {
                manifest.threshold = 4;
            },
        ),
        broken(
            "quorum",
            "A witness quorum that two boards can both reach.",
            &|manifest| {
                manifest.witnesses.quorum = 2;
            },
        ),
        broken(
            "origin",
            "The log's origin does not end with the nonce.",
            &|manifest| {
                manifest.log.origin = "urne.example/urne/other".into();
            },
        ),
        broken(
            "same-key",
            "Two trustees have one signing key.",
            &|manifest| {
                manifest.trustees[1].key = manifest.trustees[0].key;
            },
        ),
        broken(
            "weak-key",
            "The server's key is a point of small order.",
            &|manifest| {
                manifest.server.key = [0; 32];
            },
        ),
        broken("rule", "More seats than options.", &|manifest| {
            manifest.questions[0].rule.seats = 3;
        }),
        Case::fail(
            "V2",
            "signature",
            "The manifest is signed by somebody else's key.",
            forger.record(&[forged], &[]),
        ),
        Case::fail(
            "V2",
            "unsigned",
            "The manifest carries no signature.",
            forger.record(&[unsigned], &[]),
        ),
        Case::fail(
            "V2",
            "space",
            "A space before the manifest, signed: other bytes, no manifest.",
            forger.record(&[spaced], &[]),
        ),
        Case::fail(
            "V3",
            "possession",
            "A trustee's proof of possession is another trustee's.",
            manifest_record(&town, |manifest| {
                manifest.trustees[1].proof = manifest.trustees[0].proof;
            }),
        ),
        Case::fail(
            "V3",
            "possession-number",
            "Two trustees have changed places: their proofs name their numbers.",
            manifest_record(&town, |manifest| manifest.trustees.swap(0, 1)),
        ),
    ]
}

fn checkpoints() -> Vec<Case> {
    let town = finished();
    let server = &town.server;
    let good = Record::of(server);
    let forger = Forger::new(server);
    let tree = server.replica().tree();
    let put = |path: &str, checkpoint: &SignedCheckpoint| {
        let mut record = good.clone();
        record.edit(path, |bytes| *bytes = checkpoint.to_string().into_bytes());
        record
    };
    let kept: Vec<String> = good
        .files
        .keys()
        .filter(|path| path.starts_with("checkpoints/"))
        .cloned()
        .collect();
    let stated = forger.checkpoint(tree, tree.size()).checkpoint().clone();
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let foreign = KeyName::new("elsewhere.example/urne/log").expect("a name");
    let elsewhere = Checkpoint::new(foreign, tree.size(), tree.root()).expect("a checkpoint");
    let mut other_root = Tree::new();
    for entry in server.replica().entries().iter().rev() {
        other_root.push(leaf_hash(entry));
    }
    let without = |path: &str| {
        let mut record = good.clone();
        record.files.remove(path);
        record
    };
    let size = |path: &str| path.trim_start_matches("checkpoints/").parse().unwrap_or(0);
    let lonely = |cosignatures: usize, path: &str| {
        let mut record = good.clone();
        record.edit(path, |bytes| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let lines: Vec<&str> = text.lines().take(5 + cosignatures).collect();
            *bytes = format!("{}\n", lines.join("\n")).into_bytes();
        });
        record
    };
    vec![
        Case::fail(
            "V5",
            "other-key",
            "The checkpoint is signed by a key that is not the log's.",
            put(
                "checkpoint",
                &stated.clone().sign(&stranger).expect("signs"),
            ),
        ),
        Case::fail(
            "V5",
            "other-origin",
            "The checkpoint belongs to another log.",
            put("checkpoint", &forger.sign(elsewhere)),
        ),
        Case::fail(
            "V6",
            "other-root",
            "The log signs, and all witnesses cosign, a root that is not that of the entries.",
            put("checkpoint", &forger.checkpoint(&other_root, tree.size())),
        ),
        Case::fail(
            "V7",
            "missing",
            "The checkpoint just after the opening is not kept.",
            without(&kept[1]),
        ),
        Case::fail(
            "V7",
            "other-root",
            "The kept checkpoint before the closing states another root.",
            put(&kept[2], &forger.checkpoint(&other_root, size(&kept[2]))),
        ),
        Case::fail(
            "V7",
            "other-size",
            "The checkpoint kept for one size is that of another.",
            put(&kept[3], &forger.checkpoint(tree, size(&kept[3]) - 1)),
        ),
        Case::fail(
            "V8",
            "too-few",
            "The latest checkpoint carries two of the three cosignatures that are needed.",
            lonely(2, "checkpoint"),
        ),
        Case::fail(
            "V8",
            "too-few-kept",
            "A kept checkpoint carries none.",
            lonely(0, &kept[0]),
        ),
    ]
}

/// An unfinished record with one more entry that the server should have refused.
pub(super) fn forced(town: &Town, entry: Vec<u8>) -> Record {
    let mut entries = town.server.replica().entries().to_vec();
    entries.push(entry);
    assembled(town, &entries)
}

/// A record of any entries, with checkpoints around every opening and closing.
pub(super) fn assembled(town: &Town, entries: &[Vec<u8>]) -> Record {
    let kept: Vec<u64> = (0..)
        .zip(entries)
        .filter(|(_, entry)| {
            entry.starts_with(b"{\"kind\":\"open\"") || entry.starts_with(b"{\"kind\":\"close\"")
        })
        .map(|(index, _)| index)
        .collect();
    Forger::new(&town.server).record(entries, &kept)
}

pub(super) fn notice(town: &Town, text: &str) -> Entry {
    Entry::Notice(Notice {
        election: *town.server.replica().election().id(),
        text: vec![text.to_owned()],
    })
}

fn forms() -> Vec<Case> {
    let town = opened();
    let organizer = &town.organizer_key;
    let payload = String::from_utf8(notice(&town, "rain").payload()).expect("UTF-8");
    let signed = |name: &str, why: &str, payload: &[u8]| {
        let entry = sign_payload(payload.to_vec(), &[organizer]);
        Case::fail("V9", name, why, forced(&town, entry))
    };
    let replaced = |name: &str, why: &str, from: &str, to: &str| {
        assert!(payload.contains(from), "{payload} has no {from}");
        signed(name, why, payload.replace(from, to).as_bytes())
    };
    let unterminated = notice(&town, "rain").signed(&[]);
    let manifest = town.server.replica().entries()[0].clone();
    vec![
        loose_bits(&town),
        replaced("space", "A space after a colon.", "\"text\":", "\"text\": "),
        replaced(
            "no-kind",
            "The field `kind` is missing.",
            "{\"kind\":\"notice\",",
            "{",
        ),
        replaced(
            "kind-last",
            "A field stands twice.",
            "\"]}",
            "\"],\"kind\":\"notice\"}",
        ),
        replaced(
            "unknown-kind",
            "A kind that does not exist.",
            "notice",
            "memo",
        ),
        replaced(
            "extra-field",
            "A field no template has.",
            "\"]}",
            "\"],\"more\":1}",
        ),
        replaced("null", "null in place of a text.", "\"rain\"", "null"),
        replaced(
            "escape",
            "A letter escaped as \\u0072.",
            "rain",
            "\\u0072ain",
        ),
        replaced(
            "slash",
            "A solidus escaped, which JSON allows and entries do not.",
            "rain",
            "\\/",
        ),
        replaced(
            "surrogate",
            "A lone surrogate in an escape.",
            "rain",
            "\\ud800",
        ),
        replaced("tab", "A raw control character.", "rain", "r\tn"),
        replaced(
            "languages",
            "Two texts where the manifest has one language.",
            "\"rain\"",
            "\"a\",\"b\"",
        ),
        signed(
            "mark",
            "A byte-order mark before the entry.",
            &[b"\xef\xbb\xbf", payload.as_bytes()].concat(),
        ),
        signed(
            "overlong",
            "An overlong UTF-8 form.",
            &payload
                .replace("rain", "!")
                .into_bytes()
                .iter()
                .flat_map(|&byte| {
                    if byte == b'!' {
                        vec![0xc0, 0xaf]
                    } else {
                        vec![byte]
                    }
                })
                .collect::<Vec<u8>>(),
        ),
        Case::fail(
            "V9",
            "unsigned",
            "A notice without a signature line.",
            forced(&town, unterminated),
        ),
        Case::fail(
            "V9",
            "second-manifest",
            "The manifest once more, in the middle of the board.",
            forced(&town, manifest),
        ),
        Case::fail("V9", "empty-line", "An empty line after the signature.", {
            let mut entry = notice(&town, "rain").signed(&[organizer]);
            entry.push(b'\n');
            forced(&town, entry)
        }),
        Case::fail("V9", "no-line-feed", "The last line feed is missing.", {
            let mut entry = notice(&town, "rain").signed(&[organizer]);
            entry.pop();
            forced(&town, entry)
        }),
    ]
}

/// The election id with its two unused bits set.
fn loose_bits(town: &Town) -> Case {
    let payload = String::from_utf8(notice(town, "rain").payload()).expect("UTF-8");
    let id = base64url(town.server.replica().election().id());
    let last = id.chars().last().expect("43 characters");
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = alphabet
        .find(last)
        .and_then(|place| alphabet.chars().nth(place + 1));
    let loose = format!(
        "{}{}",
        &id[..42],
        next.expect("canonical ends are multiples of 4")
    );
    let entry = sign_payload(
        payload.replace(&id, &loose).into_bytes(),
        &[&town.organizer_key],
    );
    Case::fail(
        "V9",
        "base64",
        "The unused bits of a base64url string are not zero.",
        forced(town, entry),
    )
}

fn signatures() -> Vec<Case> {
    let town = opened();
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let forged = notice(&town, "rain").signed(&[&stranger]);
    let close = Entry::Close(Close {
        election: *town.server.replica().election().id(),
        size: town.server.replica().tree().size(),
        root: town.server.replica().tree().root(),
    });
    vec![
        Case::fail(
            "V10",
            "stranger",
            "A notice signed by a stranger.",
            forced(&town, forged),
        ),
        Case::fail(
            "V10",
            "server-closes",
            "The server closes the box with its own key.",
            forced(&town, close.signed(&[&town.server.keys().receipts])),
        ),
    ]
}

fn order() -> Vec<Case> {
    let town = opened();
    let ended = finished();
    let organizer = &town.organizer_key;
    let mut elsewhere = notice(&town, "rain");
    if let Entry::Notice(notice) = &mut elsewhere {
        notice.election = [7; 32];
    }
    let deal = town.server.replica().entries()[1].clone();
    let ballot = ended
        .server
        .replica()
        .entries()
        .iter()
        .find(|entry| entry.starts_with(b"{\"kind\":\"ballot\""))
        .expect("a ballot")
        .clone();
    let mut repeated = opened();
    let rain = notice(&repeated, "rain").signed(&[&repeated.organizer_key]);
    repeated
        .server
        .admit(rain.clone())
        .expect("a notice may stand");
    vec![
        Case::fail(
            "V26",
            "other-election",
            "A notice of another election.",
            forced(&town, elsewhere.signed(&[organizer])),
        ),
        Case::fail(
            "V26",
            "second-deal",
            "A deal after the opening.",
            forced(&town, deal),
        ),
        Case::fail(
            "V26",
            "ballot-after-close",
            "A ballot after the closing.",
            forced(&ended, ballot),
        ),
        Case::fail(
            "V26",
            "repeated-notice",
            "The organizer's notice, repeated by the server.",
            forced(&repeated, rain),
        ),
    ]
}
