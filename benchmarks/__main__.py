"""Runs the benchmarks: all of them, or those that are named."""

import importlib
import sys

from entrypoints.service import run

BENCHMARKS = (
    "delays",
    "hundred_items",
    "intake",
    "memory",
    "unattended",
    "inspector",
    "containers",
    "plane_requests",
)

for name in sys.argv[1:] or BENCHMARKS:
    print(f"── {name}", flush=True)
    run(importlib.import_module(f"benchmarks.{name}").main())
