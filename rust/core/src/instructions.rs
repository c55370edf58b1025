//! Which instructions the kernels use, for tests and benches that want less than the machine has.

use fastcurate_simd::level::{self, Level};

use crate::error::{Error, Result};

/// Uses at most `"scalar"`, `"avx2"` or `"avx512"` from now on, in the whole process; the name of what is in use then.
pub fn limit(most: &str) -> Result<&'static str> {
    let expected = "\"scalar\", \"avx2\" or \"avx512\"";
    let most = Level::parse(most).ok_or_else(|| Error::argument("level", format!("{most:?}"), expected))?;
    Ok(level::limit(most).name())
}
