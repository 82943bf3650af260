//! The log against what others published and against another implementation.

use std::collections::BTreeMap;
use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use proptest::prelude::*;
use serde_json::json;
use sha2::Sha256;

use super::canonical::canonical;
use super::document::{Opening, Seed};
use super::keys::{KeyList, KeyListError};
use super::note::NoteError;
use super::*;

/// Tiles in memory, as a log writes them.
#[derive(Default)]
pub(crate) struct Tiles {
    pub edge: Edge,
    full: BTreeMap<TileName, Vec<Hash>>,
}

impl Tiles {
    pub fn append(&mut self, leaf: Hash) {
        self.full.extend(self.edge.append(leaf));
    }

    pub fn of(size: u64) -> Self {
        let mut tiles = Self::default();
        (0..size).for_each(|n| tiles.append(leaf(n)));
        tiles
    }
}

impl TileReader for Tiles {
    type Error = Infallible;

    fn hashes(&self, name: TileName) -> Result<Vec<Hash>, Infallible> {
        let partial =
            || self.edge.partial().find(|(there, _)| (there.kind, there.index) == (name.kind, name.index));
        let mut hashes = self.full.get(&name.full()).cloned().or_else(|| partial().map(|(_, h)| h)).unwrap();
        hashes.truncate(usize::from(name.width));
        Ok(hashes)
    }
}

fn leaf(n: u64) -> Hash {
    Hash::leaf(&n.to_be_bytes())
}

/// The entries of RFC 6962's well-known test trees, and the roots of their first n, from Certificate Transparency's
/// `merkle_tree_test.cc`.
const ENTRIES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn the_roots_are_those_that_certificate_transparency_publishes() {
    assert_eq!(
        Hash::of_nothing().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let mut frontier = Frontier::default();
    for (entry, root) in ENTRIES.iter().zip(ROOTS) {
        let bytes: Vec<u8> = entry
            .as_bytes()
            .chunks(2)
            .map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap())
            .collect();
        frontier.append(Hash::leaf(&bytes));
        assert_eq!(frontier.root().to_string(), root, "{} entries", frontier.size());
    }
}

/// How many trees are held against the other implementation.
const TREES: usize = 10_000;
/// The largest: a little more than a full tile of full tiles.
const LEAVES_MAX: u64 = 256 * 256 + 300;

/// Knuth's MMIX generator: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 16) % end
    }

    /// A size around a power of two or a multiple of 256, where trees change their shape, or any.
    fn size(&mut self) -> u64 {
        let near = |at: u64, by: u64| (at + by).saturating_sub(2).clamp(1, LEAVES_MAX);
        match self.below(4) {
            0 => near(1 << self.below(17), self.below(5)),
            1 => near(256 * self.below(257), self.below(5)),
            2 => 1 + self.below(40),
            _ => 1 + self.below(LEAVES_MAX),
        }
    }
}

#[test]
fn roots_and_proofs_are_those_of_another_implementation_over_ten_thousand_trees() {
    let mut numbers = Numbers(20_261_123);
    let mut sizes: Vec<u64> = (0..TREES).map(|_| numbers.size()).collect();
    sizes.sort_unstable();
    let entry = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    let (mut ours, mut theirs) = (Tiles::default(), MemoryBackedTree::<Sha256, [u8; 8]>::new());
    let flat = |proof: &[Hash]| tiles::encode_hashes(proof);
    for size in sizes {
        while ours.edge.size() < size {
            let entry = entry(ours.edge.size());
            ours.append(Hash::leaf(&entry));
            theirs.push(entry);
        }
        let head = theirs.root();
        assert_eq!(ours.edge.root().0.as_slice(), head.as_bytes().as_slice(), "{size}");
        let (index, from) = (numbers.below(size), 1 + numbers.below(size));

        let proof = inclusion(&ours, index, size).unwrap();
        assert_eq!(flat(&proof), theirs.prove_inclusion(usize::try_from(index).unwrap()).as_bytes());
        let given = InclusionProof::<Sha256>::try_from_bytes(flat(&proof)).unwrap();
        head.verify_inclusion(&entry(index), index, &given).unwrap();
        let leaf = Hash::leaf(&entry(index));
        assert!(verify_inclusion(leaf, index, size, &proof, ours.edge.root()));
        assert!(!verify_inclusion(leaf, (index + 1) % size, size, &proof, ours.edge.root()) || size == 1);

        let older = root(&ours, from).unwrap();
        let proof = consistency(&ours, from, size).unwrap();
        let (then, now) = ((from, older), (size, ours.edge.root()));
        assert!(verify_consistency(then, now, &proof), "{from} to {size}");
        if from < size {
            let theirs = theirs.prove_consistency(usize::try_from(size - from).unwrap());
            assert_eq!(flat(&proof), theirs.as_bytes(), "{from} to {size}");
            let given = ConsistencyProof::<Sha256>::try_from_bytes(flat(&proof)).unwrap();
            let older_theirs = RootHash::<Sha256>::new(older.0.into(), from);
            head.verify_consistency(&older_theirs, &given).unwrap();
            assert!(!verify_consistency((from, Hash::leaf(b"")), now, &proof));
            assert!(!verify_consistency(now, then, &proof), "a log is cut back");
        }
    }
}

fn then_of(tiles: &Tiles, size: u64) -> (u64, Hash) {
    (size, root(tiles, size).unwrap())
}

proptest! {
    #[test]
    fn no_proof_holds_with_a_bit_of_it_changed(size in 1..600_u64, index in 0..600_u64, from in 1..600_u64, n in 0..2_560_u32) {
        let (index, from) = (index % size, 1 + from % size);
        let tiles = Tiles::of(size);
        let (then, now) = (then_of(&tiles, from), then_of(&tiles, size));
        let spoil = |proof: &[Hash]| {
            let mut bytes = tiles::encode_hashes(proof);
            let n = n % u32::try_from(bytes.len() * 8).unwrap();
            bit(n)(&mut bytes);
            tiles::decode_hashes(&bytes, u16::try_from(proof.len()).unwrap()).unwrap()
        };
        let proof = inclusion(&tiles, index, size).unwrap();
        if !proof.is_empty() {
            prop_assert!(!verify_inclusion(leaf(index), index, size, &spoil(&proof), now.1));
            prop_assert!(!verify_inclusion(leaf(index), index, size, &proof[1..], now.1));
        }
        let mut longer = proof.clone();
        longer.push(leaf(0));
        prop_assert!(!verify_inclusion(leaf(index), index, size, &longer, now.1));
        let proof = consistency(&tiles, from, size).unwrap();
        if !proof.is_empty() {
            prop_assert!(!verify_consistency(then, now, &spoil(&proof)));
            prop_assert!(!verify_consistency(then, now, &proof[1..]));
        }
    }

    #[test]
    fn a_log_that_was_forked_has_no_proof_of_consistency(size in 2..600_u64, from in 1..600_u64, at in 0..600_u64) {
        let from = 1 + from % (size - 1);
        let at = at % from;
        let honest = Tiles::of(size);
        let mut forked = Tiles::default();
        (0..size).for_each(|n| forked.append(if n == at { leaf(u64::MAX) } else { leaf(n) }));
        let (then, now) = (then_of(&honest, from), then_of(&forked, size));
        for tiles in [&honest, &forked] {
            let proof = consistency(tiles, from, size).unwrap();
            prop_assert!(!verify_consistency(then, now, &proof));
        }
    }
}

fn bit(n: u32) -> impl Fn(&mut [u8]) {
    move |bytes| bytes[n as usize / 8] ^= 1 << (n % 8)
}

#[test]
fn names_of_tiles_are_those_of_the_specification() {
    // c2sp.org/tlog-tiles, "Merkle Tree" and "Partial Tiles".
    let name = |kind, index, width| TileName { kind, index, width };
    for (told, path) in [
        (name(TileKind::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067"),
        (name(TileKind::Hashes(1), 1_234_067, 5), "tile/1/x001/x234/067.p/5"),
        (name(TileKind::Entries, 0, 256), "tile/entries/000"),
        (name(TileKind::Entries, 999, 255), "tile/entries/999.p/255"),
        (name(TileKind::Hashes(63), 1_000, 1), "tile/63/x001/000.p/1"),
    ] {
        assert_eq!(told.to_string(), path);
        assert_eq!(TileName::parse(path), Some(told));
    }
    for wrong in [
        "tile/0/x000/067",
        "tile/0/67",
        "tile/00/067",
        "tile/64/067",
        "tile/0/067.p/256",
        "tile/0/067.p/0",
        "tile/0/067.p/01",
        "tile/0/001/067",
        "tile/0/x067",
        "tile/0/",
        "tile/0/../067",
        "tile//067",
        "tile/0/067/",
        "tile/0/+67",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert_eq!(TileName::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_tree_has_the_tiles_that_the_specification_counts() {
    // c2sp.org/tlog-tiles, "Partial Tiles": a tree of 70,000.
    let tiles = Tiles::of(70_000);
    let full = |level| tiles.full.keys().filter(|name| name.kind == TileKind::Hashes(level)).count();
    assert_eq!((full(0), full(1), full(2)), (273, 1, 0));
    let partial: Vec<_> =
        tiles.edge.partial().map(|(name, hashes)| (name.to_string(), hashes.len())).collect();
    let expected = [("tile/0/273.p/112", 112), ("tile/1/001.p/17", 17), ("tile/2/000.p/1", 1)];
    assert_eq!(partial, expected.map(|(name, width)| (name.to_owned(), width)));
    // And one of 256.
    let partial: Vec<_> = Tiles::of(256).edge.partial().map(|(name, _)| name.to_string()).collect();
    assert_eq!(partial, ["tile/1/000.p/1"]);
}

#[test]
fn the_edge_that_is_read_is_the_edge_that_was_written() {
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000] {
        let tiles = Tiles::of(size);
        assert_eq!(Edge::read(&tiles, size, tiles.edge.root()).unwrap(), tiles.edge, "{size}");
        assert!(Edge::read(&tiles, size, leaf(0)).is_err() || size == 1, "{size}");
    }
}

#[test]
fn entries_in_a_bundle_are_read_as_they_were_written() {
    let entries = [b"".as_slice(), b"one", &vec![7; 65_535]];
    let mut bundle = Vec::new();
    assert!(entries.iter().all(|entry| tiles::encode_entry(&mut bundle, entry)));
    assert_eq!(tiles::decode_entries(&bundle, 3).unwrap(), entries);
    assert!(!tiles::encode_entry(&mut Vec::new(), &vec![0; 65_536]));
    assert_eq!(tiles::decode_entries(&bundle, 2), None);
    assert_eq!(tiles::decode_entries(&bundle, 4), None);
    assert_eq!(tiles::decode_entries(&bundle[..bundle.len() - 1], 3), None);
}

/// The note that the specification shows, and its key (c2sp.org/signed-note; the key is that of the Go module
/// golang.org/x/mod/sumdb/note's own example, `PeterNeumann`).
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

#[test]
fn a_note_that_others_signed_is_verified_and_every_bit_of_it_counts() {
    let key: VerifierKey = GO_KEY.parse().unwrap();
    assert_eq!(key.to_string(), GO_KEY);
    let note = Note::parse(GO_NOTE).unwrap();
    assert_eq!(note.to_string(), GO_NOTE);
    assert!(note.verify([&key]).unwrap().0.ends_with("what your problem is.\n"));
    for n in 0..u32::try_from(GO_NOTE.len()).unwrap() * 8 {
        let mut bytes = GO_NOTE.as_bytes().to_vec();
        bit(n)(&mut bytes);
        let verified = String::from_utf8(bytes).ok().and_then(|text| Note::parse(&text).ok());
        assert!(verified.is_none_or(|note| note.verify([&key]).is_err()), "bit {n}");
    }
    for n in 0..u32::try_from(GO_KEY.len()).unwrap() * 8 {
        let mut bytes = GO_KEY.as_bytes().to_vec();
        bit(n)(&mut bytes);
        let read = String::from_utf8(bytes).ok().and_then(|text| text.parse::<VerifierKey>().ok());
        assert!(read.is_none(), "bit {n}");
    }
}

fn signer(name: &str, seed: u8) -> Signer {
    Signer::new(name, &[seed; 32]).unwrap()
}

#[test]
fn unknown_signatures_are_passed_over_and_a_known_one_must_hold() {
    let (ours, theirs) = (signer("a.example/log", 1), signer("b.example/witness", 2));
    let note = ours.sign("a.example/log\n0\nx\n".to_owned()).to_string();
    let cosigned =
        note.clone() + theirs.sign("another\n".to_owned()).to_string().split_once("\n\n").unwrap().1;
    let parsed = Note::parse(&cosigned).unwrap();
    assert_eq!(parsed.verify([ours.verifier()]).unwrap().1, ours.verifier());
    assert_eq!(parsed.verify([]), Err(NoteError::Unsigned));
    // The second signature is of another text.
    assert!(matches!(parsed.verify([ours.verifier(), theirs.verifier()]), Err(NoteError::Wrong(_))));
}

#[test]
fn a_checkpoint_has_one_text() {
    // c2sp.org/tlog-checkpoint, "Note text".
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let read = Checkpoint::parse(text).unwrap();
    assert_eq!(
        (read.origin.as_str(), read.size, read.text().as_str()),
        ("example.com/behind-the-sofa", 20_852_163, text)
    );
    for wrong in [
        text.replace("20852163", "020852163"),
        text.replace("20852163", "+20852163"),
        text.replace("20852163", ""),
        text.replace("2I=", "2J="),
        text.replace("2I=\n", "2I=\n\n"),
        text.replace("2I=\n", "2I="),
        text.replace("example.com/behind-the-sofa", ""),
        text.replace("20852163", "18446744073709551616"),
    ] {
        assert!(Checkpoint::parse(&wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_key_gives_way_to_its_successor_and_stays_listed() {
    let at = |seconds| jiff::Timestamp::from_second(seconds).unwrap();
    let (first, second) = (signer("a.example/log", 1), signer("a.example/log", 2));
    let (list, news) = KeyList::default().with_current(first.verifier(), 1, at(10)).unwrap();
    assert!(news);
    assert_eq!(list.with_current(first.verifier(), 1, at(20)).unwrap(), (list.clone(), false));
    assert_eq!(list.with_current(second.verifier(), 1, at(20)), Err(KeyListError::Another(1)));
    let (list, news) = list.with_current(second.verifier(), 2, at(20)).unwrap();
    assert!(news);
    let spans: Vec<_> = list.keys.iter().map(|key| (key.version, key.from, key.to)).collect();
    assert_eq!(spans, [(1, at(10), Some(at(20))), (2, at(20), None)]);
    assert_eq!(list.verifiers().unwrap(), [first.verifier().clone(), second.verifier().clone()]);
    let past = KeyListError::Past { given: 1, current: 2 };
    assert_eq!(list.with_current(first.verifier(), 1, at(30)), Err(past));
    // What the first signed still holds.
    let note = first.sign("old\n".to_owned());
    assert!(note.verify(&list.verifiers().unwrap()).is_ok());
}

#[test]
fn canonical_json_is_that_of_rfc_8785() {
    // RFC 8785, section 3.2.3: the order of keys is that of their UTF-16 code units.
    let keys =
        json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
    let expected =
        "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}";
    assert_eq!(canonical(&keys).unwrap(), expected);
    // RFC 8785, section 3.2.2.2, the string of the example in 3.2.2.
    let string = json!("\u{20ac}$\u{f}\u{a}A'\u{42}\u{22}\u{5c}\\\"\u{2f}");
    assert_eq!(canonical(&string).unwrap(), "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
    assert_eq!(
        canonical(&json!([null, true, false, [], {}, -7, 9_007_199_254_740_991_u64])).unwrap(),
        "[null,true,false,[],{},-7,9007199254740991]"
    );
    for wrong in [
        json!(0.5),
        json!(9_007_199_254_740_992_u64),
        json!(-9_007_199_254_740_992_i64),
        json!([{"a": 1e300}]),
    ] {
        assert!(canonical(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_document_opens_its_hash_with_fields_withheld_or_not() {
    let document = json!({"name": "Doe", "list": [{"a": 1, "b~/": [], "c": {}}, null], "n": 5});
    let seed = Seed([7; 32]);
    let hash = seed.commit(&document).unwrap();
    let (shown, opening) = seed.withhold(&document, &|_| false).unwrap();
    assert_eq!((&shown, opening.commit(&shown)), (&document, Some(hash)));
    for pointers in [&["/name"][..], &["/list/0/b~0~1", "/n"], &["/name", "/list/0/a", "/list/0/c"]] {
        let (shown, opening) = seed.withhold(&document, &|pointer| pointers.contains(&pointer)).unwrap();
        assert_eq!(opening.commit(&shown), Some(hash), "{pointers:?}");
        let mut withheld = opening.withheld_in(&shown);
        withheld.sort();
        let mut expected = pointers.to_vec();
        expected.sort_unstable();
        assert_eq!(withheld, expected);
        assert!(!shown.to_string().contains("Doe") || !pointers.contains(&"/name"));
        let Opening::Salts(salts) = &opening else { panic!("the seed would open what is withheld") };
        assert!(pointers.iter().all(|pointer| !salts.contains_key(*pointer)));
        // Neither another value nor a field more or less passes.
        let mut changed = shown.clone();
        changed["list"][1] = json!(0);
        assert_ne!(opening.commit(&changed), Some(hash));
        let mut more = shown.clone();
        more["more"] = json!(null);
        assert_eq!(opening.commit(&more), None);
        let mut less = shown.clone();
        less.as_object_mut().unwrap().remove("list");
        assert_eq!(opening.commit(&less), None);
    }
    assert_ne!(Seed([8; 32]).commit(&document).unwrap(), hash);
}
