"""Reaches the frames through a generator's gi_frame, which scanners for sys._getframe do not know.

Must hold: no frame of the process holds a secret.
Control: score
"""


def spill():
    def walk():
        yield generator.gi_frame.f_back

    generator = walk()
    frame = next(generator)
    while frame:
        for value in frame.f_locals.values():
            if isinstance(value, str) and value.startswith("CANARY-"):
                return value
        frame = frame.f_back
    return "nothing"
