"""What a secret may be called, and how values are kept out of sight (`spec/secrets.md`)."""

from __future__ import annotations

import base64
import html
import itertools
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernissage.core.document import Document, PythonCell
from vernissage.core.secrets import Redactor, check_name, check_value, named_secrets

VALUES = {"DB": 'p&ss "wört"/\n7%', "API": "sk-live-0123456789abcdef", "PIN": "0417", "NO": "abc"}
REDACTOR = Redactor(VALUES)

WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": lambda value: value,
    "in JSON": json.dumps,
    "in JSON with letters of every kind": lambda value: json.dumps(value, ensure_ascii=False),
    "in Python's quotes": repr,
    "in a path": quote,
    "in an address": lambda value: quote(value, safe=""),
    "in a form": quote_plus,
    "in a query": lambda value: urlencode({"q": value}),
    "in HTML": html.escape,
    "in HTML's text": lambda value: html.escape(value, quote=False),
    "in Base64": lambda value: base64.b64encode(value.encode()).decode(),
    "in Base64 for addresses": lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("name", ["DB", "API", "PIN"])
def test_sec5_a_value_is_replaced_however_it_is_written(name: str, form: str) -> None:
    written = WRITTEN[form](VALUES[name])
    seen = REDACTOR.text(f"before {written} after")
    assert f"[secret {name}]" in seen
    assert VALUES[name] not in seen
    assert written not in seen
    assert seen.startswith("before ") and seen.endswith(" after")


@pytest.mark.parametrize("before", ["", "x", "xy", "user:"])
def test_sec5_a_value_inside_of_base64_is_replaced(before: str) -> None:
    code = base64.b64encode(f"{before}{VALUES['API']}@host".encode()).decode()
    assert "[secret API]" in REDACTOR.text(f"Authorization: Basic {code}")


def test_sec5_short_values_and_other_text_stay() -> None:
    assert REDACTOR.text("abc 417 04 17") == "abc 417 04 17"
    assert not Redactor({"NO": "abc"})
    assert not Redactor({})
    assert Redactor({}).text("x") == "x"


def test_sec5_of_two_values_the_longer_one_counts() -> None:
    assert Redactor({"A": "word", "B": "wordy secret"}).text("wordy secret word") == "[secret B] [secret A]"


def test_sec8_readers_who_may_not_know_the_names_read_none() -> None:
    assert Redactor(VALUES, named=False).text("pin 0417") == "pin [secret]"


def test_sec5_values_inside_of_plain_json_are_replaced_keys_too() -> None:
    found = REDACTOR.value({"0417": ["x0417", 417, None, {"a": ("0417",)}], "n": 0.5})
    assert found == {"[secret PIN]": ["x[secret PIN]", 417, None, {"a": ("[secret PIN]",)}], "n": 0.5}


def test_sec5_pictures_are_left_as_they_are() -> None:
    bundle = {"image/png": "aa0417aa", "image/svg+xml": "<text>0417</text>", "text/plain": "0417"}
    assert REDACTOR.bundle(bundle) == {
        "image/png": "aa0417aa",
        "image/svg+xml": "<text>[secret PIN]</text>",
        "text/plain": "[secret PIN]",
    }


def test_sec6_the_end_that_may_become_a_value_waits() -> None:
    assert REDACTOR.split("key sk-li") == ("key ", "sk-li")
    assert REDACTOR.split("key sk-live-0123456789abcdef") == ("key [secret API]", "")
    assert REDACTOR.split("nothing") == ("nothing", "")
    assert Redactor({"A": "aab0"}).split("aaa") == ("a", "aa")


@given(
    texts=st.lists(st.sampled_from([*VALUES.values(), "sk-", "04", "p&ss", "x", "\n", "0"]), max_size=8),
    cuts=st.lists(st.integers(0, 60), max_size=6),
)
def test_sec6_cut_anywhere_it_reads_as_if_it_had_come_at_once(texts: list[str], cuts: list[int]) -> None:
    whole = "".join(texts)
    places = sorted({min(cut, len(whole)) for cut in cuts} | {0, len(whole)})
    shown, held = "", ""
    for start, end in itertools.pairwise(places):
        now, held = REDACTOR.split(held + whole[start:end])
        shown += now
    for name, value in VALUES.items():
        if len(value) >= 4:
            assert value not in shown + held, name


@pytest.mark.parametrize("name", ["", "1a", "a b", "a-b", "é", "a" * 65, "a\n"])
def test_sec2_a_name_is_one_that_can_be_written_down(name: str) -> None:
    assert check_name(name) is not None
    assert check_name("DB_PASSWORD_2") is None


@pytest.mark.parametrize("value", ["", "x" * 70_000, "\ud800"])
def test_sec2_a_value_is_a_text_of_some_length(value: str) -> None:
    refused = check_value(value)
    assert check_value("hush") is None
    assert refused is not None and "xxx" not in refused.sentence


def test_sec9_the_names_that_code_asks_for() -> None:
    sources = (
        "import vernissage\nvernissage.secrets['DB']\nvernissage.secrets.get('API', '')",
        "from vernissage import secrets as s\ns['PIN']\nother['NOT']",
        "import secrets\nsecrets.token_hex()\nx['NEITHER']",
        "broken ( secrets['NO']",
    )
    document = Document(cells=tuple(PythonCell(f"c{i}", source=source) for i, source in enumerate(sources)))
    assert named_secrets(document) == ("API", "DB", "PIN")
