"""The sandbox: runs untrusted code in a locked-down child of a warm parent, and lets nothing but data through."""
