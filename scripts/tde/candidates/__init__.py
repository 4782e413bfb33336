"""Candidates for a person to judge: ranked, drawn, and with reasons for and against."""
