//! The plain pages, in both languages, with texts nobody should trust.

use serde_json::{Value, json};

use crate::house::{Ask, House, get};
use crate::village::Village;

fn french(path: impl Into<String>) -> Ask {
    get(path).header("accept-language", "fr-FR, en;q=0.5")
}

#[test]
fn pages_speak_the_readers_language() {
    let village = Village::found(House::new());
    let house = &village.house;
    let page = format!("/elections/{}", village.id);
    for path in ["/".to_owned(), page] {
        let english = house.send(&get(path.clone()));
        let francais = house.send(&french(path.clone()));
        assert!(english.text().contains("<html lang=\"en\">"));
        assert!(francais.text().contains("<html lang=\"fr\">"));
        assert_eq!(francais.header("content-language"), Some("fr"));
        assert_eq!(francais.header("vary"), Some("accept-language"));
        assert_eq!(
            house.send(&get(format!("{path}?lang=fr"))).text(),
            francais.text()
        );
        assert_eq!(
            house.send(&french(format!("{path}?lang=en"))).text(),
            english.text()
        );
    }
    assert!(
        house
            .send(&get("/"))
            .text()
            .contains("The trustees are making the key")
    );
    assert!(
        house
            .send(&french("/"))
            .text()
            .contains("Les dépositaires fabriquent la clé")
    );
}

#[test]
fn what_people_wrote_is_text_and_nothing_else() {
    let village = Village::found(House::new());
    for path in ["/".to_owned(), format!("/elections/{}", village.id)] {
        for asked in [get(path.clone()), french(path)] {
            let reply = village.house.send(&asked);
            let text = reply.text();
            assert_eq!(reply.status, 200);
            assert!(
                !text.contains("<script") && !text.contains("<b>") && !text.contains("<i>"),
                "{text}"
            );
            assert!(
                text.contains("&#60;script&#62;alert(1)") || text.contains("&#60;b&#62;"),
                "{text}"
            );
            let policy = reply.header("content-security-policy").unwrap();
            assert!(policy.contains("style-src 'self'") && !policy.contains("script-src"));
            for attribute in [" style=", " onclick=", "javascript:", "<style"] {
                assert!(!text.contains(attribute), "{attribute}");
            }
        }
    }
}

#[test]
fn a_page_says_how_one_knows_and_shows_the_result() {
    let mut village = Village::open(House::new());
    village.vote(0, 0);
    village.vote(1, 0);
    village.vote(2, 2);
    let path = format!("/elections/{}", village.id);
    let before = village.house.send(&get(path.clone())).text();
    assert!(before.contains("The ballot box is open"));
    assert!(!before.contains("<table>"), "no result before there is one");
    let size = village.status().size;
    village.published(size);
    village.close();
    village.count();
    let text = village.house.send(&get(path.clone())).text();
    let record = format!("http://{}/boards/{}", village.house.address, village.id);
    for said in [
        "The result stands",
        "Ana &#60;i&#62;",
        "made by Registrar and by Post",
        "2 of the 2 trustees",
        "No witness signs this board",
        "<td class=\"figure\">2</td>",
        "elected",
        "Blank",
        "2 votes expressed, 3 on the roll",
        &format!("urne-verify {record}"),
        &village.replica.manifest().log.origin,
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let francais = village.house.send(&french(path)).text();
    for said in [
        "Le résultat est établi",
        "retenu",
        "Blanc",
        "arbres",
        "2 suffrages exprimés, 3 sur la liste",
    ] {
        assert!(francais.contains(said), "{said}");
    }
}

#[test]
fn the_page_of_a_board_counts_its_entries_by_kind_and_goes_on_counting() {
    let mut village = Village::open(House::new());
    let path = format!("/elections/{}/board", village.id);
    let row = |kind: &str, count: u64| {
        format!("<small>{kind}</small></th><td class=\"figure\">{count}</td>")
    };
    let before = village.house.send(&get(path.clone())).text();
    assert!(before.contains(&row("manifest", 1)) && before.contains(&row("deal", 2)));
    assert!(before.contains(&row("open", 1)) && !before.contains("<small>ballot</small>"));
    village.vote(0, 0);
    village.vote(1, 1);
    village.close();
    let after = village.house.send(&get(path.clone())).text();
    for said in [
        &row("ballot", 2),
        &row("close", 1),
        "The closing of the ballot box",
        "No witness signs this board",
        &village.replica.manifest().log.origin,
        "/record.tar",
    ] {
        assert!(after.contains(said), "{said}\n{after}");
    }
    let francais = village.house.send(&french(path)).text();
    assert!(francais.contains("La clôture de l&#39;urne"), "{francais}");
    let nowhere = format!("/elections/{}/board", "A".repeat(43));
    assert_eq!(village.house.send(&get(nowhere)).status, 404);
}

#[test]
fn the_result_can_be_taken_away_as_a_table_and_as_an_object() {
    let mut village = Village::open(House::new());
    let files = |village: &Village, name: &str| {
        let path = format!("/elections/{}/result.{name}", village.id);
        village.house.send(&get(path))
    };
    assert_eq!(files(&village, "csv").problem(), (404, "not-found".into()));
    assert_eq!(files(&village, "json").problem(), (404, "not-found".into()));
    village.vote(0, 0);
    village.vote(1, 0);
    village.vote(2, 2);
    let size = village.status().size;
    village.published(size);
    village.close();
    village.count();
    let table = files(&village, "csv");
    assert_eq!(
        table.header("content-type"),
        Some("text/csv; charset=utf-8")
    );
    let lines = table.text();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(
        lines,
        [
            "Question,Number,Option,Total,Elected or tied,Status",
            "Which?,1,trees,2,elected,decided",
            "Which?,2,benches,0,,decided",
            "Which?,3,Blank,1,,decided",
        ]
    );
    let object: Value = files(&village, "json").json();
    let question = &object["questions"][0];
    assert_eq!(object["election"], village.id);
    assert_eq!(question["title"], json!(["Which?", "Laquelle ?"]));
    assert_eq!(
        (&question["expressed"], &question["registered"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(
        question["options"][0],
        json!({"number": 1, "name": ["trees", "arbres"], "total": 2, "mark": "elected"})
    );
    assert_eq!(
        question["options"][2],
        json!({"number": 3, "name": null, "total": 1, "mark": null})
    );
}

#[test]
fn a_page_says_by_which_rule_a_result_comes_about() {
    let village = Village::found(House::new());
    let path = format!("/elections/{}", village.id);
    let text = village.house.send(&get(path)).text();
    for said in [
        "The option with most votes wins.",
        "Equal totals are left for people to decide.",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn nothing_is_a_page_for_people_and_a_problem_for_programs() {
    let house = House::new();
    for path in ["/nowhere", "/elections/none", "/api/v1/nothing"] {
        let reply = house.send(&french(path).header("accept", "text/html,*/*"));
        assert_eq!(reply.status, 404);
        assert!(
            reply.text().contains("Il n&#39;y a rien à cette adresse"),
            "{}",
            reply.text()
        );
    }
    assert_eq!(
        house.send(&get("/nowhere")).problem(),
        (404, "not-found".into())
    );
    let style = house.send(&get("/style.css"));
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
    assert!(
        !style.text().contains("url("),
        "nothing is loaded from elsewhere"
    );
}

#[test]
fn text_has_a_contrast_of_seven_to_one_in_both_schemes() {
    let style = include_str!("../../templates/style.css");
    let schemes: Vec<&str> = style.split(":root {").skip(1).take(2).collect();
    assert_eq!(schemes.len(), 2);
    for scheme in schemes {
        let colour = |name: &str| {
            let value = scheme.split(&format!("--{name}: #")).nth(1).unwrap();
            luminance(&value[..6])
        };
        for text in ["ink", "quiet", "deep"] {
            let (a, b) = (colour(text), colour("paper"));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= 7.0, "{text}: {contrast}");
        }
    }
}

/// Relative luminance as in WCAG 2.2.
fn luminance(hex: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        match value <= 0.04045 {
            true => value / 12.92,
            false => ((value + 0.055) / 1.055).powf(2.4),
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}
