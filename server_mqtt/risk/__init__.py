"""How risky a payee is: named factors and one value of them. Pure."""
