//! A set of shingles to look others up in, and what makes a set of a list.

/// A list whose table is less thin.
const LONG: usize = 1 << 13;

/// Where the hashes of a list are, so that what repeats is found: an open-addressing table of places, 0 for none.
#[derive(Default)]
pub(super) struct Places {
    /// One more than the place in the list.
    slots: Vec<u32>,
    shift: u32,
}

impl Places {
    /// Drops all but the first of equal hashes from a list, and knows the places of those that stay.
    pub(super) fn keep(&mut self, hashes: &mut Vec<u64>) {
        // So thin that most searches end where they begin, unless the table would be larger than a cache.
        let slots = if hashes.len() < LONG { 4 } else { 2 } * hashes.len();
        let size = slots.next_power_of_two().max(16);
        self.shift = 64 - size.trailing_zeros();
        self.slots.clear();
        self.slots.resize(size, 0);
        let (slots, shift, list) = (&mut self.slots[..size], self.shift, &mut hashes[..]);
        let mut kept = 0;
        for at in 0..list.len() {
            let hash = list[at];
            if let Err(slot) = find(hash, list, slots, shift) {
                list[kept] = hash;
                kept += 1;
                slots[slot] = kept as u32;
            }
        }
        hashes.truncate(kept);
    }
}

/// The place of a hash in the list, or the empty slot where it would be.
#[inline]
fn find(hash: u64, list: &[u64], slots: &[u32], shift: u32) -> Result<usize, usize> {
    let mut slot = (hash >> shift) as usize;
    loop {
        let place = slots[slot] as usize;
        if place == 0 {
            return Err(slot);
        }
        if list[place - 1] == hash {
            return Ok(place - 1);
        }
        slot = (slot + 1) & (slots.len() - 1);
    }
}

/// A set, filled anew for one list after another.
#[derive(Default)]
pub(super) struct Lookup {
    set: Vec<u64>,
    places: Places,
    /// The list that each element was last found in.
    found_in: Vec<u32>,
    list: u32,
}

impl Lookup {
    /// Replaces the set by that of a list, which may repeat itself.
    pub(super) fn fill(&mut self, list: &[u64]) {
        self.set.clear();
        self.set.extend_from_slice(list);
        self.places.keep(&mut self.set);
        if self.found_in.len() < self.set.len() {
            self.found_in.resize(self.set.len(), 0);
        }
    }

    /// The number of different shingles of a list that are in the set.
    pub(super) fn shared_with(&mut self, others: &[u64]) -> usize {
        let mut shared = 0;
        self.each_shared(others, |_| shared += 1);
        shared
    }

    /// Calls `each` once with each shingle of a list that is in the set.
    #[inline]
    pub(super) fn each_shared(&mut self, others: &[u64], mut each: impl FnMut(u64)) {
        if self.list == u32::MAX {
            self.found_in.fill(0);
            self.list = 0;
        }
        self.list += 1;
        let (list, set, found_in) = (self.list, &self.set[..], &mut self.found_in[..]);
        let (slots, shift) = (&self.places.slots[..], self.places.shift);
        for &shingle in others {
            if let Ok(place) = find(shingle, set, slots, shift)
                && std::mem::replace(&mut found_in[place], list) != list
            {
                each(shingle);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;
    use proptest::prelude::*;

    /// Without all but the first of equal ones.
    fn once(list: &[u64]) -> Vec<u64> {
        let mut kept: Vec<u64> = Vec::new();
        for one in list {
            if !kept.contains(one) {
                kept.push(*one);
            }
        }
        kept
    }

    proptest! {
        #[test]
        fn what_is_shared_is_the_intersection(
            lists in proptest::collection::vec((proptest::collection::vec(0u64..60, 0..90), any::<bool>()), 2..8),
        ) {
            let mut lookup = Lookup::default();
            for pair in lists.windows(2) {
                let list = |(list, mixed): &(Vec<u64>, bool)| -> Vec<u64> {
                    // Unmixed, all of them start their search in the same slot.
                    list.iter().map(|one| if *mixed { mix(*one) } else { *one }).collect()
                };
                let (a, b) = (list(&pair[0]), list(&pair[1]));
                lookup.fill(&a);
                let mut expected = once(&b);
                expected.retain(|shingle| a.contains(shingle));
                prop_assert_eq!(lookup.shared_with(&b), expected.len());
                prop_assert_eq!(lookup.shared_with(&a), once(&a).len());
                let mut shared = Vec::new();
                lookup.each_shared(&b, |shingle| shared.push(shingle));
                prop_assert_eq!(shared, expected);
                lookup.list = u32::MAX;
                prop_assert_eq!(lookup.shared_with(&a), once(&a).len());
            }
        }

        #[test]
        fn the_first_of_equal_hashes_stays(list in proptest::collection::vec(0u64..40, 0..120), mixed: bool) {
            let mut hashes: Vec<u64> = list.iter().map(|one| if mixed { mix(*one) } else { *one }).collect();
            let expected = once(&hashes);
            Places::default().keep(&mut hashes);
            prop_assert_eq!(hashes, expected);
        }
    }
}
