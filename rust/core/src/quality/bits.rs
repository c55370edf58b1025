//! Masks of a text, 64 bytes in each: parts of them, and the places of their bits.

/// The bits of `from..to` in the block that begins at `start`.
#[inline]
pub(super) fn within(start: usize, from: usize, to: usize) -> u64 {
    let low = if from > start {
        u64::MAX << (from - start).min(63)
    } else {
        u64::MAX
    };
    let high = if to < start + 64 {
        (1 << to.saturating_sub(start)) - 1
    } else {
        u64::MAX
    };
    low & high
}

/// The first set bit at or behind `from`.
#[inline]
pub(super) fn next(mask: &[u64], from: usize) -> Option<usize> {
    let mut block = from / 64;
    let mut bits = mask.get(block)? & (u64::MAX << (from % 64));
    while bits == 0 {
        block += 1;
        bits = *mask.get(block)?;
    }
    Some(block * 64 + bits.trailing_zeros() as usize)
}

/// The first clear bit behind `from`, at most the end of the mask.
pub(super) fn next_clear(mask: &[u64], from: usize) -> usize {
    let mut block = from / 64;
    let mut bits = !mask[block] & (u64::MAX << (from % 64));
    while bits == 0 {
        block += 1;
        match mask.get(block) {
            Some(mask) => bits = !mask,
            None => return block * 64,
        }
    }
    block * 64 + bits.trailing_zeros() as usize
}

/// The positions of set bits, ascending.
pub(super) struct Ones(pub(super) u64);

impl Iterator for Ones {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let bit = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}
