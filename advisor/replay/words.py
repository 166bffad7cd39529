"""What a replay says of a plan, in words."""

from __future__ import annotations

from advisor.replay.options import Replayed


def said(found: Replayed) -> list[str]:
    """One sentence for each thing in the plan that follows traffic; none where nothing does."""
    lines: list[str] = []
    units = found.capacity
    if units is not None:
        words = f"holds {units.fast:.3g} to {units.slow:.3g} ACU"
        if found.pausing:
            words += f", paused {100 * units.paused_share:.3g} % of the time"
            if units.waited_s is not None:
                words += (
                    f", {units.resumes_per_month:.3g} resumes a month of about "
                    f"{units.waited_s:.3g} s"
                )
        lines.append(f"{words}; {100 * units.late_share:.2g} % of the work outruns it by a minute")
    for name, held in found.tables.items():
        lines.append(
            f"{name}: {held.mean_units:,.4g} held on average, {held.most_units:,.4g} at most; "
            f"{100 * held.throttled_share:.2g} % throttled"
        )
    earned = found.credits
    if earned is not None:
        lines.append(
            f"CPU credits: lowest {100 * earned.least:.3g} % of a day's, none left "
            f"{100 * earned.exhausted_share:.3g} % of the time, "
            f"{100 * earned.slowed_share:.3g} % of the work beyond them; unlimited mode charges "
            f"{earned.surplus_vcpu_hours_per_month:.3g} vCPU-hours a month"
        )
    return lines
