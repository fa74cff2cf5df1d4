"""What people read when a kernel ends."""

from __future__ import annotations

import signal

import pytest

from vernissage.kernels import sentences


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "less than a second"), (1, "1 second"), (5, "5 seconds"), (60, "1 minute"), (185, "3 minutes"),
        (600, "10 minutes"), (3600, "1 hour"), (5400, "1.5 hours"),
    ],
)  # fmt: skip
def test_durations_are_words(seconds: float, words: str) -> None:
    assert sentences.duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(10, "10 bytes"), (2048, "2 kB"), (10 << 20, "10 MB"), (4 << 30, "4.0 GB")]
)
def test_sizes_are_words(count: int, words: str) -> None:
    assert sentences.size(count) == words


def test_ker15_out_of_memory_says_when_how_much_and_what_to_do() -> None:
    assert sentences.out_of_memory(185, 4 << 30).sentence == (
        "The kernel ran out of memory after 3 minutes (4.0 GB). Load fewer rows, or ask for a larger kernel."
    )


@pytest.mark.parametrize("status", [None, 0, 3, *(-number for number in signal.valid_signals()), -64])
def test_ker10_every_status_has_a_sentence_with_a_next_step(status: int | None) -> None:
    died = sentences.ended(status)
    assert died.reason in ("exited", "killed")
    assert "run the cells again" in died.sentence and died.sentence.endswith(".")
