"""config.yaml: one class for each block, from which checks, defaults, JSON schema and documentation follow.

Blocks: `run_settings`, `family_options`, `model_settings`, `predict_settings`; `whole` puts them together.
`check` is what the workflow calls.
"""
