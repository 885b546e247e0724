"""What relates to what: the links of messages, resolved when asked, over the Lineage of an index.

`copies` finds the commits of one change, `related` all that has to do with one commit, and
`missing` the fixes that a branch lacks. docs/relations.md is the user's page.
"""
