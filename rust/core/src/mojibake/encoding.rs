//! enc
pub(super) struct Encoding;
pub(super) const WINDOWS_1252: Encoding = Encoding;
impl Encoding {
    pub(super) fn decode(&self, byte: u8) -> char {
        if byte == 0x80 { '€' } else { char::from(byte) }
    }
}
