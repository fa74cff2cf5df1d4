"""The steps, one module each, oldest first."""
