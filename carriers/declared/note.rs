//! What an arbiter should know beside the fields: sentences with what the answer holds at paths in braces.

use std::borrow::Cow;

use toml::Spanned;

use super::mistake::Written;
use super::path::{Node, Path};
use crate::contract::FactsError;

/// A note in several forms, the fullest first.
#[derive(Debug)]
pub(super) struct Note(Vec<Vec<Piece>>);

#[derive(Debug)]
enum Piece {
    Text(String),
    At(Path),
}

impl Note {
    /// Reads a note; says which mistake stands where.
    pub(super) fn read(text: &Written<'_>, raw: &Spanned<Vec<String>>) -> Result<Self, FactsError> {
        let forms: Vec<_> =
            raw.get_ref().iter().map(|form| pieces(text, raw, form)).collect::<Result<_, _>>()?;
        if forms.is_empty() {
            return Err(text.wrong(raw, "needs at least one sentence"));
        }
        Ok(Self(forms))
    }

    /// The first form of which every part is there.
    pub(super) fn text(&self, node: Node<'_>) -> Option<String> {
        let filled = |form: &Vec<Piece>| {
            form.iter()
                .map(|piece| match piece {
                    Piece::Text(text) => Some(Cow::Borrowed(text.as_str())),
                    Piece::At(path) => path.text(node),
                })
                .collect::<Option<String>>()
        };
        self.0.iter().find_map(filled)
    }
}

fn pieces(text: &Written<'_>, at: &Spanned<Vec<String>>, form: &str) -> Result<Vec<Piece>, FactsError> {
    let mut pieces = Vec::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((path, behind)) = after.split_once('}') else {
            return Err(text.wrong(at, "a brace is not closed"));
        };
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(Piece::At(text.path(at, path)?));
        rest = behind;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    if pieces.len() == 1 {
        return Err(text.wrong(at, "holds nothing of the answer: `{path}`"));
    }
    Ok(pieces)
}
