"""The opinion map: groups of similar opinion, and what unites and divides them.

Pure numpy on a table of stances; only `reading` and `sheet` know the database. The
formulas are those Pol.is has published (docs/opinion-map.md has the sources).
"""

import os

# Before numpy comes: its threads would take the cores from those who vote meanwhile.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
