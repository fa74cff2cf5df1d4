"""The vault: seals secrets so that the database alone says nothing of them.

    sealed = format (1 byte) · id of the key (8) · nonce (12) · ChaCha20-Poly1305 of the value, bound to its place

The key comes out of the server's own (`lock.server_key`), which lies outside the database: a copy of the database is no
copy of the secrets, and a backup of it without that key has lost them. A sealed value opens only for the place that it
was sealed for, so a row that was moved to another project opens nothing.

Promise: a wrong key, a damaged or moved value and a newer format each have a sentence; none of them holds the value.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vernissage.ports import CannotUnseal

FORMAT = 1

_ID, _NONCE = 8, 12
_HEAD = 1 + _ID + _NONCE


class KeyVault:
    """Keeps the promise of `ports.Vault` with one key."""

    def __init__(self, server_key: bytes) -> None:
        self._cipher = ChaCha20Poly1305(_derived(server_key, b"vernissage secrets", 32))
        self._id = _derived(server_key, b"vernissage secrets key id", _ID)

    def seal(self, value: str, place: str) -> bytes:
        """The value as bytes that say nothing of it but, roughly, its length."""
        nonce = os.urandom(_NONCE)
        head = bytes([FORMAT]) + self._id
        return head + nonce + self._cipher.encrypt(nonce, value.encode(), head + place.encode())

    def unseal(self, sealed: bytes, place: str) -> str:
        """The value. Raises CannotUnseal."""
        if not sealed or sealed[0] > FORMAT:
            raise CannotUnseal("it was kept by a newer Vernissage. Upgrade Vernissage, or set the secret again")
        if sealed[1 : 1 + _ID] != self._id:
            raise CannotUnseal(
                f"it was kept with another server key ({sealed[1 : 1 + _ID].hex()}) than this server's "
                f"({self._id.hex()}). Bring that key back, or set the secret again"
            )
        head, nonce, rest = sealed[: 1 + _ID], sealed[1 + _ID : _HEAD], sealed[_HEAD:]
        try:
            return self._cipher.decrypt(nonce, rest, head + place.encode()).decode()
        except (InvalidTag, ValueError):
            raise CannotUnseal("what is kept of it is damaged. Set the secret again") from None


def _derived(key: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, None, purpose).derive(key)
