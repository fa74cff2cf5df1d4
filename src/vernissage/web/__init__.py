"""HTTP and sockets: translates between the world and the actors, and decides nothing.

`identity` says who asks, `guard` lets each route's act pass through `core.access`, one module per subject holds its
routes, `server` puts them together.
"""
