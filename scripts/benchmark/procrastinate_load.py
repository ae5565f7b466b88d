"""Jobs deferred and then worked off at a concurrency: procrastinate_load.py DATABASE-URL AT-ONCE JOBS. Prints JSON.

A cycle is both halves: the rate is that of deferring all and working all off.
"""

import asyncio
import json
import logging
import os
import sys
import time

import procrastinate

url, at_once, total = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
logging.disable(logging.CRITICAL)
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=10, max_size=20))
remaining, finished = total, asyncio.Event()


@app.task(name="stage")
async def stage(number):
    global remaining
    remaining -= 1
    if remaining == 0:
        finished.set()


async def main():
    async with app.open_async():
        try:
            await app.schema_manager.apply_schema_async()
        except procrastinate.exceptions.ConnectorException:
            await app.connector.execute_query_async("truncate procrastinate_jobs cascade")
        began = time.perf_counter()
        numbers = iter(range(total))

        async def defer():
            for number in numbers:
                await stage.defer_async(number=number)

        await asyncio.gather(*(defer() for _ in range(10)))
        worker = asyncio.create_task(
            app.run_worker_async(concurrency=at_once, install_signal_handlers=False, listen_notify=True))
        await finished.wait()
        print(json.dumps({"rate": total / (time.perf_counter() - began), "operations": total}), flush=True)
        worker.cancel()
        os._exit(0)


asyncio.run(main())
