"""Files from and to Kaggle."""
