//! Small numbers for large keys, dense and in the order of their first occurrence: one table, used again for every
//! text without being cleared.

use std::hint::black_box;

/// Slots of a table, at least.
const SLOTS: usize = 1 << 6;

/// The numbers of the keys of one text.
#[derive(Default)]
pub(super) struct Naming {
    /// Numbers, counted over all texts: one below that of the text's first key is a free slot. They are small, so that the
    /// table of a long text stays in the cache.
    slots: Vec<u32>,
    /// The key of each number of this text; a quarter as many as there are slots.
    keys: Vec<u64>,
    shift: u32,
    /// The number of the first key of this text, and that of the next one.
    first: u32,
    next: u32,
}

impl Naming {
    /// Forgets all keys, and makes room for `most`.
    pub(super) fn start(&mut self, most: usize) {
        // A quarter full at most.
        let slots = (most * 4).next_power_of_two().max(SLOTS);
        if slots > self.slots.len() {
            self.slots.resize(slots, 0);
            self.keys.resize(slots / 4, 0);
        }
        if self.next == 0 || u32::MAX as usize - most < self.next as usize {
            self.slots.fill(0);
            self.next = 1;
        }
        // A short text uses the first slots only, which stay in the cache.
        self.shift = 64 - slots.trailing_zeros();
        self.first = self.next;
    }

    /// The number of `key`, and whether it is new.
    #[inline]
    pub(super) fn name(&mut self, key: u64) -> (usize, bool) {
        let (slots, keys) = self.tables();
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (shift, first, next) = (self.shift, self.first, self.next);
        let number = name(
            &mut self.slots[..slots],
            &mut self.keys[..keys],
            hash >> shift,
            key,
            first,
            next,
        );
        let new = number == next;
        self.next += u32::from(new);
        ((number - first) as usize, new)
    }

    /// The numbers of all `keys`, which are hashes, and how often each number occurs.
    pub(super) fn name_all(&mut self, keys: &[u64], numbers: &mut Vec<u32>, counts: &mut Vec<u32>) {
        self.start(keys.len());
        counts.clear();
        counts.resize(keys.len(), 0);
        numbers.resize(keys.len(), 0);
        let (shift, first, mut next) = (self.shift, self.first, self.next);
        let (slots, known) = self.tables();
        let (slots, known) = (&mut self.slots[..slots], &mut self.keys[..known]);
        for (key, out) in keys.iter().zip(numbers) {
            let number = name(slots, known, key >> shift, *key, first, next);
            next += u32::from(number == next);
            let number = number - first;
            counts[number as usize] += 1;
            *out = number;
        }
        self.next = next;
        counts.truncate((next - first) as usize);
    }

    /// How many slots and how many keys this text uses.
    fn tables(&self) -> (usize, usize) {
        let slots = 1 << (64 - self.shift);
        (slots, slots / 4)
    }
}

/// The number of `key`, looked for from the slot `at` on; `next` if it is new, and then that is its number.
///
/// Whether a key is new is anybody's guess, and so nothing branches on it: only on a slot that another key of the same
/// text has, which is rare.
#[inline]
fn name(slots: &mut [u32], keys: &mut [u64], at: u64, key: u64, first: u32, next: u32) -> u32 {
    let (last, last_key) = (slots.len() - 1, keys.len() - 1);
    let mut at = at as usize & last;
    // A free slot has the key of some other number, which does not matter. The compiler would make two branches of the two
    // conditions.
    let taken = |old: u32, keys: &[u64]| {
        let its = keys[old.wrapping_sub(first) as usize & last_key];
        black_box(u8::from(old >= first) & u8::from(its != key)) != 0
    };
    while taken(slots[at], keys) {
        at = (at + 1) & last;
    }
    let old = slots[at];
    let number = if old < first { next } else { old };
    slots[at] = number;
    keys[(number - first) as usize & last_key] = key;
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
