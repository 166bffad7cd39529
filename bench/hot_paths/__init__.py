"""storefit's own hot paths, one definition for asv and for pytest-benchmark.

asv runs `time_*` and `peakmem_*`; tests/perf runs the same `time_*` methods. What is tracked is
storefit itself, not the engines: records of engines live in results/, these in asv's own folder.
"""
