"""Random columns of text: rows of related words, and rows of any code points that Python knows."""

from hypothesis import strategies as st
from strategies.rows import texts

ANY = st.text(st.characters(exclude_categories=("Cs", "Cn")), max_size=40)


def columns() -> st.SearchStrategy[list[str | None]]:
    """Nulls are among the rows."""
    return texts() | st.lists(st.none() | ANY, max_size=12)
