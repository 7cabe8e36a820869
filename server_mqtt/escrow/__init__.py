"""Money that is frozen: its terms, its movements, and when its payee is asked again. Pure."""
