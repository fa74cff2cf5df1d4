"""Whose pages may show apps."""

from __future__ import annotations

import pytest

from vernissage.core.access import Access, through_embed
from vernissage.core.embedding import frame_ancestors, origin


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("https://intranet.example.com", "https://intranet.example.com"),
        (" HTTPS://Intranet.Example.com/ ", "https://intranet.example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_emb1_an_origin_is_kept_as_browsers_write_it(given: str, found: str) -> None:
    assert origin(given) == found


@pytest.mark.parametrize(
    "given",
    [
        "",
        "example.com",
        "*",
        "https://*.example.com",
        "https://example.com/path",
        "https://user@example.com",
        "https://example.com:0",
        "https://example.com:99999",
        "ftp://example.com",
        "https://example.com; script-src *",
        "https://example.com https://other.example",
        "https://example.com\nhttps://other.example",
        "'self'",
        "https://-example.com",
        "null",
        "data:text/html,x",
    ],
)
def test_emb1_what_is_no_origin_is_none(given: str) -> None:
    assert origin(given) is None


def test_emb2_nobody_may_frame_where_nobody_is_named() -> None:
    assert frame_ancestors(()) == "'none'"
    assert frame_ancestors(("https://a.example", "http://localhost:3000")) == "https://a.example http://localhost:3000"


def test_emb4_through_an_embed_one_sees_one_app_and_no_more() -> None:
    levels: tuple[Access, ...] = ("FULL_ACCESS", "CAN_EDIT", "CAN_VIEW", "APP_ONLY")
    for own in levels:
        assert through_embed(own, same_project=True, guest=False) == "APP_ONLY"
        assert through_embed(own, same_project=False, guest=False) is None
    assert through_embed(None, same_project=True, guest=False) is None
    assert through_embed(None, same_project=True, guest=True) == "APP_ONLY"
    assert through_embed(None, same_project=False, guest=True) is None
