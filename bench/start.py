"""How long quill takes from exec to exit with nothing to do: median and worst of 50 runs, in ms."""

import statistics
import subprocess
import sys
import time

runs = []
for _ in range(50):
    began = time.perf_counter()
    subprocess.run([sys.argv[1], "-q"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    runs.append(1e3 * (time.perf_counter() - began))
print(f"start-up and exit   {statistics.median(runs):.1f} ms median, {max(runs):.1f} ms worst of {len(runs)}")
