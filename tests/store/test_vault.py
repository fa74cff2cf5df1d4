"""Sealing secrets (`spec/secrets.md`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from vernissage.ports import CannotUnseal, Vault
from vernissage.store import CannotOpen, KeyVault, server_key

KEY, OTHER = b"k" * 32, b"o" * 32


def test_sec7_a_sealed_value_opens_with_its_key_at_its_place() -> None:
    vault: Vault = KeyVault(KEY)
    sealed = vault.seal("pässword", "p1\0DB")
    assert "pässword".encode() not in sealed
    assert vault.seal("pässword", "p1\0DB") != sealed
    assert KeyVault(KEY).unseal(sealed, "p1\0DB") == "pässword"
    with pytest.raises(CannotUnseal, match="damaged"):
        vault.unseal(sealed, "p2\0DB")


def test_sec7_another_key_says_so_with_both_ids() -> None:
    sealed = KeyVault(KEY).seal("password", "x")
    with pytest.raises(
        CannotUnseal, match=r"another server key \(([0-9a-f]{16})\) than this server's \(([0-9a-f]{16})\)"
    ):
        KeyVault(OTHER).unseal(sealed, "x")


@pytest.mark.parametrize("change", ["cut", "flipped", "empty", "newer"])
def test_sec7_what_was_damaged_or_is_newer_says_so(change: str) -> None:
    vault = KeyVault(KEY)
    sealed = bytearray(vault.seal("password", "x"))
    match change:
        case "cut":
            del sealed[-1:]
        case "flipped":
            sealed[-1] ^= 1
        case "empty":
            del sealed[21:]
        case _:
            sealed[0] = 2
    with pytest.raises(CannotUnseal, match="newer Vernissage" if change == "newer" else "damaged"):
        vault.unseal(bytes(sealed), "x")


def test_sec7_the_key_may_be_given_by_a_setting(tmp_path: Path) -> None:
    assert server_key(tmp_path, "ab" * 32) == b"\xab" * 32
    assert not (tmp_path / "keys" / "server").exists()
    for wrong in ("ab", "x" * 64, "ab" * 33):
        with pytest.raises(CannotOpen, match="64 hexadecimal digits") as refused:
            server_key(tmp_path, wrong)
        assert wrong not in str(refused.value).replace("64 hex", "")
