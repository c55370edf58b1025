"""Files larger than memory: the same verdicts as in memory, from rows that are read piece by piece.

```text
files ─▶ scan: each row by itself, what stands for its text ─▶ group, meet ─▶ texts of pairs ─▶ verdicts ─▶ write
```

Texts are never kept, in memory or on disk, but for those of rows that a pair was found for. What a stage leaves
behind is in a work folder, with checksums, so that a job that was stopped goes on where it was. See
`docs/decisions/bigger-than-memory.md`.
"""
