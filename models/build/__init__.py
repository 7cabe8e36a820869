"""Builds the model bundle from published packages: `python -m models.build`. Not needed where a bundle is used."""
