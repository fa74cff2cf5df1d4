"""Where code runs: kernels, each a process of its own that is started, fed, watched and buried here.

`ForkKernels` keeps the promise of `ports.Kernels` on one machine. Other ways of having kernels (a Jupyter
kernelspec, a Ray cluster) would stand beside it, under the same contract suite.

Left alone: which cell runs when (`actors`), how a cell runs (`vernissage_kernel`).
"""

from __future__ import annotations

from vernissage.kernels.fork import ForkKernels
from vernissage.kernels.host import ForkedKernel
from vernissage.kernels.safety import ConfinementReport, confinement_report, harden_server

__all__ = ["ConfinementReport", "ForkKernels", "ForkedKernel", "confinement_report", "harden_server"]
