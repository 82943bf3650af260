//! Every example of every file, and which carriers stand beside or before its owner.

use serde::Deserialize;

use super::*;
use crate::built_in::{CARRIERS, OTHERS};

#[derive(Deserialize)]
struct Examples {
    #[serde(default)]
    format: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    id: String,
    valid: Vec<String>,
    #[serde(default)]
    invalid: Vec<String>,
}

fn examples() -> impl Iterator<Item = (&'static str, Example)> {
    let folders = CARRIERS.iter().filter_map(|c| Some((c.folder, c.numbers?)));
    let others = OTHERS.iter().map(|o| (o.id, o.text));
    folders.chain(others).flat_map(|(owner, text)| {
        let read: Examples = toml::from_str(text).unwrap_or_else(|e| panic!("{owner}: {e}"));
        read.format.into_iter().map(move |format| (owner, format))
    })
}

/// The format's id in answers: postal items carry the id of the post that issued them.
fn is_format(id: &str, answered: &str) -> bool {
    if id == "upu.s10" { is_postal(answered) } else { id == answered }
}

#[test]
fn every_valid_number_has_its_format_among_the_candidates() {
    for (owner, format) in examples() {
        for number in format.valid {
            let found = formats_of(&number);
            assert!(found.iter().any(|f| is_format(&format.id, f)), "{owner} {number}: {found:?}");
        }
    }
}

#[test]
fn no_invalid_number_is_taken_for_its_format() {
    for (owner, format) in examples() {
        for number in format.invalid {
            let found = formats_of(&number);
            assert!(!found.iter().any(|f| is_format(&format.id, f)), "{owner} {number}: {found:?}");
        }
    }
}

#[test]
fn a_guess_never_stands_before_a_published_format() {
    for (_, format) in examples() {
        for number in format.valid {
            for hint in [None, Some(id("toll"))] {
                let hint = Hint { claimed: hint.as_ref(), ship_from: Country::new("AU").ok() };
                let found = registry().formats().identify(&number, hint).candidates;
                let guess = found.iter().position(|c| c.reasons.iter().any(|r| r == "the format is a guess"));
                let last_known =
                    found.iter().rposition(|c| c.reasons.iter().all(|r| r != "the format is a guess"));
                if let (Some(guess), Some(known)) = (guess, last_known) {
                    assert!(guess > known, "{number}: {found:?}");
                }
            }
        }
    }
}

/// Examples before whose owner another carrier stands: format, the one before it, why that is right.
#[rustfmt::skip]
const OUTRANKED: &[(&str, &str, &str)] = &[
    ("dhl.express_11", "japan_post.registered", "same shape and check, better known"),
    ("dhl.parcel_3s", "postnl.3s", "3S is PostNL's licence plate; DHL Parcel prints it as well"),
    ("dhl.ecommerce_us", "usps.impb_zip", "USPS delivers it, and the number is of USPS's format"),
    ("fedex.12", "dhl.identcode", "12 plain digits: both rules hold by chance"),
    ("fedex.ground", "dpd.15", "15 digits: both rules hold by chance, one of 36 against one of 10"),
    ("fedex.smartpost_22", "usps.impb", "USPS delivers it, and the number is of USPS's format"),
    ("korea_post.domestic", "toll.ipec", "13 digits without a check digit; 686 is Toll's prefix"),
    ("russian_post.domestic", "hermes.14", "same shape and check, better known"),
    ("sf_express.12", "fedex.12", "12 plain digits: both rules hold by chance"),
    ("tnt.italy", "dhl.ecommerce", "the example begins with MY, which DHL eCommerce publishes"),
    ("toll.connote", "korea_post.domestic", "a guess stands last"),
    ("toll.connote", "sf_express.12", "a guess stands last"),
    ("toll.connote", "ups.12", "a guess stands last"),
    ("ups.mail_innovations", "usps.impb", "USPS delivers it, and the number is of USPS's format"),
    ("ups.12", "japan_post.parcel", "12 plain digits: a check digit that is right says more than none"),
    ("ups.12", "sagawa.12", "12 plain digits: a check digit that is right says more than none"),
    ("ups.12", "yamato.12", "12 plain digits: a check digit that is right says more than none"),
    ("usps.legacy_20_91", "fedex.smartpost_02", "same check; 02 narrows it to SmartPost"),
    ("aramex.10", "dhl.express", "same shape and check, better known"),
    ("aramex.11", "japan_post.registered", "same shape and check, better known"),
    ("blue_dart.11", "japan_post.registered", "same shape and check, better known"),
    ("lasership.l", "dhl.ecommerce", "LX and digits: DHL eCommerce publishes the prefix"),
    ("fourpx.12", "sf_express.12", "12 plain digits: a check digit that is right says more than none"),
    ("fourpx.12", "ups.12", "12 plain digits without a check digit; UPS publishes its shape"),
    ("fourpx.lp", "online_delivery.lp", "LP00 is Cainiao's; 4PX carries it"),
    ("gls.12", "dhl.identcode", "12 plain digits: both rules hold by chance"),
    ("gls.12", "purolator.12", "12 plain digits: both rules hold by chance"),
    ("dhl.ecommerce_us_22", "usps.impb", "USPS delivers it, and the number is of USPS's format"),
    ("dhl.ecommerce_s10", "deutsche_post.s10", "the UPU gives the suffix to the German post, which is DHL's"),
    ("dhl.uk_14", "dpd.14", "14 plain digits; more programs know DPD's"),
    ("fedex.sscc", "gs1.sscc", "same check; GS1 publishes the shape, FedEx's use of it is known from one source"),
    ("fedex.smartpost_zip", "usps.impb_zip", "USPS delivers it, and the number is of USPS's format"),
    ("online_delivery.12", "japan_post.parcel", "12 plain digits: a check digit that is right says more than none"),
    ("online_delivery.12", "sagawa.12", "12 plain digits: a check digit that is right says more than none"),
    ("online_delivery.12", "yamato.12", "12 plain digits: a check digit that is right says more than none"),
    ("online_delivery.12", "parcelforce.12", "12 plain digits without a check digit; Parcelforce publishes its shape"),
    ("online_delivery.12", "ups.12", "12 plain digits without a check digit; UPS publishes its shape"),
    ("toll.sscc", "gs1.sscc_00", "same check; GS1 publishes the shape, Toll's use of it is known from one source"),
    ("toll.connote", "parcelforce.12", "a guess stands last"),
    ("ups.mail_innovations_zip", "usps.impb_zip", "USPS delivers it, and the number is of USPS's format"),
    ("fourpx.12", "parcelforce.12", "12 plain digits without a check digit; Parcelforce publishes its shape"),
    ("dhl.piece_j", "parcelforce.14", "four letters and ten digits: Parcelforce publishes the shape"),
    ("dpd.14", "dhl.leitcode", "14 plain digits: a check digit that is right says more than none"),
    ("gs1.sscc_00", "dhl.paket", "the example has DHL's company prefix"),
    ("jt_express.digits", "dhl.identcode", "a guess stands last"),
    ("jt_express.digits", "fedex.12", "a guess stands last"),
    ("jt_express.digits", "japan_post.parcel", "a guess stands last"),
    ("jt_express.digits", "sagawa.12", "a guess stands last"),
    ("jt_express.digits", "yamato.12", "a guess stands last"),
    ("jt_express.digits", "parcelforce.12", "a guess stands last"),
    ("jt_express.digits", "ups.12", "a guess stands last"),
    ("parcelforce.12", "purolator.12", "12 plain digits: a check digit that is right says more than none"),
    ("postnord.sscc", "gs1.sscc_00", "same check; GS1 publishes the shape, PostNord's use of it is known from one source"),
    ("zto.73", "dpd.14", "14 plain digits; more programs know DPD's"),
    ("purolator.12", "dhl.identcode", "12 plain digits: both rules hold by chance"),
];

#[test]
fn whoever_stands_before_the_owner_is_listed_with_a_reason() {
    let mut found: Vec<(String, String)> = Vec::new();
    for (owner, format) in examples() {
        for number in format.valid {
            let candidates = identify(&number).candidates;
            let own = candidates.iter().find(|c| is_format(&format.id, &c.format));
            let own = own.unwrap_or_else(|| panic!("{number}"));
            for before in candidates.iter().filter(|c| c.score > own.score && c.carrier.as_str() != owner) {
                let pair = (format.id.clone(), before.format.clone());
                if !found.contains(&pair) {
                    found.push(pair);
                }
            }
        }
    }
    for (format, before) in &found {
        assert!(
            OUTRANKED.iter().any(|(f, b, _)| f == format && b == before),
            "not listed: {before} before {format}; all: {found:#?}"
        );
    }
    for (format, before, why) in OUTRANKED {
        assert!(
            found.iter().any(|(f, b)| f == format && b == before),
            "listed, but does not happen: {before} before {format} ({why})"
        );
    }
}

#[test]
fn a_line_that_has_a_folder_is_refused() {
    const TWICE: &[crate::registry::Other] = &[crate::registry::Other { id: "ems", text: "" }];
    let carriers = registry().carriers().map(|c| (c.id.clone(), Arc::new(c.clone()))).collect();
    let error = Formats::read(&[], TWICE, &carriers).err().map(|e| e.to_string());
    assert_eq!(error.as_deref(), Some("others/ems.toml: `ems` has a folder: its formats belong there"));
}

#[test]
fn carriers_that_share_a_format_all_stand() {
    let found = formats_of("405548424886");
    for format in ["japan_post.parcel", "yamato.12", "sagawa.12"] {
        assert!(found.iter().any(|f| f == format), "{format}: {found:?}");
    }
}
