"""Classifying new light curves with a trained model: bundle, input, probabilities."""
