//! Rows with the same identity, of which the first in the order of the keep policy stands for the others.

use fastcurate_simd::xxh3;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::Result;
use crate::hash::Map;
use crate::parallel::Workers;

/// Pieces that are worked on at once.
const PIECES: usize = 64;

/// For each of these rows the first one with the same identity; `ranks` are the places of all rows in the order of the
/// keep policy, none where that is the row itself.
pub fn first_rows(
    identities: &[[u8; 16]],
    rows: &[u32],
    ranks: Option<&[u32]>,
    workers: &Workers,
) -> Result<Vec<u32>> {
    let rank = |row: u32| ranks.map_or(row, |ranks| ranks[row as usize]);
    let mut pieces: Vec<Vec<u32>> = vec![Vec::new(); PIECES];
    for (at, identity) in identities.iter().enumerate() {
        // Not the first byte, by which the caller may have made parts already.
        pieces[usize::from(identity[15]) % PIECES].push(at as u32);
    }
    let found = workers.map_rows(PIECES, 1, |piece| {
        let piece = &pieces[piece.start];
        let mut first = Map::<u128, u32>::with_capacity_and_hasher(piece.len(), <_>::default());
        for &at in piece {
            let row = rows[at as usize];
            let known = first
                .entry(u128::from_be_bytes(identities[at as usize]))
                .or_insert(row);
            if rank(row) < rank(*known) {
                *known = row;
            }
        }
        let of = |at: &u32| first[&u128::from_be_bytes(identities[*at as usize])];
        Ok(piece.iter().map(of).collect::<Vec<_>>())
    })?;
    let mut firsts = vec![0; identities.len()];
    for (piece, found) in pieces.iter().zip(found) {
        for (at, first) in piece.iter().zip(found) {
            firsts[*at as usize] = first;
        }
    }
    Ok(firsts)
}

/// Tells whether bytes are still the same.
pub fn checksum(bytes: &[u8]) -> u64 {
    if bytes.len() <= xxh3::SHORT {
        xxh3_128(bytes) as u64
    } else {
        xxh3::hash(bytes) as u64
    }
}
