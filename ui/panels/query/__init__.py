"""Parts of the Sounds panel: the text field, the rows of queries, remarks about them."""
