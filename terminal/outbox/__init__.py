"""What a terminal keeps on its disk: what it said, what it has heard, and what it knows of its payments."""
