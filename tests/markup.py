"""What a page of HTML says, read by the parser of the standard library."""

from html.parser import HTMLParser

HEADINGS = {"h1", "h2", "h3", "h4"}


class PageReader(HTMLParser):
    """Tags, texts of cells and headings of a page, and all its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.rows, self.headings, self.open, self.text = [], [], [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag in HEADINGS:
            self.headings.append("")

    def handle_data(self, data):
        self.text += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data
        elif HEADINGS & set(self.open):
            self.headings[-1] += data

    def handle_endtag(self, tag):
        while self.open.pop() != tag:  # elements without an end
            pass
