//! Small numbers for large keys, dense and in the order of their first occurrence: one table, used again for every
//! text without being cleared.

/// Slots of a fresh table.
const SLOTS: usize = 1 << 8;

#[derive(Clone, Copy, Default)]
struct Slot {
    key: u64,
    number: u32,
    /// The text that the slot belongs to; another one's slot is free.
    text: u32,
}

/// The numbers of the keys of one text.
#[derive(Default)]
pub(super) struct Naming {
    slots: Vec<Slot>,
    shift: u32,
    text: u32,
    named: u32,
}

impl Naming {
    /// Forgets all keys, and makes room for `most`.
    pub(super) fn start(&mut self, most: usize) {
        // A quarter full at most.
        let slots = (most * 4).next_power_of_two().max(SLOTS);
        if slots > self.slots.len() {
            self.slots = vec![Slot::default(); slots];
            self.text = 0;
        }
        if self.text == u32::MAX {
            self.slots.fill(Slot::default());
            self.text = 0;
        }
        self.text += 1;
        // A short text uses the first slots only, which stay in the cache.
        self.shift = 64 - slots.trailing_zeros();
        self.named = 0;
    }

    /// The number of `key`, and whether it is new.
    ///
    /// Whether a key is new is anybody's guess, and so nothing branches on it: only on a slot that another key of the same
    /// text has, which is rare.
    #[inline]
    pub(super) fn name(&mut self, key: u64) -> (usize, bool) {
        let last = (1usize << (64 - self.shift)) - 1;
        let slots = &mut self.slots[..=last];
        let mut at = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize & last;
        while slots[at].text == self.text && slots[at].key != key {
            at = (at + 1) & last;
        }
        let new = slots[at].text != self.text;
        let number = if new { self.named } else { slots[at].number };
        slots[at] = Slot {
            key,
            number,
            text: self.text,
        };
        self.named += u32::from(new);
        (number as usize, new)
    }

    /// The numbers of all `keys`, and how often each number occurs.
    pub(super) fn name_all(&mut self, keys: &[u64], numbers: &mut Vec<u32>, counts: &mut Vec<u32>) {
        self.start(keys.len());
        numbers.clear();
        counts.clear();
        counts.resize(keys.len(), 0);
        let (text, shift, mut named) = (self.text, self.shift, 0u32);
        let last = (1usize << (64 - shift)) - 1;
        let slots = &mut self.slots[..=last];
        numbers.extend(keys.iter().map(|&key| {
            let mut at = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize & last;
            while slots[at].text == text && slots[at].key != key {
                at = (at + 1) & last;
            }
            let slot = &mut slots[at];
            let new = slot.text != text;
            let number = if new { named } else { slot.number };
            *slot = Slot { key, number, text };
            named += u32::from(new);
            counts[number as usize] += 1;
            number
        }));
        self.named = named;
        counts.truncate(named as usize);
    }
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
