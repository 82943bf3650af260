//! Finds the carriers: every folder with a `carrier.toml`, and every file of `others/`. Writes the list that
//! `registry.rs` reads, so that adding a carrier touches no other file. A source is a `source.toml` or an adapter in code.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed={}", root.display());
    let mut out = String::from("use super::registry::{BuiltIn, Other};\n\n");
    let mut list = String::from(
        "/// Every carrier's folder, in order of its name.\npub static CARRIERS: &[BuiltIn] = &[\n",
    );
    for folder in sorted(&root)? {
        let facts = folder.join("carrier.toml");
        if !facts.is_file() {
            continue;
        }
        let id = name(&folder);
        let code = folder.join("mod.rs");
        if code.is_file() {
            writeln!(out, "#[path = {:?}]\npub mod {id};", code.display().to_string()).expect("in memory");
        }
        writeln!(list, "    BuiltIn {{").expect("in memory");
        writeln!(list, "        folder: {id:?},").expect("in memory");
        writeln!(list, "        carrier: include_str!({:?}),", facts.display().to_string())
            .expect("in memory");
        for (field, file) in [("numbers", "numbers.toml"), ("statuses", "statuses.toml")] {
            let path = folder.join(file);
            if path.is_file() {
                writeln!(list, "        {field}: Some(include_str!({:?})),", path.display().to_string())
            } else {
                writeln!(list, "        {field}: None,")
            }
            .expect("in memory");
        }
        let without_code = declared(&folder, &id)?.join(", ");
        writeln!(list, "        declared: &[{without_code}],").expect("in memory");
        let has_adapters = code.is_file() && fs::read_to_string(&code)?.contains("pub const ADAPTERS");
        let adapters = if has_adapters { format!("{id}::ADAPTERS") } else { "&[]".to_owned() };
        writeln!(list, "        adapters: {adapters},").expect("in memory");
        let pushes = folder.join("push.rs").is_file();
        let push = if pushes { format!("Some(&{id}::push::PUSH)") } else { "None".to_owned() };
        writeln!(list, "        push: {push},").expect("in memory");
        let sandboxes = sandboxes(&folder, &id)?.join(", ");
        writeln!(list, "        #[cfg(feature = \"sandbox\")]\n        sandboxes: &[{sandboxes}],")
            .expect("in memory");
        writeln!(list, "    }},").expect("in memory");
    }
    list.push_str(
        "];\n\n/// Known lines that have no folder of their own.\npub static OTHERS: &[Other] = &[\n",
    );
    for file in sorted(&root.join("others"))? {
        if file.extension().is_some_and(|e| e == "toml") {
            let stem = file.file_stem().expect("a file").to_string_lossy().into_owned();
            writeln!(
                list,
                "    Other {{ id: {stem:?}, text: include_str!({:?}) }},",
                file.display().to_string()
            )
            .expect("in memory");
        }
    }
    list.push_str("];\n");
    out.push_str(&list);
    let target = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("built_in.rs");
    fs::write(target, out)
}

/// The carrier's sources without code: `source.toml` in its folder, and in a folder within it for a further source.
fn declared(folder: &Path, id: &str) -> io::Result<Vec<String>> {
    let within = sorted(folder)?.into_iter().map(|path| (format!("{id}/{}", name(&path)), path));
    let places = std::iter::once((id.to_owned(), folder.to_owned())).chain(within);
    let files = places.map(|(named, path)| (format!("{named}/source.toml"), path.join("source.toml")));
    let listed = |(named, path): (String, PathBuf)| {
        format!("({named:?}, include_str!({:?}))", path.display().to_string())
    };
    Ok(files.filter(|(_, path)| path.is_file()).map(listed).collect())
}

/// The carrier's sides of the wire: `sandbox.rs` in its folder, and in a folder within it for a further source.
fn sandboxes(folder: &Path, id: &str) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    if folder.join("sandbox.rs").is_file() {
        found.push(format!("{id}::sandbox::sandbox"));
    }
    let within = sorted(folder)?.into_iter().filter(|path| path.join("sandbox.rs").is_file());
    found.extend(within.map(|path| format!("{id}::{}::sandbox::sandbox", name(&path))));
    Ok(found)
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

fn name(folder: &Path) -> String {
    folder.file_name().expect("a folder").to_string_lossy().into_owned()
}
