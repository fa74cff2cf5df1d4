"""Two texts side by side: which lines are the same, which changed and where, which came and went.

Lines that stand once in both texts are the fixed points; between them Myers' shortest edit is sought. Lines that
replace others are paired by their likeness, and pairs are compared once more, word by word.
Sources: https://bramcohen.livejournal.com/73318.html (patience), Myers, "An O(ND) Difference Algorithm", 1986.

Every step counts against an `Effort`. Python's difflib was weighed and left: its time grows with the square of the
text and worse, and cannot be bounded from outside. Where the effort is used up, the rest is one block that replaces
another, and the difference says so: too coarse then, but never wrong and never late.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from vernissage.core.document import Struct
from vernissage.core.text import units

EFFORT = 250_000
"""Steps that one text may take: less than half a second."""

LONGEST_LINE = 2_000
"""Characters. A longer line is generated: it is not compared word by word."""

LARGEST_BLOCK = 400
"""Pairs of lines (removed × added) up to which the best pairing is sought; beyond, the n-th goes with the n-th."""

ALIKE = 0.4
"""Share of characters in common words from which one line counts as another one, changed."""

NOTE = "Too much differs to compare it line by line: what was replaced is shown as a whole."


class Hunk(Struct, frozen=True):
    """One line of a comparison, side by side."""

    kind: Literal["same", "changed", "added", "removed"]
    before_line: int | None
    """The number of the line in the earlier text, from 1; None = it stands in the later one only."""
    after_line: int | None
    """The same in the later text."""
    before: str = ""
    """The line without its end; "" where it is not there."""
    after: str = ""
    before_ranges: tuple[tuple[int, int], ...] = ()
    """changed: the parts of `before` that are not in `after`, start and end in UTF-16 code units. Empty
    = it only lacks something, or (both empty) the line was not compared word by word."""
    after_ranges: tuple[tuple[int, int], ...] = ()


class TextDifference(Struct, frozen=True):
    """Two texts, line by line. The lines of each side, joined, are that text."""

    hunks: tuple[Hunk, ...]
    added: int
    """Lines added or changed, as in "+3 −2"."""
    removed: int
    """Lines removed or changed."""
    note: str = ""
    """What the reader should know of how it was compared; "" = nothing."""


class Effort:
    """Steps that are left. Given to all that must share one bound."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> bool:
        """Whether there were so many steps left; they are gone then. If not, all are gone."""
        self.left = max(0, self.left - steps)
        return self.left > 0


def text_difference(before: str, after: str, effort: Effort | None = None) -> TextDifference:
    """[DIF6] The two texts side by side. "" has no lines."""
    effort = Effort(EFFORT) if effort is None else effort
    old = before.split("\n") if before else []
    new = after.split("\n") if after else []
    numbers: dict[str, int] = {}
    hunks: list[Hunk] = []
    i = j = 0
    runs = matches(
        [numbers.setdefault(line, len(numbers)) for line in old],
        [numbers.setdefault(line, len(numbers)) for line in new],
        effort,
    )
    for start, other, length in [*runs, (len(old), len(new), 0)]:
        if start > i or other > j:
            hunks += _replaced(old, new, (i, start), (j, other), effort)
        for k in range(length):
            line = old[start + k]
            hunks.append(Hunk("same", start + k + 1, other + k + 1, line, line))
        i, j = start + length, other + length
    return TextDifference(
        tuple(hunks),
        added=sum(hunk.kind in ("added", "changed") for hunk in hunks),
        removed=sum(hunk.kind in ("removed", "changed") for hunk in hunks),
        note="" if effort.left else NOTE,
    )


def increasing(values: Sequence[int]) -> list[int]:
    """The places of a longest increasing subsequence."""
    ends: list[int] = []  # by length: the smallest value that ends a subsequence so long
    places: list[int] = []
    previous: list[int] = []
    for place, value in enumerate(values):
        at = bisect_left(ends, value)
        previous.append(places[at - 1] if at else -1)
        if at == len(ends):
            ends.append(value)
            places.append(place)
        else:
            ends[at] = value
            places[at] = place
    found: list[int] = []
    place = places[-1] if places else -1
    while place >= 0:
        found.append(place)
        place = previous[place]
    return found[::-1]


# --- which items stay -------------------------------------------------------------------------------


def matches(a: Sequence[int], b: Sequence[int], effort: Effort) -> list[tuple[int, int, int]]:
    """What stays: (place in a, place in b, length), in order, adjoining runs joined."""
    runs: list[tuple[int, int, int]] = []
    todo = [(0, len(a), 0, len(b))]
    while todo:
        a0, a1, b0, b1 = todo.pop()
        start = a0
        while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
            a0, b0 = a0 + 1, b0 + 1
        if a0 > start:
            runs.append((start, b0 - (a0 - start), a0 - start))
        end = a1
        while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
            a1, b1 = a1 - 1, b1 - 1
        if a1 < end:
            runs.append((a1, b1, end - a1))
        if a0 == a1 or b0 == b1 or not effort.spend((a1 - a0 + b1 - b0) // 4):
            continue
        few = (a1 - a0) * (b1 - b0) <= 16
        anchors = [] if few else _anchors(a, a0, a1, b, b0, b1)
        if anchors:
            for i, j in anchors:  # each stands at the head of the part that it opens, which takes it as the same
                todo.append((a0, i, b0, j))
                a0, b0 = i, j
            todo.append((a0, a1, b0, b1))
        else:
            runs += [(a0 + i, b0 + j, 1) for i, j in _shortest(a[a0:a1], b[b0:b1], effort)]
    runs.sort()
    joined: list[tuple[int, int, int]] = []
    for i, j, length in runs:
        if joined and joined[-1][0] + joined[-1][2] == i and joined[-1][1] + joined[-1][2] == j:
            joined[-1] = (*joined[-1][:2], joined[-1][2] + length)
        else:
            joined.append((i, j, length))
    return joined


def _anchors(a: Sequence[int], a0: int, a1: int, b: Sequence[int], b0: int, b1: int) -> list[tuple[int, int]]:
    """The items that stand once on both sides and keep their order."""
    mine, theirs = Counter(a[a0:a1]), Counter(b[b0:b1])
    place = {b[j]: j for j in range(b0, b1)}
    unique = [(i, place[a[i]]) for i in range(a0, a1) if mine[a[i]] == 1 and theirs[a[i]] == 1]
    return [unique[k] for k in increasing([j for _, j in unique])]


def _shortest(a: Sequence[int], b: Sequence[int], effort: Effort) -> list[tuple[int, int]]:
    """The pairs that stay in a shortest edit from a to b; none where the effort does not suffice."""
    n, m = len(a), len(b)
    furthest = {1: 0}  # by diagonal (place in a − place in b): the furthest place in a
    rounds: list[list[int]] = []
    for d in range(n + m + 1):
        steps = d + 1
        for k in range(-d, d + 1, 2):
            down = k == -d or (k != d and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            start = x
            while x < n and x - k < m and a[x] == b[x - k]:
                x += 1
            steps += x - start
            furthest[k] = x
            if k == n - m and x >= n:
                effort.spend(steps)
                return _walked_back(n, m, rounds)
        if not effort.spend(steps):
            return []
        rounds.append([furthest[k] for k in range(-d, d + 1, 2)])
    raise AssertionError("an edit of n + m steps always exists")


def _walked_back(x: int, y: int, rounds: list[list[int]]) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for d in range(len(rounds), 0, -1):
        k, before = x - y, rounds[d - 1]
        down = k == -d or (k != d and before[(k + d - 2) // 2] < before[(k + d) // 2])
        from_k = k + 1 if down else k - 1
        from_x = before[(from_k + d - 1) // 2]
        from_y = from_x - from_k
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = from_x, from_y
    while x > 0 and y > 0:
        x, y = x - 1, y - 1
        pairs.append((x, y))
    return pairs[::-1]


# --- lines that replace others ----------------------------------------------------------------------

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


def _replaced(
    old: list[str], new: list[str], gone: tuple[int, int], come: tuple[int, int], effort: Effort
) -> list[Hunk]:
    before, after = old[slice(*gone)], new[slice(*come)]
    hunks: list[Hunk] = []
    i = j = 0
    for pair in [*_pairs(before, after, effort), (len(before), len(after))]:
        hunks += [Hunk("removed", gone[0] + k + 1, None, before[k]) for k in range(i, pair[0])]
        hunks += [Hunk("added", None, come[0] + k + 1, "", after[k]) for k in range(j, pair[1])]
        i, j = pair[0] + 1, pair[1] + 1
        if pair[0] < len(before):
            one, other = before[pair[0]], after[pair[1]]
            ranges = _ranges(one, other, effort)
            hunks.append(Hunk("changed", gone[0] + pair[0] + 1, come[0] + pair[1] + 1, one, other, *ranges))
    return hunks


def _pairs(before: list[str], after: list[str], effort: Effort) -> list[tuple[int, int]]:
    """Which line became which, in order."""
    if not before or not after:
        return []
    kin = _Kin(before, after, effort)
    if len(before) == len(after) == 1 or len(before) * len(after) > LARGEST_BLOCK:
        return [(k, k) for k in range(min(len(before), len(after))) if kin.likeness(k, k) >= ALIKE]
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i in range(len(before) - 1, -1, -1):
        for j in range(len(after) - 1, -1, -1):
            paired = kin.likeness(i, j)
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired + best[i + 1][j + 1] if paired >= ALIKE else 0.0)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(before) and j < len(after):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return pairs


class _Kin:
    """How alike lines are."""

    def __init__(self, before: list[str], after: list[str], effort: Effort) -> None:
        self.before, self.after, self.effort = before, after, effort
        self.counted: dict[str, tuple[Counter[str], int]] = {}

    def likeness(self, i: int, j: int) -> float:
        """0…1: characters in words that both lines have. 0 once the effort is used up."""
        one, other = self.before[i], self.after[j]
        if len(one) > LONGEST_LINE or len(other) > LONGEST_LINE or not self.effort.spend(4):
            return 0.0
        (words, length), (others, other_length) = self.words(one), self.words(other)
        if not length and not other_length:
            return 1.0  # only white space, and another one
        if len(others) < len(words):
            words, others = others, words
        common = sum(min(count, others[word]) * len(word) for word, count in words.items() if word in others)
        return 2 * common / (length + other_length)

    def words(self, line: str) -> tuple[Counter[str], int]:
        found = self.counted.get(line)
        if found is None:
            words = Counter(word for word in _WORD.findall(line) if not word.isspace())
            self.effort.spend(len(words))
            found = self.counted[line] = (words, sum(len(word) * count for word, count in words.items()))
        return found


_Ranges = tuple[tuple[int, int], ...]


def _ranges(before: str, after: str, effort: Effort) -> tuple[_Ranges, _Ranges]:
    """What is not in the other line. Both empty = not compared."""
    if not effort.left:
        return (), ()
    old, new = _WORD.findall(before), _WORD.findall(after)
    numbers: dict[str, int] = {}
    runs = matches(
        [numbers.setdefault(word, len(numbers)) for word in old],
        [numbers.setdefault(word, len(numbers)) for word in new],
        effort,
    )
    return (
        _between(before, old, [(i, i + length) for i, _, length in runs]),
        _between(after, new, [(j, j + length) for _, j, length in runs]),
    )


def _between(line: str, words: list[str], kept: list[tuple[int, int]]) -> _Ranges:
    """The parts of a line that are not kept; parts with only white space between them are one."""
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    found: list[tuple[int, int]] = []
    at = 0
    for start, end in [*kept, (len(words), len(words))]:
        if start > at:
            here = (starts[at], starts[start])
            if found and line[found[-1][1] : here[0]].isspace():
                here = (found.pop()[0], here[1])
            found.append(here)
        at = end
    if line.isascii():
        return tuple(found)
    return tuple((units(line[:start]), units(line[:end])) for start, end in found)
