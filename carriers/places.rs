//! Countries and their clocks, as far as a place proves them: the name that a carrier prints to a country, and a
//! country to the one zone that it keeps. A country with several clocks has none here, so no instant is ever guessed.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::contract::{Country, LocalTime, OffsetTime};

/// `code <tab> zone <tab> name|name…`; the file says where it is from.
const COUNTRIES: &str = include_str!("places/countries.tsv");

/// ISO 3166-1: three letters, then the two of the same country.
const ALPHA3: &str = "ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT \
    AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO \
    BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG \
    COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO \
    DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB \
    GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY \
    HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT \
    JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY \
    LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH \
    MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA \
    NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE \
    PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA \
    SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR \
    SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO \
    TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG \
    VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW";

struct Places {
    by_name: HashMap<String, Country>,
    clocks: HashMap<Country, TimeZone>,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let zones = TimeZoneDatabase::bundled();
    let mut places = Places { by_name: HashMap::new(), clocks: HashMap::new() };
    for line in COUNTRIES.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (Some(code), Some(zone), Some(names)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let Ok(country) = Country::new(code) else { continue };
        if let Ok(zone) = zones.get(zone) {
            places.clocks.insert(country, zone);
        }
        for name in names.split('|') {
            places.by_name.insert(folded(name), country);
        }
    }
    places
});

/// A name without what carriers add or leave out: case, articles, spaces in a row, full stops, "AND" for "&".
fn folded(name: &str) -> String {
    let upper = name.to_uppercase().replace('&', " AND ").replace(['.', '’', '\''], "");
    let words = upper.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = words.strip_suffix(", THE").unwrap_or(&words);
    words.strip_prefix("THE ").unwrap_or(words).to_owned()
}

/// The country that a carrier's wording names, e.g. `NETHERLANDS`; none where the wording is not known.
pub fn country_named(name: &str) -> Option<Country> {
    PLACES.by_name.get(&folded(name)).copied()
}

/// The country of a code of three letters, e.g. `GBR`.
pub fn country_of_alpha3(code: &str) -> Option<Country> {
    let code = code.trim().to_ascii_uppercase();
    let two = ALPHA3.split(' ').find_map(|pair| pair.strip_prefix(code.as_str()))?;
    Country::new(two).ok()
}

/// The clock of a country, where the whole country keeps one.
pub fn clock_of(country: Country) -> Option<&'static TimeZone> {
    PLACES.clocks.get(&country)
}

/// The instant of a wall clock in a country; none where only the date is known or the country has several clocks.
pub fn instant_in(country: Option<Country>, local: LocalTime) -> Option<OffsetTime> {
    OffsetTime::of_zone(local.datetime()?, clock_of(country?)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may fail by panicking
mod tests {
    use super::*;

    fn country(code: &str) -> Country {
        Country::new(code).unwrap()
    }

    #[test]
    fn every_line_of_the_file_is_read_and_every_zone_exists() {
        for line in COUNTRIES.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<_> = line.split('\t').collect();
            assert_eq!(fields.len(), 3, "{line}");
            let code = country(fields[0]);
            assert_eq!(clock_of(code).is_some(), !fields[1].is_empty(), "{line}");
            for name in fields[2].split('|') {
                assert_eq!(country_named(name), Some(code), "{name} is printed for two countries");
            }
        }
    }

    #[test]
    fn names_are_known_as_carriers_print_them() {
        for (name, code) in [
            ("NETHERLANDS", "NL"),
            ("Netherlands, The", "NL"),
            ("GERMANY", "DE"),
            ("USA", "US"),
            ("UNITED STATES OF AMERICA", "US"),
            ("HONG KONG SAR, CHINA", "HK"),
            ("KOREA, REPUBLIC OF (SOUTH K.)", "KR"),
            ("CÔTE D’IVOIRE", "CI"),
            ("大韓民国", "KR"),
        ] {
            assert_eq!(country_named(name), Some(country(code)), "{name}");
        }
        assert_eq!(country_named("EXAMPLELAND"), None);
        assert_eq!(country_named(""), None);
    }

    #[test]
    fn codes_of_three_letters_are_known() {
        for (three, two) in [("GBR", "GB"), ("usa", "US"), ("CHN", "CN"), ("SWZ", "SZ")] {
            assert_eq!(country_of_alpha3(three), Some(country(two)));
        }
        for wrong in ["", "G", "GB", "GBRG", "XXX"] {
            assert_eq!(country_of_alpha3(wrong), None, "{wrong}");
        }
        assert!(ALPHA3.split(' ').all(|pair| pair.len() == 5));
        assert_eq!(ALPHA3.split(' ').count(), 249);
    }

    #[test]
    fn countries_with_several_clocks_have_none() {
        for code in ["US", "CA", "RU", "AU", "BR", "MX", "ID", "ES", "PT"] {
            assert!(clock_of(country(code)).is_none(), "{code}");
        }
        for (code, zone) in [("CN", "Asia/Shanghai"), ("NL", "Europe/Amsterdam"), ("JP", "Asia/Tokyo")] {
            assert_eq!(clock_of(country(code)).and_then(TimeZone::iana_name), Some(zone));
        }
    }

    #[test]
    fn the_instant_follows_the_season() {
        let at = |text: &str| instant_in(Some(country("NL")), text.parse().unwrap()).map(|t| t.to_string());
        assert_eq!(at("2026-01-05T12:00:00").unwrap(), "2026-01-05T12:00:00+01:00");
        assert_eq!(at("2026-07-05T12:00:00").unwrap(), "2026-07-05T12:00:00+02:00");
        assert_eq!(at("2026-07-05"), None);
    }
}
