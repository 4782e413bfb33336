"""What a run is told and what it says: configuration, plan, summary."""
