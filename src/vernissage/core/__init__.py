"""What is true: values and transitions. No waiting, no clock, no disk, no framework.

Every decision of the product is a pure function here. Time, new ids and chance arrive as arguments.
"""
