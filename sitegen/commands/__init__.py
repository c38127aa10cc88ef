"""The commands, one module each with a function `run`, and what they share.

This is the edge of the program: the clock, the environment, the disk and the terminal are met here.
"""
