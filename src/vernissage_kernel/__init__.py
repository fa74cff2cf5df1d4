"""What code in a cell gets from `import vernissage`, and the package that runs cells in a kernel process.

Promise: importing this package costs next to nothing (no IPython, no pandas); servers import it too.
Left alone: everything of the server. `runner` is the way in for a kernel process.
"""

from __future__ import annotations

from vernissage_kernel.context import AppError, RunContext, Secrets, run_context, secrets

__all__ = ["AppError", "RunContext", "Secrets", "run_context", "secrets"]
