"""Change sets of text against a reference that counts UTF-16 code units one by one."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.documents import change_sets, characters, hostile_change_sets, texts
from vernissage.core.text import MAX_TEXT, BadChange, ChangeSet, apply_changes, replacement, units, well_formed


def code_units(text: str) -> list[int]:
    raw = text.encode("utf-16-le", "surrogatepass")
    return [raw[i] | raw[i + 1] << 8 for i in range(0, len(raw), 2)]


def reference(text: str, changes: ChangeSet) -> list[int] | None:
    """The code units of the result, or None where the change set does not fit."""
    left = code_units(text)
    out: list[int] = []
    for part in changes:
        if isinstance(part, bool):
            return None
        keep = isinstance(part, int)
        lines = [] if isinstance(part, int) else part[1:]
        count = part if isinstance(part, int) else (part[0] if part else None)
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= len(left):
            return None
        if keep:
            out += left[:count]
        del left[:count]
        for place, line in enumerate(lines):
            if not isinstance(line, str) or "\r" in line or "\n" in line:
                return None
            out += ([10] if place else []) + code_units(line)
    if left:
        return None
    halves = 0
    for place, unit in enumerate(out):
        if 0xD800 <= unit < 0xDC00:
            halves += not (place + 1 < len(out) and 0xDC00 <= out[place + 1] < 0xE000)
        elif 0xDC00 <= unit < 0xE000:
            halves += not (place and 0xD800 <= out[place - 1] < 0xDC00)
    return None if halves else out


@given(st.data(), texts())
def test_drf12_a_change_set_counts_utf16_code_units(data: st.DataObject, text: str) -> None:
    changes = data.draw(change_sets(text))
    assert code_units(apply_changes(text, changes)) == reference(text, changes)


@given(st.text(st.sampled_from("ab😀"), max_size=4), hostile_change_sets)
@example("😀", [1, [1]])
@example("😀", [1, [0, "x"], 1])
@example("😀", [1, [1, "\ude01"]])
@example("", [[0, "\ud83d", "\ude00"]])
@example("", [[0, "\ud83d\ude00"]])
def test_drf13_a_change_set_that_does_not_fit_is_refused(text: str, changes: ChangeSet) -> None:
    expected = reference(text, changes)
    if expected is None:
        with pytest.raises(BadChange):
            apply_changes(text, changes)
    else:
        result = apply_changes(text, changes)
        assert code_units(result) == expected
        assert "\r" not in result
        assert well_formed(result)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([3], "past the end"),
        ([1], "another version"),
        ([[3]], "not there"),
        ([[]], "not there"),
        ([["x"]], "not there"),
        ([True, 1], "neither"),
        ([2, [0, "a\rb"]], "list of lines"),
        ([2, [0, "a\nb"]], "list of lines"),
        ([2, [0, 7]], "list of lines"),
        ([2, [0, "\ud800"]], "half of a character"),
    ],
)
def test_drf13_every_refusal_says_why(changes: ChangeSet, says: str) -> None:
    with pytest.raises(BadChange, match=says):
        apply_changes("ab", changes)


def test_drf14_a_text_has_a_limit() -> None:
    full = "😀" * (MAX_TEXT // 2)
    assert apply_changes("", [[0, full]]) == full
    with pytest.raises(BadChange, match="at most 1,000,000"):
        apply_changes(full, [MAX_TEXT, [0, "x"]])


@given(st.lists(st.text(characters, max_size=6), min_size=3, max_size=3), texts(6), texts(6))
@example(["", "", ""], "😀😁", "😁")
@example(["a", "", "b"], "😀", "😁")
@example(["aa", "", "a"], "a", "")
def test_drf15_a_replacement_gives_the_new_text(around: list[str], before: str, after: str) -> None:
    old, new = around[0] + before + around[2], around[0] + after + around[2]
    changes = replacement(old, new)
    assert apply_changes(old, changes) == new
    # It cuts no character in two: applied to the text by halves, each kept part stands alone.
    place = 0
    for part in changes:
        count = part if isinstance(part, int) else part[0]
        assert isinstance(count, int)
        old.encode("utf-16-le")[2 * place : 2 * (place + count)].decode("utf-16-le")
        place += count


@given(texts())
def test_drf15_no_difference_is_no_change(text: str) -> None:
    changes = replacement(text, text)
    assert changes == ([units(text)] if text else [])
    assert apply_changes(text, changes) == text


def test_drf15_only_what_differs_is_replaced() -> None:
    assert replacement("select 1\nfrom a", "select 2\nfrom a") == [7, [1, "2"], 7]
    assert replacement("a\nc", "a\nb\nc") == [2, [0, "b", ""], 1]
    assert replacement("x😀y", "x😁y") == [1, [2, "😁"], 1]
