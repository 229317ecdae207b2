"""In the path before the real one: as where nothing that needs click is installed."""

raise ImportError("as in requirements.txt: without click")
