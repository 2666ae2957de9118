"""The writer: an article becomes a post, that is a path and bytes.

Pure: nothing here opens a file. `markdown` turns the cleaned body into Markdown, `post` lays out the file,
`names` chooses its path. A new post format is a function in `post` and a line in `post.FORMATS`.
"""
