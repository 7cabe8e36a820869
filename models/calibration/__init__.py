"""What scores mean, as measured: one file per modality, networks and numbers of samples. Numbers only."""
