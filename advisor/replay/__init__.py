"""Traffic replayed minute by minute through what follows it: capacity units, scaling, credits.

A recommendation works on a week in slots of fifteen minutes, which is quick; this is the slow, close
look at the same plans: a year of minutes, or a trace as it is. It needs numpy, which a recommendation
does without.
"""
