"""Vernissage: notebooks become apps.

User code says `import vernissage`. This module therefore imports no part of the server: it only
hands on what `vernissage_kernel` offers to code in a cell.
"""

from vernissage_kernel import AppError, run_context, secrets

__all__ = ["AppError", "__version__", "run_context", "secrets"]
__version__ = "0.1.0"
