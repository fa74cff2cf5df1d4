"""How values lie in a column, the same to the reader whichever database holds them.

A time comes back aware and in UTC, text comes back as it went in, JSON keeps every digit. What a database cannot hold
(NUL and lone surrogates in text) is shown as the replacement character rather than failing the write it stands in.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text, TypeDecorator
from sqlalchemy.types import TypeEngine


class Instant(TypeDecorator[datetime]):
    """An aware time. SQLite has no such type: it holds fixed-width text, which sorts as the times do."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, `timestamp with time zone` elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuses a time without zone: nobody could say later which instant it meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone; the store keeps instants only")
        utc = value.astimezone(UTC)
        return utc.isoformat(timespec="microseconds") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, _: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
        assert isinstance(found, datetime)
        return found.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Plain JSON as text. The databases' own JSON types disagree about big numbers and about NUL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _: Dialect) -> str | None:
        """Refuses NaN and infinities, which JSON does not have."""
        return None if value is None else json.dumps(value, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: Any, _: Dialect) -> Any:
        """What went in, tuples as lists."""
        return None if value is None else json.loads(value)


class Words(TypeDecorator[str]):
    """Text that people wrote."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _: Dialect) -> str | None:
        """Replaces what PostgreSQL (NUL) or UTF-8 (lone surrogates) cannot hold."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in value)
