//! SM4 in ECB mode with PKCS#7 padding, for the sandbox's side: GB/T 32907-2016, written apart from the gateway's own.

/// The substitution of a byte.
const SUBSTITUTION: [u8; 256] = [
    0xd6, 0x90, 0xe9, 0xfe, 0xcc, 0xe1, 0x3d, 0xb7, 0x16, 0xb6, 0x14, 0xc2, 0x28, 0xfb, 0x2c, 0x05, 0x2b,
    0x67, 0x9a, 0x76, 0x2a, 0xbe, 0x04, 0xc3, 0xaa, 0x44, 0x13, 0x26, 0x49, 0x86, 0x06, 0x99, 0x9c, 0x42,
    0x50, 0xf4, 0x91, 0xef, 0x98, 0x7a, 0x33, 0x54, 0x0b, 0x43, 0xed, 0xcf, 0xac, 0x62, 0xe4, 0xb3, 0x1c,
    0xa9, 0xc9, 0x08, 0xe8, 0x95, 0x80, 0xdf, 0x94, 0xfa, 0x75, 0x8f, 0x3f, 0xa6, 0x47, 0x07, 0xa7, 0xfc,
    0xf3, 0x73, 0x17, 0xba, 0x83, 0x59, 0x3c, 0x19, 0xe6, 0x85, 0x4f, 0xa8, 0x68, 0x6b, 0x81, 0xb2, 0x71,
    0x64, 0xda, 0x8b, 0xf8, 0xeb, 0x0f, 0x4b, 0x70, 0x56, 0x9d, 0x35, 0x1e, 0x24, 0x0e, 0x5e, 0x63, 0x58,
    0xd1, 0xa2, 0x25, 0x22, 0x7c, 0x3b, 0x01, 0x21, 0x78, 0x87, 0xd4, 0x00, 0x46, 0x57, 0x9f, 0xd3, 0x27,
    0x52, 0x4c, 0x36, 0x02, 0xe7, 0xa0, 0xc4, 0xc8, 0x9e, 0xea, 0xbf, 0x8a, 0xd2, 0x40, 0xc7, 0x38, 0xb5,
    0xa3, 0xf7, 0xf2, 0xce, 0xf9, 0x61, 0x15, 0xa1, 0xe0, 0xae, 0x5d, 0xa4, 0x9b, 0x34, 0x1a, 0x55, 0xad,
    0x93, 0x32, 0x30, 0xf5, 0x8c, 0xb1, 0xe3, 0x1d, 0xf6, 0xe2, 0x2e, 0x82, 0x66, 0xca, 0x60, 0xc0, 0x29,
    0x23, 0xab, 0x0d, 0x53, 0x4e, 0x6f, 0xd5, 0xdb, 0x37, 0x45, 0xde, 0xfd, 0x8e, 0x2f, 0x03, 0xff, 0x6a,
    0x72, 0x6d, 0x6c, 0x5b, 0x51, 0x8d, 0x1b, 0xaf, 0x92, 0xbb, 0xdd, 0xbc, 0x7f, 0x11, 0xd9, 0x5c, 0x41,
    0x1f, 0x10, 0x5a, 0xd8, 0x0a, 0xc1, 0x31, 0x88, 0xa5, 0xcd, 0x7b, 0xbd, 0x2d, 0x74, 0xd0, 0x12, 0xb8,
    0xe5, 0xb4, 0xb0, 0x89, 0x69, 0x97, 0x4a, 0x0c, 0x96, 0x77, 0x7e, 0x65, 0xb9, 0xf1, 0x09, 0xc5, 0x6e,
    0xc6, 0x84, 0x18, 0xf0, 0x7d, 0xec, 0x3a, 0xdc, 0x4d, 0x20, 0x79, 0xee, 0x5f, 0x3e, 0xd7, 0xcb, 0x39,
    0x48,
];

/// What the key is mixed with first.
const SYSTEM: [u32; 4] = [0xa3b1_bac6, 0x56aa_3350, 0x677d_9197, 0xb270_22dc];

/// Bytes of a block and of the key.
pub const BLOCK_BYTES: usize = 16;

const ROUNDS: u32 = 32;

fn substituted(word: u32) -> u32 {
    u32::from_be_bytes(word.to_be_bytes().map(|byte| SUBSTITUTION[usize::from(byte)]))
}

/// One round: the oldest of four words is replaced by a new one.
fn shifted(words: [u32; 4], key: u32, spread: fn(u32) -> u32) -> [u32; 4] {
    let [a, b, c, d] = words;
    [b, c, d, a ^ spread(substituted(b ^ c ^ d ^ key))]
}

fn words(block: [u8; BLOCK_BYTES]) -> [u32; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, byte| (word << 8) | u32::from(*byte));
    }
    words
}

fn round_keys(key: [u8; BLOCK_BYTES]) -> Vec<u32> {
    let mut state = words(key);
    for (word, system) in state.iter_mut().zip(SYSTEM) {
        *word ^= system;
    }
    let constant = |round: u32| (0..4).fold(0, |word, byte| (word << 8) | ((4 * round + byte) * 7 % 256));
    (0..ROUNDS)
        .map(|round| {
            state = shifted(state, constant(round), |w| w ^ w.rotate_left(13) ^ w.rotate_left(23));
            state[3]
        })
        .collect()
}

fn block(input: [u8; BLOCK_BYTES], keys: impl Iterator<Item = u32>) -> [u8; BLOCK_BYTES] {
    let spread = |w: u32| w ^ w.rotate_left(2) ^ w.rotate_left(10) ^ w.rotate_left(18) ^ w.rotate_left(24);
    let state = keys.fold(words(input), |state, key| shifted(state, key, spread));
    let mut output = [0; BLOCK_BYTES];
    for (bytes, word) in output.chunks_exact_mut(4).zip(state.iter().rev()) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    output
}

fn blocks(text: &[u8]) -> impl Iterator<Item = [u8; BLOCK_BYTES]> {
    text.chunks_exact(BLOCK_BYTES).map(|chunk| {
        let mut block = [0; BLOCK_BYTES];
        block.copy_from_slice(chunk);
        block
    })
}

/// The plain text; none where the length or the padding is wrong.
pub fn decrypted(key: [u8; BLOCK_BYTES], cipher: &[u8]) -> Option<Vec<u8>> {
    if !cipher.len().is_multiple_of(BLOCK_BYTES) {
        return None;
    }
    let keys = round_keys(key);
    let mut plain: Vec<u8> = blocks(cipher).flat_map(|b| block(b, keys.iter().rev().copied())).collect();
    let padding = *plain.last()?;
    let length = plain.len().checked_sub(usize::from(padding))?;
    let is_padding = (1..=16).contains(&padding) && plain[length..].iter().all(|byte| *byte == padding);
    plain.truncate(length);
    is_padding.then_some(plain)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The cipher text, for tests that play the gateway.
    pub fn encrypted(key: [u8; BLOCK_BYTES], plain: &[u8]) -> Vec<u8> {
        let padding = BLOCK_BYTES - plain.len() % BLOCK_BYTES;
        let mut padded = plain.to_vec();
        padded.resize(plain.len() + padding, u8::try_from(padding).expect("at most sixteen"));
        let keys = round_keys(key);
        blocks(&padded).flat_map(|b| block(b, keys.iter().copied())).collect()
    }

    /// GB/T 32907-2016, example 1: key and block are 0123456789abcdeffedcba9876543210.
    #[test]
    fn it_is_that_of_the_standard() {
        let text: [u8; 16] = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210_u128.to_be_bytes();
        let cipher: [u8; 16] = 0x681e_df34_d206_965e_86b3_e94f_536e_4246_u128.to_be_bytes();
        assert_eq!(encrypted(text, &text)[..BLOCK_BYTES], cipher);
        assert_eq!(block(cipher, round_keys(text).iter().rev().copied()), text);
    }

    #[test]
    fn what_was_encrypted_is_decrypted_and_nothing_else() {
        let key = *b"sandbox-sign_key";
        for plain in ["", "1", "0123456789abcdef", "a question of more than one block"] {
            assert_eq!(decrypted(key, &encrypted(key, plain.as_bytes())).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(decrypted(key, &[]), None);
        assert_eq!(decrypted(key, b"too short"), None);
        assert_eq!(decrypted(*b"another key here", &encrypted(key, b"text")), None);
    }
}
