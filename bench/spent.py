"""`python -m bench.spent COMMAND …`: run it, and say what it took.

Prints [seconds of the processor, megabytes at most] to standard error. A small process
of its own: Linux counts for a new process the memory of the one that started it, too.
"""

import json
import resource
import subprocess
import sys

done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
spent = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
print(json.dumps(spent), file=sys.stderr)
sys.exit(done.returncode)
