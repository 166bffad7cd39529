"""The run: what is planned, trial by trial, and what is kept of it.

request   what a person asked for, and how long its parts take
loads     `closed:8`, `open:2000/s`: how requests are offered
plan      workloads x engines x loads x phases x repetitions, in the order of execution
bench     one engine opened, loaded, verified, with its workers: what trials run on
trial     one planned trial -> one record
summary   what the driver measured -> the parts of a record
loop      the run: walks the plan, keeps every record, survives every trial
"""
