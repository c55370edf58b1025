//! A table from pairs of tokens to the ranks of their merges.

/// The rank of a pair of neighbours that has no merge.
pub(super) const NONE: u32 = u32::MAX;

/// Bits of a rank in a slot; the pair has the others.
const RANK_BITS: u32 = 24;
/// Tokens that two of them fit into the rest of a slot.
pub(super) const MAX_TOKENS: usize = 1 << ((64 - RANK_BITS) / 2);
const EMPTY: u64 = u64::MAX;

/// Bits of the filter: 256 KiB, which stay near the processor where the slots do not.
const FILTER_BITS: u32 = 21;

/// A table from pairs of tokens to ranks: open addressing over slots of 8 bytes, at most three quarters full. Half of
/// all questions are about pairs of bytes, which have a table of their own without hashing; most of the others
/// are about pairs without a merge, which a filter answers.
pub(super) struct Pairs {
    bytes: Vec<u32>,
    filter: Vec<u64>,
    slots: Vec<u64>,
    shift: u32,
}

impl Pairs {
    pub(super) fn with_room_for(pairs: usize) -> Option<Self> {
        let size = (pairs * 4 / 3 + 2).next_power_of_two();
        (pairs < MAX_TOKENS).then(|| Self {
            bytes: vec![NONE; 1 << 16],
            filter: vec![0; 1 << (FILTER_BITS - 6)],
            slots: vec![EMPTY; size],
            shift: 64 - size.trailing_zeros(),
        })
    }

    pub(super) fn insert(&mut self, left: u32, right: u32, rank: u32) {
        if let (Ok(left), Ok(right)) = (u8::try_from(left), u8::try_from(right)) {
            self.bytes[usize::from(left) << 8 | usize::from(right)] = rank;
        }
        let pair = pair(left, right);
        let bit = mix(pair) >> (64 - FILTER_BITS);
        self.filter[(bit / 64) as usize] |= 1 << (bit % 64);
        let slot = self.slot(pair);
        self.slots[slot] = pair << RANK_BITS | u64::from(rank);
    }

    #[inline]
    pub(super) fn get(&self, left: u32, right: u32) -> u32 {
        let pair = pair(left, right);
        let bit = mix(pair) >> (64 - FILTER_BITS);
        if self.filter[(bit / 64) as usize] >> (bit % 64) & 1 == 0 {
            return NONE;
        }
        let slot = self.slots[self.slot(pair)];
        if slot == EMPTY {
            NONE
        } else {
            slot as u32 & ((1 << RANK_BITS) - 1)
        }
    }

    /// [`Self::get`], faster for two of the first 256 tokens.
    #[inline]
    pub(super) fn first(&self, left: u32, right: u32) -> u32 {
        if left | right < 256 {
            self.bytes[(left << 8 | right) as usize]
        } else {
            self.get(left, right)
        }
    }

    /// Where a pair is, or would be.
    #[inline]
    fn slot(&self, pair: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = (mix(pair) >> self.shift) as usize & mask;
        while self.slots[slot] >> RANK_BITS != pair && self.slots[slot] != EMPTY {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

/// A hash whose upper bits are good: multiplication by 2^64 divided by the golden ratio.
#[inline]
pub(super) fn mix(pair: u64) -> u64 {
    pair.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[inline]
fn pair(left: u32, right: u32) -> u64 {
    u64::from(left) << ((64 - RANK_BITS) / 2) | u64::from(right)
}
