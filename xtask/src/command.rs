//! Running other programs from the project's root, with errors that name the command.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;

/// The project's root: that of the checkout in which cargo was called, which need not be the one that built this where
/// several share a target folder.
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().expect("this package lies in the root").to_owned()
}

/// A program, to be run in the root.
pub fn program<'a>(name: &str, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// The cargo that runs this.
pub fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    program(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()), arguments)
}

/// Whether a program with this name can be run.
pub fn is_there(name: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(name).is_file())
}

/// The files that git knows, or would know if they were added, whose path ends with `ending`.
pub fn files(ending: &str) -> Result<Vec<String>, String> {
    let listed = program("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).text()?;
    let is_file = |path: &&str| path.ends_with(ending) && root().join(path).is_file();
    Ok(listed.split('\0').filter(|path| !path.is_empty()).filter(is_file).map(str::to_owned).collect())
}

/// Running a command, with an error that can be shown.
pub trait Run {
    /// Runs it; what it prints goes where ours goes.
    fn run(&mut self) -> Outcome;
    /// Runs it and gives what it prints on stdout.
    fn text(&mut self) -> Result<String, String>;
    /// Runs it, shows what it prints on stdout, and gives it as well.
    fn shown(&mut self) -> Result<String, String>;
    /// Whether it runs and ends well; says nothing.
    fn succeeds(&mut self) -> bool;
}

impl Run for Command {
    fn run(&mut self) -> Outcome {
        let status = self.status().map_err(|error| format!("{}: {error}", line(self)))?;
        if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line(self))) }
    }

    fn text(&mut self) -> Result<String, String> {
        let output = self.stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("{}: {error}", line(self)))?;
        if !output.status.success() {
            return Err(format!("{} ended with {}", line(self), output.status));
        }
        String::from_utf8(output.stdout)
            .map_err(|_| format!("{} printed something that is not UTF-8", line(self)))
    }

    fn shown(&mut self) -> Result<String, String> {
        let failed = |command: &Self, error: std::io::Error| format!("{}: {error}", line(command));
        let mut child = self.stdout(Stdio::piped()).spawn().map_err(|error| failed(self, error))?;
        let stdout = child.stdout.take().expect("it is piped");
        let mut text = String::new();
        for printed in BufReader::new(stdout).split(b'\n') {
            let printed = printed.map_err(|error| failed(self, error))?;
            let printed = String::from_utf8_lossy(&printed);
            let _ = writeln!(std::io::stdout(), "{printed}");
            text += &printed;
            text.push('\n');
        }
        let status = child.wait().map_err(|error| failed(self, error))?;
        if status.success() { Ok(text) } else { Err(format!("{} ended with {status}", line(self))) }
    }

    fn succeeds(&mut self) -> bool {
        self.stdout(Stdio::null()).stderr(Stdio::null());
        self.status().is_ok_and(|status| status.success())
    }
}

/// The command as one would type it, without its end where that is long.
fn line(command: &Command) -> String {
    const WORDS_MAX: usize = 12;
    let name = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words: Vec<_> = std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let more = if words.len() > WORDS_MAX { " …" } else { "" };
    format!("`{}{more}`", words.into_iter().take(WORDS_MAX).collect::<Vec<_>>().join(" "))
}
