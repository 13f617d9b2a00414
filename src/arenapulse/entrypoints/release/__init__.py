"""`arenapulse release`: traffic goes from one version to the other, and back by itself."""
