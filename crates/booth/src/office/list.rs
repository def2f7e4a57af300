//! What is wrong with a list of voters, so that a page can say it in its language: where, and what stands there.

use urne_client::voter_list::{FieldFault, HeaderFault, LineFault, ListError};

use crate::failure::Failure;

/// The failure of a list; its values are what the sentence names.
pub fn failure(error: &ListError) -> Failure {
    let (code, values): (&'static str, Vec<(&'static str, String)>) = match error {
        ListError::Header(fault) => header(fault),
        ListError::Line { line, fault } => {
            let (code, mut values) = whole_line(fault);
            values.push(("line", line.to_string()));
            (code, values)
        }
        ListError::Field {
            line,
            column,
            name,
            fault,
        } => {
            let (code, mut values) = field(fault);
            values.push(("line", line.to_string()));
            values.push(("column", column.to_string()));
            values.push(("name", (*name).to_owned()));
            (code, values)
        }
        ListError::College { line, college, .. } => (
            "list-no-college",
            vec![("line", line.to_string()), ("found", college.to_string())],
        ),
        ListError::Empty => ("list-empty", Vec::new()),
        ListError::TooMany => ("list-too-many", Vec::new()),
    };
    Failure::new(code, error).with(values)
}

type Sentence = (&'static str, Vec<(&'static str, String)>);

fn header(fault: &HeaderFault) -> Sentence {
    match fault {
        HeaderFault::Unknown { column, title } => (
            "list-column-unknown",
            vec![("column", column.to_string()), ("found", title.clone())],
        ),
        HeaderFault::Twice(name) => ("list-column-twice", vec![("found", (*name).to_owned())]),
        HeaderFault::NoIdentifier => ("list-no-identifier", Vec::new()),
        HeaderFault::NoRow => ("list-no-row", Vec::new()),
        HeaderFault::StrayRow => ("list-stray-row", Vec::new()),
    }
}

fn whole_line(fault: &LineFault) -> Sentence {
    match fault {
        LineFault::Fields { expected, found } => (
            "list-fields",
            vec![
                ("expected", expected.to_string()),
                ("found", found.to_string()),
            ],
        ),
        LineFault::Encoding => ("list-encoding", Vec::new()),
        LineFault::Form(_) => ("list-form", Vec::new()),
    }
}

fn field(fault: &FieldFault) -> Sentence {
    let found = |text: &String| vec![("found", text.clone())];
    match fault {
        FieldFault::Identifier(_) => ("list-identifier", Vec::new()),
        FieldFault::Number(text) => ("list-number", found(text)),
        FieldFault::Row(text) => ("list-row", found(text)),
        FieldFault::Email(text) => ("list-email", found(text)),
        FieldFault::Long(most) => ("list-long", vec![("most", most.to_string())]),
        FieldFault::Repeated { before } => ("list-repeated", vec![("before", before.to_string())]),
    }
}

#[cfg(test)]
mod tests {
    use urne_client::voter_list;

    use super::*;

    fn of(csv: &str) -> Failure {
        failure(&voter_list::read(csv.as_bytes(), false).unwrap_err())
    }

    #[test]
    fn a_fault_says_where_it_is_and_what_stands_there() {
        let json: serde_json::Value =
            serde_json::from_str(&of("identifier,weight\nanne,1\nbruno,zero\n").to_json()).unwrap();
        assert_eq!(json["code"], "list-number");
        assert_eq!(json["values"]["line"], "3");
        assert_eq!(json["values"]["column"], "2");
        assert_eq!(json["values"]["name"], "weight");
        assert_eq!(json["values"]["found"], "zero");
    }

    #[test]
    fn every_fault_has_a_code_of_its_own() {
        for (csv, code) in [
            ("", "list-empty"),
            ("name\nanne\n", "list-no-identifier"),
            ("identifier,size\nanne,1\n", "list-column-unknown"),
            ("identifier,identifier\na,b\n", "list-column-twice"),
            ("identifier,row\nanne,00\n", "list-stray-row"),
            ("identifier,weight\nanne\n", "list-fields"),
            ("weight,identifier\n1,\n", "list-identifier"),
            ("identifier,email\nanne,home\n", "list-email"),
            ("identifier\nanne\nANNE\n", "list-repeated"),
        ] {
            assert_eq!(of(csv).code, code, "{csv:?}");
        }
    }
}
