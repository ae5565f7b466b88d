"""Builds of three steps, so many at once: buildbot_load.py PORT AT-ONCE BUILDS. Prints a line of JSON."""

import http.client
import json
import sys
import time

port, at_once, total = map(int, sys.argv[1:4])


def ask(method, path, body=None):
    # A connection each: the server closes those that it has answered when it is busy.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def get(path):
    return ask("GET", path)


def force():
    reply = ask("POST", "/api/v2/forceschedulers/force", json.dumps({
        "jsonrpc": "2.0", "method": "force", "id": 1,
        "params": {"builderid": 1, "username": "bench <bench@example.org>", "reason": "bench"}}))
    if "error" in reply:
        raise SystemExit(f"force: {reply}")
    return reply["result"][0]


began = time.perf_counter()
running, durations, started = {}, [], 0
while len(durations) < total:
    while len(running) < at_once and started < total:
        instant = time.perf_counter()
        running[force()] = instant
        started += 1
    if len(running) == 1:
        sets = get(f"/api/v2/buildsets/{next(iter(running))}")["buildsets"]
    else:
        sets = get(f"/api/v2/buildsets?complete=1&order=-bsid&limit={at_once * 2 + 20}")["buildsets"]
    now = time.perf_counter()
    for one in sets:
        if one["complete"] and one["bsid"] in running:
            if one["results"] != 0:
                raise SystemExit(f"a build has not succeeded: {one}")
            durations.append(now - running.pop(one["bsid"]))
    time.sleep(0.002 if at_once == 1 else 0.05)
elapsed = time.perf_counter() - began
durations.sort()
print(json.dumps({
    "rate": total / elapsed, "p50_us": durations[len(durations) // 2] * 1e6,
    "p99_us": durations[int(len(durations) * 0.99)] * 1e6, "operations": total}))
