//! The kernels of lengths: every row has its place, and nothing is over its limit.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use fastcurate_core::lengths::bucket::{Edges, bucket_by_length};
use fastcurate_core::lengths::pack::{self, Options, Overflow, Strategy};
use fastcurate_core::parallel::Workers;

/// Two numbers from the front, and lengths of two bytes each.
fn lengths_of(data: &[u8]) -> (u8, u8, Vec<u32>) {
    let (first, second) = (data.first().copied(), data.get(1).copied());
    let rest = data.get(2..).unwrap_or_default().chunks_exact(2);
    let lengths = rest.map(|two| u32::from(u16::from_le_bytes([two[0], two[1]])));
    (first.unwrap_or(1), second.unwrap_or(1), lengths.collect())
}

/// Every row is in a bucket whose boundary it does not exceed.
pub(crate) fn bucket(data: &[u8]) {
    let (buckets, kind, lengths) = lengths_of(data);
    let given: Vec<u32> = lengths.iter().take(3).copied().collect();
    let edges = match kind % 3 {
        0 => Edges::LeastPadding(buckets.into()),
        1 => Edges::Quantiles(buckets.into()),
        _ => Edges::Given(&given),
    };
    if let Ok(found) = bucket_by_length(&lengths, edges, &Workers::inline()) {
        assert_eq!(found.bucket.len(), lengths.len());
        for (length, bucket) in lengths.iter().zip(found.bucket.values()) {
            assert!(i64::from(*length) <= i64::from(found.boundaries.value(*bucket as usize)));
        }
        assert_eq!(found.rows.values().iter().sum::<i64>(), lengths.len() as i64);
    }
}

/// No pack is over its capacity, and every token is in one of them unless something was cut or left out.
pub(crate) fn pack(data: &[u8]) {
    let (capacity, kind, lengths) = lengths_of(data);
    let capacity = u32::from(capacity) * 64 + 1;
    let options = Options {
        capacity,
        strategy: [Strategy::Bfd, Strategy::BfdSplit, Strategy::Wrapped][usize::from(kind % 3)],
        overflow: [Overflow::Error, Overflow::Truncate, Overflow::Drop][usize::from(kind / 3 % 3)],
        max_rows: (kind & 64 != 0).then_some(3),
        together: None,
        apart: None,
    };
    let Ok(found) = pack::pack(&lengths, &options, &Workers::inline()) else {
        return;
    };
    let mut packed = 0;
    for bin in 0..found.bins.len() {
        let sizes = found.seq_lengths.value(bin);
        let tokens: i64 = sizes
            .as_primitive::<Int32Type>()
            .values()
            .iter()
            .map(|size| i64::from(*size))
            .sum();
        assert!(tokens <= i64::from(capacity));
        assert_eq!(
            found.bins.value(bin).as_primitive::<Int64Type>().len(),
            sizes.len()
        );
        packed += tokens;
    }
    if found.truncated.is_empty() && found.dropped.is_empty() {
        assert_eq!(
            packed,
            lengths.iter().map(|length| i64::from(*length)).sum::<i64>()
        );
    }
}
