"""How fast Vernissage is on this machine: `make bench`, or `python -m benchmarks --only NAME`.

Each measurement starts a real server with its own data, publishes small apps on it, and looks from outside: over the
socket as a browser speaks it, in a browser, or at the processes. Nothing here judges: a figure that misses its target
is printed like one that meets it. What a target is and where the peers' figures come from stands in
`docs/benchmarks.md`.
"""
