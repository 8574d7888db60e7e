"""Runs the commands that README, docs and CONTRIBUTING show; CONTRIBUTING.md says how pages mark those that cannot be.

`blocks` finds them, `marks` says what a page may mark, `files` makes what they name, `page` runs them, `served` lets
`flowsep` start in a few milliseconds, `parsing` reads what is not run, `inline` what stands in sentences.
"""
