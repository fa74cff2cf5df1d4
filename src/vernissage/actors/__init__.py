"""What happens over time: one file per long-lived task.

Actors obey: `core` decides what follows from an operation or a report, an actor does it, through the ports. They hold
the only mutable state of the server that is not in the store.
"""
