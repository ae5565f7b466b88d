"""Jobs at a concurrency, each of which defers the next one: procrastinate_load.py DATABASE-URL AT-ONCE SECONDS WARM-UP.

A cycle is a job fetched, run and finished, and the next one deferred. Prints a line of JSON.
"""

import asyncio
import contextlib
import json
import logging
import sys
import time

import procrastinate

url, at_once, seconds, warm_up = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
logging.disable(logging.CRITICAL)
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=10, max_size=20))
done, begun, over = 0, asyncio.Event(), asyncio.Event()


@app.task(name="stage")
async def stage():
    global done
    if not over.is_set():
        await stage.defer_async()
    done += 1
    begun.set()


async def succeeded():
    """Jobs that the database says have succeeded."""
    counted = await app.connector.execute_query_one_async(
        "select count(*) as jobs from procrastinate_jobs where status = 'succeeded'")
    return counted["jobs"]


async def main():
    async with app.open_async():
        try:
            await app.schema_manager.apply_schema_async()
        except procrastinate.exceptions.ConnectorException:
            await app.connector.execute_query_async("truncate procrastinate_jobs cascade")
        # Twice as many as run at once, as ours, so that a job waits whenever one ends.
        for _ in range(at_once * 2):
            await stage.defer_async()
        worker = asyncio.create_task(
            app.run_worker_async(concurrency=at_once, install_signal_handlers=False, listen_notify=True))
        # Neither the worker's start nor its first jobs count.
        await asyncio.wait_for(begun.wait(), 30)
        await asyncio.sleep(warm_up)
        before, began = done, time.perf_counter()
        await asyncio.sleep(seconds)
        counted, elapsed = done - before, time.perf_counter() - began
        over.set()
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(worker, 30)
        if not counted or (right := await succeeded()) != done:
            raise SystemExit(f"{done} jobs have run, {counted} in their time; {right} have succeeded")
        print(json.dumps({"rate": counted / elapsed, "operations": counted}), flush=True)


asyncio.run(main())
