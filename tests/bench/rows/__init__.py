"""One module for each row: `measure(bench)` answers its results."""
