"""What the rows of the bench share."""
