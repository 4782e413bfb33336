"""Views: light curves with less in them, as they look while an event still shines or to another survey."""
