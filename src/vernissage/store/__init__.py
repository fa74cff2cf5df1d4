"""Remembering: the database, the blobs, the data directory.

    open_store(place)      people, projects, versions, runs, sessions: SQLite or PostgreSQL (`sql`)
    DirectoryBlobs(path)   bytes by their hash (`blobs`)
    DataDirectory          what lies where, and that one server holds it (`lock`)
    server_key(path)       the server's secret key
    write_backup(path, …)  all of it in one file (`backup`)
    KeyVault(key)          seals secrets with it (`vault`)

Keeps what `vernissage.ports` promises in its parts *blobs* and *store*. Decides nothing about the product: what may be
published, who may see it and when something runs is decided above.
"""

from vernissage.store.backup import BadBackup, Manifest, read_backup, write_backup
from vernissage.store.blobs import BlobDamaged, DirectoryBlobs
from vernissage.store.lock import CannotOpen, DataDirectory, DataDirectoryInUse, server_key
from vernissage.store.sql import SqlStore, open_store
from vernissage.store.vault import KeyVault

__all__ = [
    "BadBackup",
    "BlobDamaged",
    "CannotOpen",
    "DataDirectory",
    "DataDirectoryInUse",
    "DirectoryBlobs",
    "KeyVault",
    "Manifest",
    "SqlStore",
    "open_store",
    "read_backup",
    "server_key",
    "write_backup",
]
