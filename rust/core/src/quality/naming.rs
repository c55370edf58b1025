//! Small numbers for large keys, dense and in the order of their first occurrence: one table, used again for every
//! text without being cleared.

use std::hint::black_box;

/// Slots of a table, at least.
const SLOTS: usize = 1 << 6;

#[derive(Clone, Copy, Default)]
struct Slot {
    key: u64,
    /// The number, counted over all texts: below that of the text's first key, the slot is free.
    number: u64,
}

/// The numbers of the keys of one text.
pub(super) struct Naming {
    slots: Vec<Slot>,
    shift: u32,
    /// The number of the first key of this text, and that of the next one.
    first: u64,
    next: u64,
}

impl Default for Naming {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            shift: 0,
            // An empty slot is older than every text.
            first: 1,
            next: 1,
        }
    }
}

impl Naming {
    /// Forgets all keys, and makes room for `most`.
    pub(super) fn start(&mut self, most: usize) {
        // An eighth full at most.
        let slots = (most * 8).next_power_of_two().max(SLOTS);
        if slots > self.slots.len() {
            self.slots = vec![Slot::default(); slots];
        }
        // A short text uses the first slots only, which stay in the cache.
        self.shift = 64 - slots.trailing_zeros();
        self.first = self.next;
    }

    /// The number of `key`, and whether it is new.
    #[inline]
    pub(super) fn name(&mut self, key: u64) -> (usize, bool) {
        let slots = &mut self.slots[..1 << (64 - self.shift)];
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let number = name(slots, hash >> self.shift, key, self.first, self.next);
        let new = number == self.next;
        self.next += u64::from(new);
        ((number - self.first) as usize, new)
    }

    /// The numbers of all `keys`, which are hashes, and how often each number occurs.
    pub(super) fn name_all(&mut self, keys: &[u64], numbers: &mut Vec<u32>, counts: &mut Vec<u32>) {
        self.start(keys.len());
        counts.clear();
        counts.resize(keys.len(), 0);
        numbers.resize(keys.len(), 0);
        let (shift, first, mut next) = (self.shift, self.first, self.next);
        let slots = &mut self.slots[..1 << (64 - shift)];
        for (key, out) in keys.iter().zip(numbers) {
            let number = name(slots, key >> shift, *key, first, next);
            next += u64::from(number == next);
            let number = (number - first) as u32;
            counts[number as usize] += 1;
            *out = number;
        }
        self.next = next;
        counts.truncate((next - first) as usize);
    }
}

/// The number of `key`, looked for from the slot `at` on; `next` if it is new, and then that is its number.
///
/// Whether a key is new is anybody's guess, and so nothing branches on it: only on a slot that another key of the same
/// text has, which is rare.
#[inline]
fn name(slots: &mut [Slot], at: u64, key: u64, first: u64, next: u64) -> u64 {
    let last = slots.len() - 1;
    let mut at = at as usize & last;
    // The compiler would make two branches of the two conditions.
    while black_box((slots[at].number >= first) & (slots[at].key != key)) {
        at = (at + 1) & last;
    }
    let old = slots[at].number;
    let number = if old < first { next } else { old };
    slots[at] = Slot { key, number };
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_belong_to_one_text() {
        let mut naming = Naming::default();
        for most in [3, 5000, 3, 200] {
            naming.start(most);
            let keys = |count: usize| (0..count as u64).map(|key| key << 40);
            let numbers: Vec<_> = keys(most).map(|key| naming.name(key)).collect();
            assert_eq!(
                numbers,
                (0..most).map(|number| (number, true)).collect::<Vec<_>>()
            );
            let twice: Vec<u64> = keys(most).chain(keys(most)).collect();
            let (mut numbers, mut counts) = (Vec::new(), Vec::new());
            Naming::default().name_all(&twice, &mut numbers, &mut counts);
            assert!(
                (0u32..)
                    .zip(&numbers)
                    .all(|(at, number)| *number == at % most as u32)
            );
            assert_eq!(counts, vec![2; most]);
            assert!(
                keys(most)
                    .enumerate()
                    .all(|(number, key)| naming.name(key) == (number, false))
            );
        }
    }
}
