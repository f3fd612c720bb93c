"""
The demonstration: a session across midnight with working orders over FIX, live page, roll, archive, and the totals that must agree.

For every table the rows sent, logged, held by the RDB, served by the HDB and read back from the lake must be equal; the exit code
says whether they are. `var/demo/summary.json` keeps the figures.

`front` is what people start, `day` the supervised process that does the work, `record` what both know of it.
"""
