"""Neural networks that read observations, in PyTorch, which is installed only if wanted."""
