"""What is measured: engines, targets, the load driver, telemetry, suites and the `bench` command."""
