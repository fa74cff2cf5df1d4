"""Which encodings a browser takes, as its Accept-Encoding says."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=256)  # browsers send a handful of different ones
def accepts(header: str, encoding: str) -> bool:
    """Whether that encoding is named, and not refused with `q=0`."""
    for part in header[:1_000].split(","):
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        if name == encoding:
            return not any(text.startswith("q=") and not text.strip("q=0.") for text in parameters)
    return False
