"""Which attacks run at which level.

All of them run at A. Elsewhere those are left out that the layers which differ between levels have no part in:
comparisons, kinds of answers, forbidden calls and test detection are judged by the same code everywhere. Level C, whose
children are of another make, gets them all the same; but of the loops only three, each of which costs its limit. At D
every child is a fresh process that takes seconds to start, so that there is one attack or two for each thing that a
layer keeps: files, processes, signals, sockets, what the kernel keeps, memory.
"""

from __future__ import annotations

from attacks.attack import Attack

BY_THE_GRADER = frozenset({"detection", "forging", "oracles", "patching", "values"})
LOOPS = frozenset({"bombs/cpu", "exits/ignores_every_signal", "exits/stops_itself"})
AT_D = frozenset({
    "bombs/forks", "bombs/memory_shared_anonymous", "descriptors/forged_frame", "exits/kills_everybody",
    "exits/kills_its_parent", "frames/others_open_files", "frames/reads_the_gradebook", "frames/reads_the_hidden_tests",
    "frames/reads_the_neighbour", "network/abstract_socket", "network/tcp", "state/a_file", "state/shared_memory",
    "state/system_v_memory",
})  # fmt: skip


def runs_at(attack: Attack, level: str) -> bool:
    """Whether the attack is tried at the level."""
    if level == "D":
        return attack.label in AT_D
    if level == "A":
        return True
    if "hung" in attack.control:
        return attack.label in LOOPS
    return level == "C" or attack.category not in BY_THE_GRADER
