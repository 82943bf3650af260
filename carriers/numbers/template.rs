//! A web address with a place for the number.

/// `https://example.com/track/{n}`, cut at the places where the number goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pieces: Vec<String>,
}

impl Template {
    /// Reads an address; one without `{n}` asks for the number itself.
    pub(super) fn read(address: &str) -> Self {
        Self { pieces: address.split("{n}").map(str::to_owned).collect() }
    }

    /// Writes the address of a number, given in parts.
    pub(super) fn write<'n>(&self, number: &(impl Iterator<Item = &'n str> + Clone), out: &mut String) {
        for (at, piece) in self.pieces.iter().enumerate() {
            if at > 0 {
                out.extend(number.clone());
            }
            out.push_str(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_stands_at_every_place_that_is_left_for_it() {
        for (address, want) in [
            ("https://a.example/{n}", "https://a.example/1Z23"),
            ("https://a.example/{n}?again={n}#0", "https://a.example/1Z23?again=1Z23#0"),
            ("https://a.example/", "https://a.example/"),
        ] {
            let mut out = String::new();
            Template::read(address).write(&["1Z", "23"].into_iter(), &mut out);
            assert_eq!(out, want);
        }
    }
}
