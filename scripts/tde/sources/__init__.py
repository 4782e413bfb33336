"""Light curves as alerts, services and tables give them: one reader per format, one stream for everything else."""
