"""Storage and network of a cloud, emulated where the engines really are.

    wanted    what `--emulate gp3,zones=2` means, from a table of dated and sourced figures
    distance  holds requests back by a round trip, without waiting where others could be served
    applying  makes a running target as slow as that, and measures how well that was met

A laptop flushes to its disk in a fraction of the time that a network volume takes, and its client
is no network away: measured there, writes look better than they will be.
"""
