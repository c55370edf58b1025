#![allow(warnings)]
use fastcurate_core::hash::Permutations;
use fastcurate_core::shingle::{Shingle, Shingler};
use fastcurate_core::words::Walker;
use std::time::Instant;
fn rows(path: &str) -> Vec<String> {
    let b = std::fs::read(path).unwrap();
    let mut v = vec![];
    let mut at = 0;
    while at < b.len() {
        let n = u32::from_le_bytes(b[at..at + 4].try_into().unwrap()) as usize;
        v.push(String::from_utf8(b[at + 4..at + 4 + n].to_vec()).unwrap());
        at += 4 + n;
    }
    v
}
#[repr(C)]
struct Ts {
    s: i64,
    n: i64,
}
unsafe extern "C" {
    fn clock_gettime(c: i32, t: *mut Ts) -> i32;
}
fn cpu() -> f64 {
    let mut t = Ts { s: 0, n: 0 };
    unsafe {
        clock_gettime(3, &mut t);
    }
    t.s as f64 + t.n as f64 * 1e-9
}
fn time(name: &str, bytes: usize, mut f: impl FnMut() -> u64) {
    let mut best = f64::MAX;
    let mut all = vec![];
    let t0 = Instant::now();
    let mut sink = 0;
    while all.len() < 3 || (t0.elapsed().as_secs_f64() < 1.0 && all.len() < 30) {
        let c = cpu();
        sink = f();
        let d = cpu() - c;
        best = best.min(d);
        all.push(d);
    }
    all.sort_by(f64::total_cmp);
    println!(
        "  {name:10} best {:7.1} MB/s median {:7.1}   {:x}",
        bytes as f64 / best / 1e6,
        bytes as f64 / all[all.len() / 2] / 1e6,
        sink
    );
}
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let only = std::env::var("ONLY").unwrap_or_default();
    for path in &args {
        let rows = rows(path);
        let bytes: usize = rows.iter().map(|r| r.len()).sum();
        let mut words = vec![];
        let mut n = 0;
        let mut w = Walker::default();
        for r in &rows {
            words.clear();
            w.words(r, &mut words);
            n += words.len();
        }
        println!("{path}: {} rows {} MB {} words", rows.len(), bytes / 1_000_000, n);
        if only.is_empty() || only == "words" {
            let mut w = Walker::default();
            let mut out = vec![];
            time("words", bytes, || {
                let mut x = 0;
                for r in &rows {
                    out.clear();
                    w.words(r, &mut out);
                    for o in out.iter().take(1) {
                        x ^= o;
                    }
                }
                x
            });
        }
        for (name, s) in [("word:3", Shingle::Word(3)), ("char:5", Shingle::Char(5))] {
            if !(only.is_empty() || only == name) {
                continue;
            }
            let mut s = Shingler::new(s);
            let mut out = vec![];
            time(name, bytes, || {
                let mut x = 0;
                for r in &rows {
                    s.shingles(r, &mut out);
                    x ^= out[0] ^ out.len() as u64;
                }
                x
            });
        }
        if only.is_empty() || only == "fp" {
            time("fingerprint", bytes, || {
                let mut x = 0;
                for r in &rows {
                    x ^= fastcurate_core::fingerprint::fingerprint_of(r) as u64;
                }
                x
            });
        }
        if only.is_empty() || only == "votes" {
            let mut s = Shingler::new(Shingle::Word(3));
            let mut all = vec![];
            for r in &rows {
                let mut o = vec![];
                s.shingles(r, &mut o);
                all.push(o);
            }
            time("votes", bytes, || {
                let mut x = 0;
                for r in &all {
                    x ^= fastcurate_simd::votes::count_bits(r)[3] as u64;
                }
                x
            });
            let p = Permutations::new(128, 1);
            let mut m = vec![0u32; 128];
            let h: Vec<Vec<u32>> = all
                .iter()
                .map(|r| r.iter().map(|s| (s >> 32) as u32).collect())
                .collect();
            let n: usize = h.iter().map(|h| h.len()).sum();
            for level in fastcurate_simd::level::Level::ALL {
                fastcurate_simd::level::limit(level);
                let c = cpu();
                let mut k = 0;
                while cpu() - c < 0.5 {
                    for h in &h {
                        m.fill(u32::MAX);
                        fastcurate_simd::permute::min_permuted(h, &p.multiply, &p.add, &mut m);
                    }
                    k += 1;
                }
                println!(
                    "  perm {level:?} {:.2} ns/shingle",
                    (cpu() - c) * 1e9 / (n * k) as f64
                );
            }
        }
        if only.is_empty() || only == "minhash" {
            let p = Permutations::new(128, 1);
            let mut s = Shingler::new(Shingle::Word(3));
            let mut out = vec![];
            let mut h = vec![];
            let mut m = vec![0u32; 128];
            time("minhash", bytes, || {
                let mut x = 0;
                for r in &rows {
                    s.shingles(r, &mut out);
                    h.clear();
                    h.extend(out.iter().map(|s| (s >> 32) as u32));
                    m.fill(u32::MAX);
                    fastcurate_simd::permute::min_permuted(&h, &p.multiply, &p.add, &mut m);
                    x ^= m[0] as u64;
                }
                x
            });
        }
    }
}
