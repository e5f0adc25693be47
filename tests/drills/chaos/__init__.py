"""Many short drills, each disrupted in a way of its own, on deployments that are used again.

    schedule    a seed -> which commands and faults, and when (pure; printable)
    play        does it: operators, faults and load, then heals everything and waits
    record      what really happened, from the streams of both Regions' tables, in one order
    check       what was recorded -> which promises are broken (pure)
    page        the figures by kind of disruption, for docs/drills.md

``make chaos-drills`` runs 200 of them; ``python -m tests.drills.chaos --seed 17`` plays one again.
"""
