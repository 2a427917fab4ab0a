"""Open edX's LTI platform (`lti-consumer-xblock`) alone on Django, as a server of its own, for tests.

The launch, the token, grades, roster and Deep Linking are theirs; what is stubbed is the LMS around it: who the people
are, where blocks are stored, and where a published grade goes.
"""
