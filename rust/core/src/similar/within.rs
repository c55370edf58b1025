//! What keeps rows apart whatever their words: other numbers (`distinct_numbers`), another group (`within`).
//!
//! A group is the value of a column, numbered by the caller: equal values have equal numbers. Classes with different
//! salts are not compared. Where only groups count the group is the salt; where numbers count too, every pair of a
//! group and a sequence of numbers has a salt of its own, so that no collision can bring two groups together.

use crate::hash::{Map, mix};

/// A salt for each class from the hash of its numbers and from its group; `None` where neither counts.
pub(super) fn salts(numbers: Option<Vec<u64>>, groups: Option<Vec<u32>>) -> Option<Vec<u64>> {
    match (numbers, groups) {
        (None, None) => None,
        (Some(numbers), None) => Some(numbers),
        (None, Some(groups)) => Some(groups.into_iter().map(u64::from).collect()),
        (Some(numbers), Some(groups)) => {
            let mut known = Map::<u128, u64>::default();
            let mut salt = |(numbers, group): (u64, u32)| {
                let next = known.len() as u64;
                *known
                    .entry(u128::from(group) << 64 | u128::from(numbers))
                    .or_insert(next)
            };
            Some(numbers.into_iter().zip(groups).map(&mut salt).collect())
        }
    }
}

/// Salts for the rows of a sample, from these rows alone: however they are ordered and groups are numbered, the same. A
/// group goes by the lowest hash of its texts; two groups that share it are taken for one, which an estimate can bear.
pub(super) fn of_sample(
    hashes: &[u64],
    numbers: Option<Vec<u64>>,
    groups: Option<Vec<u32>>,
) -> Option<Vec<u64>> {
    let Some(groups) = groups else {
        return numbers;
    };
    let mut lowest = Map::<u32, u64>::default();
    for (group, hash) in groups.iter().zip(hashes) {
        let known = lowest.entry(*group).or_insert(*hash);
        *known = (*hash).min(*known);
    }
    let salt = |(at, group): (usize, &u32)| {
        let of_group = mix(lowest[group]);
        numbers
            .as_ref()
            .map_or(of_group, |numbers| of_group ^ numbers[at])
    };
    Some(groups.iter().enumerate().map(salt).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equal_salts_mean_equal_numbers_and_groups(
            classes in proptest::collection::vec((0u64..3, 0u32..3), 0..20), both in any::<[bool; 2]>(),
        ) {
            let numbers = both[0].then(|| classes.iter().map(|class| class.0).collect());
            let groups = both[1].then(|| classes.iter().map(|class| class.1).collect());
            let seen = |class: (u64, u32)| (both[0].then_some(class.0), both[1].then_some(class.1));
            let salts = salts(numbers, groups);
            prop_assert_eq!(salts.is_some(), both[0] || both[1]);
            let salts = salts.unwrap_or_else(|| vec![0; classes.len()]);
            for (a, x) in classes.iter().zip(&salts) {
                for (b, y) in classes.iter().zip(&salts) {
                    prop_assert_eq!(x == y, seen(*a) == seen(*b));
                }
            }
        }
    }
}
