"""Tables for people: declared once, written as CSV, Markdown and HTML."""
