"""The web face of `crawler serve`: sources and archive to look at, feeds out, health and metrics.

desk      reads state and files in threads of its own, for whoever asks
app       routes, and what each page is made of
guard     who may ask what: hosts, token, forms, headers
serving   listens, in the loop of the run, and stops with it
bodies, charts, diffs, feeds, asking, sessions   pure: from data to what is shown, and back

Rule 1: nothing here writes, but for what a person orders by a form, and that by the state's own methods in the
database thread. Rule 2: all that comes in is hostile, and all that goes out was text of others: escaped or cleaned.
Rule 3: the run never waits for a page.
"""
