"""The load driver: workers that send requests, and the parent that conducts them.

messages   what crosses between parent and worker; values only
feed       operations and their encoded arguments, made outside the timed path
schedule   intended times of open load
recorder   raw nanoseconds -> histograms and series, between bursts
closed     closed load: one client, the next request when the answer is there
inline     open load on a session that can only wait for its answer
pipelined  open load on several connections that never wait before sending what is due
worker     one worker: prepares a job, runs its load, reports
process    a worker in a process of its own, which dies with its parent
crew       the parent's side of several workers
series     the slices of all workers, added up
lateness   late answers in each slice: counted by workers, added up by the parent
sequential whether an objective is met, asked while the trial still runs
steady     whether a series of slices has reached its level
conduct    one trial: start together, find the warm-up's end, measure, stop, collect
"""
