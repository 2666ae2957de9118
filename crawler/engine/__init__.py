"""Who runs slices: one process on one shard here (`local`); later many machines.

Rule: an engine knows when slices are run, never what is in them.
"""
