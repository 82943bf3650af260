//! The files that hold the numbers, and the document that is made of them.

use std::path::Path;

use waygate::domain::rules::Rules;

#[test]
fn every_file_of_rules_is_compiled_in_under_its_version_s_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rules");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let versions: Vec<_> = Rules::all().iter().map(|rules| format!("{}.toml", rules.version)).collect();
    assert_eq!(names, versions);
}
