//! The sorts of files that count as evidence, told by their bytes and not by their names. Nothing of a file is ever
//! decoded or run here: a beginning that fits is all that is looked at.

use serde::{Deserialize, Serialize};

use super::lifecycle::dispute::Kind;

/// Bytes at a file's beginning that may be looked at.
const HEAD_BYTES: usize = 64;

/// A sort of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // the names say it
pub enum Media {
    #[serde(rename = "image/jpeg")]
    Jpeg,
    #[serde(rename = "image/png")]
    Png,
    #[serde(rename = "image/webp")]
    WebP,
    #[serde(rename = "image/gif")]
    Gif,
    #[serde(rename = "image/heic")]
    Heic,
    #[serde(rename = "video/mp4")]
    Mp4,
    #[serde(rename = "video/webm")]
    WebM,
    #[serde(rename = "video/quicktime")]
    QuickTime,
    #[serde(rename = "application/pdf")]
    Pdf,
    #[serde(rename = "text/plain")]
    Text,
}

impl Media {
    /// Every sort.
    pub const ALL: [Self; 10] = [
        Self::Jpeg,
        Self::Png,
        Self::WebP,
        Self::Gif,
        Self::Heic,
        Self::Mp4,
        Self::WebM,
        Self::QuickTime,
        Self::Pdf,
        Self::Text,
    ];

    /// Its media type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Heic => "image/heic",
            Self::Mp4 => "video/mp4",
            Self::WebM => "video/webm",
            Self::QuickTime => "video/quicktime",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain",
        }
    }

    /// How such a file's name ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Heic => "heic",
            Self::Mp4 => "mp4",
            Self::WebM => "webm",
            Self::QuickTime => "mov",
            Self::Pdf => "pdf",
            Self::Text => "txt",
        }
    }

    /// The sort that a `Content-Type` declares; parameters do not count.
    pub fn declared(content_type: &str) -> Option<Self> {
        let name = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let name = match name.as_str() {
            "image/jpg" => "image/jpeg",
            "image/heif" => "image/heic",
            other => other,
        };
        Self::ALL.into_iter().find(|media| media.as_str() == name)
    }

    /// The sort that the bytes are.
    pub fn sniffed(bytes: &[u8]) -> Option<Self> {
        let begins = |magic: &[u8]| bytes.starts_with(magic);
        if begins(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if begins(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if begins(b"GIF87a") || begins(b"GIF89a") {
            Some(Self::Gif)
        } else if begins(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else if begins(b"%PDF-") {
            Some(Self::Pdf)
        } else if begins(b"\x1a\x45\xdf\xa3") {
            is_webm(bytes).then_some(Self::WebM)
        } else if bytes.get(4..8) == Some(b"ftyp") {
            by_brand(bytes)
        } else {
            is_text(bytes).then_some(Self::Text)
        }
    }

    /// Whether such a file can be evidence of a kind.
    pub fn can_be(self, kind: Kind) -> bool {
        let is_photo = matches!(self, Self::Jpeg | Self::Png | Self::WebP | Self::Gif | Self::Heic);
        match kind {
            Kind::Photo => is_photo,
            Kind::Video => matches!(self, Self::Mp4 | Self::WebM | Self::QuickTime),
            // A scan or a picture of a screen is one too.
            Kind::Document | Kind::Message | Kind::Tracking => {
                is_photo || matches!(self, Self::Pdf | Self::Text)
            }
        }
    }
}

/// The document type of an EBML file (RFC 8794, section 11.2.6) is `webm`.
fn is_webm(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    head.windows(7).any(|window| window == b"\x42\x82\x84webm")
}

/// By the brands of the file type box (ISO/IEC 14496-12, section 4.3): the major one, else those it is compatible with.
fn by_brand(bytes: &[u8]) -> Option<Media> {
    let size = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
    let end = usize::try_from(size).unwrap_or(usize::MAX).min(bytes.len()).min(HEAD_BYTES);
    let brand = |brand: &[u8]| match brand {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Some(Media::Heic),
        b"qt  " => Some(Media::QuickTime),
        b"isom" | b"iso2" | b"iso3" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"M4V "
        | b"MSNV" | b"dash" => Some(Media::Mp4),
        _ => None,
    };
    let major = bytes.get(8..12)?;
    let mut compatible = bytes.get(16..end).unwrap_or_default().chunks_exact(4);
    brand(major).or_else(|| compatible.find_map(brand))
}

/// UTF-8 with no control characters but those that lay out a text.
fn is_text(bytes: &[u8]) -> bool {
    let fits = |text: &str| !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    !bytes.is_empty() && std::str::from_utf8(bytes).is_ok_and(fits)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Beginnings as the formats' own documents give them.
    const BEGINNINGS: [(&[u8], Option<Media>); 21] = [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", Some(Media::Jpeg)),
        (b"\xff\xd8\xff\xe1\x00\x10Exif\x00", Some(Media::Jpeg)),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", Some(Media::Png)), // PNG, third edition, section 5.2
        (b"GIF89a\x01\x00\x01\x00", Some(Media::Gif)),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", Some(Media::WebP)), // RFC 9649, section 2.4
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", Some(Media::Pdf)), // ISO 32000-1, section 7.5.2
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", Some(Media::Heic)),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", Some(Media::Heic)),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif", None),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", Some(Media::Mp4)),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", Some(Media::QuickTime)),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x42\x87", Some(Media::WebM)),
        (b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska", None),
        ("The parcel was empty.\r\nSiehe Foto, 空包\n".as_bytes(), Some(Media::Text)),
        (b"", None),
        (b"\x00", None),
        (b"text \x1b[31m with a terminal's codes", None),
        (b"\xff\xfe", None),
        (b"MZ\x90\x00\x03\x00", None),
        (b"\x7fELF\x02\x01\x01\x00", None),
    ];

    #[test]
    fn a_file_is_what_its_bytes_say() {
        for (bytes, media) in BEGINNINGS {
            assert_eq!(Media::sniffed(bytes), media, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_type_is_declared_by_its_name_alone() {
        for media in Media::ALL {
            assert_eq!(Media::declared(media.as_str()), Some(media));
            let written = serde_json::to_value(media).unwrap();
            assert_eq!(written.as_str(), Some(media.as_str()), "JSON and headers say the same");
        }
        assert_eq!(Media::declared("Text/Plain; charset=utf-8"), Some(Media::Text));
        for other in ["", "text/html", "image/svg+xml", "application/octet-stream", "image"] {
            assert_eq!(Media::declared(other), None, "{other}");
        }
    }

    #[test]
    fn a_photo_is_a_picture_and_a_video_moves() {
        assert!(Media::Jpeg.can_be(Kind::Photo) && !Media::Pdf.can_be(Kind::Photo));
        assert!(Media::WebM.can_be(Kind::Video) && !Media::Gif.can_be(Kind::Video));
        assert!(Media::Png.can_be(Kind::Document) && !Media::Mp4.can_be(Kind::Message));
    }

    #[test]
    fn no_beginning_panics() {
        for (bytes, _) in BEGINNINGS {
            for end in 0..bytes.len() {
                let _ = Media::sniffed(&bytes[..end]);
            }
        }
        assert_eq!(Media::sniffed(b"\xff\xff\xff\xffftypisom"), Some(Media::Mp4), "a size that lies");
    }
}
