//! A second opinion: 100,000 generated numbers, right ones and spoiled ones, told by two public libraries as well.
//! Where they and we differ, the difference is listed with its reason and the source that decides it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::generate::{Random, formats};
use super::*;

const NUMBERS: usize = 100_000;
/// One number in so many is spoiled at one place.
const SPOILED_ONE_IN: usize = 4;

#[derive(Debug, Deserialize)]
struct Opinion {
    courier: String,
    name: String,
}

/// Right and spoiled numbers of every format, in turn.
fn numbers() -> Vec<String> {
    let formats = formats();
    let mut random = Random(3);
    let made = (0..NUMBERS).map(|at| {
        let (number, _) = formats[at % formats.len()].number(&mut random);
        if random.below(SPOILED_ONE_IN) > 0 {
            return number;
        }
        let mut spoiled = number.into_bytes();
        let place = random.below(spoiled.len());
        if spoiled[place].is_ascii_digit() {
            spoiled[place] = b'0' + u8::try_from(random.below(10)).unwrap_or_default();
        }
        String::from_utf8_lossy(&spoiled).into_owned()
    });
    made.collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/oracles")
}

fn opinions(program: &Path, script: &str, numbers: &[String]) -> Vec<Option<Opinion>> {
    let mut child = Command::new(program)
        .arg(script)
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask setup`", program.display()));
    let mut stdin = child.stdin.take().unwrap_or_else(|| panic!("no stdin"));
    let lines = numbers.join("\n") + "\n";
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap_or_else(|error| panic!("{script}: {error}"));
    assert!(output.status.success(), "{script} failed: if a package is missing, run `cargo xtask setup`");
    assert!(writer.join().is_ok_and(|written| written.is_ok()), "{script} stopped reading");
    let answers = String::from_utf8_lossy(&output.stdout);
    let read =
        answers.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}")));
    let read: Vec<Option<Opinion>> = read.collect();
    assert_eq!(read.len(), numbers.len());
    read
}

/// A difference: what the library calls the number (or what we call it, where the library takes it for nothing).
type Difference = (bool, String);

/// Whether the library knows the carrier at all.
fn is_known_to_them(candidate: &Candidate) -> bool {
    is_postal(&candidate.format)
        || ["ups", "fedex", "dhl", "usps", "amazon", "ontrac"].contains(&candidate.carrier.as_str())
}

fn differences(numbers: &[String], opinions: &[Option<Opinion>]) -> BTreeMap<Difference, (usize, String)> {
    let mut found: BTreeMap<Difference, (usize, String)> = BTreeMap::new();
    for (number, opinion) in numbers.iter().zip(opinions) {
        let ours = identify(number).candidates;
        let differs: Vec<Difference> = if let Some(Opinion { courier, name }) = opinion {
            let agrees = ours.iter().any(|c| match courier.as_str() {
                "s10" => is_postal(&c.format),
                courier => c.carrier.as_str() == courier,
            });
            if agrees { Vec::new() } else { vec![(true, name.clone())] }
        } else {
            let known = ours.iter().filter(|c| is_known_to_them(c)).map(|c| c.format.clone());
            known.map(|id| (false, if is_postal(&id) { "upu.s10".to_owned() } else { id })).collect()
        };
        for difference in differs {
            found.entry(difference).or_insert_with(|| (0, number.clone())).0 += 1;
        }
    }
    found
}

/// Who says what against us, and why we keep to it.
struct Listed {
    /// Whether the library takes numbers for something that we do not; else we do and it does not.
    theirs: bool,
    /// The library's name of it, or our format.
    what: &'static str,
    why: &'static str,
    decided_by: &'static str,
}

const fn theirs(what: &'static str, why: &'static str, decided_by: &'static str) -> Listed {
    Listed { theirs: true, what, why, decided_by }
}

const fn ours(what: &'static str, why: &'static str, decided_by: &'static str) -> Listed {
    Listed { theirs: false, what, why, decided_by }
}

const fn lacks(what: &'static str) -> Listed {
    ours(what, "the library has no such format", "the format's own source, in its file")
}

#[rustfmt::skip]
const JAVASCRIPT: &[Listed] = &[
    lacks("amazon.qa"),
    lacks("amazon.tb"),
    lacks("dhl.air_waybill"),
    lacks("dhl.forwarding"),
    lacks("dhl.forwarding_7"),
    lacks("dhl.forwarding_sea"),
    lacks("dhl.freight"),
    lacks("dhl.identcode"),
    lacks("dhl.leitcode"),
    lacks("dhl.licence_plate"),
    lacks("dhl.licence_plate_jd"),
    lacks("dhl.parcel_3s"),
    lacks("dhl.uk_14"),
    lacks("fedex.astra"),
    lacks("fedex.door_tag"),
    lacks("ontrac.1ls"),
    lacks("ups.12"),
    lacks("ups.9"),
    lacks("ups.freight_10"),
    lacks("ups.mail_innovations_package"),
    lacks("ups.mail_innovations_sequence"),
    lacks("usps.gxg"),
    lacks("usps.impb_94"),
    lacks("usps.legacy_zip"),
    ours("dhl.ecommerce", "the library wants ten digits after the letters", "DHL counts 10 to 39 characters with the letters, \"Identify your shipment\" pages, read 2026-11-23"),
    ours("dhl.jvgl", "the library wants 9 or 10 digits after the letters", "DHL's example JVGL9999999999 and real parcels with 16 digits, paketda.de, read 2026-11-23"),
    ours("dhl.piece", "the library wants 9 or 10 digits after the letters", "DHL, \"Identify your shipment\" pages: JJD00 and JJD01 begin piece ids, read 2026-11-23"),
    ours("fedex.34", "the library wants 10 at the beginning", "jkeen/tracking_number_data, v2.0.0, begins with any digit but 9, read 2026-11-23"),
    ours("fedex.economy", "the library wants 29 at places 3 and 4", "five real parcels with 9 at place 4 and other digits before it, shipit, read 2026-11-23"),
    ours("fedex.sscc", "the library wants container types 00, 01, 02 and 04", "FedEx publishes no list of types; ranked as known from one source"),
    ours("ontrac.c", "the library puts no 4 in front where the number begins with 4 already", "jkeen/tracking_number_data, v2.0.0, puts it in front always, read 2026-11-23"),
    ours("ontrac.d", "the library puts no 5 in front where the number begins with 5 already", "jkeen/tracking_number_data, v2.0.0, puts it in front always, read 2026-11-23"),
    ours("ups.t", "the library verifies a check digit", "UPS's own example T9999999999 has none that is right, UPS help center, read 2026-11-23"),
    ours("ups.mail_innovations_zip", "the library has no 94 and no 38 characters", "USPS Publication 199, read 2026-11-23"),
    ours("upu.s10", "the library refuses reserved and unassigned letters and territories", "real parcels carry them, e.g. TQ071537693GB: a doubt, told as one"),
    ours("usps.impb_zip", "the library has no number of 22 digits after a nine-digit ZIP code, and none of 30", "USPS Publication 199, read 2026-11-23"),
    ours("usps.legacy_20_91", "the library puts no 91 in front where the number begins with 91 to 95 already", "the rule of 20 digits has 91 in front always, shipit, read 2026-11-23"),
    theirs("FedEx SmartPost", "29 at places 3 and 4 of 26 digits does not make it FedEx's", "jkeen/tracking_number_data, v2.0.0, has dropped the format: USPS's, read 2026-11-23"),
    theirs("OnTrac", "the check digit is wrong with the 4 or 5 in front that the rule has", "jkeen/tracking_number_data, v2.0.0, read 2026-11-23"),
    theirs("USPS 91", "24 digits are no length of USPS's", "USPS Publication 199: 22, 26 or 30 digits without a ZIP code, read 2026-11-23"),
];

#[rustfmt::skip]
const PYTHON: &[Listed] = &[
    lacks("amazon.qa"),
    lacks("amazon.tb"),
    lacks("dhl.air_waybill"),
    lacks("dhl.ecommerce"),
    lacks("dhl.ecommerce_gm"),
    lacks("dhl.forwarding"),
    lacks("dhl.forwarding_7"),
    lacks("dhl.forwarding_sea"),
    lacks("dhl.freight"),
    lacks("dhl.identcode"),
    lacks("dhl.jvgl"),
    lacks("dhl.leitcode"),
    lacks("dhl.licence_plate"),
    lacks("dhl.licence_plate_jd"),
    lacks("dhl.paket"),
    lacks("dhl.parcel_3s"),
    lacks("dhl.piece"),
    lacks("dhl.uk_14"),
    lacks("fedex.astra"),
    lacks("fedex.door_tag"),
    lacks("ontrac.1ls"),
    lacks("ontrac.d"),
    lacks("ups.12"),
    lacks("ups.9"),
    lacks("ups.freight_10"),
    lacks("ups.letter"),
    lacks("ups.mail_innovations_package"),
    lacks("ups.t"),
    lacks("usps.gxg"),
    lacks("usps.impb_94"),
    lacks("usps.legacy_zip"),
    lacks("dhl.piece_j"),
    lacks("amazon.international"),
    ours("fedex.34", "the library wants 100 at the beginning", "jkeen/tracking_number_data, v2.0.0, begins with any digit but 9, read 2026-11-23"),
    ours("fedex.economy", "the library puts no 92 in front where the number begins with 92 already", "the label leaves 92 out always, shipit, read 2026-11-23"),
    ours("fedex.sscc", "the library wants container types 00, 01, 02 and 04", "FedEx publishes no list of types; ranked as known from one source"),
    ours("ontrac.c", "the library puts no 4 in front where the number begins with 4 already", "jkeen/tracking_number_data, v2.0.0, puts it in front always, read 2026-11-23"),
    ours("ups.1z", "the library wants a service code that it knows", "UPS publishes no whole list: an unknown code says nothing against a number"),
    ours("ups.mail_innovations_zip", "the library has no 94 and no 38 characters", "USPS Publication 199, read 2026-11-23"),
    ours("upu.s10", "the library refuses reserved and unassigned letters and territories", "real parcels carry them, e.g. TQ071537693GB: a doubt, told as one"),
    ours("usps.impb_zip", "the library has no number of 22 digits after a nine-digit ZIP code, and none of 30", "USPS Publication 199, read 2026-11-23"),
    ours("usps.legacy_20", "the library wants a service type that it knows", "certified mail has others, jkeen/tracking_number_data, v2.0.0, read 2026-11-23"),
    ours("usps.legacy_20_91", "the library puts no 91 in front where the number begins with 91 to 95 already", "the rule of 20 digits has 91 in front always, shipit, read 2026-11-23"),
    theirs("FedEx SmartPost", "20 digits without 9 at place 4 do not make it FedEx's", "jkeen/tracking_number_data, v2.0.0, has dropped the format, read 2026-11-23"),
    theirs("OnTrac", "the check digit is wrong with the 4 in front that the rule has", "jkeen/tracking_number_data, v2.0.0, read 2026-11-23"),
    theirs("USPS 91", "24 digits are no length of USPS's", "USPS Publication 199: 22, 26 or 30 digits without a ZIP code, read 2026-11-23"),
];

fn compare(library: &str, program: &Path, script: &str, listed: &[Listed]) {
    let numbers = numbers();
    let found = differences(&numbers, &opinions(program, script, &numbers));
    let is_listed = |theirs: bool, what: &str| listed.iter().any(|l| l.theirs == theirs && l.what == what);
    let unlisted: Vec<String> = found
        .iter()
        .filter(|((theirs, what), _)| !is_listed(*theirs, what))
        .map(|((theirs, what), (times, example))| {
            let who = if *theirs { library } else { "we" };
            format!("only {who} take {example} for {what} ({times} such)")
        })
        .collect();
    assert!(unlisted.is_empty(), "not listed:\n{}", unlisted.join("\n"));
    for Listed { theirs, what, why, decided_by } in listed {
        assert!(
            found.contains_key(&(*theirs, (*what).to_owned())),
            "{library}: {what} is listed, but they agree"
        );
        assert!(!why.is_empty() && !decided_by.is_empty(), "{what}");
    }
}

#[test]
fn the_javascript_library_agrees_or_the_difference_is_listed() {
    let library = folder().join("node_modules/ts-tracking-number");
    assert!(library.exists(), "{} is missing: run `cargo xtask setup`", library.display());
    compare("ts-tracking-number", Path::new("node"), "ts_tracking_number.mjs", JAVASCRIPT);
}

#[test]
fn the_python_library_agrees_or_the_difference_is_listed() {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/consumers-venv").into_os_string();
    let venv = std::env::var_os("WAYGATE_CONSUMERS_VENV").unwrap_or_else(own);
    let python = Path::new(&venv).join("bin/python");
    assert!(python.exists(), "{} is missing: run `cargo xtask setup`", python.display());
    compare("tracking-numbers", &python, "tracking_numbers_py.py", PYTHON);
}
