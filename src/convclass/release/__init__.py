"""Release: from one hand-written source per assignment to everything that students get.

Each module holds one kind of artefact, as a function of the source. Nothing here is imported to grade, except
`module`, which is light on purpose.
"""
