"""Durable workflows of three steps that do nothing: dbos_load.py DATABASE-URL AT-ONCE SECONDS. Prints a line of JSON."""

import json
import logging
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from dbos import DBOS

url, at_once, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
logging.disable(logging.CRITICAL)
DBOS(config={"name": "bench", "system_database_url": url, "run_admin_server": False, "log_level": "CRITICAL"})


@DBOS.step()
def stage(number):
    return number


@DBOS.workflow()
def pipeline():
    return sum(stage(number) for number in range(3))


DBOS.launch()
for _ in range(5):
    pipeline()
lock, durations = threading.Lock(), []
began = time.perf_counter()
end = began + seconds


def repeat(_):
    while (instant := time.perf_counter()) < end:
        if DBOS.start_workflow(pipeline).get_result() != 3:
            raise SystemExit("a workflow gave a wrong result")
        finished = time.perf_counter()
        if finished < end or at_once == 1:
            with lock:
                durations.append(finished - instant)


with ThreadPoolExecutor(at_once) as pool:
    list(pool.map(repeat, range(at_once)))
durations.sort()
if not durations:
    raise SystemExit("no workflow ended within the time")
print(json.dumps({
    "rate": len(durations) / seconds, "p50_us": durations[len(durations) // 2] * 1e6,
    "p99_us": durations[int(len(durations) * 0.99)] * 1e6, "operations": len(durations)}), flush=True)
os._exit(0)
