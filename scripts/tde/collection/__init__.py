"""Collections of labelled light curves: from files in any format to the sets, classes and events of a run."""
