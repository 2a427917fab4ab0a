"""Fetches a page with the standard library.

Must hold: no socket can be opened.
Control: contact
"""
import urllib.request


def double(x):
    urllib.request.urlopen("http://127.0.0.1:@PORT@/", timeout=1)
    return 2 * x
