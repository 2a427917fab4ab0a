"""Which attacks run at level D, where every child is a fresh process that takes seconds to start.

They are those whose outcome is up to the layers that differ between levels: files, processes, signals, sockets, what
the kernel keeps, memory. What the grader itself decides (comparisons, kinds of answers, forbidden calls, test
detection) is the same code at every level, and is tried at the others.
"""

AT_D = frozenset({
    "bombs/disk", "bombs/forks", "bombs/memory_shared_anonymous",
    "descriptors/forged_frame",
    "exits/kills_by_pidfd", "exits/kills_everybody", "exits/kills_its_parent", "exits/signals_by_the_file_owner",
    "frames/environment", "frames/others_open_files", "frames/parents_memory", "frames/reads_the_gradebook",
    "frames/reads_the_hidden_tests", "frames/reads_the_neighbour", "frames/walks_the_disk",
    "network/abstract_by_sendto", "network/abstract_socket", "network/io_uring", "network/tcp",
    "state/a_daemon", "state/a_file", "state/a_lock_on_a_shared_file", "state/a_patched_module", "state/keyring",
    "state/posix_message_queue", "state/shared_memory", "state/system_v_memory",
})  # fmt: skip


def at_level(label: str, level: str) -> bool:
    """Whether the attack with that label is tried at the level."""
    return level != "D" or label in AT_D
