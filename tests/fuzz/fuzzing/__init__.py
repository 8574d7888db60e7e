"""A fuzzer of every reader of what comes from outside: `make fuzz CASES=10000`, and two minutes of it in the tests.

    seeds ─► mutators ─► a case in its own folder ─► reader in a child process ─► judgement ─► table, failing inputs

A case is its reader, its seed and its number: these three give the same input again.
"""
