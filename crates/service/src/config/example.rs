//! The example of every setting, from the same file that operators read: `docs/urne.example.toml`.

const FILE: &str = include_str!("../../../../docs/urne.example.toml");

/// How a setting is written, for the end of a message: the line of the example with its section.
pub(super) fn of(setting: &str) -> String {
    // A value inside a list is named by its place there.
    let setting = setting.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let setting = setting.trim_end_matches('.');
    let (wanted_section, wanted) = setting.split_once('.').unwrap_or(("", setting));
    let mut section = "";
    let settings = FILE.lines().filter(|line| !line.starts_with("# "));
    for line in settings.map(|line| line.trim_start_matches('#')) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            continue;
        }
        let Some((name, _)) = line.split_once(" = ") else {
            continue;
        };
        let whole_section = wanted_section.is_empty() && section == wanted;
        if whole_section || (section, name) == (wanted_section, wanted) {
            let section = match section {
                "" => String::new(),
                name => format!("[{name}] "),
            };
            return format!("; for example: {section}{line}");
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::super::mail::WrittenMail;
    use super::super::read::Written;
    use super::*;

    /// Section and name of everything that is written here.
    fn settings(table: &toml::Table) -> Vec<String> {
        let mut names = Vec::new();
        for (name, value) in table {
            match value {
                toml::Value::Table(section) if name != "witnesses" => {
                    names.extend(section.keys().map(|inner| format!("{name}.{inner}")));
                }
                _ => names.push(name.clone()),
            }
        }
        names.sort();
        names
    }

    #[test]
    fn the_example_has_every_setting() {
        let every = Written {
            public_url: Some(String::new()),
            name: Some(String::new()),
            operator_token_hash: Some(String::new()),
            mail: Some(WrittenMail::complete()),
            ..Written::default()
        };
        let every = toml::Table::try_from(every).unwrap();
        // Settings that most servers do without have a # before them, and nothing between.
        let is_setting = |line: &str| line.starts_with('#') && !line.starts_with("# ");
        let all = FILE.lines().map(|line| match is_setting(line) {
            true => &line[1..],
            false => line,
        });
        let all = all.collect::<Vec<&str>>().join("\n");
        toml::from_str::<Written>(&all).unwrap();
        let all: toml::Table = all.parse().unwrap();
        assert_eq!(settings(&all), settings(&every));
    }

    #[test]
    fn the_example_can_be_used_as_it_is_and_means_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("urne.toml");
        std::fs::write(&file, FILE).unwrap();
        let example = format!("{:?}", Config::load(&file).unwrap());
        std::fs::write(&file, "").unwrap();
        assert_eq!(example, format!("{:?}", Config::load(&file).unwrap()));
    }

    #[test]
    fn an_example_is_found_by_name_and_section() {
        assert_eq!(of("listen"), "; for example: listen = \"127.0.0.1:8080\"");
        assert_eq!(of("limits.burst"), "; for example: [limits] burst = 2000");
        assert!(of("witnesses").contains("[witnesses] \"witness.example\" ="));
        assert_eq!(
            of("trusted_proxies.0"),
            "; for example: trusted_proxies = []"
        );
        assert_eq!(of("colour"), "");
    }
}
