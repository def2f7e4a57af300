//! Elections whose voters are on the server's list, by commands alone: a registrar who sends letters with the server that sends
//! links, and the server alone. The verifier judges both.

#![cfg(test)]

mod terminals;
mod verifier;

use std::fs;

use crate::terminals::{Terminals, free_port};

const VOTERS: &str = "identifier,name,email,language\n\
    m-1,Ada,ada@example.org,en\n\
    m-2,Ben,ben@example.org,fr\n\
    m-3,Cleo,cleo@example.org,\n";

/// An election whose three trustees have confirmed; its registrars are seated by `registrars`.
fn founded(registrars: &str) -> Terminals {
    let port = free_port();
    let mut terminals = Terminals::new();
    let address = format!("http://127.0.0.1:{port}");
    fs::write(terminals.at("voters.csv"), VOTERS).unwrap();
    fs::write(
        terminals.at("urne.toml"),
        format!(
            "listen = \"127.0.0.1:{port}\"\ndata = \"data\"\n[mail]\nfolder = \"mails\"\nfrom = \"vote@example.org\"\n"
        ),
    )
    .unwrap();
    terminals.typed("urne serve --new-operator-token | sed -n 2p > operator.token");
    terminals.serve("URNE_OPERATOR_TOKEN=\"$(cat operator.token)\" urne serve --config urne.toml");
    terminals.typed(&format!(
        "urne operator invite {address} --token-file operator.token --note bench > invitation.token
         urne organizer new {address} --token-file invitation.token --folder organizer
         urne organizer draft --example > draft.toml
         urne organizer draft draft.toml --folder organizer
         for name in anne bruno carla; do
           urne organizer seat trustee $name --folder organizer > $name.token
           urne trustee enrol {address} --token-file $name.token --folder $name
         done
         {registrars}
         urne organizer voters voters.csv --appeal-days 7 --folder organizer",
        registrars = registrars.replace("ADDRESS", &address)
    ));
    terminals.typed(
        "urne organizer found --folder organizer
         # The board is there a moment after the founding.
         for try in $(seq 50); do
           urne trustee fingerprints --election \"$(cat organizer/election.id)\" --folder anne && break || sleep 0.2
         done
         for name in anne bruno carla; do urne trustee deal --election \"$(cat organizer/election.id)\" --folder $name; done
         for name in anne bruno carla; do urne trustee confirm --folder $name; done",
    );
    terminals
}

fn open(terminals: &Terminals) {
    terminals.typed(
        "for name in anne bruno carla; do urne trustee drill --folder $name; done
         urne organizer open --folder organizer
         urne organizer invite --folder organizer",
    );
}

/// From the open box to the verdict.
fn count(terminals: &Terminals, receipt: &str) {
    terminals.typed(
        "urne organizer close --folder organizer
         for name in anne bruno carla; do urne trustee seal --folder $name; done
         for name in anne bruno; do urne trustee decrypt --folder $name; done",
    );
    let url = fs::read_to_string(terminals.at("urne.toml")).unwrap();
    let address = url.split('"').nth(1).unwrap();
    terminals.typed(&format!(
        "urne mirror \"http://{address}/boards/$(cat organizer/election.id)\" record"
    ));
    let said = terminals.typed(&format!(
        "urne-verify record --election \"$(cat organizer/election.id)\" --receipt {receipt}"
    ));
    assert!(said.contains("PASS"), "{said}");
}

/// The links that came to an address, the newest last; waits for so many.
fn links(terminals: &Terminals, address: &str, count: usize) -> Vec<String> {
    for _ in 0..400 {
        let mut found = Vec::new();
        for file in fs::read_dir(terminals.at("mails")).into_iter().flatten() {
            let path = file.unwrap().path();
            let written = fs::metadata(&path).unwrap().modified().unwrap();
            let mail = fs::read_to_string(&path).unwrap();
            let to = format!("To: {address}");
            let named = format!("<{address}>");
            if mail.contains(&to) || mail.contains(&named) {
                found.extend(link(&mail).map(|link| (written, link)));
            }
        }
        if found.len() >= count {
            found.sort();
            return found.into_iter().map(|(_, link)| link).collect();
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("fewer than {count} mails to {address}");
}

/// The link in a mail's plain text, as a mail program shows it.
fn link(mail: &str) -> Option<String> {
    let text = mail.split("Content-Type: text/plain").nth(1)?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let body = match head.contains("quoted-printable") {
        true => body.replace("=\r\n", "").replace("=3D", "="),
        false => body.to_owned(),
    };
    let start = body.find("http://")?;
    let link = body[start..].split_whitespace().next()?;
    link.contains("&t=").then(|| link.to_owned())
}

#[test]
fn a_registrars_letter_and_the_servers_link_make_a_vote() {
    let terminals = founded(
        "urne organizer seat registrar 'The town hall' --folder organizer > hall.token
         urne organizer seat registrar 'This server' --held-by-server --folder organizer
         urne registrar enrol ADDRESS --token-file hall.token --folder hall",
    );
    terminals.typed(
        "urne registrar voters voters.csv --from-server --folder hall
         urne registrar publish --election \"$(cat organizer/election.id)\" --folder hall
         urne registrar letters --folder hall",
    );
    open(&terminals);
    let vote = |letter: &str, link: &str, identifier: &str, rest: &str| {
        format!(
            "urne voter vote --link '{link}' --letter hall/letters/{letter}.txt --identifier {identifier} --yes --folder voter {rest}"
        )
    };
    let ada = links(&terminals, "ada@example.org", 1).remove(0);
    terminals.typed(&vote(
        "letter-0001",
        &ada,
        "M-1",
        "--answer 1 --receipt ada.receipt",
    ));
    // A link works once, and another voter's letter does not go with it.
    let spent = terminals.refused(&vote("letter-0001", &ada, "m-1", "--answer 2"), 1);
    assert!(spent.contains("sign-in-refused"), "{spent}");
    let ben = links(&terminals, "ben@example.org", 1).remove(0);
    terminals.refused(&vote("letter-0003", &ben, "m-3", "--answer 2"), 1);

    // A lost letter: organizer and registrar name it, the server answers.
    terminals.typed(
        "urne organizer change replace --identifier m-2 --reason lost --folder organizer &
         urne registrar replace --identifier m-2 --reason lost --folder hall
         wait",
    );
    let ben = links(&terminals, "ben@example.org", 2).remove(1);
    terminals.typed(&vote(
        "letter-new-*",
        &ben,
        "m-2",
        "--answer 2 --receipt ben.receipt",
    ));
    let bounced = terminals.json("urne organizer bounced --json --folder organizer");
    assert_eq!(bounced["bounced"], serde_json::json!([]));
    terminals.typed("urne organizer remind --folder organizer");
    links(&terminals, "cleo@example.org", 2);
    count(&terminals, "ben.receipt");
}

#[test]
fn alone_the_server_needs_a_link_only() {
    let terminals =
        founded("urne organizer seat registrar 'This server' --held-by-server --folder organizer");
    terminals.typed("urne organizer roll --folder organizer");
    open(&terminals);
    let ada = links(&terminals, "ada@example.org", 1).remove(0);
    terminals.typed(&format!(
        "urne voter vote --link '{ada}' --answer 1 --yes --receipt ada.receipt --folder ada"
    ));
    terminals.typed(
        "urne organizer change add --identifier m-4 --email dan@example.org --reason admitted --folder organizer",
    );
    let dan = links(&terminals, "dan@example.org", 1).remove(0);
    terminals.typed(&format!(
        "urne voter vote --link '{dan}' --answer 2 --yes --receipt dan.receipt --folder dan"
    ));
    let unknown = terminals.refused(
        "urne organizer invite --identifier m-9 --folder organizer",
        1,
    );
    assert!(unknown.contains("nobody on the server's list"), "{unknown}");
    count(&terminals, "dan.receipt");
}
